// Keeps the desk right: the socket says that something changed, htmx fetches what this clerk may see.
/* global htmx */

const RETRY_MS = [500, 1000, 2000, 4000];
const DEAD_MS = 7000; // heartbeats come every two seconds
const BURST_MS = 250; // a busy hall rings often; one look is enough
const FRESH_MS = 500; // the second half of a double click must not press what has just appeared

const live = document.getElementById("live");
let socket = null;
let failures = 0;
let heardAt = performance.now();
let planned = 0;
let freshUntil = 0;

function look() {
  clearTimeout(planned);
  planned = setTimeout(() => htmx.trigger(document.body, "hall-changed"), BURST_MS);
}

function say(state) {
  live.textContent = live.dataset[state];
  live.classList.toggle("live-away", state === "away");
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss://" : "ws://";
  const mine = new WebSocket(`${scheme}${location.host}/ws/desk/`);
  socket = mine;
  heardAt = performance.now();
  mine.onmessage = (event) => {
    heardAt = performance.now();
    failures = 0;
    say("live");
    if (JSON.parse(event.data).type === "changed") {
      look();
    }
  };
  mine.onclose = (event) => {
    if (event.code === 4401 || event.code === 4403) {
      location.reload(); // signed out elsewhere: the server shows the sign-in page
    } else if (socket === mine) {
      reconnect();
    }
  };
}

function reconnect() {
  socket = null;
  say("away");
  const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
  failures += 1;
  setTimeout(connect, wait * (0.5 + Math.random()));
}

setInterval(() => {
  if (socket && performance.now() - heardAt > DEAD_MS) {
    const dead = socket;
    dead.onclose = null;
    dead.onmessage = null;
    dead.close();
    reconnect();
  }
}, 1000);

// A look that finds the same person in the same state leaves the buttons, an open list and the focus alone.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const key = event.detail.xhr.getResponseHeader("Desk-Key");
  const desk = document.getElementById("desk");
  if (!desk || key === null) {
    return;
  }
  const asked = event.detail.requestConfig.verb === "get";
  if (asked && key === desk.dataset.key) {
    event.detail.target = document.getElementById("desk-line");
    event.detail.selectOverride = "#desk-line";
    event.detail.swapOverride = "outerHTML";
  } else if (key !== desk.dataset.key) {
    freshUntil = performance.now() + FRESH_MS;
  }
});

// Without network the order was not given: say it, rather than nothing.
document.body.addEventListener("htmx:sendError", () => say("away"));

document.addEventListener("click", (event) => {
  if (event.target.closest("#desk button") && (event.detail > 1 || performance.now() < freshUntil)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

connect();
