// What the operator has begun and not sent, by row. It lies in the storage of this tab alone: a reload brings it back,
// closing the tab forgets it, and no other tab reads it. Without storage it lives as long as the page.

const MAX_DRAFTS = 50;
const MAX_DRAFT_CHARS = 200_000;

function tabStorage() {
  try {
    const store = window.sessionStorage;
    store.setItem("workbench:probe", "");
    store.removeItem("workbench:probe");
    return store;
  } catch {
    return null; // a webview or a private window may have none
  }
}

class Drafts {
  constructor(company) {
    this.prefix = `workbench:draft:${company}:`;
    this.store = company ? tabStorage() : null;
    this.kept = new Map();
    this.load();
  }

  load() {
    if (!this.store) return;
    for (const name of Object.keys(this.store).filter((each) => each.startsWith(this.prefix))) {
      const draft = read(this.store, name);
      if (typeof draft?.hash === "string" && draft.values) this.kept.set(name.slice(this.prefix.length), draft);
    }
  }

  of(key) {
    return this.kept.get(key);
  }

  keep(key, draft) {
    this.kept.delete(key); // the latest stands last
    this.kept.set(key, draft);
    for (const oldest of [...this.kept.keys()].slice(0, -MAX_DRAFTS)) this.drop(oldest);
    this.write(this.prefix + key, draft);
  }

  drop(key) {
    this.kept.delete(key);
    this.write(this.prefix + key, null);
  }

  write(name, content) {
    write(this.store, name, content);
  }
}

function read(store, name) {
  try {
    return JSON.parse(store?.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

function write(store, name, content) {
  try {
    const text = content === null ? "" : JSON.stringify(content);
    if (text && text.length <= MAX_DRAFT_CHARS) store?.setItem(name, text);
    else store?.removeItem(name);
  } catch {
    // the storage is full: the draft still lives as long as the page
  }
}

function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
