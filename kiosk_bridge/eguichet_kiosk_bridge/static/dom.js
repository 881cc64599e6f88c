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

// The same thing in each language: `words` is a list of {language, text}.
export function spread(words) {
  return words.map(({ language, text }) => make("span", { class: "word", lang: language, text }));
}

// `text`: one text, or words in each language.
export function button(text, action, click, options = {}) {
  const { primary, hint, data, id, type, lang, icon, ...states } = options;
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
    icon ? drawIcon(icon) : null,
    Array.isArray(text) ? make("span", { class: "button-text" }, ...spread(text)) : make("span", { class: "button-text", text }),
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

function drawPath(kind, size, outline) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("class", kind);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", outline);
  svg.append(path);
  return svg;
}

// An arrow down to a line, a disc half full, a loudspeaker.
const ICONS = {
  low: "M10 2h4v9h5l-7 7-7-7h5zM3 20h18v2.5H3z",
  contrast: "M12 1a11 11 0 0 1 0 22zM12 1a11 11 0 0 0 0 22v-2.4a8.6 8.6 0 0 1 0-17.2z",
  spoken: "M2 8.5v7h4.5L13 21V3L6.5 8.5zM15.5 8v8a4.5 4.5 0 0 0 0-8zM15.5 3v2.4a7 7 0 0 1 0 13.2V21a9.3 9.3 0 0 0 0-18z",
};

function drawIcon(name) {
  return drawPath("icon", 24, ICONS[name]);
}

// A QR code from its rows of 0 and 1, with the quiet zone of four modules.
export function drawCode(rows) {
  const squares = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) if (row[x] === "1") squares.push(`M${x + 4} ${y + 4}h1v1h-1z`);
  });
  return drawPath("paper-code", rows.length + 8, squares.join(""));
}
