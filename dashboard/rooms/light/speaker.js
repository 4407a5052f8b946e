"use strict";
// The presenter's page: what the room does, and the commands. The secret stands after the # and is sent as a header.
const code = (location.pathname.match(/\/speaker\/(\d{6})$/) ?? [])[1] ?? "", secret = location.hash.slice(1);
let view = null, problem = "", over = false, lastShown = "", busy = false;

async function look() {
  for (; !over; await pause(1000)) {
    let answer = null;
    try { answer = await ask("GET", `/rooms/${code}/speaker`, { token: secret }); } catch { /* no connection */ }
    take(answer);
  }
}

function take(answer) {
  if (answer?.status === 200) {
    if (answer.body.round !== undefined) view = answer.body;
    showAway(false);
  } else if (answer && !isAway(answer.status)) {
    problem = answer.body.text;
    over = answer.status === 404 || answer.status === 403;
    showAway(false);
  } else showAway(true);
  draw();
}

async function command(body, sure = "") {
  if (busy || (sure && !confirm(say(sure)))) return null;
  busy = true;
  problem = "";  // which a look each second leaves in place
  let answer = null;
  try { answer = await ask("POST", `/rooms/${code}/speaker`, { token: secret, body }); } catch { /* no connection */ }
  busy = false;
  if (body.do === "end" && answer?.status === 200) { over = true; view = null; problem = { en: WORDS.en.ended, zh: WORDS.zh.ended }; draw(); }
  else take(answer);
  return answer;
}

async function download() {
  let answer = null;
  try { answer = await ask("GET", `/rooms/${code}/guesses.csv`, { token: secret }); } catch { /* no connection */ }
  if (answer?.status !== 200) return take(answer);
  const link = element("a", { href: URL.createObjectURL(answer.body), download: `room-${code}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function button(name, act, { main: isMain = false, disabled = false } = {}) {
  const made = element("button", { type: "button", className: isMain ? "main" : "", disabled, id: `do-${name}` }, say(name));
  made.addEventListener("click", act);
  return made;
}

function field(id, label, tag = "input", properties = {}) {
  return [element("label", { htmlFor: id }, say(label)), element(tag, { id, ...(tag === "input" ? { type: "text" } : {}), ...properties })];
}

// Made once, so that nothing that is typed is lost when the page is drawn anew; made again in another language.
function askForm() {
  const kind = element("select", { id: "kind" }, ...["number", "choice"].map((value) => element("option", { value }, say(`kind_${value}`))));
  const range = element("div", { className: "pair" }, element("div", {}, ...field("low", "low", "input", { value: "0" })), element("div", {}, ...field("high", "high", "input", { value: "100" })),
    element("div", {}, ...field("unit", "unit")), element("div", {}, ...field("truth", "truth")));
  const choices = element("div", { hidden: true }, ...field("choices", "choices", "textarea", { rows: 4 }), ...field("truth_choice", "truth_choice"));
  kind.addEventListener("change", () => { range.hidden = kind.value !== "number"; choices.hidden = kind.value === "number"; });
  const form = element("form", { noValidate: true }, element("label", { htmlFor: "kind" }, say("kind")), kind, ...field("text", "text", "textarea", { rows: 2 }),
    range, choices, element("button", { className: "main", type: "submit" }, say("ask")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const both = (text) => ({ en: text, zh: text }), read = (id) => form.querySelector(`#${id}`).value.trim();
    const real = (id) => readNumber(read(id));
    const wrong = (kind.value === "number" ? ["low", "high", "truth"] : ["truth_choice"]).find((id) => Number.isNaN(real(id)));
    if (wrong) {
      const refused = (language) => fill(WORDS[language].no_number, { name: WORDS[language][wrong], typed: read(wrong) });
      problem = { en: refused("en"), zh: refused("zh") };
      return draw();
    }
    const question = { kind: kind.value, text: both(read("text")), low: 0, high: 100, step: 1 };
    if (kind.value === "number") {
      Object.assign(question, { low: real("low") ?? 0, high: real("high") ?? 100, truth: real("truth") });
      if (question.high - question.low <= 5) question.step = 0.01;
      if (read("unit")) question.unit = both(read("unit"));
    } else {
      question.choices = read("choices").split("\n").map((line) => line.trim()).filter(Boolean).map(both);
      const place = real("truth_choice");
      question.truth = place === null ? null : place - 1;
    }
    const answer = await command({ do: "ask", question });
    if (answer?.status === 200) form.reset(), kind.dispatchEvent(new Event("change")), document.getElementById("asking").removeAttribute("open");
  });
  return element("details", { id: "asking", open: !view?.question }, element("summary", {}, say("ask_title")), form);
}

// What a lesson's step is about, as long as a lesson is presented to this room.
const began = Date.now(), two = (number_) => String(Math.trunc(number_)).padStart(2, "0");
const passed = () => `${two((Date.now() - began) / 60000)}:${two(((Date.now() - began) / 1000) % 60)}`;
setInterval(() => { const clock = document.getElementById("clock"); if (clock) clock.textContent = passed(); }, 500);
function notesOf({ title, until, lines }) {
  const clock = element("b", { id: "clock" }, passed());
  return [element("h2", {}, told(title)), element("p", { className: "soft" }, say("planned", { until: number(until) }), " ", clock),
    ...lines.map(([name, text]) => element("p", {}, element("b", {}, told(name)), say("colon"), told(text)))];
}

let form = null, formLanguage = "";
function body() {
  const alert = problem ? element("p", { role: "alert", className: "truth" }, told(problem)) : null;
  const title = element("h1", {}, say("speaker_title"));
  if (!view) return [title, alert];
  if (formLanguage !== lang) { form = askForm(); formLanguage = lang; }
  const { state, question, distribution } = view, parts = [title, element("p", { className: "soft" }, say("secret")), alert];
  if (view.notes) parts.push(...notesOf(view.notes));
  parts.push(element("div", { className: "figures" }, element("div", {}, element("b", { id: "in-room" }, String(view.participants)), say("in_room")),
    element("div", {}, element("b", { id: "guessed" }, String(view.guesses)), say("guessed"))));
  if (question) {
    parts.push(element("h2", {}, `${say("question", { number: view.number })} · ${say(`state_${state}`)}`), element("p", { className: "big" }, told(question.text)));
    if (question.truth !== undefined) parts.push(element("p", { className: "truth" }, say("answer", { value: valueOf(question, question.truth) })));
    parts.push(element("div", { className: "row" }, button("close", () => command({ do: "close" }), { disabled: state !== "asked" }),
      button("reveal", () => command({ do: "reveal" }), { disabled: state === "revealed" }), button("restart", () => command({ do: "restart" }, "restart_sure"))));
    parts.push(element("h2", {}, say("live")), distribution.values.length ? chart(question, distribution, { truth: question.truth }) : element("p", {}, say("none")));
  } else parts.push(element("p", { className: "big" }, say("state_waiting")));
  parts.push(form);
  const rows = view.people.map(([number_, value]) => {
    const remove = element("button", { type: "button" }, say("remove"));
    remove.addEventListener("click", () => command({ do: "remove", number: number_ }));
    return element("tr", {}, element("td", {}, String(number_)), element("td", {}, value === null ? "–" : valueOf(question, value)), element("td", {}, remove));
  });
  const head = element("tr", {}, ...["number", "value", "remove"].map((name) => element("th", { scope: "col" }, say(name))));
  parts.push(element("details", { id: "people", open: document.getElementById("people")?.open ?? false }, element("summary", {}, say("people")), element("table", {}, head, ...rows)));
  parts.push(element("div", { className: "row" }, button(view.locked ? "unlock" : "lock", () => command({ do: view.locked ? "unlock" : "lock" })),
    button("export", download), button("end", () => command({ do: "end" }, "end_sure"))));
  return parts;
}

draw = () => {
  document.getElementById("place").textContent = code ? say("room", { code: `${code.slice(0, 3)} ${code.slice(3)}` }) : "";
  if (away) showAway(true);
  const shown = JSON.stringify([lang, view, problem]);
  if (shown === lastShown) return;
  lastShown = shown;
  const focused = document.activeElement?.id;
  main.replaceChildren(...body().filter(Boolean));
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
};

speak(lang);
look();
