// Keeps the desk right: the socket says that something changed, htmx fetches what this clerk may see.
/* global htmx */
import { listen } from "../eguichet/live.js";
import { takeKeys } from "./keys.js";
import { copyNoteToSheet, findUnsaved, holdNote, sendUnsaved, settle } from "./unsaved.js";

const BURST_MS = 250; // a busy hall rings often; one look is enough
const FRESH_MS = 500; // the second half of a double click must not press what has just appeared
const AGAIN_MS = 5000;
const RING_PX = 8;

const live = document.getElementById("live");
const trouble = document.getElementById("desk-trouble");
const sheet = document.getElementById.bind(document, "desk-sheet");
let planned = 0;
let again = 0;
let freshUntil = 0;
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
  const [shown, coming] = [desk.dataset.key.split("|"), key.split("|")];
  holdNote(shown[2] === coming[2] ? null : requestConfig.formData.get("typed"));
  const line = document.getElementById("desk-line"); // htmx keeps it aside while an answer without it comes in
  lineFocused = Boolean(line) && line.contains(document.activeElement);
  desk.removeAttribute("hx-select-oob");
  if (line && requestConfig.verb === "get" && key === desk.dataset.key) {
    // The same person, or nobody still: buttons, questions, what is being typed and the focus are left alone.
    desk.setAttribute("hx-select-oob", "#desk-next");
    event.detail.target = line;
    event.detail.selectOverride = "#desk-line";
    event.detail.swapOverride = "outerHTML";
  } else if (coming[0] !== shown[0]) {
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

// Heard on the request itself: its form may have left the page before the answer comes, or fails to.
document.body.addEventListener("htmx:beforeSend", (event) => {
  const { xhr, requestConfig } = event.detail;
  xhr.addEventListener("loadend", () => {
    const failed = xhr.status < 200 || xhr.status >= 400;
    if (requestConfig.verb !== "get") {
      hearOrder(requestConfig, xhr, failed);
    } else if (failed) {
      setTimeout(look, AGAIN_MS);
    }
  });
});

function hearOrder(request, xhr, failed) {
  const key = xhr.getResponseHeader("Desk-Key");
  if (xhr.status === 204 && key) {
    settle(request, key); // a tick, a note: shown already
  }
  if (!request.elt.matches("[hx-swap=none]")) {
    warn("desk-failed", failed);
  }
  if (failed && findUnsaved().length) {
    warn("desk-unsaved", true);
    clearTimeout(again);
    again = setTimeout(sendUnsaved, AGAIN_MS);
  }
  look(); // the answer shows the person; the line is fetched now
}

// Without network the order was not given: say it, rather than nothing.
document.body.addEventListener("htmx:sendError", () => say("away"));

// A sheet takes the focus when it opens. An order that took its button away gives it to the next one, somebody who has
// left the line to the line.
document.body.addEventListener("htmx:afterSettle", (event) => {
  prepare();
  const title = document.getElementById("sheet-title");
  if (event.detail.target && event.detail.target.id === "desk-sheet" && title) {
    copyNoteToSheet();
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

// A sheet lies over the lower edge: what gets the focus behind it is scrolled above, with its ring.
function makeRoom() {
  const open = sheet().firstElementChild;
  document.documentElement.style.setProperty("--sheet-height", `${open ? open.offsetHeight + RING_PX : 0}px`);
}

function closeSheet() {
  const inside = sheet().contains(document.activeElement);
  sheet().textContent = "";
  makeRoom();
  const back = inside && (document.getElementById("main-action") || document.querySelector("#desk a, #desk button"));
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

function prepare() {
  takeKeys();
  makeRoom();
  if (!findUnsaved().length) {
    warn("desk-unsaved", false);
  }
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
