// The queue by keyboard and mouse. What is shown comes from the model; what is asked goes as a message of its own.
// Enter sends a decision only when it was chosen by a key or a click before: no single key decides anything.

const SETTLE_MS = 60; // moving fast through the list asks for the row one stays on
const KEYS = [
  ["j  k  ↓  ↑", "next row, row before"],
  ["1 … 9", "choose that answer"],
  ["w", "answer in your own words"],
  ["a", "approve, or answer"],
  ["e", "edit"],
  ["r", "reject"],
  ["d", "defer"],
  ["q", "ask back"],
  ["n", "write a note"],
  ["Enter", "confirm what is chosen (in a text: Ctrl+Enter)"],
  ["Esc", "choose nothing; leave a text"],
  ["?", "show and hide these keys"],
];
const CHOOSES = { a: ["approve", "answer"], e: ["edit"], r: ["reject"], d: ["defer"], q: ["ask"] };

class Desk {
  constructor(model, element) {
    this.model = model;
    this.root = make("div", { class: "wbq", tabindex: model.get("whole_page") ? "-1" : "0" });
    this.bar = make("div", { class: "wbq-bar" });
    this.list = make("div", { class: "wbq-list", role: "radiogroup", "aria-label": "Rows" });
    this.whole = make("div", { class: "wbq-whole" });
    this.form = make("div", { class: "wbq-form" });
    this.keys = this.keyTable();
    this.said = make("div", { class: "wbq-said" });
    this.side = make("div", { class: "wbq-side" }, this.whole, this.form);
    this.root.append(this.bar, this.keys, make("div", { class: "wbq-both" }, this.list, this.side), this.said);
    element.append(make("style", {}, model.get("look")), this.root);
    this.begin();
    this.drawBar();
    this.drawList();
    this.drawRow();
  }

  begin() {
    this.at = this.model.get("row").key; // the row the cursor is on: the model follows
    this.chosen = null; // the decision that Enter would send
    this.busy = false;
    this.values = {};
  }

  // What is shown

  drawBar() {
    const refresh = make("button", { type: "button", onclick: () => this.ask({ do: "refresh" }) }, "Refresh");
    const help = make("button", { type: "button", "aria-label": "Keys", onclick: () => this.toggleKeys() }, "?");
    this.bar.replaceChildren(make("span", {}, this.model.get("news")), make("span", {}, help, " ", refresh));
  }

  drawList() {
    const rows = this.model.get("rows");
    this.list.replaceChildren(...rows.map((row) => this.listed(row)));
    if (!rows.length) this.list.append(make("p", {}, "Nothing waits for you."));
    this.side.hidden = !rows.length;
  }

  listed(row) {
    const input = make("input", {
      type: "radio", name: "row", value: row.key, onchange: () => this.moveTo(row.key),
    });
    input.checked = row.key === this.at;
    const text = make("span", {}, make("b", {}, row.head), make("br"), row.summary);
    return make("label", { class: "wbq-item" }, input, text);
  }

  drawRow() {
    const row = this.model.get("row");
    this.chosen = null;
    this.values = { content: row.content, until: this.model.get("forms").tomorrow };
    this.whole.innerHTML = row.html || "";
    this.shown = row.decisions ? row.decisions[0] : null;
    this.drawForm();
  }

  drawForm() {
    const row = this.model.get("row");
    if (!row.key) return this.form.replaceChildren();
    const forms = this.model.get("forms").decisions;
    const tabs = row.decisions.map((word) => this.tab(word, forms[word].title));
    const form = forms[this.shown];
    const fields = row.fields[this.shown].map((field) => this.field(field));
    const send = make("button", { type: "button", class: "wbq-send", onclick: () => this.send() }, form.title);
    return this.form.replaceChildren(
      make("h3", {}, "Your decision"),
      make("p", { class: "wbq-soft" }, row.summary),
      make("div", { class: "wbq-tabs", role: "tablist" }, ...tabs),
      make("div", { class: "wbq-panel", role: "tabpanel" },
        make("p", { class: "wbq-soft" }, form.meaning), ...fields,
        make("div", { class: "wbq-confirm" }, send, make("span", { class: "wbq-soft" }, this.hint()))),
    );
  }

  hint() {
    if (this.chosen === null) return "Press ? for the keys.";
    const { title } = this.model.get("forms").decisions[this.shown];
    const enter = this.isOwn() ? "Ctrl+Enter" : "Enter"; // the cursor is in the text
    return `${title} is chosen: ${enter} confirms, Esc does not.`;
  }

  isOwn() {
    return this.shown === "answer" && Boolean(this.values.content?.trim());
  }

  tab(word, title) {
    const key = Object.keys(CHOOSES).find((each) => CHOOSES[each].includes(word));
    return make("button", {
      type: "button", role: "tab", "aria-selected": String(word === this.shown), "aria-keyshortcuts": key,
      class: word === this.chosen ? "wbq-chosen" : "", onclick: () => this.choose(word),
    }, title);
  }

  field({ name, title }) {
    if (name === "choice") return this.answers();
    if (name === "content" && this.shown === "answer") return this.ownWords(title);
    const inside = name === "until"
      ? make("input", { type: "date", min: this.model.get("forms").tomorrow })
      : make("textarea", { rows: name === "content" ? 4 : 2 });
    inside.value = this.values[name] || "";
    inside.dataset.field = name;
    inside.addEventListener("input", () => { this.values[name] = inside.value; });
    return make("label", { class: "wbq-field" }, make("span", { class: "wbq-soft" }, title), inside);
  }

  answers() {
    const options = this.model.get("row").options.map((option, at) => {
      const input = make("input", { type: "radio", name: "answer", onchange: () => this.answer(at) });
      input.checked = this.values.choice === option.id;
      const key = make("kbd", { "aria-hidden": "true" }, at < 9 ? String(at + 1) : "");
      return make("label", { class: "wbq-answer" }, input, key, make("span", {}, option.label));
    });
    return make("div", { role: "radiogroup", "aria-label": "Answers" }, ...options);
  }

  // an answer is chosen or written, never both
  ownWords(title) {
    const inside = make("input", { type: "text", "aria-label": title, placeholder: this.model.get("row").typed });
    inside.value = this.values.content || "";
    inside.dataset.field = "content";
    inside.addEventListener("input", () => this.writeAnswer(inside.value));
    const mark = make("span", { class: "wbq-pen", "aria-hidden": "true" }, "✎");
    return make("label", { class: "wbq-answer wbq-own", title }, mark, make("kbd", { "aria-hidden": "true" }, "w"), inside);
  }

  // the form stays as it is, and so does the cursor in the text
  writeAnswer(text) {
    this.values.content = text;
    delete this.values.choice;
    this.chosen = this.isOwn() ? "answer" : null;
    for (const input of this.form.querySelectorAll("[name=answer]")) input.checked = false;
    this.form.querySelector("[aria-selected=true]").classList.toggle("wbq-chosen", this.isOwn());
    this.form.querySelector(".wbq-confirm .wbq-soft").replaceChildren(this.hint());
  }

  drawSaid() {
    const { message, accepted } = this.model.get("said");
    const kind = accepted ? "wbq-good" : "wbq-bad";
    this.said.replaceChildren(message ? make("div", { role: "status", class: kind }, message) : "");
  }

  keyTable() {
    const rows = KEYS.map(([key, does]) => make("tr", {}, make("th", {}, key), make("td", {}, does)));
    const table = make("table", { class: "wbq-keys", "aria-label": "Keys" }, make("tbody", {}, ...rows));
    table.hidden = true;
    return table;
  }

  toggleKeys(hidden = !this.keys.hidden) {
    this.keys.hidden = hidden;
  }

  // What is done

  ask(message) {
    this.model.send(message);
  }

  moveTo(key) {
    this.at = key;
    this.chosen = null;
    for (const input of this.list.querySelectorAll("input")) {
      input.checked = input.value === key;
      if (input.checked) input.closest("label").scrollIntoView({ block: "nearest" });
    }
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.ask({ do: "select", key }), SETTLE_MS);
  }

  move(step) {
    const keys = this.model.get("rows").map((row) => row.key);
    const at = Math.min(Math.max(keys.indexOf(this.at) + step, 0), keys.length - 1);
    if (keys.length && keys[at] !== this.at) this.moveTo(keys[at]);
  }

  choose(word) {
    if (!this.isShown()) return;
    this.shown = this.chosen = word;
    this.drawForm();
  }

  // looks at a decision without choosing it
  show(word) {
    if (!this.isShown() || this.shown === word) return;
    this.shown = word;
    this.chosen = null;
    this.drawForm();
  }

  answer(at) {
    const row = this.model.get("row");
    if (!this.isShown() || !row.options[at] || !row.decisions.includes("answer")) return;
    this.values.choice = row.options[at].id;
    this.values.content = "";
    this.choose("answer");
  }

  write(name) {
    this.form.querySelector(`[data-field=${name}]`)?.focus();
  }

  // the cursor may be a row ahead of what is shown; a decision is about what is shown alone
  isShown() {
    return !this.busy && this.at !== undefined && this.model.get("row").key === this.at;
  }

  send() {
    if (!this.isShown()) return;
    const { key, hash, fields } = this.model.get("row");
    const names = fields[this.shown].map((field) => field.name);
    const values = Object.fromEntries(names.map((name) => [name, this.values[name]]));
    this.busy = true;
    this.root.classList.add("wbq-busy");
    this.ask({ do: "decide", key, hash, decision: this.shown, ...values });
  }

  confirm() {
    if (this.chosen !== null) return this.send();
    this.form.querySelector(".wbq-confirm .wbq-soft")?.replaceChildren("Choose first: a digit for an answer, or a, r, d …");
    return undefined;
  }

  leave() {
    this.toggleKeys(true);
    this.chosen = null;
    delete this.values.choice;
    this.drawForm();
    this.root.focus({ preventScroll: true });
  }

  // Keys

  onKey(event) {
    const target = event.composedPath()[0];
    const isText = target.matches?.("textarea, select, [contenteditable=true], input:not([type=radio])");
    if (event.key === "Escape") return this.taken(event, () => this.leave());
    if (event.key === "Enter" && isText && (event.ctrlKey || event.metaKey)) return this.taken(event, () => this.send());
    if (isText || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
    if (event.key === "Enter" && target.matches?.("button, a, summary")) return undefined;
    const does = this.meaning(event.key, target);
    return does && this.taken(event, does);
  }

  meaning(key, target) {
    const inAnswers = target.matches?.("[name=answer]");
    if (key === "j" || (key === "ArrowDown" && !inAnswers)) return () => this.move(1);
    if (key === "k" || (key === "ArrowUp" && !inAnswers)) return () => this.move(-1);
    if (/^[1-9]$/.test(key)) return () => this.answer(Number(key) - 1);
    if (key === "Enter") return () => this.confirm();
    if (key === "?") return () => this.toggleKeys();
    if (key === "n") return () => this.write("note");
    if (key === "w" && this.model.get("row").typed) return () => { this.show("answer"); this.write("content"); };
    const word = (CHOOSES[key] || []).find((each) => this.model.get("row").decisions?.includes(each));
    return word && (() => { this.choose(word); if (word === "edit") this.write("content"); if (word === "ask") this.write("note"); });
  }

  taken(event, does) {
    event.preventDefault();
    event.stopPropagation();
    does();
  }
}

function render({ model, el }) {
  const desk = new Desk(model, el);
  const place = model.get("whole_page") ? document : desk.root;
  const onKey = (event) => desk.root.isConnected && desk.onKey(event);
  const told = {
    "change:rows": () => desk.drawList(),
    "change:news": () => desk.drawBar(),
    "change:row": () => { desk.at = model.get("row").key; desk.drawList(); desk.drawRow(); },
    "change:said": () => { desk.busy = false; desk.root.classList.remove("wbq-busy"); desk.drawSaid(); },
  };
  place.addEventListener("keydown", onKey);
  for (const [name, does] of Object.entries(told)) model.on(name, does);
  return () => {
    place.removeEventListener("keydown", onKey);
    for (const [name, does] of Object.entries(told)) model.off(name, does);
  };
}

export default { render };
