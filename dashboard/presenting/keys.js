// Keys of a lesson: the next screen is on the page already and is shown at once; the server hears of it a little later.
(() => {
  const root = document.documentElement;
  const marker = document.querySelector("[data-present]");
  const at = Number(marker.dataset.present), last = Number(marker.dataset.last);
  const press = key => document.querySelector(`.st-key-present_${key} button`)?.click();
  const state = window.quickStudyLesson ??= {timer: 0, sent: null};
  state.last = last;
  if (!state.timer && (state.sent === null || state.sent === at)) root.dataset.slide = at;
  if (state.sent === at) state.sent = null;
  root.dataset.slide ??= at;
  if (state.listens) return;
  state.listens = true;
  const isAway = () => document.querySelector('[data-testid="stApp"]')?.dataset.testConnectionState !== "CONNECTED";
  const isOpen = () => document.querySelector("[data-present]");
  const go = step => {
    if (document.querySelector(`.st-key-slide_${step}`)) root.dataset.slide = step;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => { state.timer = 0; state.sent = step; press(`go_${step}`); }, 150);
    setTimeout(() => { state.sent = null; }, 5000);
  };
  // The room's guesses lie over the figure until the next press.
  const figures = () => new Set((root.dataset.figures ?? "").split(" "));
  const showFigure = (place, isShown) => {
    const shown = figures();
    if (isShown) shown.add(`${place}`); else shown.delete(`${place}`);
    root.dataset.figures = [...shown].join(" ");
  };
  const hasGuesses = place => document.querySelector(`.st-key-guesses_${place} .js-plotly-plot`);
  const move = by => {
    const now = Number(root.dataset.slide);
    if (by > 0 && document.querySelector(`.st-key-asking_${now}`)) {
      if (isAway()) return;  // a press is for now: it is not made up for later
      showFigure(now, false);
      press(`reveal_${now}`);
    } else if (by > 0 && hasGuesses(now) && !figures().has(`${now}`)) showFigure(now, true);
    else if (now + by >= 0 && now + by <= state.last) go(now + by);
  };
  const play = place => document.querySelectorAll(`.st-key-slide_${root.dataset.slide} .updatemenu-button`)[place]
    ?.dispatchEvent(new MouseEvent("click", {bubbles: true}));
  const KEYS = {
    PageDown: () => move(1), ArrowRight: () => move(1), ArrowDown: () => move(1), " ": () => move(1),
    PageUp: () => move(-1), ArrowLeft: () => move(-1), ArrowUp: () => move(-1),
    Home: () => play(0), p: () => play(1), s: () => play(3), o: () => document.querySelector(`.st-key-slide_${root.dataset.slide} a`)?.click(),
    g: () => showFigure(root.dataset.slide, !figures().has(root.dataset.slide)),
    f: () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen(), Escape: () => press("close"),
  };
  document.addEventListener("keydown", event => {
    const action = KEYS[event.key];
    if (event.key === "Escape" && document.querySelector('[data-testid="stPopoverBody"]')) return;  // which it closes
    if (!action || !isOpen() || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest?.("input, textarea, [role=slider], [role=radio]");
    const pressing = event.target.closest?.("button, a") && event.key === " ";
    if ((typing && !event.key.startsWith("Page")) || pressing) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }, true);
  const two = number => String(Math.trunc(number)).padStart(2, "0");
  const began = () => Number(sessionStorage.quickStudyBegan ??= Date.now());
  setInterval(() => {
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const seconds = (Date.now() - began()) / 1000;
      clock.textContent = `${two(seconds / 60)}:${two(seconds % 60)}`;
    }
    const strip = document.querySelector(".lesson-away");
    if (!strip) return;
    const was = !strip.hidden;
    strip.hidden = !isAway();
    // Where the lesson has gone meanwhile, the server hears of once.
    if (was && strip.hidden && root.dataset.slide !== isOpen().dataset.present) press(`go_${root.dataset.slide}`);
  }, 500);
  document.addEventListener("click", event => {
    if (event.target.closest?.("[data-clock]")) sessionStorage.quickStudyBegan = Date.now();
  });
})();
