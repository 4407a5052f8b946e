// Runs again whenever the page's language or address is another: names the language, and completes a short address.
(() => {
  const {language, seen, address} = document.querySelector("[data-address]").dataset;
  const root = document.documentElement;
  // Only if they change: the browser works out all styles anew for either.
  if (root.lang !== language) root.lang = language;
  if (root.translate) root.translate = false;  // both languages are here, and a translator's copy would keep old numbers
  // React removes what it made, and stops the page if a translator or an extension has moved it.
  if (!window.quickStudyNodes) {
    const {removeChild, insertBefore} = Node.prototype;
    Node.prototype.removeChild = function (child) {
      return child.parentNode === this ? removeChild.call(this, child) : (child.parentNode?.removeChild(child), child);
    };
    Node.prototype.insertBefore = function (node, place) {
      return insertBefore.call(this, node, place?.parentNode === this ? place : null);
    };
    window.quickStudyNodes = true;
    addEventListener("beforeprint", () => {
      const paper = 700;  // px between the margins of A4
      for (const chart of document.querySelectorAll(".js-plotly-plot"))
        chart.style.setProperty("--print-zoom", Math.min(1, paper / chart.clientWidth));
      root.dataset.printed = getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme;
      document.querySelector('[data-testid="stMainBlockContainer"]').dataset.printed = location.href;
    });
  }
  // Completing an address is no step of the history, and keeps the heading that it names. It is left alone if the user
  // has gone elsewhere meanwhile.
  const now = new URLSearchParams(location.search), own = [];
  for (const [name, value] of [...now]) {
    if (!["embed", "embed_options", "player_step"].includes(name)) continue;  // which the server does not hear of
    own.push([name, value]);
    now.delete(name);
  }
  const shown = JSON.stringify(Object.fromEntries(now));
  if (JSON.parse(decodeURIComponent(seen)).some(each => JSON.stringify(each) === shown)) {
    const query = `${new URLSearchParams([...Object.entries(JSON.parse(address)), ...own])}`.replaceAll("%7E", "~");
    history.replaceState(history.state, "", `${location.pathname}?${query}${location.hash}`);
  }
})();
