// Keeps the presenter's room in this browser for a day, so that a page that is loaded anew finds it.
(() => {
  const room = document.querySelector("[data-own-room]").dataset.ownRoom;
  const rest = `path=/; SameSite=Strict${location.protocol === "https:" ? "; Secure" : ""}`;
  document.cookie = `quick_study_room=${room}; max-age=${room ? 86400 : 0}; ${rest}`;
})();
