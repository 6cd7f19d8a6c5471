// Several rows at once: what was chosen by hand and is in sight, each sent with the hash it was shown with. The panel
// names every one of them before anything is sent, and says of each what became of it.

class Bulk {
  constructor(desk) {
    this.desk = desk;
    this.bar = make("div", { class: "wbq-bulk", role: "group", "aria-label": "Selected rows" });
    this.panel = make("div", { class: "wbq-together", role: "region", "aria-label": "Decide together" });
    this.panel.hidden = true;
    this.values = {};
  }

  isOpen() {
    return !this.panel.hidden;
  }

  rows() {
    const chosen = new Set(this.desk.list.chosen());
    return this.desk.model.get("rows").filter((row) => chosen.has(row.key));
  }

  // What is offered is about exactly what is chosen, else nothing is
  offered() {
    const offered = this.desk.model.get("offered");
    return `${offered.keys || []}` === `${this.rows().map((row) => row.key)}` ? offered : { decisions: [], options: [], isLate: true };
  }

  draw() {
    const { list } = this.desk;
    const chosen = list.chosen().length;
    this.bar.replaceChildren(...(list.ticked.size ? this.told(chosen, list.ticked.size - chosen) : [this.all()]));
    const face = `${this.word} ${list.chosen()}`;
    if (!this.isOpen() || this.results || this.desk.busy || face === this.face || this.offered().isLate) return;
    if (this.decision()) this.drawPanel();
    else this.close();
  }

  all() {
    const { visible } = this.desk.list;
    const most = this.desk.model.get("forms").most;
    const words = visible.length > most ? `Select the first ${most} of these` : `Select these ${visible.length}`;
    return visible.length > 1 ? make("button", { type: "button", onclick: () => this.desk.list.tickAll(most) }, words) : "";
  }

  told(chosen, hidden) {
    const { decisions, isLate } = this.offered();
    const most = this.desk.model.get("forms").most;
    const left = hidden ? ` (${hidden} more not in sight, left out)` : "";
    const none = make("button", { type: "button", "aria-label": "Select none", title: "Select none", onclick: () => this.desk.list.tickNone() }, "×");
    const words = make("span", { class: "wbq-count" }, `${chosen} selected${left}`);
    if (chosen > most) return [words, make("span", { class: "wbq-soft" }, `At most ${most} can be decided at once.`), none];
    const buttons = decisions.map(({ word, title }) =>
      make("button", { type: "button", class: "wbq-word", onclick: () => this.open(word) }, title));
    const nothing = chosen && !isLate && !decisions.length ? make("span", { class: "wbq-soft" }, "No decision fits all of them.") : "";
    return [words, ...buttons, nothing, none];
  }

  focus() {
    this.bar.querySelector("button")?.focus();
  }

  open(word) {
    this.word = word;
    this.results = null;
    this.values = { until: this.desk.model.get("forms").tomorrow };
    this.show(true);
    this.drawPanel();
    (this.panel.querySelector("[data-field=until], input[type=radio], [required]") || this.panel.querySelector(".wbq-send")).focus();
  }

  decision() {
    return this.offered().decisions.find((each) => each.word === this.word);
  }

  drawPanel() {
    const decision = this.decision();
    const rows = this.rows();
    this.face = `${this.word} ${this.desk.list.chosen()}`;
    const count = rows.length === 1 ? "1 row" : `${rows.length} rows`;
    const send = make("button", { type: "button", class: "wbq-send", onclick: () => this.send() }, `${decision.title} ${count}`);
    const back = make("button", { type: "button", onclick: () => this.close() }, "Cancel");
    this.panel.replaceChildren(
      make("h2", {}, `${decision.title}: ${count}`),
      make("p", { class: "wbq-soft" }, this.desk.model.get("forms").decisions[this.word].meaning),
      ...this.warnings(rows),
      ...decision.fields.map((field) => this.field(field)),
      make("div", { class: "wbq-confirm" }, send, back, make("span", { class: "wbq-soft wbq-progress" }, "Ctrl+Enter confirms, Esc goes back.")),
      make("ul", { class: "wbq-these" }, ...rows.map((row) => make("li", {}, make("b", {}, row.head), make("span", {}, row.summary)))),
    );
  }

  warnings(rows) {
    const stake = rows.reduce((sum, row) => sum + (row.stake || 0), 0);
    const unknown = rows.filter((row) => row.stake === null).length;
    const final = rows.filter((row) => row.undo === "none").length;
    const drafts = rows.filter((row) => this.desk.drafts.of(row.key)).length;
    const money = stake.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    return [
      stake && `Together at stake: ${money} ${this.desk.model.get("forms").base}.`,
      unknown && `Of ${unknown} nobody knows the worth today.`,
      this.word === "approve" && final && `${final} of them cannot be undone.`,
      drafts && `${drafts} of them have a draft of yours, which is not sent.`,
    ].filter(Boolean).map((words) => make("p", { class: "wbq-warning" }, words));
  }

  field({ name, title }) {
    if (name === "choice") return this.answers(title);
    const inside = name === "until"
      ? make("input", { type: "date", min: this.desk.model.get("forms").tomorrow })
      : make("textarea", { rows: 2, required: this.word === "ask" });
    inside.value = this.values[name] || "";
    inside.dataset.field = name;
    inside.addEventListener("input", () => { this.values[name] = inside.value; });
    return make("label", { class: "wbq-field" }, make("span", { class: "wbq-soft" }, title), inside);
  }

  answers(title) {
    const options = this.offered().options.map((option) => {
      const input = make("input", { type: "radio", name: `${this.desk.list.name}-together`, onchange: () => { this.values.choice = option.id; } });
      input.checked = this.values.choice === option.id;
      return make("label", { class: "wbq-answer" }, input, make("span", {}, option.label));
    });
    return make("div", { role: "radiogroup", "aria-label": title }, ...options);
  }

  send() {
    if (this.results) return this.close();
    const rows = this.rows().map((row) => [row.key, row.hash]);
    if (this.desk.busy || !rows.length) return undefined;
    return this.desk.sendOff({ do: "decide_all", rows, decision: this.word, ...this.values });
  }

  drawProgress() {
    const words = this.desk.model.get("progress");
    if (words && this.desk.busy) this.panel.querySelector(".wbq-progress")?.replaceChildren(words);
  }

  // What became of each
  drawResults({ message, results }) {
    this.results = results;
    const lines = [...results].sort((one, other) => one.accepted - other.accepted).map((each) => make("li", { class: each.accepted ? "wbq-yes" : "wbq-no" },
      make("b", {}, each.accepted ? "✓ taken" : "✗ not taken"), make("span", {}, `${each.short} · ${each.accepted ? each.summary : `${each.summary} · ${each.message}`}`)));
    this.show(true);
    const close = make("button", { type: "button", class: "wbq-send", onclick: () => this.close() }, "Close");
    this.panel.replaceChildren(make("h2", {}, message), make("ul", { class: "wbq-these" }, ...lines), make("div", { class: "wbq-confirm" }, close));
    close.focus({ preventScroll: true });
  }

  close() {
    const hadCursor = this.panel.contains(this.panel.getRootNode().activeElement);
    this.results = null;
    this.show(false);
    if (hadCursor) this.desk.toRoot();
  }

  show(isOpen) {
    this.panel.hidden = !isOpen;
    this.desk.form.element.hidden = isOpen;
    this.desk.isSifted({ mayMove: false });
  }
}
