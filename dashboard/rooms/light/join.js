"use strict";
// A participant's page: join, guess, see. It holds one request at a time that the server answers when something changes.
let code = (location.pathname.match(/\/join\/(\d{6})$/) ?? [])[1] ?? "";
let me = null, room = null, ending = "", chosen = null, entered = null, lastShown = "", following = null, problem = "";

const seat = () => `room ${code}`;
const guessKey = (round) => `room ${code} guess ${round}`;
const readGuess = (round) => JSON.parse(keep.get(guessKey(round)) ?? "null");
const keepGuess = (round, guess) => keep.set(guessKey(round), JSON.stringify(guess));
const unsent = new Set();  // rounds whose guess the server has not answered yet

async function join() {
  problem = "";
  ending = "";
  room = null;
  me = JSON.parse(keep.get(seat()) ?? "null");
  draw();
  while (!me) {
    let answer = null;
    try { answer = await ask("POST", `/rooms/${code}/participants`, { body: {} }); } catch { /* no connection */ }
    if (answer?.status === 201) {
      me = answer.body;
      keep.set(seat(), JSON.stringify(me));
    } else if (answer && !isAway(answer.status)) {
      return leave(answer.body);
    } else {
      showAway(true);
      await pause(1000 + 1500 * Math.random());
    }
  }
  const path = `${BASE}/join/${code}`;
  if (location.pathname !== path) history.replaceState(null, "", path);
  follow();
}

function leave(refusal) {
  ending = refusal.reason;
  problem = refusal.text;
  if (ending === "unknown") {
    for (let round = 0; round <= (room?.round ?? 0); round += 1) keep.drop(guessKey(round));
    keep.drop(seat());
    me = null;
  }
  showAway(false);
  draw();
}

async function follow() {
  const here = {};
  following = here;
  let failures = 0;
  while (following === here) {
    let answer = null;
    here.stop = new AbortController();
    try {
      const after = room && !away ? `?after=${room.version}` : "";
      answer = await ask("GET", `/rooms/${code}${after}`, { token: me.token, patience: 16000, signal: here.stop.signal });
    } catch { /* no connection, or woken */ }
    if (following !== here) return;
    if (answer && (answer.status === 200 || answer.status === 204)) {
      failures = 0;
      const wasAway = away;
      showAway(false);
      if (answer.status === 200) room = answer.body;
      if (answer.status === 200 || wasAway) { send(); draw(); }
    } else if (answer && !isAway(answer.status)) {
      following = null;
      return leave(answer.body);
    } else if (!here.woken) {
      failures += 1;
      showAway(true);
      await pause(Math.min(3000, 500 * failures) * (0.7 + 0.6 * Math.random()));  // not all at once
    }
    here.woken = false;
  }
}

function wake() {
  if (!following) return;
  following.woken = true;
  following.stop?.abort();
}
addEventListener("online", wake);
addEventListener("offline", () => { if (me && !ending) showAway(true); wake(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });

// Sends what is kept: sent twice, it counts once.
async function send() {
  const round = room?.round, guess = round ? readGuess(round) : null;
  if (!guess || guess.state !== "kept" || unsent.has(round)) return;
  unsent.add(round);
  let answer = null;
  try { answer = await ask("PUT", `/rooms/${code}/guesses/${round}`, { token: me.token, body: { value: guess.value }, patience: 5000 }); } catch { /* kept */ }
  unsent.delete(round);
  if (answer?.status === 200) keepGuess(round, { value: answer.body.value, state: "counted" });
  else if (answer?.status === 409) keepGuess(round, { ...guess, state: "late" });
  else if (answer && !isAway(answer.status)) {
    keep.drop(guessKey(round));
    problem = answer.body.text;
    if (answer.body.reason === "removed" || answer.body.reason === "unknown") return leave(answer.body);
  } else {
    showAway(true);
    setTimeout(send, 1500 + 1500 * Math.random());
  }
  draw();
}

function commit(event) {
  event.preventDefault();
  const question = room.question, value = chosen;
  if (value === null) problem = { en: WORDS.en.choose_first, zh: WORDS.zh.choose_first };
  else if (question.kind !== "choice" && !(value >= question.low && value <= question.high)) {
    const range = { low: number(question.low), high: number(question.high) };
    problem = { en: fill(WORDS.en.bad_number, range), zh: fill(WORDS.zh.bad_number, range) };
  } else {
    problem = "";
    keepGuess(room.round, { value, state: "kept" });
    send();
  }
  draw();
}

function codeForm() {
  const input = element("input", { id: "code", type: "text", inputMode: "numeric", autocomplete: "off", maxLength: 9, required: true });
  const form = element("form", { noValidate: true }, element("label", { htmlFor: "code" }, say("code")), input,
    element("button", { className: "main", type: "submit" }, say("join")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const digits = input.value.normalize("NFKC").replace(/\D/g, "");
    if (digits.length !== 6) {
      problem = { en: WORDS.en.code_wrong, zh: WORDS.zh.code_wrong };
      return draw();
    }
    code = digits;
    join();
  });
  return form;
}

// Where a point is guessed: tap the picture, or use the slider below it.
function curvePicture(question, { pick, curve } = {}) {
  const points = [...(question.shown ?? []), ...(curve ?? [])], width = 360, height = 230, pad = 14;
  const xs = points.map(([x]) => x).concat(question.x), spread = Math.max(...xs) - Math.min(...xs) || 2;
  const [left, right] = [Math.min(...xs) - spread * .05, Math.max(...xs) + spread * .05];
  const [low, high] = [question.low, question.high];
  const placeX = (x) => pad + ((x - left) / (right - left)) * (width - 2 * pad);
  const placeY = (y) => height - pad - ((Math.min(high, Math.max(low, y)) - low) / (high - low)) * (height - 2 * pad);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say("picture", { x: number(question.x) }) });
  svg.append(shape("rect", { x: pad, y: pad, width: width - 2 * pad, height: height - 2 * pad, fill: "none", class: "axis" }));
  svg.append(shape("line", { x1: placeX(question.x), x2: placeX(question.x), y1: pad, y2: height - pad, class: "guide" }));
  if (curve) svg.append(shape("polyline", { points: curve.map(([x, y]) => `${placeX(x)},${placeY(y)}`).join(" "), class: "mark" }));
  for (const [x, y] of question.shown ?? []) svg.append(shape("circle", { cx: placeX(x), cy: placeY(y), r: 5, class: "dot" }));
  const dot = shape("circle", { cx: placeX(question.x), r: 9, class: "pick" });
  const move = (value) => {
    if (value === null) dot.setAttribute("visibility", "hidden"); else { dot.setAttribute("visibility", "visible"); dot.setAttribute("cy", placeY(value)); }
  };
  move(pick ?? null);
  svg.append(dot, shape("text", { x: pad + 4, y: pad + 14 }, number(high)), shape("text", { x: pad + 4, y: height - pad - 5 }, number(low)));
  svg.append(shape("text", { x: placeX(question.x) + 5, y: height - 1 }, `x = ${number(question.x)}`));
  svg.heightAt = (event) => {
    const box = svg.getBoundingClientRect();
    const y = ((event.clientY - box.top) / box.height) * height;
    return low + ((height - pad - y) / (height - 2 * pad)) * (high - low);
  };
  svg.move = move;
  return svg;
}

function guessForm(question) {
  const form = element("form", { noValidate: true });
  if (question.kind === "choice") {
    const set = element("fieldset", {}, element("legend", {}, say("your_choice")));
    question.choices.forEach((choice, at) => {
      const radio = element("input", { type: "radio", name: "choice", value: at, checked: chosen === at });
      radio.addEventListener("change", () => { chosen = at; });
      set.append(element("label", { className: "choice" }, radio, element("span", {}, told(choice))));
    });
    form.append(set);
  } else {
    const { low, high, step } = question, isPoint = question.kind === "point";
    const label = isPoint ? say("at_x", { x: number(question.x) }) : say("your_value", { low: number(low), high: number(high) });
    const field = element("input", { id: "value", type: "text", inputMode: low < 0 ? "text" : "decimal", autocomplete: "off", maxLength: NUMBERS.longest, value: entered ?? chosen ?? "" });
    const slider = element("input", { type: "range", min: low, max: high, step, value: chosen ?? (low + high) / 2, "aria-label": label });
    const picture = isPoint ? curvePicture(question, { pick: Number.isFinite(chosen) ? chosen : null }) : null;
    const choose = (value, from) => {
      chosen = value;
      entered = from === field ? field.value : null;
      if (from !== field) field.value = value;
      if (from !== slider && Number.isFinite(value)) slider.value = value;
      picture?.move(Number.isFinite(value) ? value : null);
    };
    field.addEventListener("input", () => choose(readNumber(field.value), field));
    slider.addEventListener("input", () => choose(Number(slider.value), slider));
    picture?.addEventListener("click", (event) => {
      const value = low + Math.round((picture.heightAt(event) - low) / step) * step;
      choose(Number(number(Math.min(high, Math.max(low, value)))), picture);
    });
    form.append(...[element("label", { htmlFor: "value" }, label), picture, slider,
      element("div", { className: "value" }, field, element("span", {}, told(question.unit)))].filter(Boolean));
  }
  form.append(element("button", { className: "main", type: "submit" }, say("commit")));
  form.addEventListener("submit", commit);
  return form;
}

function resultOf(question, distribution, guess) {
  const parts = [], total = distribution.values.length, truth = question.truth ?? null, counted = guess?.state === "counted";
  parts.push(element("p", { className: truth === null ? "big" : "big truth" }, truth === null ? say("no_answer") : say("answer", { value: valueOf(question, truth) })));
  if (counted) parts.push(element("p", {}, say("yours", { value: valueOf(question, guess.value) })));
  if (question.kind === "choice" && truth !== null) {
    const count = distribution.counts[truth];
    parts.push(element("p", {}, say(counted && guess.value === truth ? "right" : "wrong", { count, total })));
  } else if (question.kind !== "choice") {
    if (counted && truth !== null) {
      const off = Math.abs(guess.value - truth), closer = distribution.values.filter((value) => Math.abs(value - truth) < off - 1e-9).length;
      parts.push(element("p", {}, say("off", { off: number(off), closer, total })));
    }
    if (total) parts.push(element("p", {}, say("median", { total, value: valueOf(question, distribution.median) })));
  }
  if (question.why) parts.push(element("p", {}, told(question.why)));
  if (question.kind === "point") parts.push(curvePicture(question, { pick: counted ? guess.value : null, curve: question.curve }));
  if (total) parts.push(chart(question, distribution, { truth: truth ?? undefined, mine: counted ? guess.value : undefined }));
  else parts.push(element("p", {}, say("none")));
  return parts;
}

function body() {
  const parts = [];
  if (ending) {
    parts.push(element("h1", {}, ending === "unknown" ? say("ended") : told(problem)));
    if (ending !== "removed") parts.push(codeForm());
    return parts;
  }
  const alert = problem ? element("p", { role: "alert", className: "truth" }, told(problem)) : null;
  if (!code) return [element("h1", {}, say("join_title")), alert, codeForm()];
  if (!me) return [element("h1", {}, say("joining"))];
  if (!room?.question) return [element("h1", {}, say("waiting"))];
  const { question, state, round, distribution } = room, guess = readGuess(round);
  const named = guess ? { value: valueOf(question, guess.value) } : {};
  parts.push(element("p", { className: "soft" }, say("question", { number: room.number })), element("h1", {}, told(question.text)), alert);
  if (state === "revealed") {
    if (guess?.state === "late") parts.push(element("p", {}, say("late", named)));
    parts.push(...resultOf(question, distribution, guess));
    if (question.link) parts.push(element("p", {}, element("a", { href: `${BASE}/${question.link.replace(/^\//, "")}`, target: "_blank", rel: "noopener" }, say("look"))));
  } else if (guess?.state === "late") parts.push(element("p", { className: "big" }, say("late", named)));
  else if (guess?.state === "counted") parts.push(element("p", { className: "big" }, say("yours", named)), element("p", {}, say(state === "asked" ? "counted" : "closed", named)));
  else if (guess) parts.push(element("p", { className: "big" }, say(away ? "kept" : "sending", named)));
  else if (state === "asked") parts.push(guessForm(question));
  else parts.push(element("p", { className: "big" }, say("closed_without")));
  return parts;
}

draw = () => {
  const guess = room?.question ? readGuess(room.round) : null;
  const place = document.getElementById("place");
  place.textContent = me && code ? `${code.slice(0, 3)} ${code.slice(3)} · ${say("you", { number: me.number })}` : "";
  if (away) showAway(true);
  // What is being typed stays: only what has changed is drawn anew.
  const shown = JSON.stringify([lang, code, me?.number, ending, problem, room?.round, room?.state, guess, guess?.state === "kept" && away]);
  if (shown === lastShown) return;
  const before = lastShown ? JSON.parse(lastShown) : [];
  if (before[5] !== room?.round) chosen = entered = null;
  lastShown = shown;
  const typed = document.activeElement?.id === "code" ? document.activeElement.value : null;
  main.replaceChildren(...body().filter(Boolean));
  if (typed !== null && document.getElementById("code")) { document.getElementById("code").value = typed; document.getElementById("code").focus(); }
  if (before.length && (before[5] !== room?.round || before[6] !== room?.state)) {
    const heading = main.querySelector("h1")?.textContent ?? "", rest = main.querySelector(".big")?.textContent ?? "";
    document.getElementById("news").textContent = `${before[5] !== room?.round ? `${say("new_question")}: ` : ""}${heading} ${rest}`;
  }
};

speak(lang);
if (code) join();
