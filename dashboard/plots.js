// Draws charts for Streamlit, which makes a new element of every figure and has it drawn twice, first without its width.
// Here a figure is drawn once, by changing the drawing of the one before it, what is in view first; what is far away
// waits until the reader comes near it, or prints.
(() => {
  if (window.quickStudyPlots) return;
  window.quickStudyPlots = true;
  const KEPT = 1000;  // ms for which a drawing is kept for the next figure of its key
  const waiting = new Set(), kept = new Map();  // boxes; by key, a drawing and the timer that ends it
  let react, purge, isDue = false;
  const keyOf = box => box.closest('[data-testid="stElementContainer"]')?.className.match(/st-key-\S+/)?.[0];
  // How many screens lie between a chart and what is in view; a chart on a hidden screen may be turned to at any time.
  const distance = box => {
    const {top, bottom} = box.getBoundingClientRect();
    return Math.max(top / innerHeight - 1, -bottom / innerHeight, 0);
  };
  const isSeen = box => distance(box) === 0 && box.getClientRects().length > 0;
  const soon = action => document.hidden ? setTimeout(action) : requestAnimationFrame(() => setTimeout(action));
  const later = action => window.requestIdleCallback ? requestIdleCallback(action, {timeout: 1000}) : setTimeout(action, 200);
  // A second click on the same place takes the selection back, which Streamlit would report in the place of the first.
  const UNSAID = ["plotly_deselect", "plotly_doubleclick"];
  const hear = (chart, event) => {
    if (UNSAID.includes(event) || chart.quickStudyHears.has(event)) return;
    chart.quickStudyHears.add(event);
    chart.on(event, about => chart.parentElement?.quickStudyPlot?.heard[event]?.forEach(each => each(about)));
  };
  const draw = box => {
    const {figure, chart, heard} = box.quickStudyPlot;
    waiting.delete(box);
    near.unobserve(box);
    box.quickStudyPlot.isDrawn = true;
    delete box.dataset.waits;
    if (chart._fullLayout) found.Fx.unhover(chart);  // the point may have gone
    const drawn = react(chart, figure);
    for (const event of Object.keys(heard)) hear(chart, event);
    return drawn.catch(console.error);
  };
  const next = () => {
    const boxes = [...waiting].sort((one, other) => distance(one) - distance(other));
    // The first paint of a page gives way to its first chart, wherever that is.
    return boxes.find(isSeen) ?? boxes.find(box => distance(box) <= 1 || !document.querySelector(".js-plotly-plot .main-svg"));
  };
  const drawNext = () => {
    isDue = false;
    const box = next();
    if (box) draw(box).then(plan);
  };
  const plan = () => {
    const box = !isDue && next();
    if (!box) return;
    isDue = true;
    (isSeen(box) ? soon : later)(drawNext);
  };
  const near = new IntersectionObserver(plan, {rootMargin: "100%"});
  addEventListener("beforeprint", () => { for (const box of [...waiting]) draw(box); });

  // While its script runs, Streamlit keeps the element before, hidden, if the new one is there first.
  const fromHidden = key => {
    const boxes = key ? [...document.querySelectorAll(`.${CSS.escape(key)}[data-retained] [data-testid="stPlotlyChart"] *`)] : [];
    const former = boxes.find(box => box.quickStudyPlot), chart = former?.quickStudyPlot.chart;
    if (former) {
      waiting.delete(former);
      near.unobserve(former);
      former.quickStudyPlot.chart = document.createElement("div");
    }
    return chart;
  };
  const take = box => {
    const key = keyOf(box), before = kept.get(key), heard = {};
    const chart = before?.chart ?? fromHidden(key) ?? document.createElement("div");
    kept.delete(key);
    clearTimeout(before?.timer);
    chart.quickStudyHears ??= new Set();
    chart.style.visibility = "visible";  // while Streamlit measures its element's width
    box.append(chart);
    box.quickStudyPlot = {key, chart, heard};
    box.on = (event, action) => {
      (heard[event] ??= new Set()).add(action);
      if (chart.on) hear(chart, event);
    };
    box.removeListener = (event, action) => heard[event]?.delete(action);
    const of = name => () => box.quickStudyPlot.isDrawn ? chart[name] : box.quickStudyPlot.figure[name];
    for (const name of ["data", "layout"]) Object.defineProperty(box, name, {get: of(name)});
    const frames = () => box.quickStudyPlot.isDrawn ? chart._transitionData : {_frames: box.quickStudyPlot.figure.frames};
    Object.defineProperty(box, "_transitionData", {get: frames});
  };
  // Streamlit puts the theme's colours into a figure once: when the theme changes, those of its curves would stay.
  const themes = THEMES, rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)).join(", ");
  const [light, dark] = [themes.light, themes.dark].map(theme => Object.values(theme).flat().flatMap(hex => [hex, rgb(hex)]));
  const change = (from, to) => {
    const pairs = new Map(from.map((colour, place) => [colour, to[place]])), any = new RegExp(from.join("|"), "g");
    return text => text.replace(any, colour => pairs.get(colour));
  };
  const [darken, lighten] = [change(light, dark), change(dark, light)];
  let isDark = null, hasChanged = false;
  const recolour = (part, changed) => {
    for (const [name, value] of Object.entries(part)) {
      if (typeof value === "string" && value.length < 100) {
        part[name] = changed(value);
      } else if (Array.isArray(value) && typeof value[0] !== "number") {
        part[name] = [...value];  // Plotly takes an array that is the same one for unchanged
        recolour(part[name], changed);
      } else if (value?.constructor === Object) recolour(value, changed);
    }
  };
  const themed = figure => {
    const isNow = figure.layout.template?.layout?.paper_bgcolor === themes.dark.page[0];
    hasChanged ||= isNow !== (isDark ?? isNow);
    isDark = isNow;
    if (hasChanged) for (const part of [figure.data, figure.layout, figure.frames ?? []]) recolour(part, isNow ? darken : lighten);
  };
  const ours = Plotly => {
    ({react, purge} = Plotly);
    Plotly.react = (box, figure) => {
      if (box.closest?.('[data-testid="stPlotlyChart"]')) themed(figure);
      // On a lesson's stage, Streamlit measures again what it drew first: the window may have become larger meanwhile.
      if (!box.closest?.('[data-testid="stPlotlyChart"]') || box.closest(".st-key-stage")) return react(box, figure);
      if (!box.quickStudyPlot) take(box);
      const {chart} = box.quickStudyPlot, {width, height} = figure.layout;
      Object.assign(box.quickStudyPlot, {figure, isDrawn: false});
      chart.style.height = height ? `${height}px` : "";
      chart.style.contentVisibility = height ? "auto" : "";  // the browser then leaves alone what is out of view
      if (width) {
        waiting.add(box);
        box.dataset.waits = "";
        near.observe(box);
        plan();
      }
      return Promise.resolve(box);
    };
    Plotly.purge = box => {
      if (!box.quickStudyPlot) return purge(box);
      const {key, chart, figure} = box.quickStudyPlot;
      waiting.delete(box);
      near.unobserve(box);
      chart.remove();
      if (!key || !chart._fullLayout || figure.frames?.length || kept.has(key)) return purge(chart);
      const timer = setTimeout(() => {
        kept.delete(key);
        purge(chart);
      }, KEPT);
      kept.set(key, {chart, timer});
    };
    return Plotly;
  };
  let found = window.Plotly && ours(window.Plotly);
  Object.defineProperty(window, "Plotly", {configurable: true, get: () => found, set: Plotly => { found = ours(Plotly); }});
})();
