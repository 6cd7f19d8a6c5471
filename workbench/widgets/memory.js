// Memory searched as one types: who bears the words, and where they were said. What is found comes from the model.

const SETTLE_MS = 160; // typing fast asks for what stands in the end
const PATIENCE_MS = 5_000; // a search takes a tenth of that, the first one with a model of meaning a third
const NO_ANSWER = "No answer yet: is 'workbench up' still running? What is listed is of before.";

class Search {
  constructor(model, element) {
    this.model = model;
    this.at = -1;
    this.asked = 0;
    this.words = make("input", {
      type: "search", placeholder: "A name, or what was said …", "aria-label": "Search memory", role: "combobox",
      "aria-expanded": "true", "aria-controls": "wbm-found", "aria-autocomplete": "list", autocomplete: "off",
      oninput: () => this.ask(),
    });
    this.kind = make("select", { "aria-label": "Kind", onchange: () => this.ask(0) });
    this.note = make("p", { class: "wbm-soft", role: "status" });
    this.list = make("div", { class: "wbm-list", id: "wbm-found", role: "listbox", "aria-label": "Found" });
    this.root = make("div", { class: "wbm", onkeydown: (event) => this.onKey(event) },
      make("div", { class: "wbm-bar" }, this.words, this.kind), this.note, this.list);
    element.append(make("style", {}, model.get("look")), this.root);
    this.onPage = (event) => this.focus(event);
    document.addEventListener("keydown", this.onPage);
    this.drawKinds();
    this.draw();
  }

  drawKinds() {
    const now = this.kind.value;
    const options = this.model.get("kinds").map(({ id, title }) => make("option", { value: id }, title));
    this.kind.replaceChildren(make("option", { value: "" }, "Everybody"), ...options);
    this.kind.value = now;
  }

  ask(wait = SETTLE_MS) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.asked += 1; // the same answer twice would be no change, and seem to be none
      this.model.send({ do: "search", query: this.words.value, kind: this.kind.value, asked: this.asked });
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.say(NO_ANSWER, true), PATIENCE_MS);
    }, wait);
  }

  draw() {
    const found = this.model.get("found");
    if (found.query !== undefined && found.query !== this.words.value && this.words.value) return; // of an older question
    this.options = [];
    this.at = -1;
    const people = found.people.map((each) => this.option(this.person(each), each.entity));
    const items = found.items.map((each) => this.option(this.item(each), (each.about[0] || {}).entity));
    const heads = found.query ? [] : [this.heads()];
    this.list.replaceChildren(
      ...(people.length ? [...(heads.length ? heads : [this.group("Known")]), ...people] : []),
      ...(items.length ? [this.group("Said and written"), ...items] : []),
    );
    clearTimeout(this.waiting);
    this.say(this.words_of(found), Boolean(found.problem));
    this.list.scrollTop = 0;
    this.markChosen();
  }

  say(words, bad) {
    this.note.replaceChildren(words);
    this.note.classList.toggle("wbm-bad", bad);
  }

  words_of(found) {
    if (found.problem) return found.problem;
    const more = found.people.length < found.total ? `, the first ${found.people.length} are listed` : "";
    const known = `${found.total.toLocaleString("en")} known${more}`;
    if (!found.query) return `${known}. Those spoken with last come first.`;
    if (!found.people.length && !found.items.length) return "Nothing is known of that.";
    const notes = found.notes.length ? ` (${found.notes.join("; ")})` : "";
    return `${found.total ? `${known}; ` : ""}${found.items.length} found in what was said and written${notes}.`;
  }

  group(title) {
    return make("div", { class: "wbm-group", role: "presentation" }, title);
  }

  heads() {
    const names = ["Name", "Kind and role", "Facts", "Items", "Last contact"];
    const cells = names.map((name, at) => make("span", { class: at === 2 || at === 3 || at === 4 ? "wbm-number" : "" }, name));
    return make("div", { class: "wbm-group wbm-heads", role: "presentation" }, make("div", { class: "wbm-person" }, ...cells));
  }

  option(inside, entity) {
    const number = this.options.length;
    const option = make("div", {
      class: "wbm-option", role: "option", id: `wbm-${number}`, "aria-selected": "false", "data-entity": entity || "",
      onclick: (event) => { if (!event.target.closest("a, summary")) this.choose(number); },
    }, inside);
    this.options.push(option);
    return option;
  }

  person(each) {
    const what = [each.kind, each.roles].filter(Boolean).join(" · ");
    return make("div", { class: "wbm-person" },
      make("b", {}, each.name), make("span", {}, what),
      make("span", { class: "wbm-number" }, each.facts), make("span", { class: "wbm-number" }, each.items),
      make("span", { class: "wbm-number" }, each.last));
  }

  item(each) {
    const text = make("p", { class: "wbm-text" }, ...this.marked(each.text));
    const head = [each.kind, each.title, each.speaker].filter(Boolean).join(" · ");
    const about = each.about.map(({ entity, name }) => {
      const href = `?entity=${encodeURIComponent(entity)}`;
      return make("a", { href, onclick: (event) => { event.preventDefault(); this.open(entity); } }, name);
    });
    const place = each.story
      ? make("a", { href: `../log/?story=${encodeURIComponent(each.story)}` }, `position ${each.places}`)
      : `position ${each.places}`;
    const whole = each.whole ? [make("details", {}, make("summary", {}, "All of it"), make("p", { class: "wbm-text" }, each.whole))] : [];
    return make("div", {},
      make("div", { class: "wbm-top" }, make("b", {}, head), make("small", {}, each.day)), text, ...whole,
      make("div", { class: "wbm-about" }, ...about, make("small", {}, each.why), make("small", {}, place)));
  }

  marked(pieces) {
    return pieces.map(([text, hit]) => (hit ? make("mark", {}, text) : text));
  }

  choose(number) {
    this.move(number);
    const entity = this.options[number].dataset.entity;
    if (entity) this.open(entity);
    else this.options[number].querySelector("details")?.setAttribute("open", "");
  }

  open(entity) {
    this.model.set("selected", entity);
    this.model.save_changes();
    this.markChosen();
  }

  markChosen() {
    const selected = this.model.get("selected");
    for (const option of this.options) {
      option.setAttribute("aria-selected", String(Boolean(selected) && option.dataset.entity === selected));
      option.classList.toggle("wbm-at", this.at < 0 && option.getAttribute("aria-selected") === "true");
    }
  }

  move(number) {
    this.at = Math.min(Math.max(number, 0), this.options.length - 1);
    this.options.forEach((option, at) => option.classList.toggle("wbm-at", at === this.at));
    this.options[this.at]?.scrollIntoView({ block: "nearest" });
    if (this.options[this.at]) this.words.setAttribute("aria-activedescendant", this.options[this.at].id);
  }

  // a slash leads here from anywhere on the page but a text
  focus(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable=true]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    this.words.focus();
    event.preventDefault();
  }

  // keys pressed here are no keys of the queue on the same page
  onKey(event) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.words) return;
    if (event.key === "ArrowDown") this.move(this.at + 1);
    else if (event.key === "ArrowUp") this.move(this.at - 1);
    else if (event.key === "Enter" && this.options.length) this.choose(Math.max(this.at, 0));
    else if (event.key === "Escape" && this.words.value) { this.words.value = ""; this.ask(0); }
    else return;
    event.preventDefault();
  }
}

function render({ model, el }) {
  const search = new Search(model, el);
  const onFound = () => search.draw();
  const onKinds = () => search.drawKinds();
  model.on("change:found", onFound);
  model.on("change:kinds", onKinds);
  return () => {
    model.off("change:found", onFound);
    model.off("change:kinds", onKinds);
    document.removeEventListener("keydown", search.onPage);
    clearTimeout(search.settling);
    clearTimeout(search.waiting);
  };
}

export default { render };
