// Who asks for help at a counter shows here at once; without the socket within ten seconds.
/* global htmx */
import { listen } from "../eguichet/live.js";

const calls = document.getElementById("help-calls");

listen(calls.dataset.socket, {
  changed: () => htmx.trigger(document.body, "hall-changed"),
  state: () => {},
});

// Read out when they change, not at each look; the button of one who goes stays under the finger.
calls.addEventListener("htmx:beforeSwap", (event) => {
  const key = event.detail.xhr.getResponseHeader("Help-Key");
  if (key !== null && event.detail.target === calls) {
    event.detail.shouldSwap = key !== calls.dataset.key;
    calls.dataset.key = key;
  }
});
