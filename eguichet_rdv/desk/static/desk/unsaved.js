// The note and the ticks: the page forgets none of them before the server has it. What is the default of a field is
// what the server has.
/* global htmx */

const findNote = () => document.querySelector("#desk input[name=note]");
const differs = (field) => field.value.trim() !== field.defaultValue || field.checked !== field.defaultChecked;
let typed = null; // the field of a note not yet kept, over the moment in which the page is renewed

/** The forms with something that the server has not got. */
export function findUnsaved() {
  return [...document.querySelectorAll("#desk [hx-swap=none]")].filter((form) =>
    [...form.querySelectorAll("input")].some(differs));
}

export function sendUnsaved() {
  findUnsaved().forEach((form) => htmx.trigger(form, "submit"));
}

// A key gives an order while the note is still being typed: it goes along, and the server keeps it first.
document.body.addEventListener("htmx:configRequest", (event) => {
  const { verb, formData } = event.detail;
  const note = findNote();
  if (verb !== "get" && !formData.has("note") && note && differs(note)) {
    formData.set("typed", note.value);
    formData.set("typed_for", note.form.elements.stop.value);
  }
});

/** The server has kept what `request` sent, and says the key of the page with it. */
export function settle({ path, formData, elt }, key) {
  const ticks = path.endsWith("/brought/");
  const text = formData.has("note") ? formData.get("note") : formData.get("typed");
  const note = findNote();
  if (text !== null && note) {
    note.defaultValue = text.trim();
  }
  if (ticks) {
    const kept = formData.getAll("brought");
    elt.querySelectorAll("[name=brought]").forEach((box) => (box.defaultChecked = kept.includes(box.value)));
  }
  // All else in the key is taken over only with its page: another window may have changed it.
  const desk = document.getElementById("desk");
  const shown = desk.dataset.key.split("|");
  const written = [false, ticks, text !== null];
  if (key.split("|").every((part, place) => written[place] || part === shown[place])) {
    desk.dataset.key = key;
  }
}

/** Before the page is renewed; `kept`: with what the server has just written. */
export function holdNote(kept) {
  const note = findNote();
  typed = note && differs(note) && note.value !== kept ? note : null;
}

// After it, if the same person is still there. Leaving the field saves it, though the browser knows of no change.
document.body.addEventListener("htmx:afterSwap", () => {
  const note = typed && document.getElementById(typed.id);
  if (note && note !== typed) {
    note.value = typed.value;
    note.dataset.putBack = "yes";
    if (note === document.activeElement) {
      note.setSelectionRange(typed.selectionStart, typed.selectionEnd);
    }
  }
  typed = null;
});

document.body.addEventListener("change", (event) => delete event.target.dataset.putBack);
document.body.addEventListener("focusout", (event) => {
  if (event.target.dataset.putBack) {
    htmx.trigger(event.target, "change");
  }
});

/** The sheet may have been written before the last words were. */
export function copyNoteToSheet() {
  const copy = document.getElementById("send-note");
  const note = findNote();
  if (copy && note && copy.form.elements.stop.value === note.form.elements.stop.value) {
    copy.value = note.value;
  }
}
