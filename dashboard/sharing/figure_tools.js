// Tools of figures: enlarge, save as PNG or SVG, copy. Plotly is the one that Streamlit has loaded for its charts.
(() => {
  if (window.quickStudyFigures) return;
  window.quickStudyFigures = true;
  const themes = THEMES;
  const LEAST = 640, PIXELS = 1600, EDGE = 16;  // widths of a picture: as drawn, and of a PNG at least
  const pen = document.createElement("canvas").getContext("2d");

  // A part of a figure, copied, with its strings changed; numbers, of which there may be many, are shared.
  const changed = (part, change) =>
    typeof part === "string" ? change(part)
    : Array.isArray(part) ? (typeof part[0] === "number" ? part : part.map(inside => changed(inside, change)))
    : part?.constructor === Object ? Object.fromEntries(Object.entries(part).map(([k, v]) => [k, changed(v, change)]))
    : part;
  const rgba = colour => {
    pen.fillStyle = "#000000";
    pen.fillStyle = colour;
    const text = pen.fillStyle;
    return text[0] === "#" ? [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16)).concat(1) : text.match(/[\d.]+/g).map(Number);
  };
  const shine = ([r, g, b]) => (0.3 * r + 0.59 * g + 0.11 * b) / 255;
  const isDark = () => shine(rgba(getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor)) < 0.5;
  // Pictures are light, whatever the page is: a chart's colour becomes its counterpart, a grey its mirror image.
  const lightened = colour => {
    const place = themes.dark.charts.indexOf(colour.toLowerCase());
    if (place >= 0) return themes.light.charts[place];
    const parts = rgba(colour), [r, g, b, alpha] = parts;
    if (Math.max(r, g, b) - Math.min(r, g, b) > 40) return colour;
    const [dark, ink] = themes.dark.page.map(each => shine(rgba(each)));
    const share = Math.min(1, Math.max(0, (shine(parts) - dark) / (ink - dark)));
    const [from, to] = themes.light.page.map(rgba);
    return `rgba(${[0, 1, 2].map(n => Math.round(from[n] + share * (to[n] - from[n]))).join(",")},${alpha})`;
  };
  const COLOUR = /#[0-9a-f]{6}\b|rgba?\([^)]*\)/gi;
  const asPrinted = text => isDark() && text.length < 2000 ? text.replace(COLOUR, lightened) : text;

  const page = () => document.querySelector("[data-page-link]").dataset;
  const chartOf = key => document.querySelector(`.st-key-${key} .js-plotly-plot`);
  const finding = key => (
    document.querySelector(`.st-key-finding_${key} [data-testid="stMarkdownContainer"]`)?.innerText
    ?? chartOf(key).closest("[aria-label]")?.ariaLabel ?? "").replace(/\s+/g, " ").trim();
  const widthOf = chart => Math.max(LEAST, Math.round(chart._fullLayout.width));

  // Lines of a text that fit into a width: broken at spaces, and anywhere between Chinese characters.
  const lines = (text, font, width) => {
    pen.font = font;
    const found = [""];
    for (const word of text.split(/(?<=[\s&\u2e80-\uffff])|(?=[\u2e80-\uffef])/u)) {
      if (found.at(-1) && pen.measureText(found.at(-1) + word.trimEnd()).width > width) found.push("");
      found[found.length - 1] += word;
    }
    return found.map(line => line.trim());
  };
  // Built as nodes: Streamlit drops a script with a tag in it.
  const node = (name, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const written = (text, size, weight, colour, family, width, y) => {
    const rows = lines(text, `${weight} ${size}px ${family}`, width), pitch = Math.round(1.35 * size);
    const spans = rows.map((row, n) => node("tspan", {x: EDGE, y: y + pitch * n + size}, row));
    return [node("text", {"font-size": size, "font-weight": weight, fill: colour}, ...spans), pitch * rows.length];
  };

  // The picture of a figure as it is now: its finding above, its source below. Returns [SVG, width, height].
  const picture = async key => {
    const chart = chartOf(key), width = widthOf(chart), layout = changed(chart.layout, asPrinted);
    for (const part of ["sliders", "updatemenus"]) delete layout[part];
    const below = Math.max(0, (layout.margin?.b ?? 0) - (chart.layout.sliders ? 62 : 1000));
    if (layout.margin) layout.margin.b -= below;
    const height = Math.round(chart._fullLayout.height - below), ground = themes.light.page[0];
    Object.assign(layout, {width, height, autosize: false, paper_bgcolor: ground});
    const data = changed(chart.data, asPrinted);
    const drawn = await window.Plotly.toImage(
      {data, layout, config: {staticPlot: true}}, {format: "svg", width, height, imageDataOnly: true});
    const family = getComputedStyle(document.body).fontFamily.replaceAll('"', "'"), ink = themes.light.page[1];
    const room = width - 2 * EDGE;
    const [above, top] = written(finding(key), 15, 600, ink, family, room, 12);
    const [source, foot] = written(page().source, 11, 400, "#5b6673", family, room, top + height + 24);
    const total = top + height + foot + 36;
    const inner = new DOMParser().parseFromString(drawn, "image/svg+xml").documentElement;
    inner.setAttribute("y", top + 18);
    const whole = node("svg", {width, height: total, viewBox: `0 0 ${width} ${total}`, "font-family": family},
      node("rect", {width: "100%", height: "100%", fill: ground}), above, inner, node("a", {href: page().pageLink}, source));
    const svg = new XMLSerializer().serializeToString(whole);
    return [svg, width, total];
  };
  const save = (key, format, content) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = `${page().file}`.replace("FIGURE", key.replace(/_(chart|map|panel)$/, "")) + `.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const asPng = async (svg, width, height) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    const scale = Math.max(2, PIXELS / width), canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.ceil(scale * width), Math.ceil(scale * height)];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise(resolve => canvas.toBlob(resolve, "image/png"));
  };
  // Browsers offer their clipboard to pages of https alone; in a room's network there is the older way.
  const copy = async (text, beside) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const box = beside.parentElement.appendChild(Object.assign(document.createElement("textarea"), {value: text}));
    box.select();
    document.execCommand("copy");
    box.remove();
    beside.focus();
  };
  const embedCode = key => {
    const frame = document.createElement("iframe"), height = Math.round(chartOf(key)._fullLayout.height) + 150;
    frame.src = `${page().pageLink}&figure=${key}&embed=true`;
    Object.assign(frame, {title: finding(key), width: "100%", height});
    frame.style.border = "0";
    return frame.outerHTML;
  };
  const enlarge = (key, tools) => {
    const chart = chartOf(key), dialog = document.createElement("dialog"), own = tools.cloneNode(true);
    dialog.className = "figure-enlarged";
    dialog.ariaLabel = finding(key);
    const close = own.querySelector('[data-do="enlarge"]');
    Object.assign(close, {textContent: "✕", title: tools.dataset.close, ariaLabel: tools.dataset.close});
    close.dataset.do = "close";
    own.append(close);
    const caption = Object.assign(document.createElement("p"), {textContent: finding(key)});
    const box = document.createElement("div"), plot = box.appendChild(document.createElement("div"));
    dialog.append(own, caption, box);
    const {backgroundColor, color} = getComputedStyle(document.querySelector('[data-testid="stApp"]'));
    Object.assign(dialog.style, {backgroundColor, color});
    document.body.append(dialog);
    dialog.showModal();
    const room = getComputedStyle(dialog), inside = parseFloat(room.paddingLeft) * 2;
    const across = dialog.clientWidth - inside, down = dialog.clientHeight - inside - box.offsetTop;
    const height = chart._fullLayout.height;
    const scale = Math.max(1, Math.min(down / height, across < LEAST ? 1.4 : across / LEAST));  // phones are panned
    const width = Math.max(LEAST, across / scale);
    Object.assign(box.style, {width: `${width * scale}px`, height: `${height * scale}px`});
    Object.assign(plot.style, {width: `${width}px`, transform: `scale(${scale})`, transformOrigin: "0 0"});
    const same = text => text;
    window.Plotly.newPlot(plot, {
      data: changed(chart.data, same), layout: {...changed(chart.layout, same), width, height, autosize: false},
      frames: changed(chart._transitionData?._frames ?? [], same), config: {displayModeBar: false, responsive: false},
    });
    dialog.addEventListener("close", () => { window.Plotly.purge(plot); dialog.remove(); });
    close.focus();
  };
  document.addEventListener("click", async event => {
    const button = event.target.closest?.("[data-do]"), tools = button?.closest("[data-figure]");
    if (!button) return;
    const key = tools?.dataset.figure, action = button.dataset.do;
    if (action === "close") return button.closest("dialog").close();
    if (action === "copy") await copy(button.dataset.text, button);
    else if (!chartOf(key) || !window.Plotly) return;
    else if (action === "enlarge") return enlarge(key, tools);
    else if (action === "embed") await copy(embedCode(key), button);
    else {
      const [svg, width, height] = await picture(key);
      save(key, action, action === "svg" ? new Blob([svg], {type: "image/svg+xml"}) : await asPng(svg, width, height));
    }
    button.dataset.done = "1";
    setTimeout(() => delete button.dataset.done, 1500);
  });
})();
