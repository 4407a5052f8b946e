// A link that names a theme shows it, whatever the device prefers: Streamlit asks by this function.
(() => {
  const theme = new URLSearchParams(location.search).get("theme"), ask = matchMedia.bind(window);
  if (!["light", "dark"].includes(theme)) return;
  window.matchMedia = query => {
    const asked = query.match(/prefers-color-scheme:\s*(light|dark)/)?.[1];
    return ask(asked ? (asked === theme ? "all" : "not all") : query);
  };
})();
