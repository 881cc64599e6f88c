// Alt and a letter, in every browser; without this script their own access keys do it, each with other keys to hold.

const TYPED_IN = "input:not([type=checkbox]), textarea, select";

/** The keys of what is on the page now, also of a part that has just come. */
export function takeKeys() {
  for (const part of document.querySelectorAll("[accesskey]")) {
    part.dataset.shortcut = part.accessKey;
    part.setAttribute("aria-keyshortcuts", `Alt+${part.accessKey.toUpperCase()}`);
    part.removeAttribute("accesskey");
  }
}

// On a Mac Alt and a letter type a sign. It is meant as one in a field; elsewhere the key itself says which letter it is.
function letterOf(event) {
  if (/^[a-z]$/i.test(event.key)) {
    return event.key.toLowerCase();
  }
  return event.target.matches(TYPED_IN) ? "" : event.code.replace("Key", "").toLowerCase();
}

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  const letter = letterOf(event);
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
