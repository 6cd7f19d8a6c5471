// Keys, the theme of the page around, and looking for news: what reaches the desk from outside of it.

function onKeyOf(desk, event) {
  const target = event.composedPath()[0];
  const isText = target.matches?.("textarea, select, [contenteditable=true], input:not([type=radio], [type=checkbox])");
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
  if (!desk.model.get("whole_page") && isPlain) event.stopPropagation(); // no cell moves, no command runs around it
  const { sieve } = desk.list;
  if (event.key === "Escape" && sieve.element.contains(target)) return taken(event, () => { sieve.forget(target); desk.toRoot(); });
  if (event.key === "Escape") return taken(event, () => desk.leave());
  if (event.key === "Enter" && isText && !isPlain) return taken(event, () => (desk.bulk.isOpen() ? desk.bulk.send() : desk.send()));
  if (event.key === "Enter" && sieve.element.contains(target)) return taken(event, () => desk.toRoot());
  if (event.key === "Enter" && !isPlain && desk.bulk.isOpen()) return taken(event, () => desk.bulk.send());
  if (isText || !isPlain || event.defaultPrevented || desk.bulk.isOpen()) return undefined;
  if (["Enter", " "].includes(event.key) && target.matches?.("button, a, summary")) return undefined;
  if (event.key === " " && target.type === "checkbox") return undefined;
  const does = meaning(desk, event.key, target);
  return does && taken(event, does);
}

function meaning(desk, key, target) {
  const row = desk.model.get("row");
  const inAnswers = target.matches?.(".wbq-option");
  if (key === "j" || (key === "ArrowDown" && !inAnswers)) return () => desk.move(1);
  if (key === "k" || (key === "ArrowUp" && !inAnswers)) return () => desk.move(-1);
  if (/^[1-9]$/.test(key)) return () => desk.answer(Number(key) - 1);
  if (key === "Enter") return () => desk.confirm();
  if (key === "?") return () => desk.toggleKeys();
  if (key === "/") return () => desk.list.sieve.text.select();
  if (key === "x" || (key === " " && !inAnswers)) return () => desk.tick(false);
  if (key === "X") return () => desk.tick(true);
  if (key === "b") return () => desk.bulk.focus();
  if (key === "n") return () => desk.form.focus("note");
  if (key === "w" && row.typed) return () => { desk.show("answer"); desk.form.focus("content"); };
  const word = (CHOOSES[key] || []).find((each) => row.decisions?.includes(each));
  const field = { edit: "content", ask: "note" }[word];
  return word && (() => { desk.choose(word); if (field) desk.form.focus(field); });
}

function taken(event, does) {
  event.preventDefault();
  event.stopPropagation();
  does();
}

// Whichever notebook it stands in and however that says so: where the ink is light, the page is dark.
function followTheme(root) {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const look = () => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = getComputedStyle(root).color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    root.dataset.theme = red * 0.3 + green * 0.6 + blue * 0.1 > 128 ? "dark" : "light";
  };
  const observer = new MutationObserver(look);
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  for (const each of [document.documentElement, document.body]) observer.observe(each, { attributes: true });
  system.addEventListener("change", look);
  const first = requestAnimationFrame(look);
  look();
  return () => { cancelAnimationFrame(first); observer.disconnect(); system.removeEventListener("change", look); };
}

// One look at a time, and none while nobody sees the page: a kernel that is busy is not asked twice.
function watchOn(desk) {
  let answered = desk.model.get("watched");
  let isAsked = false;
  const look = () => {
    desk.form.drawTime();
    if (document.visibilityState !== "visible" || desk.busy || (isAsked && desk.model.get("watched") === answered)) return;
    answered = desk.model.get("watched");
    isAsked = true;
    desk.ask({ do: "watch" });
  };
  const clockwork = setInterval(look, WATCH_MS);
  document.addEventListener("visibilitychange", look);
  return () => { clearInterval(clockwork); document.removeEventListener("visibilitychange", look); };
}
