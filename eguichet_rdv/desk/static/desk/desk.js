// Keeps the desk right: the socket says that something changed, htmx fetches what this clerk may see.
/* global htmx */
import { listen } from "../eguichet/live.js";

const BURST_MS = 250; // a busy hall rings often; one look is enough
const FRESH_MS = 500; // the second half of a double click must not press what has just appeared

const live = document.getElementById("live");
const trouble = document.getElementById("desk-trouble");
const sheet = document.getElementById.bind(document, "desk-sheet");
let planned = 0;
let freshUntil = 0;
let typing = null; // a note not yet kept, over the moment in which the page is renewed
let lineFocused = false; // somebody of the line had the focus when it was renewed

function look() {
  clearTimeout(planned);
  planned = setTimeout(() => htmx.trigger(document.body, "hall-changed"), BURST_MS);
}

function say(state) {
  if (live.textContent !== live.dataset[state]) {
    live.textContent = live.dataset[state];
  }
  live.classList.toggle("live-away", state === "away");
  warn("desk-away", state === "away");
}

function warn(which, shown) {
  document.getElementById(which).hidden = !shown;
  trouble.hidden = [...trouble.children].every((line) => line.hidden);
}

listen("/ws/desk/", { changed: look, state: say });

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig, target } = event.detail;
  const key = xhr.getResponseHeader("Desk-Key");
  const desk = document.getElementById("desk");
  if (!desk || key === null || target.id !== "desk") {
    return;
  }
  const note = desk.querySelector("input[name=note]");
  typing = note && note.value !== note.defaultValue ? { id: note.id, text: note.value } : null;
  lineFocused = document.getElementById("desk-line").contains(document.activeElement);
  desk.removeAttribute("hx-select-oob");
  if (requestConfig.verb === "get" && key === desk.dataset.key) {
    // The same person, or nobody still: buttons, questions, what is being typed and the focus are left alone.
    desk.setAttribute("hx-select-oob", "#desk-next");
    event.detail.target = document.getElementById("desk-line");
    event.detail.selectOverride = "#desk-line";
    event.detail.swapOverride = "outerHTML";
  } else if (key.split("|")[0] !== desk.dataset.key.split("|")[0]) {
    freshUntil = performance.now() + FRESH_MS;
  }
});

// Calls for help are read out when they change, not at each look, and their buttons stay under the finger.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "desk-help") {
    event.detail.shouldSwap = fragment.dataset.key !== target.dataset.key;
    target.dataset.key = fragment.dataset.key;
  }
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, successful, requestConfig } = event.detail;
  if (successful) {
    warn("desk-failed", false);
    if (requestConfig.verb !== "get") {
      look(); // the answer shows the person; the line is fetched now
    }
  }
  if (xhr.status === 204 && xhr.getResponseHeader("Desk-Key")) {
    document.getElementById("desk").dataset.key = xhr.getResponseHeader("Desk-Key"); // a tick, a note: shown already
  }
  if (xhr.status >= 400) {
    warn("desk-failed", true);
    if (requestConfig.verb !== "get") {
      look();
    }
  }
});

// Without network the order was not given: say it, rather than nothing.
document.body.addEventListener("htmx:sendError", () => say("away"));

// A sheet takes the focus when it opens. An order that took its button away gives it to the next one, somebody who has
// left the line to the line.
document.body.addEventListener("htmx:afterSettle", (event) => {
  prepare();
  const title = document.getElementById("sheet-title");
  if (event.detail.target && event.detail.target.id === "desk-sheet" && title) {
    title.focus();
  } else if (document.activeElement === document.body && !title) {
    const line = lineFocused && document.getElementById("line-rows");
    const main = document.getElementById("main-action");
    if (line) {
      line.focus({ preventScroll: true });
    } else if (main && event.detail.target && event.detail.target.id === "desk") {
      main.focus({ preventScroll: true });
    }
  }
  lineFocused = false;
});

function closeSheet() {
  sheet().textContent = "";
  const back = document.getElementById("main-action") || document.querySelector("#desk a, #desk button");
  if (back) {
    back.focus({ preventScroll: true });
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && sheet().firstElementChild) {
    closeSheet();
  }
});

// What can be taken back is offered for so many seconds.
function forgetLater(root) {
  for (const part of root ? root.querySelectorAll("[data-gone-after]") : []) {
    const seconds = Number(part.dataset.goneAfter);
    part.removeAttribute("data-gone-after");
    setTimeout(() => {
      const focused = part.contains(document.activeElement);
      part.remove();
      const main = document.getElementById("main-action");
      if (focused && main) {
        main.focus({ preventScroll: true });
      }
    }, seconds * 1000);
  }
}

// Alt and a letter, in every browser; without this script their own access keys do it, each with other keys to hold.
function takeKeys() {
  for (const part of document.querySelectorAll("[accesskey]")) {
    part.dataset.shortcut = part.accessKey;
    part.setAttribute("aria-keyshortcuts", `Alt+${part.accessKey.toUpperCase()}`);
    part.removeAttribute("accesskey");
  }
}

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace("Key", "").toLowerCase();
  const part = letter.length === 1 && document.querySelector(`[data-shortcut="${letter}"]`);
  if (!part) {
    return;
  }
  event.preventDefault();
  if (part.matches("button, a")) {
    if (!event.repeat) {
      part.click();
    }
  } else {
    part.focus();
  }
});

function prepare() {
  const note = typing && document.getElementById(typing.id);
  if (note && note.value === note.defaultValue) {
    note.value = typing.text;
  }
  typing = null;
  takeKeys();
  forgetLater(document.getElementById("desk"));
}
prepare();

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-sheet]")) {
    event.preventDefault();
    closeSheet();
  } else if (event.target.closest("#desk button") && (event.detail > 1 || performance.now() < freshUntil)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);
