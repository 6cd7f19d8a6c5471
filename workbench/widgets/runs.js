// Jobs and runs: what is due, what ran, one run chosen. A change replaces its own line alone, so that focus stays.

const SIGNS = { completed: "✓", failed: "✕", running: "▸", missed: "⊘" };

class Runs {
  constructor(model, element) {
    this.model = model;
    this.asking = null;
    this.said = make("div", { role: "status" });
    this.told = make("div", {});
    this.jobs = make("ul", { class: "wbr-jobs", "aria-label": "Jobs" });
    this.picture = make("div", { class: "wbr-picture", onclick: (event) => this.onMark(event) });
    this.job = make("select", { "aria-label": "Job", onchange: () => this.drawRuns() });
    this.state = make("select", { "aria-label": "State", onchange: () => this.drawRuns() },
      ...[["", "however it ended"], ["failed", "failed"], ["missed", "missed"], ["completed", "done"], ["running", "running"]]
        .map(([value, word]) => make("option", { value }, word)));
    this.count = make("span", { class: "wbr-soft", "aria-live": "polite" });
    this.runs = make("ul", { class: "wbr-runs", "aria-label": "Runs" });
    this.root = make("div", { class: "wbr", onkeydown: (event) => this.onKey(event) },
      this.said, this.told,
      make("h2", {}, "On duty"), this.jobs,
      make("h2", {}, "The last seven days"), this.picture,
      make("div", { class: "wbr-bar" }, make("h2", {}, "Runs"), this.job, this.state, this.count), this.runs);
    element.append(make("style", {}, model.get("look")), this.root);
    this.draw();
  }

  draw() {
    this.drawSaid();
    this.drawTold();
    this.drawJobs();
    this.drawPicture();
    this.drawRuns();
  }

  drawSaid() {
    const { message, accepted } = this.model.get("said");
    this.said.className = message ? (accepted ? "wbr-word wbr-good" : "wbr-word wbr-bad") : "";
    this.said.replaceChildren(message || "");
  }

  drawTold() {
    this.told.replaceChildren(...this.model.get("told").map((words) => make("div", { class: "wbr-word wbr-bad" }, words)));
  }

  drawPicture() {
    this.picture.innerHTML = this.model.get("picture"); // made by the page itself, every text escaped
    this.markChosen();
  }

  drawJobs() {
    const jobs = this.model.get("jobs");
    const none = { name: "", empty: true };
    this.keep(this.jobs, jobs.length ? jobs : [none], (job) => `${job.name} ${this.asking === job.name}`, (job) => this.jobLine(job));
    const now = this.job.value;
    this.job.replaceChildren(make("option", { value: "" }, "every job"), ...jobs.map(({ name }) => make("option", { value: name }, name)));
    this.job.value = jobs.some(({ name }) => name === now) ? now : "";
  }

  jobLine(job) {
    if (job.empty) return make("li", { class: "wbr-soft" }, "No job yet: a notebook in the company's folder jobs/ is one.");
    const about = make("div", { class: "wbr-about" },
      make("b", {}, job.title), " ", make("code", {}, job.name),
      make("p", { class: job.broken ? "wbr-minus" : "" }, job.purpose), make("small", {}, job.rule));
    const due = make("div", { class: "wbr-due" }, make("small", {}, "Due"), job.next || "–");
    const last = make("div", { class: "wbr-last" }, make("small", {}, "Last"), ...this.lastOf(job));
    return make("li", {}, about, due, ...(this.asking === job.name ? [] : [last]), this.buttons(job));
  }

  lastOf(job) {
    const words = [this.sign(job.state), ` ${job.last}`];
    return job.run ? [make("button", { type: "button", class: "wbr-link", onclick: () => this.choose(job.run) }, ...words)] : [job.last];
  }

  buttons(job) {
    const box = (...inside) => make("div", { class: "wbr-do" }, ...inside);
    if (job.broken) return box();
    if (job.waits) return box(make("small", {}, "asked for"));
    if (job.state === "running") return box(make("small", {}, "runs now"));
    if (this.asking !== job.name) {
      const ask = () => this.ask(job.name, job.name);
      return box(make("button", { type: "button", "aria-label": `Run ${job.name} now`, onclick: ask }, "Run now …"));
    }
    const run = (mode) => () => { this.asking = null; this.model.send({ do: "run", job: job.name, mode }); this.drawJobs(); };
    return make("div", { class: "wbr-do wbr-asking" },
      make("button", { type: "button", class: "wbr-first", onclick: run("sandbox"), title: "It reads and shows, and changes nothing" }, "In the sandbox"),
      make("button", { type: "button", class: "wbr-real", onclick: run("production"), title: "It may change things" }, "In production"),
      make("button", { type: "button", onclick: () => this.ask(null, job.name) }, "Leave it"));
  }

  ask(which, name) {
    this.asking = which;
    this.drawJobs();
    const line = [...this.jobs.children].find((each) => each.dataset.id.startsWith(`${name} `));
    line?.querySelector(".wbr-do button")?.focus();
  }

  drawRuns() {
    const [job, state] = [this.job.value, this.state.value];
    const all = this.model.get("runs");
    const shown = all.filter((run) => (!job || run.job === job) && (!state || run.state === state));
    this.keep(this.runs, shown, (run) => run.id, (run) => this.runLine(run));
    this.count.textContent = shown.length === all.length ? `${all.length} of late` : `${shown.length} of ${all.length}`;
    if (!all.length) this.count.textContent = "Nothing ran yet.";
    this.markChosen();
  }

  runLine(run) {
    const state = make("span", { class: `wbr-state wbr-is-${run.state}` }, this.sign(run.state), ` ${run.word}`);
    const what = make("span", { class: "wbr-what" }, make("b", {}, run.job), make("span", { class: "wbr-said" }, run.said));
    const when = make("span", { class: "wbr-when" }, run.began, make("small", {}, run.trigger || ""));
    if (run.state === "missed") return make("li", { class: "wbr-missed-line" }, make("div", { class: "wbr-run" }, state, what, when));
    const bar = make("i", { style: `width:${Math.max(run.share * 100, 2)}%`, class: `wbr-is-${run.state}` });
    const length = make("span", { class: "wbr-took" }, run.took, make("span", { class: "wbr-length" }, bar));
    const mode = make("span", { class: run.mode === "production" ? "wbr-mode" : "wbr-mode wbr-soft" }, run.mode);
    const open = make("button", { type: "button", class: "wbr-run", "data-run": run.id, onclick: () => this.choose(run.id) }, state, what, when, length, mode);
    return make("li", {}, open, ...(run.state === "failed" ? [this.failure(run)] : []));
  }

  failure(run) {
    const where = run.cell ? [make("small", {}, `Cell ${run.cell}`), make("pre", {}, run.source)] : [];
    const error = run.error && !run.said.includes(run.error) ? [make("pre", { class: "wbr-minus" }, run.error)] : [];
    const mode = run.mode === "sandbox" ? "the sandbox" : run.mode;
    const act = (what) => () => this.model.send({ do: what, run: run.id });
    const acts = run.later
      ? [make("small", {}, "Another run went on from it.")]
      : [make("button", { type: "button", class: "wbr-first", onclick: act("go on") }, `Go on in ${mode}`),
         make("button", { type: "button", onclick: act("anew") }, `Anew in ${mode}`)];
    return make("div", { class: "wbr-failure" }, ...where, ...error, make("div", { class: "wbr-acts" }, ...acts));
  }

  sign(state) {
    return make("span", { class: `wbr-sign wbr-is-${state}`, "aria-hidden": "true" }, SIGNS[state] || "");
  }

  // lines by their ids: one that did not change stays the element it was
  keep(list, items, idOf, line) {
    const old = new Map([...list.children].map((child) => [child.dataset.id, child]));
    items.forEach((item, at) => {
      const [id, told] = [idOf(item), JSON.stringify(item)];
      let child = old.get(id);
      if (!child || child.told !== told) {
        const fresh = line(item);
        fresh.dataset.id = id;
        fresh.told = told;
        const held = child && child.contains(child.getRootNode().activeElement);
        if (child) child.replaceWith(fresh);
        if (held) fresh.querySelector("button")?.focus();
        child = fresh;
      }
      if (list.children[at] !== child) list.insertBefore(child, list.children[at] || null);
    });
    while (list.children.length > items.length) list.lastElementChild.remove();
  }

  choose(run) {
    this.model.set("selected", run);
    this.model.save_changes();
    this.markChosen();
  }

  markChosen() {
    const selected = this.model.get("selected");
    for (const line of this.runs.querySelectorAll("button.wbr-run")) line.setAttribute("aria-current", String(line.dataset.run === selected));
    for (const mark of this.picture.querySelectorAll("[data-run]")) mark.classList.toggle("wbr-chosen", mark.dataset.run === selected);
  }

  onMark(event) {
    const mark = event.target.closest("[data-run]");
    if (mark) this.choose(mark.dataset.run);
  }

  onKey(event) {
    event.stopPropagation();
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
    const at = event.target.closest?.("button.wbr-run");
    if (!at || !steps[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    const lines = [...this.runs.querySelectorAll("button.wbr-run")];
    lines[Math.min(Math.max(lines.indexOf(at) + steps[event.key], 0), lines.length - 1)].focus();
    event.preventDefault();
  }
}

function render({ model, el }) {
  const runs = new Runs(model, el);
  const draws = {
    "change:jobs": () => runs.drawJobs(),
    "change:runs": () => runs.drawRuns(),
    "change:told": () => runs.drawTold(),
    "change:picture": () => runs.drawPicture(),
    "change:said": () => runs.drawSaid(),
    "change:selected": () => runs.markChosen(),
  };
  for (const [event, draw] of Object.entries(draws)) model.on(event, draw);
  return () => {
    for (const [event, draw] of Object.entries(draws)) model.off(event, draw);
  };
}

export default { render };
