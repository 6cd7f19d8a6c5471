// The lines of a month: filtered by words and category, one of them chosen by mouse or keys; nothing is decided here.

const SETTLE_MS = 120; // moving fast through the lines asks for the one stays on

class Lines {
  constructor(model, element) {
    this.model = model;
    this.at = null;
    this.words = make("input", {
      type: "search", placeholder: "Filter: name, text, amount, invoice …", "aria-label": "Filter", oninput: () => this.draw(),
    });
    this.category = make("select", { "aria-label": "Category", onchange: () => this.draw() });
    this.count = make("span", { class: "wbl-soft", "aria-live": "polite" });
    this.body = make("tbody", { role: "listbox", "aria-label": "Lines" });
    const heads = ["Day", "Who", "Booked as", "By", "Amount"].map((head, at) => make("th", { class: at === 4 ? "wbl-number" : "" }, head));
    this.table = make("div", { class: "wbl-table", tabindex: "0", "aria-label": "Lines of the month" },
      make("table", {}, make("thead", {}, make("tr", {}, ...heads)), this.body));
    this.root = make("div", { class: "wbl", onkeydown: (event) => this.onKey(event) },
      make("div", { class: "wbl-filters" }, this.words, this.category, this.count), this.table);
    element.append(make("style", {}, model.get("look")), this.root);
    this.fill();
    this.draw();
  }

  fill() {
    const now = this.category.value;
    const names = [...new Set(this.model.get("lines").map((line) => line.category))].sort();
    const options = names.map((name) => make("option", { value: name }, name));
    this.category.replaceChildren(make("option", { value: "" }, "every category"), ...options);
    this.category.value = names.includes(now) ? now : "";
    this.at ??= this.model.get("lines").find((line) => line.stream === this.model.get("selected"))?.id;
  }

  shown() {
    const wanted = this.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const category = this.category.value;
    return this.model.get("lines").filter((line) => {
      const all = `${line.day} ${line.who} ${line.text} ${line.booked} ${line.category} ${line.account} ${line.amount}`.toLowerCase();
      const plain = all.replaceAll(",", "").replaceAll("−", "-");
      return (!category || line.category === category) && wanted.every((word) => all.includes(word) || plain.includes(word));
    });
  }

  draw() {
    const lines = this.shown();
    this.body.replaceChildren(...lines.map((line) => this.row(line)));
    const all = this.model.get("lines").length;
    this.count.textContent = lines.length === all ? `${all} lines` : `${lines.length} of ${all} lines`;
  }

  row(line) {
    const cells = [
      make("td", { class: "wbl-short" }, line.day),
      make("td", {}, make("b", {}, line.who), make("small", {}, line.text === line.who ? line.account : `${line.text} · ${line.account}`)),
      make("td", {}, make("span", { class: line.open ? "wbl-open" : "" }, line.booked)),
      make("td", { class: "wbl-short wbl-soft" }, line.by),
      make("td", { class: line.minus ? "wbl-number wbl-minus" : "wbl-number" }, line.amount),
    ];
    const chosen = line.id === this.at;
    return make("tr", { role: "option", "aria-selected": String(chosen), "data-id": line.id, onclick: () => this.choose(line) }, ...cells);
  }

  choose(line) {
    this.at = line.id;
    for (const row of this.body.children) {
      row.setAttribute("aria-selected", String(row.dataset.id === line.id));
      if (row.dataset.id === line.id) row.scrollIntoView({ block: "nearest" });
    }
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.model.set("selected", line.stream);
      this.model.save_changes();
    }, SETTLE_MS);
  }

  // within the table alone: the page stays where it is
  show() {
    const row = this.body.querySelector("[aria-selected=true]");
    if (row && !this.table.scrollTop) this.table.scrollTop = row.offsetTop - this.table.clientHeight / 2;
  }

  move(step) {
    const lines = this.shown();
    const now = lines.findIndex((line) => line.id === this.at);
    const next = lines[Math.min(Math.max(now + step, 0), lines.length - 1)];
    if (next && next.id !== this.at) this.choose(next);
  }

  // keys pressed here are no keys of the queue on the same page
  onKey(event) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.category) return;
    const typing = event.target === this.words;
    const steps = typing ? { ArrowDown: 1, ArrowUp: -1 } : { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
    if (steps[event.key]) this.move(steps[event.key]);
    else if (event.key === "/" && !typing) this.words.focus();
    else if (event.key === "Escape" && typing) this.table.focus();
    else return;
    event.preventDefault();
  }
}

function render({ model, el }) {
  const lines = new Lines(model, el);
  const onLines = () => { lines.fill(); lines.draw(); lines.show(); };
  model.on("change:lines", onLines);
  return () => model.off("change:lines", onLines);
}

export default { render };
