// The list: rows stand where they stood, each with a box to choose it. What is drawn again keeps its cursor.

class RowList {
  constructor(desk) {
    this.desk = desk;
    this.items = new Map(); // by key and hash
    this.ticked = new Set(desk.model.get("selected"));
    this.told = `${[...this.ticked]}`;
    this.visible = [];
    this.number = 0; // of the last message that said what is chosen
    this.anchor = null; // where a range begins
    this.name = `row-${Math.random().toString(36).slice(2)}`; // two widgets on a page are two groups
    this.place = `workbench:desk:${desk.model.get("forms").company}:${window.location.pathname}`;
    this.store = tabStorage();
    const kept = read(this.store, this.place) || {};
    this.sieve = new Sieve(() => this.sift(), kept.sieve);
    this.kept = kept.ticked || {};
    this.rows = make("div", { class: "wbq-rows", role: "radiogroup", "aria-label": "Rows" });
    this.foot = make("p", { class: "wbq-soft wbq-foot" });
    this.element = make("div", { class: "wbq-list" }, this.sieve.element, this.rows, this.foot);
  }

  all() {
    return this.desk.model.get("rows");
  }

  draw() {
    const rows = this.all();
    const isFirst = this.items.size === 0 || this.isFilling;
    this.isFilling = Boolean(this.desk.model.get("news").more);
    if (this.isFilling) setTimeout(() => this.desk.ask({ do: "more" })); // the page stands already
    const items = new Map(rows.map((row) => [`${row.key} ${row.hash}`, row]));
    for (const [id, item] of this.items) if (!items.has(id)) { item.remove(); this.items.delete(id); }
    let next = this.rows.firstChild;
    for (const [id, row] of items) {
      const item = this.items.get(id) || this.item(row, isFirst);
      this.items.set(id, item);
      if (item === next) next = next.nextSibling;
      else this.rows.insertBefore(item, next);
    }
    const keys = new Set(rows.map((row) => row.key));
    this.ticked = new Set([...this.ticked].filter((key) => keys.has(key)));
    this.restore(rows);
    this.sieve.draw(rows, this.desk.model.get("forms").base);
    this.sift({ isDrawn: true });
  }

  // what was chosen before a reload is chosen again where it still says the same
  restore(rows) {
    for (const row of rows) if (this.kept[row.key] === row.hash) this.ticked.add(row.key);
    this.kept = {};
  }

  item(row, isFirst) {
    const tick = make("input", {
      type: "checkbox", "aria-label": `Choose ${row.short}`, tabindex: "-1",
      onclick: (event) => this.tick(row.key, event.shiftKey),
    });
    const look = make("input", {
      type: "radio", name: this.name, value: row.key, onchange: () => this.desk.moveTo(row.key),
    });
    const marks = make("span", { class: "wbq-marks" });
    const text = make("span", {}, make("b", {}, row.head), marks, make("span", { class: "wbq-line" }, row.summary));
    const item = make("div", { class: "wbq-item" }, tick, make("label", {}, look, text));
    Object.assign(item, { row, tick, look, marks, isNew: !isFirst });
    return item;
  }

  // rows that came from the model bring their own place with them
  sift({ isDrawn = false } = {}) {
    this.visible = [];
    for (const item of this.items.values()) {
      item.hidden = !this.sieve.passes(item.row);
      if (!item.hidden) this.visible.push(item.row.key);
    }
    this.desk.isSifted({ mayMove: !isDrawn });
    this.mark();
    this.drawFoot();
    this.report();
  }

  mark() {
    const gone = this.desk.model.get("gone");
    for (const item of this.items.values()) {
      const { key } = item.row;
      const isAt = key === this.desk.at;
      if (isAt) item.isNew = false;
      item.look.checked = isAt;
      item.tick.checked = this.ticked.has(key);
      item.classList.toggle("wbq-at", isAt);
      item.classList.toggle("wbq-gone", key in gone);
      const words = [
        gone[key], item.isNew && "new", this.desk.drafts.of(key) && "draft", hurry(item.row.expires),
      ].filter(Boolean).join(" · ");
      if (item.marks.textContent !== words) item.marks.textContent = words;
    }
  }

  drawFoot() {
    const hidden = this.items.size - this.visible.length;
    if (!this.items.size) return this.foot.replaceChildren("Nothing waits for you.");
    if (!this.sieve.isOn()) return this.foot.replaceChildren();
    const words = hidden === 1 ? "1 row is hidden." : `${hidden.toLocaleString("en")} rows are hidden.`;
    const clear = make("button", { type: "button", onclick: () => this.sieve.clear() }, "Show all");
    return this.foot.replaceChildren(this.visible.length ? words : `No row is like that. ${words}`, " ", clear);
  }

  scrollTo(key) {
    for (const item of this.items.values()) if (item.row.key === key) item.scrollIntoView({ block: "nearest" });
  }

  beside(key, step) {
    const at = this.visible.indexOf(key);
    return this.visible[at < 0 ? 0 : Math.min(Math.max(at + step, 0), this.visible.length - 1)];
  }

  // Choosing rows

  chosen() {
    return this.visible.filter((key) => this.ticked.has(key));
  }

  tick(key, isRange) {
    const from = this.visible.indexOf(this.anchor);
    const to = this.visible.indexOf(key);
    if (to < 0) return;
    const wanted = !this.ticked.has(key);
    const keys = isRange && from >= 0 ? this.visible.slice(Math.min(from, to), Math.max(from, to) + 1) : [key];
    for (const each of keys) this.ticked[wanted || keys.length > 1 ? "add" : "delete"](each);
    this.anchor = key;
    this.mark();
    this.report();
  }

  tickAll(most) {
    for (const key of this.visible.slice(0, most)) this.ticked.add(key);
    this.mark();
    this.report();
  }

  tickNone() {
    this.ticked.clear();
    this.mark();
    this.report();
  }

  // only what is in sight is said to be chosen: a decision about several reaches nothing else
  report() {
    this.keep();
    const keys = this.chosen();
    const told = `${keys}`;
    if (told !== this.told) {
      this.told = told;
      this.number += 1;
      this.desk.ask({ do: "choose", keys, number: this.number });
    }
    this.desk.bulk.draw();
  }

  // what a program chose, or what became of the last message
  adopt({ keys = [], number }) {
    if (number !== 0 && number !== this.number) return;
    const unseen = [...this.ticked].filter((key) => !this.visible.includes(key));
    this.ticked = new Set([...keys, ...unseen]);
    this.told = `${this.chosen()}`;
    this.mark();
    this.keep();
  }

  keep() {
    const hashes = Object.fromEntries(this.all().filter((row) => this.ticked.has(row.key)).map((row) => [row.key, row.hash]));
    const isPlain = !this.sieve.isOn() && !this.ticked.size;
    write(this.store, this.place, isPlain ? null : { sieve: this.sieve.wanted, ticked: hashes });
  }
}

const DAY_MS = 86_400_000;
const STEPS = [["day", DAY_MS], ["hour", 3_600_000], ["minute", 60_000]];

function until(instant) {
  const left = new Date(instant) - Date.now();
  const [unit, length] = STEPS.find(([, each]) => Math.abs(left) >= each) || STEPS.at(-1);
  return new Intl.RelativeTimeFormat("en").format(Math.trunc(left / length), unit);
}

// only what is soon is worth a word in the list
function hurry(expires) {
  const left = expires ? new Date(expires) - Date.now() : DAY_MS;
  if (left >= DAY_MS) return "";
  return left > 0 ? `expires ${until(expires)}` : "expired";
}
