// Who asks for help at a counter shows here at once; without the socket within ten seconds.
/* global htmx */
import { listen } from "../eguichet/live.js";

listen(document.getElementById("help-calls").dataset.socket, {
  changed: () => htmx.trigger(document.body, "hall-changed"),
  state: () => {},
});
