"use strict";
// What both light pages share: sentences, elements, requests, pictures.
const WORDS = JSON.parse(document.getElementById("words").textContent);
const BASE = document.body.dataset.base, main = document.getElementById("main");
const TAGS = { en: "en", zh: "zh-CN" }, NAMES = { en: "English", zh: "中文" };

const memory = {};  // where a browser keeps nothing, this page does until it is closed
const keep = {
  get(key) { try { return localStorage.getItem(key) ?? memory[key] ?? null; } catch { return memory[key] ?? null; } },
  set(key, value) { memory[key] = value; try { localStorage.setItem(key, value); } catch { /* kept above */ } },
  drop(key) { delete memory[key]; try { localStorage.removeItem(key); } catch { /* as above */ } },
};

let lang = keep.get("lang") in WORDS ? keep.get("lang") : document.documentElement.lang.startsWith("zh") ? "zh" : "en";
let draw = () => {};  // the page's own: draws everything anew

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const say = (name, values = {}) => fill(WORDS[lang][name], values);
const told = (text) => (text ? text[lang] : "");

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "list") made[name] = value; else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function speak(language) {
  lang = language;
  document.documentElement.lang = TAGS[lang];
  const other = lang === "en" ? "zh" : "en", button = document.getElementById("language");
  button.textContent = NAMES[other];
  button.lang = TAGS[other];
  document.getElementById("product").textContent = document.title = say("product");
  draw();
}
document.getElementById("language").addEventListener("click", () => {
  speak(lang === "en" ? "zh" : "en");
  keep.set("lang", lang);
});

// Resolves with {status, body}; rejects without a connection, or after so many milliseconds.
async function ask(method, path, { token = "", body, patience = 8000, signal } = {}) {
  const ending = new AbortController(), timer = setTimeout(() => ending.abort(), patience);
  signal?.addEventListener("abort", () => ending.abort());
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  try {
    const answer = await fetch(BASE + path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: ending.signal, cache: "no-store",
    });
    const isJson = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    return { status: answer.status, body: isJson ? await answer.json() : await answer.blob() };
  } finally {
    clearTimeout(timer);
  }
}
// The server is there, but cannot answer now: as if the connection were lost.
const isAway = (status) => status >= 500 || status === 429;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

let away = false;
function showAway(isNow) {
  away = isNow;
  const strip = document.getElementById("strip");
  const text = away ? say("offline") : "";
  if (strip.textContent !== text) strip.textContent = text;
  strip.hidden = !away;
}

// As dashboard/typed_numbers.py reads what people type. null for nothing, NaN for what is no number.
const NUMBERS = JSON.parse(document.body.dataset.numbers), NUMBER = new RegExp(`^(?:${NUMBERS.pattern})$`);
function readNumber(text) {
  const plain = [...text.trim()].map((mark) => NUMBERS.plain[NUMBERS.wide.indexOf(mark)] ?? mark).join("");
  if (!plain) return null;
  return plain.length <= NUMBERS.longest && NUMBER.test(plain) ? Number(plain.replace(",", ".")) : NaN;
}

function number(value) {
  return Number(value.toPrecision(10)).toString();
}
function valueOf(question, value) {
  if (question.kind === "choice") return told(question.choices[value]);
  const unit = told(question.unit);
  return unit ? `${number(value)}${/^[%°‰]/.test(unit) ? "" : " "}${unit}` : number(value);
}

function binLabel(question, distribution, at) {
  if (question.kind === "choice") return told(question.choices[at]);
  const half = question.step / 2, low = distribution.edges[at] + half;
  const high = Math.min(distribution.edges[at + 1] - half, question.high);
  return high - low < half ? number(low) : `${number(low)} – ${number(high)}`;
}

// The distribution as a picture, and as a table for whoever cannot see it.
function chart(question, distribution, { truth, mine } = {}) {
  const { counts, edges } = distribution, total = distribution.values.length, most = Math.max(1, ...counts);
  const isChoice = question.kind === "choice", width = 360, top = 36, height = isChoice ? counts.length * 46 : 190;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say("chart", { total }) });
  if (isChoice) {
    counts.forEach((count, at) => {
      const y = at * 46, isTrue = at === truth, label = `${isTrue ? "✓ " : ""}${told(question.choices[at])}${at === mine ? ` (${say("your_mark")})` : ""}`;
      const shown = label.length > 44 ? `${label.slice(0, 43)}…` : label;
      svg.append(
        shape("text", { x: 0, y: y + 15, class: isTrue ? "marked" : "" }, shown),
        shape("rect", { x: 0, y: y + 21, width: Math.max(2, (count / most) * (width - 40)), height: 16, class: "bar" }),
        shape("text", { x: Math.max(2, (count / most) * (width - 40)) + 6, y: y + 34 }, String(count)),
      );
    });
  } else {
    const bottom = height - 22, left = edges[0], right = edges[edges.length - 1];
    const place = (value) => 6 + ((value - left) / (right - left)) * (width - 12);
    counts.forEach((count, at) => {
      const tall = (count / most) * (bottom - top);
      svg.append(shape("rect", { x: place(edges[at]) + .5, y: bottom - tall, width: Math.max(1, place(edges[at + 1]) - place(edges[at]) - 1), height: tall, class: "bar" }));
    });
    svg.append(
      shape("line", { x1: 0, x2: width, y1: bottom, y2: bottom, class: "axis" }),
      shape("text", { x: 2, y: height - 6 }, valueOf(question, question.low)),
      shape("text", { x: width - 2, y: height - 6, "text-anchor": "end" }, valueOf(question, question.high)),
    );
    for (const [value, kind, word] of [[mine, "mine", "your_mark"], [truth, "mark", "truth_mark"]]) {
      if (value === undefined || value === null) continue;
      const x = place(value), anchor = x > width * .7 ? "end" : x < width * .3 ? "start" : "middle";
      svg.append(
        shape("line", { x1: x, x2: x, y1: kind === "mark" ? 16 : 32, y2: bottom, class: kind }),
        shape("text", { x, y: kind === "mark" ? 12 : 28, "text-anchor": anchor, class: kind === "mark" ? "marked" : "" }, say(word)),
      );
    }
  }
  const rows = counts.map((count, at) => element("tr", {}, element("td", {}, binLabel(question, distribution, at)), element("td", {}, String(count))));
  const head = element("tr", {}, element("th", { scope: "col" }, say("value")), element("th", { scope: "col" }, say("count")));
  return element("div", {}, svg, element("details", {}, element("summary", {}, say("numbers")), element("table", {}, head, ...rows)));
}
