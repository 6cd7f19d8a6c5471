// Changes that can be taken back: a click asks for the reason, a second one does it.

class Changes {
  constructor(model, element) {
    this.model = model;
    this.sure = null;
    this.root = make("div", { class: "wbm", onkeydown: (event) => event.stopPropagation() });
    element.append(make("style", {}, model.get("look")), this.root);
    this.draw();
  }

  draw() {
    const { message, accepted } = this.model.get("said");
    const said = message ? [make("div", { role: "status", class: accepted ? "wbm-said" : "wbm-said wbm-no" }, message)] : [];
    const lines = this.model.get("lines").map((line) => this.line(line));
    const empty = make("p", { class: "wbm-soft" }, this.model.get("empty"));
    this.root.replaceChildren(...said, lines.length ? make("ul", { class: "wbm-changes" }, ...lines) : empty);
    if (this.sure) this.root.querySelector("input")?.focus();
  }

  line(line) {
    const told = make("div", {}, line.what, make("small", {}, line.why), make("small", {}, line.when));
    return make("li", {}, told, this.sure === line.id ? this.asking(line) : this.begin(line));
  }

  begin(line) {
    const word = this.model.get("word");
    const ask = () => { this.sure = line.id; this.draw(); };
    return make("div", { class: "wbm-sure" }, make("button", { type: "button", "aria-label": `${word}: ${line.what}`, onclick: ask }, word));
  }

  asking(line) {
    const why = make("input", { type: "text", placeholder: "Why, if you like", "aria-label": "Reason" });
    const act = () => { this.sure = null; this.model.send({ do: "back", id: line.id, reason: why.value }); };
    const leave = () => { this.sure = null; this.draw(); };
    why.addEventListener("keydown", (event) => {
      if (event.key === "Enter") act();
      if (event.key === "Escape") leave();
    });
    return make("div", { class: "wbm-sure" }, why,
      make("button", { type: "button", class: "wbm-do", onclick: act }, this.model.get("word")),
      make("button", { type: "button", onclick: leave }, "Leave it"));
  }
}

function render({ model, el }) {
  const changes = new Changes(model, el);
  const onChange = () => changes.draw();
  model.on("change:lines", onChange);
  model.on("change:said", onChange);
  return () => {
    model.off("change:lines", onChange);
    model.off("change:said", onChange);
  };
}

export default { render };
