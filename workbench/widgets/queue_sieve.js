// Which of the listed rows are in sight. A row that is not is out of reach, too: no decision gets to it.

const NO_SIEVE = { text: "", kind: "", capability: "", least: "" };
const TYPING_MS = 150;

class Sieve {
  constructor(changed, kept) {
    this.changed = changed;
    this.wanted = { ...NO_SIEVE, ...kept };
    const late = () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.read(), TYPING_MS); };
    this.text = make("input", { type: "search", placeholder: "Search  /", "aria-label": "Search the rows", oninput: late });
    this.kind = make("select", { "aria-label": "Kind", onchange: () => this.read() });
    this.capability = make("select", { "aria-label": "Capability", onchange: () => this.read() });
    this.least = make("input", { type: "number", min: "0", step: "any", "aria-label": "Money at risk, at least", oninput: late });
    this.element = make("div", { class: "wbq-sieve", role: "search" }, this.text, this.kind, this.capability, this.least);
    this.text.value = this.wanted.text;
    this.least.value = this.wanted.least;
  }

  draw(rows, base) {
    this.offer(this.kind, "Kind", "kind", rows);
    this.offer(this.capability, "Capability", "capability", rows);
    this.least.placeholder = `≥ ${base}`;
  }

  offer(select, all, name, rows) {
    const found = new Set(rows.map((row) => row[name]));
    if (this.wanted[name]) found.add(this.wanted[name]); // what is chosen stays visible when its last row went
    const options = [...found].sort().map((value) => make("option", { value }, value));
    select.replaceChildren(make("option", { value: "" }, all), ...options);
    select.value = this.wanted[name];
    select.hidden = found.size < 2;
  }

  read() {
    clearTimeout(this.typing);
    for (const name of Object.keys(NO_SIEVE)) this.wanted[name] = this[name].value;
    this.changed();
  }

  forget(input) {
    input.value = "";
    this.read();
  }

  clear() {
    this.wanted = { ...NO_SIEVE };
    for (const name of Object.keys(NO_SIEVE)) this[name].value = "";
    this.changed();
  }

  isOn() {
    return Object.values(this.wanted).some(Boolean);
  }

  passes(row) {
    const { text, kind, capability, least } = this.wanted;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const face = `${row.head} ${row.summary} ${row.capability}`.toLowerCase();
    return (!kind || row.kind === kind) && (!capability || row.capability === capability)
      && (!least || row.stake === null || row.stake >= Number(least)) // what nobody knows the worth of passes
      && words.every((word) => face.includes(word));
  }
}
