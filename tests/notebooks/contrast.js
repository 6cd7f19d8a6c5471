// Return each text of the queue's widget that stands out too little from what is behind it: less than 4.5 to 1 (WCAG AA).
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const linear = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = rgb.map((each) => linear(each / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    if (!element) return ["white"];
    const around = element.parentElement ?? element.getRootNode().host;
    return [...behind(around), getComputedStyle(element).backgroundColor];
  };
  const inside = (root) => {
    const hosts = [...root.querySelectorAll("*")].filter((each) => each.shadowRoot);
    return root.querySelector(".wbq") ?? hosts.map((each) => inside(each.shadowRoot)).find(Boolean);
  };
  const textOf = (element) =>
    [...element.childNodes].filter((each) => each.nodeType === 3).map((each) => each.textContent.trim()).join(" ").trim();
  const poor = [];
  for (const element of inside(document).querySelectorAll("*")) {
    const text = textOf(element);
    if (!text || !element.checkVisibility() || ["STYLE", "OPTION"].includes(element.tagName)) continue;
    const page = behind(element);
    const lights = [light(over([...page, getComputedStyle(element).color])), light(over(page))];
    const ratio = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${element.className} ${text.slice(0, 40)}`);
  }
  return poor;
}
