// The queue by keyboard and mouse. What is shown comes from the model; what is asked goes as a message of its own.
// Enter sends a decision only when it was chosen by a key or a click before: no single key decides anything.

const SETTLE_MS = 60; // moving fast through the list asks for the row one stays on
const WATCH_MS = 15_000;
const GOOD_NEWS_MS = 12_000;
const LONG_MS = 10_000;
const LONG_WORDS = "Still at work on your decision …";
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
  ["x  Space", "select the row, or no longer (X: up to here)"],
  ["b", "decide all selected rows together"],
  ["/", "search"],
  ["?", "show and hide these keys"],
];

class Desk {
  constructor(model, element) {
    this.model = model;
    const isWhole = model.get("whole_page");
    this.root = make("div", {
      class: isWhole ? "wbq" : "wbq wbq-inside", tabindex: isWhole ? "-1" : "0", role: "region", "aria-label": "Queue",
      "data-lm-suppress-shortcuts": "true", // JupyterLab's own keys do not count in here
    });
    this.drafts = new Drafts(model.get("forms").company);
    this.at = model.get("row").key; // the row the cursor is on: the model follows
    this.busy = false;
    this.bar = make("div", { class: "wbq-bar" });
    this.keys = this.keyTable();
    this.said = make("div", { class: "wbq-said" });
    this.live = make("div", { class: "wbq-live", "aria-live": "polite" });
    this.list = new RowList(this);
    this.form = new DecisionForm(this);
    this.bulk = new Bulk(this);
    this.side = make("div", { class: "wbq-side" }, this.bulk.panel, this.form.element);
    this.list.rows.before(this.bulk.bar);
    const both = make("div", { class: "wbq-both" }, this.list.element, this.side);
    this.root.append(make("div", { class: "wbq-box" }, this.bar, this.keys, both), this.said, this.live);
    element.append(make("style", {}, model.get("look")), this.root);
    this.drawBar();
    this.list.draw();
    this.form.draw();
    this.isSifted();
  }

  // What is shown

  drawBar() {
    const { head, words } = this.model.get("news");
    const anew = () => this.ask({ do: "refresh" });
    const show = words ? make("button", { type: "button", class: "wbq-news", onclick: anew }, `${words}: show`) : "";
    const refresh = make("button", { type: "button", onclick: anew }, "Refresh");
    const help = make("button", { type: "button", "aria-label": "Keys", "aria-expanded": String(!this.keys.hidden), onclick: () => this.toggleKeys() }, "?");
    this.bar.replaceChildren(make("span", {}, head || ""), show, make("span", { class: "wbq-tools" }, help, " ", refresh));
    if (words && words !== this.heard) this.announce(words);
    this.heard = words;
  }

  announce(words) {
    this.live.textContent = words;
  }

  // the row that is looked at is always one that is in sight
  isSifted({ mayMove = true } = {}) {
    const { visible } = this.list;
    this.side.hidden = !visible.length && !this.bulk.isOpen();
    if (mayMove && visible.length && !visible.includes(this.at)) this.moveTo(visible[0]);
  }

  drawSaid() {
    const said = this.model.get("said");
    clearTimeout(this.fading);
    if (!said.message) return;
    for (const key of said.done || []) this.drafts.drop(key);
    const away = make("button", { type: "button", "aria-label": "Dismiss", onclick: () => this.said.replaceChildren() }, "×");
    const kind = said.accepted ? "wbq-good" : "wbq-bad";
    this.said.replaceChildren(make("div", { class: kind }, make("span", { role: "status" }, said.message), away));
    if (said.results) this.bulk.drawResults(said);
    if (said.accepted) this.fading = setTimeout(() => this.said.replaceChildren(), GOOD_NEWS_MS);
  }

  keyTable() {
    const rows = KEYS.map(([key, does]) => make("tr", {}, make("th", {}, key), make("td", {}, does)));
    const table = make("table", { class: "wbq-keys", "aria-label": "Keys" }, make("tbody", {}, ...rows));
    table.hidden = true;
    return table;
  }

  toggleKeys(hidden = !this.keys.hidden) {
    this.keys.hidden = hidden;
    this.drawBar();
  }

  // What is done

  ask(message) {
    this.model.send(message);
  }

  moveTo(key) {
    this.at = key;
    this.form.chosen = null;
    this.list.mark();
    this.list.scrollTo(key);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(key), SETTLE_MS);
  }

  settle(key) {
    this.settling = null;
    this.ask({ do: "select", key });
  }

  // while the operator moves on, an answer about a row before does not call them back
  drawRow() {
    if (!this.settling) this.at = this.model.get("row").key;
    this.list.mark();
    this.form.draw();
    this.isSifted({ mayMove: !this.settling });
  }

  move(step) {
    const key = this.list.beside(this.at, step);
    if (key && key !== this.at) this.moveTo(key);
  }

  choose(word) {
    if (!this.isShown()) return;
    this.form.shown = this.form.chosen = word;
    this.form.drawForm();
  }

  // looks at a decision without choosing it
  show(word) {
    if (!this.isShown() || this.form.shown === word) return;
    this.form.shown = word;
    this.form.chosen = null;
    this.form.drawForm();
  }

  answer(at) {
    const row = this.model.get("row");
    if (!this.isShown() || !row.options[at] || !row.decisions.includes("answer")) return;
    this.form.values.choice = row.options[at].id;
    this.form.values.content = "";
    this.form.keep();
    this.choose("answer");
  }

  // the cursor may be a row ahead of what is shown; a decision is about what is shown and in sight alone
  isShown() {
    return !this.busy && this.at !== undefined && this.model.get("row").key === this.at && this.list.visible.includes(this.at);
  }

  send() {
    if (!this.isShown()) return;
    const { key, hash, fields } = this.model.get("row");
    const { shown, values } = this.form;
    const named = fields[shown].map(({ name }) => [name, values[name]]);
    const next = this.list.beside(key, 1);
    this.sendOff({ do: "decide", key, hash, decision: shown, next, ...Object.fromEntries(named) });
  }

  sendOff(message) {
    this.setBusy(true);
    this.said.replaceChildren();
    this.ask(message);
    this.waiting = setTimeout(() => { this.announce(LONG_WORDS); this.form.say(LONG_WORDS); }, LONG_MS);
  }

  setBusy(isBusy) {
    clearTimeout(this.waiting);
    this.busy = isBusy;
    this.root.classList.toggle("wbq-busy", isBusy);
  }

  confirm() {
    if (this.form.chosen !== null) this.send();
    else this.form.say("Choose first: a digit for an answer, or a, r, d …");
  }

  leave() {
    this.toggleKeys(true);
    if (this.bulk.isOpen()) this.bulk.close();
    else this.form.leave();
    this.toRoot();
  }

  toRoot() {
    this.root.focus({ preventScroll: true });
  }

  tick(isRange) {
    if (this.at !== undefined) this.list.tick(this.at, isRange);
  }
}

function render({ model, el }) {
  const desk = new Desk(model, el);
  const place = model.get("whole_page") ? document : desk.root;
  const onKey = (event) => desk.root.isConnected && onKeyOf(desk, event);
  const told = {
    "change:rows": () => desk.list.draw(),
    "change:news": () => desk.drawBar(),
    "change:gone": () => { desk.list.mark(); desk.form.drawNotice(); },
    "change:row": () => desk.drawRow(),
    "change:offered": () => { desk.list.adopt(model.get("offered")); desk.bulk.draw(); },
    "change:compared": () => desk.form.drawCompared(),
    "change:progress": () => desk.bulk.drawProgress(),
    "change:said": () => { desk.setBusy(false); desk.drawSaid(); desk.list.mark(); desk.bulk.draw(); },
  };
  const ends = [followTheme(desk.root), watchOn(desk)];
  place.addEventListener("keydown", onKey);
  for (const [name, does] of Object.entries(told)) model.on(name, does);
  return () => {
    place.removeEventListener("keydown", onKey);
    for (const end of ends) end();
    for (const [name, does] of Object.entries(told)) model.off(name, does);
  };
}

export default { render };
