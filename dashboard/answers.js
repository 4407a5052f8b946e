// Shows the published answer for the number of labels on the slider at once, from what the page was sent for all of them.
// The server's answer is the same text, so that nothing changes when it comes.
(() => {
  if (window.quickStudyAnswers) return;
  window.quickStudyAnswers = true;
  const SLIDER = ".st-key-choose_shots [aria-valuetext]";
  let text = "", answers = {};
  const read = () => {
    const now = document.querySelector("[data-answers]")?.dataset.answers ?? "{}";
    if (now !== text) [text, answers] = [now, JSON.parse(now)];
    return answers;
  };
  // The pieces of text in each paragraph: React goes on with these nodes, so only their words are changed.
  const nodes = paragraph => {
    const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) if (walker.currentNode.data.trim()) found.push(walker.currentNode);
    return found;
  };
  const words = node => node.data.trim().replaceAll("\u00a0", " ");
  const isSame = (shown, pieces) => shown.length === pieces.length
    && pieces.every((piece, place) => piece.replaceAll("\u00a0", " ") === words(shown[place]));
  const isAlike = (shown, paragraphs) => shown.length === paragraphs.length
    && paragraphs.every((pieces, place) => pieces.length === shown[place].length);
  const show = () => {
    const labels = document.querySelector(SLIDER)?.getAttribute("aria-valuetext"), wanted = read()[labels];
    for (const [key, paragraphs] of Object.entries(wanted ?? {})) {
      const shown = [...document.querySelectorAll(`.st-key-${key} p`)].map(nodes);
      // On a page of other conditions, none of the answers is on the screen; the server's is about to come.
      const isKnown = Object.values(answers).some(each => isAlike(shown, each[key])
        && each[key].every((pieces, place) => isSame(shown[place], pieces)));
      if (!isKnown || !isAlike(shown, paragraphs)) continue;
      paragraphs.forEach((pieces, line) => pieces.forEach((piece, place) => {
        const node = shown[line][place], [before, after] = [/^\s*/, /\s*$/].map(end => node.data.match(end)[0]);
        if (words(node) !== piece.replaceAll("\u00a0", " ")) node.data = before + piece + after;
      }));
    }
  };
  // Also when the server answers an earlier move of a slider that has gone on.
  const isOurs = ({target}) => (target.parentElement ?? target).closest(".st-key-answer, .st-key-finding_labels_chart")
    || target.matches?.(SLIDER);
  new MutationObserver(all => { if (all.some(isOurs)) show(); }).observe(document.body, {
    subtree: true, characterData: true, attributes: true, attributeFilter: ["aria-valuetext"],
  });
})();
