// Keys of a lesson: the next screen is on the page already and is shown at once; the server hears of it a little later.
(() => {
  const root = document.documentElement;
  const marker = document.querySelector("[data-present]");
  const at = Number(marker.dataset.present), last = Number(marker.dataset.last);
  const press = key => document.querySelector(`.st-key-present_${key} button`)?.click();
  const state = window.quickStudyLesson ??= {timer: 0, sent: null};
  state.last = last;
  // An answer to an earlier press may come after a later one, of which the server has not heard yet.
  if (!state.timer && !state.isUnsent && (state.sent === null || state.sent === at)) root.dataset.slide = at;
  if (state.sent === at) state.sent = null;
  root.dataset.slide ??= at;
  // The screen that is seen, until the address says it: a reload meanwhile goes on from there.
  const seen = JSON.parse(sessionStorage.quickStudySeen ?? "{}");
  if (seen.step === at) delete sessionStorage.quickStudySeen;
  if (state.listens) return;
  state.listens = true;
  const app = () => document.querySelector('[data-testid="stApp"]')?.dataset ?? {};
  const isAway = () => app().testConnectionState !== "CONNECTED" || state.isSilent;
  const isOpen = () => document.querySelector("[data-present]");
  const go = step => {
    if (document.querySelector(`.st-key-slide_${step}`)) root.dataset.slide = step;
    sessionStorage.quickStudySeen = JSON.stringify({step, address: location.href});
    clearTimeout(state.timer);
    clearTimeout(state.forgets);
    state.timer = 0;
    state.isUnsent = isAway();
    if (state.isUnsent) return;  // the server hears of the place once it is back
    state.timer = setTimeout(() => { state.timer = 0; state.sent = step; press(`go_${step}`); }, 150);
    state.forgets = setTimeout(() => { state.sent = null; }, 5000);
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
  // While the page is still arriving, the last press waits for its screen, and for the buttons, which come last. It is
  // for now: later, nobody remembers it. Only the last, as one presses again when nothing happens. Without a connection
  // nothing arrives any more; but a slow server only seems away, as long as no button has come.
  const PATIENCE = 10_000;  // ms since the press
  const isThere = () => document.querySelector(".st-key-present_close button")
    && (isAway() || app().testScriptState === "notRunning"
      || document.querySelector(`.st-key-figure_${root.dataset.slide}, .st-key-cover_${root.dataset.slide}`));
  const whenThere = (action, pressed) => {
    clearTimeout(state.waits);
    if (Date.now() > pressed + PATIENCE) return;
    if (isThere()) action();
    else state.waits = setTimeout(whenThere, 50, action, pressed);
  };
  const play = place => document.querySelectorAll(`.st-key-slide_${root.dataset.slide} .updatemenu-button`)[place]
    ?.dispatchEvent(new MouseEvent("click", {bubbles: true}));
  // Plotly's slider obeys the mouse alone: it is pressed at the place of a stop. Returns whether it has moved.
  const slider = () => document.querySelector(`.st-key-slide_${root.dataset.slide} .slider-rail-touch-rect`);
  const slide = by => {
    const rail = slider(), {active, steps} = rail.closest(".js-plotly-plot").layout.sliders[0];
    const last = steps.length - 1, stop = Math.min(Math.max(active + by, 0), last), box = rail.getBoundingClientRect();
    const clientX = box.left + box.width * (0.013 + 0.974 * stop / last);
    const place = {bubbles: true, clientX, clientY: box.top + box.height / 2};
    for (const kind of ["mousedown", "mouseup"]) rail.dispatchEvent(new MouseEvent(kind, place));
    return stop !== active;
  };
  const slideToTheEnd = () => {
    clearTimeout(state.slides);
    if (slider() && slide(1)) state.slides = setTimeout(slideToTheEnd, 900);
  };
  const KEYS = {
    PageDown: () => move(1), ArrowRight: () => move(1), " ": () => move(1), PageUp: () => move(-1), ArrowLeft: () => move(-1),
    ArrowUp: () => slider() ? slide(1) : move(-1), ArrowDown: () => slider() ? slide(-1) : move(1),
    Home: () => slider() ? slide(-Infinity) : play(0), p: () => slider() ? slideToTheEnd() : play(1),
    s: () => slider() ? slide(1) : play(3), o: () => document.querySelector(`.st-key-slide_${root.dataset.slide} a`)?.click(),
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
    whenThere(action, Date.now());
  }, true);
  const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";
  if (isReload && seen.address === location.href) whenThere(() => go(seen.step), Date.now());
  const early = window.quickStudyPress;
  if (KEYS[early?.key]) whenThere(KEYS[early.key], early.at);
  // On a phone held upright a chart is not enlarged, but made as wide as the window, unless its names need more: it scrolls.
  const STAGE = 784, LEAST = 240, NAMES = 2;  // px of a chart, and between its margins at least; names above it at most
  const isUpright = matchMedia("(max-aspect-ratio: 1 / 1)");
  const isName = note => note.yref === "paper" && note.y === 1;
  const fit = () => {
    for (const chart of document.querySelectorAll(".st-key-stage .js-plotly-plot")) {
      const now = chart._fullLayout;
      if (!now) continue;
      const isNarrow = now.margin.l + now.margin.r + LEAST <= innerWidth && !now.sliders?.length
        && [...chart._fullData.filter(each => each.showlegend), ...now.annotations.filter(isName)].length <= NAMES;
      const width = isUpright.matches && isNarrow ? innerWidth : STAGE;
      // Streamlit may have measured the box before it was enlarged.
      const height = chart.closest('[class*="st-key-figure_"]')?.clientHeight ?? now.height;
      if (now.width !== width || Math.abs(now.height - height) > 1) window.Plotly?.relayout(chart, {width, height});
    }
  };
  const two = number => String(Math.trunc(number)).padStart(2, "0");
  const began = () => Number(sessionStorage.quickStudyBegan ??= Date.now());
  setInterval(() => {
    if (isOpen()) fit();
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const seconds = (Date.now() - began()) / 1000;
      clock.textContent = `${two(seconds / 60)}:${two(seconds % 60)}`;
    }
    const strip = document.querySelector(".lesson-away");
    if (!strip) return;
    strip.hidden = !isAway();
    // Streamlit's own box, in English, lies over everything and keeps it from being pressed.
    if (isAway()) document.querySelector('[data-testid="stDialog"] button')?.click();
    else if (app().testScriptState === "notRunning" && !state.timer && state.sent === null) {
      state.isUnsent = false;
      if (root.dataset.slide !== isOpen().dataset.present) go(Number(root.dataset.slide));
    }
  }, 500);
  // Crowded Wi-Fi loses packets without closing anything: then only a question shows that nobody answers.
  const health = () => fetch(new URL("_stcore/health", location), {cache: "no-store", signal: AbortSignal.timeout(5000)});
  const listen = () => (isOpen() ? health() : Promise.resolve({ok: true}))
    .then(answer => !answer.ok, () => true)
    .then(isSilent => { state.isSilent = isSilent; setTimeout(listen, 3000); });
  listen();
  document.addEventListener("click", event => {
    if (event.target.closest?.("[data-clock]")) sessionStorage.quickStudyBegan = Date.now();
  });
})();
