// Takes away the first paint as soon as the page below it is there: its script has run, and its first chart is drawn.
const PATIENCE = 3000; // milliseconds that a page with all its words waits for its chart
const paint = document.getElementById("first-paint");
const inMain = selector => document.querySelector(`[data-testid="stMain"] ${selector}`);
const hasWords = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "notRunning"
  && inMain(':is([data-testid="stMarkdown"], [data-testid="stHeading"], [data-testid="stAlert"])');
const leave = () => {
  watch.disconnect();
  paint.remove();
  document.documentElement.classList.remove("has-first-paint");
};
let timer;
const look = () => {
  // A dialog says what is wrong, such as that there is no connection.
  if (document.querySelector('[role="dialog"]')) return leave();
  if (!hasWords()) return;
  if (inMain(".js-plotly-plot .main-svg") || !inMain('[data-testid="stSkeleton"]')) return leave();
  timer ??= setTimeout(leave, PATIENCE);
};
const watch = new MutationObserver(look);
watch.observe(document.body, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["data-test-script-state"],
});
paint.addEventListener("click", () => { if (hasWords()) leave(); });
look();
