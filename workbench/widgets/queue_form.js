// One row whole and the form of its decision. What is written is kept as a draft of exactly this row as it was shown;
// it is sent by the operator alone, and a draft of another version is only shown beside.

const COMPARE_MS = 200; // typing fast compares what stands in the end
const CHOOSES = { a: ["approve", "answer"], e: ["edit"], r: ["reject"], d: ["defer"], q: ["ask"] };

class DecisionForm {
  constructor(desk) {
    this.desk = desk;
    this.notice = make("div", { class: "wbq-notice", "aria-live": "polite" });
    this.whole = make("div", { class: "wbq-whole" });
    this.beside = make("div", { class: "wbq-beside" });
    this.form = make("div", { class: "wbq-form" });
    this.element = make("div", {}, this.notice, this.whole, this.beside, this.form);
    this.asked = 0; // the number of the last comparison
  }

  row() {
    return this.desk.model.get("row");
  }

  forms() {
    return this.desk.model.get("forms");
  }

  // The row that came from the model: another one begins anew, the same one keeps what is being written

  draw() {
    const row = this.row();
    const face = `${row.key} ${row.hash}`;
    if (this.html !== row.html) this.whole.innerHTML = this.html = row.html || "";
    if (!this.desk.model.get("pages")) this.whole.querySelector(".wb-whole-story")?.remove();
    this.drawTime();
    if (face !== this.face) this.begin(row);
    this.face = face;
    this.drawNotice();
  }

  begin(row) {
    const draft = this.fitting(row);
    this.chosen = null; // the decision that Enter would send: never one of before a reload
    this.values = { content: row.content, until: this.forms().tomorrow, ...draft?.values };
    this.shown = row.decisions?.includes(draft?.shown) ? draft.shown : row.decisions?.[0];
    this.restored = draft?.at;
    this.drawForm();
    if (draft) this.desk.announce(`Your draft of ${clock(draft.at)} is back in the form.`);
  }

  fitting(row) {
    const draft = this.desk.drafts.of(row.key);
    if (!draft || draft.hash === row.hash) return draft;
    this.desk.drafts.drop(row.key);
    this.desk.drafts.keep(`${row.key} before`, draft);
    return undefined;
  }

  drawTime() {
    for (const time of this.whole.querySelectorAll("time")) {
      const isOver = new Date(time.dateTime) <= Date.now();
      time.textContent = `${isOver ? "expired" : "expires"} ${until(time.dateTime)} (${time.title})`;
      time.classList.toggle("wb-over", isOver);
    }
  }

  drawNotice() {
    const words = this.desk.model.get("gone")[this.row().key];
    this.element.classList.toggle("wbq-settled", Boolean(words));
    if (words === this.told) return;
    this.told = words;
    const more = "It can't be decided any more; your words stand here until the list is refreshed.";
    this.notice.replaceChildren(...(words ? [make("b", {}, `This row was ${words}.`), " ", more] : []));
  }

  drawForm() {
    const row = this.row();
    this.drawOlder();
    if (!row.key) return this.form.replaceChildren();
    const forms = this.forms().decisions;
    const tabs = row.decisions.map((word) => this.tab(word, forms[word].title));
    const fields = row.fields[this.shown].map((field) => this.field(field));
    const send = make("button", { type: "button", class: "wbq-send", onclick: () => this.desk.send() }, forms[this.shown].title);
    this.form.replaceChildren(
      make("h3", {}, "Your decision"),
      make("p", { class: "wbq-soft" }, row.summary),
      make("div", { class: "wbq-tabs", role: "tablist" }, ...tabs),
      make("div", { class: "wbq-panel", role: "tabpanel" },
        this.drafted(), make("p", { class: "wbq-soft" }, forms[this.shown].meaning), this.unsent(), ...fields,
        make("div", { class: "wbq-confirm" }, send, make("span", { class: "wbq-soft wbq-hint" }, this.hint()))),
    );
    return this.compare();
  }

  drafted() {
    if (!this.restored) return "";
    const away = make("button", { type: "button", onclick: () => this.discard() }, "Throw it away");
    return make("p", { class: "wbq-drafted" }, `Your draft of ${clock(this.restored)}. `, away);
  }

  discard() {
    this.desk.drafts.drop(this.row().key);
    this.begin(this.row());
    this.desk.list.mark();
  }

  unsent() {
    const row = this.row();
    const isLeft = row.decisions.includes("edit") && this.shown !== "edit" && this.values.content !== row.content;
    return isLeft ? make("p", { class: "wbq-unsent" }, "Your edited content is no part of this: Edit sends it.") : "";
  }

  // A draft of another version

  older() {
    const row = this.row();
    const key = [`${row.key} before`, row.replaces].find((each) => each && this.desk.drafts.of(each));
    return key && { key, draft: this.desk.drafts.of(key) };
  }

  drawOlder() {
    const older = this.older();
    if (!older) return this.beside.replaceChildren();
    const { content, note, choice } = older.draft.values;
    const take = make("button", { type: "button", onclick: () => this.takeOlder(older) }, "Put it into the form");
    const away = make("button", { type: "button", onclick: () => { this.desk.drafts.drop(older.key); this.drawOlder(); } }, "Throw it away");
    return this.beside.replaceChildren(make("div", { class: "wbq-older" },
      make("b", {}, `Your draft of ${clock(older.draft.at)} was for what stood here before.`),
      ...[content, note, choice].filter(Boolean).map((text) => make("pre", {}, text)),
      make("p", {}, take, " ", away)));
  }

  takeOlder({ key, draft }) {
    const row = this.row();
    const { choice, ...texts } = draft.values;
    this.values = { ...this.values, ...texts };
    if (row.options.some((option) => option.id === choice)) this.values.choice = choice;
    if (row.decisions.includes(draft.shown)) this.shown = draft.shown;
    this.chosen = null;
    this.restored = draft.at;
    this.desk.drafts.drop(key);
    this.keep();
    this.drawForm();
  }

  keep() {
    const row = this.row();
    const before = Boolean(this.desk.drafts.of(row.key));
    const { content, note, choice, until: day } = this.values;
    const isPlain = content === row.content && !note && !choice && day === this.forms().tomorrow;
    if (isPlain) this.desk.drafts.drop(row.key);
    else this.desk.drafts.keep(row.key, { hash: row.hash, at: Date.now(), shown: this.shown, values: this.values });
    if (before === isPlain) this.desk.list.mark();
  }

  // Its parts

  hint() {
    if (this.chosen === null) return "Press ? for the keys.";
    const { title } = this.forms().decisions[this.shown];
    const enter = this.isOwn() ? "Ctrl+Enter" : "Enter"; // the cursor is in the text
    return `${title} is chosen: ${enter} confirms, Esc does not.`;
  }

  say(words) {
    this.form.querySelector(".wbq-hint")?.replaceChildren(words);
  }

  isOwn() {
    return this.shown === "answer" && Boolean(this.values.content?.trim());
  }

  tab(word, title) {
    const key = Object.keys(CHOOSES).find((each) => CHOOSES[each].includes(word));
    return make("button", {
      type: "button", role: "tab", "aria-selected": String(word === this.shown), "aria-keyshortcuts": key,
      class: word === this.chosen ? "wbq-chosen" : "", onclick: () => this.desk.choose(word),
    }, title);
  }

  field({ name, title }) {
    if (name === "choice") return this.answers();
    if (name === "content" && this.shown === "answer") return this.ownWords(title);
    const inside = name === "until"
      ? make("input", { type: "date", min: this.forms().tomorrow })
      : make("textarea", { rows: name === "content" ? Math.min(Math.max(this.row().content.split("\n").length + 1, 4), 16) : 2 });
    inside.value = this.values[name] || "";
    inside.dataset.field = name;
    inside.addEventListener("input", () => this.write(name, inside.value));
    const compared = name === "content" ? make("div", { class: "wbq-compared" }) : "";
    return make("div", {}, make("label", { class: "wbq-field" }, make("span", { class: "wbq-soft" }, title), inside), compared);
  }

  write(name, value) {
    this.values[name] = value;
    this.keep();
    if (name === "content") { clearTimeout(this.typing); this.typing = setTimeout(() => this.compare(), COMPARE_MS); }
  }

  // what an edit changes stands below it before it is sent
  compare() {
    if (!this.form.querySelector(".wbq-compared")) return;
    this.asked += 1;
    this.desk.ask({ do: "compare", key: this.row().key, content: this.values.content || "", number: this.asked });
  }

  drawCompared() {
    const { number, html } = this.desk.model.get("compared");
    const place = this.form.querySelector(".wbq-compared");
    if (!place || number !== this.asked) return;
    place.innerHTML = html;
    const words = html ? "What your edit changes:" : "Nothing is changed yet.";
    place.prepend(make("p", { class: "wbq-soft" }, words));
  }

  answers() {
    const options = this.row().options.map((option, at) => {
      const input = make("input", { type: "radio", name: `${this.desk.list.name}-answer`, class: "wbq-option", onchange: () => this.desk.answer(at) });
      input.checked = this.values.choice === option.id;
      const key = make("kbd", { "aria-hidden": "true" }, at < 9 ? String(at + 1) : "");
      return make("label", { class: "wbq-answer" }, input, key, make("span", {}, option.label));
    });
    return make("div", { role: "radiogroup", "aria-label": "Answers" }, ...options);
  }

  // an answer is chosen or written, never both
  ownWords(title) {
    const inside = make("input", { type: "text", "aria-label": title, placeholder: this.row().typed });
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
    this.keep();
    this.chosen = this.isOwn() ? "answer" : null;
    for (const input of this.form.querySelectorAll(".wbq-option")) input.checked = false;
    this.form.querySelector("[aria-selected=true]").classList.toggle("wbq-chosen", this.isOwn());
    this.say(this.hint());
  }

  leave() {
    this.chosen = null;
    if (!this.row().key) return;
    delete this.values.choice;
    this.keep();
    this.drawForm();
  }

  focus(name) {
    this.form.querySelector(`[data-field=${name}]`)?.focus();
  }
}
