// Small helpers to build the page; text is always set as text, never as markup.

export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name === "click") element.addEventListener("click", value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

export function button(text, action, click, options = {}) {
  const { primary, hint, data, id, type, lang, ...states } = options;
  return make(
    "button",
    {
      id,
      type: type || "button",
      lang,
      class: primary ? "button button-primary" : "button",
      data: { action, ...data },
      click: click || (() => {}),
      "aria-label": states["aria-label"],
      "aria-pressed": states["aria-pressed"],
    },
    make("span", { class: "button-text", text }),
    hint ? make("span", { class: "button-hint", text: hint }) : null,
  );
}

export function fill(element, ...children) {
  while (element.firstChild) element.firstChild.remove();
  for (const child of children) if (child) element.append(child);
}

export function byId(id) {
  return document.getElementById(id);
}

export function format(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const SVG = "http://www.w3.org/2000/svg";

// A QR code from its rows of 0 and 1, with the quiet zone of four modules.
export function drawCode(rows) {
  const size = rows.length + 8;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("class", "paper-code");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  const squares = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) if (row[x] === "1") squares.push(`M${x + 4} ${y + 4}h1v1h-1z`);
  });
  path.setAttribute("d", squares.join(""));
  svg.append(path);
  return svg;
}
