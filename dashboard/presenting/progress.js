// Which exercises are solved stays in this browser: the server hears of none that was solved in another visit.
(() => {
  const KEY = "quickStudySolved", root = document.documentElement;
  const read = () => { try { return (localStorage[KEY] ?? "").split(" ").filter(Boolean); } catch { return []; } };
  const keep = solved => { try { localStorage[KEY] = solved.join(" "); } catch { /* the browser keeps nothing */ } };
  const show = solved => {
    root.dataset.solved = solved.join(" ");
    const all = document.querySelector("[data-exercises]")?.dataset.exercises.split(" ") ?? [];
    const count = all.filter(code => solved.includes(code)).length;
    for (const text of document.querySelectorAll("[data-progress]")) text.textContent = text.dataset.progress.replace("{solved}", count);
    for (const button of document.querySelectorAll("[data-forget]")) button.hidden = !count;
  };
  const marker = document.querySelector("[data-exercises]");
  const solved = [...new Set([...read(), ...marker.dataset.justSolved.split(" ").filter(Boolean)])];
  keep(solved);
  show(solved);
  if (root.dataset.forgets) return;
  root.dataset.forgets = "1";
  document.addEventListener("click", event => {
    if (!event.target.closest?.("[data-forget]")) return;
    keep([]);
    show([]);
  });
})();
