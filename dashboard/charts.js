// The controls of charts that one plays: by keyboard too, and with the step at which they stand in the address. And the
// sentence with the result is announced when it changes.
(() => {
  if (window.quickStudyCharts) return;
  window.quickStudyCharts = true;
  const PART = "player_step", LINKED = ".st-key-player_chart, .st-key-fits_chart", INSET = 10;  // px, of Plotly's rail
  const sliderOf = chart => chart._fullLayout?.sliders?.[0];
  const nameOf = step => step.args[0][0];
  // Plotly's slider hears of a pointer only: this is where its grip stands at a place.
  const moveTo = (chart, place) => {
    const group = chart.querySelector(".slider-group");
    const {steps, _dims: {inputAreaStart, inputAreaLength}} = sliderOf(chart);
    const share = Math.min(Math.max(place / (steps.length - 1), 0), 1);
    const x = inputAreaStart + INSET + share * (inputAreaLength - 2 * INSET - 2 * inputAreaStart);
    const {x: clientX, y: clientY} = new DOMPoint(x, 0).matrixTransform(group.getScreenCTM());
    const at = {bubbles: true, cancelable: true, view: window, clientX, clientY};
    group.querySelector(".slider-rail-touch-rect").dispatchEvent(new MouseEvent("mousedown", at));
    chart.dispatchEvent(new MouseEvent("mouseup", at));
  };
  const describe = chart => {
    const group = chart.querySelector(".slider-group"), slider = sliderOf(chart);
    if (!group || !slider) return;
    const now = slider.steps[slider.active] ?? slider.steps.at(-1);
    const about = {
      role: "slider", tabindex: 0, "aria-label": document.querySelector("[data-step]").dataset.step,
      "aria-valuemin": 0, "aria-valuemax": slider.steps.length - 1, "aria-valuenow": slider.active,
      "aria-valuetext": now.label,
    };
    for (const [name, value] of Object.entries(about)) group.setAttribute(name, value);
  };
  // The step is the browser's own part of the address: the server writes all others, and hears of none.
  let wanted = new URLSearchParams(location.search).get(PART), timer = 0;
  const withStep = address => {
    const url = new URL(address, location.href);
    if (/^\d+$/.test(wanted ?? "")) url.searchParams.set(PART, wanted);
    else if (url.searchParams.has(PART)) url.searchParams.delete(PART);  // which writes all others anew
    return url.href;
  };
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    const now = new URL(location.href), next = new URL(address, now);
    const isOther = part => next.searchParams.get(part) !== now.searchParams.get(part);
    if (next.pathname !== now.pathname || isOther("seed") || isOther("draw")) wanted = next.searchParams.get(PART);  // a new task
    push(state, title, withStep(address));
  };
  const take = step => {
    wanted = step;
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(history.state, "", withStep(location.href)), 400);  // not each frame
  };
  const follow = chart => {
    const {steps} = sliderOf(chart), isOpening = !/^\d+$/.test(wanted ?? "");  // it opens at the last stop
    const place = isOpening ? steps.length - 1 : steps.findIndex(step => nameOf(step) === wanted);
    if (place >= 0 && place !== sliderOf(chart).active) moveTo(chart, place);
  };
  const meet = chart => {
    const isLinked = chart.closest(LINKED);
    chart.on("plotly_animatingframe", ({name}) => {
      describe(chart);
      if (isLinked) take(name);
    });
    if (!isLinked) return;
    chart.on("plotly_afterplot", () => follow(chart));  // a chart that is drawn anew would stand where it opens
    follow(chart);
  };
  addEventListener("popstate", () => {
    wanted = new URLSearchParams(location.search).get(PART);
    for (const chart of document.querySelectorAll(".js-plotly-plot")) if (chart.closest(LINKED)) follow(chart);
  });
  const look = () => {
    for (const result of document.querySelectorAll(".st-key-result, .st-key-league_verdict, .st-key-training_news")) result.role = "status";
    for (const button of document.querySelectorAll(".updatemenu-button:not([tabindex])")) {
      button.setAttribute("tabindex", 0);
      button.setAttribute("role", "button");
    }
    for (const group of document.querySelectorAll(".slider-group")) {
      const chart = group.closest(".js-plotly-plot");
      if (!chart || !sliderOf(chart)) continue;
      describe(chart);
      if (chart.quickStudyMet || !chart._transitionData?._frames?.length) continue;
      chart.quickStudyMet = true;
      meet(chart);
    }
  };
  let isDue = false;
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => { isDue = false; look(); }, 100);
  }).observe(document.body, {childList: true, subtree: true});
  look();
  // Plotly would keep a finger that scrolls the page. A tap is a click all the same, by the mouse that browsers imitate.
  document.addEventListener("touchstart", event => {
    if (event.target.closest?.(".js-plotly-plot .nsewdrag")) event.stopImmediatePropagation();
  }, {capture: true, passive: true});
  const MOVES = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -1e9, End: 1e9};
  document.addEventListener("keydown", event => {
    const chart = event.target.closest?.(".js-plotly-plot");
    if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = event.target.closest(".updatemenu-button"), slider = event.target.closest(".slider-group");
    if (button && (event.key === "Enter" || event.key === " ")) {
      button.dispatchEvent(new MouseEvent("click", {bubbles: true}));
    } else if (slider && event.key in MOVES) {
      moveTo(chart, Math.min(Math.max(sliderOf(chart).active + MOVES[event.key], 0), sliderOf(chart).steps.length - 1));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
