// A call screen. The page is right when it arrives; from then on the socket brings the whole board, each call and a
// sign of life every two seconds. Without socket the board is fetched; without either the screen says so and is silent.
import { Announcer } from "./announcer.js";
import { ask } from "./asking.js";
import { Board } from "./board.js";
import { Notices } from "./notices.js";

const SILENT_MS = 14000; // after this the screen says that it is not up to date: within 15 s, looking twice a second
const DEAD_MS = 6000; // after this an open socket counts as half-open
const FETCH_MS = 10000; // how often the board is fetched while there is no socket
const AFRESH_MS = 30000; // the screens of a hall start afresh within this time
const RETRY_MS = [500, 1000, 2000];

const main = document.getElementById("board");
const stale = document.getElementById("stale");
const board = new Board(document.getElementById("calls"), main.dataset.zone, Number(main.dataset.calls));
const clock = new Intl.DateTimeFormat("fr", {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: main.dataset.timezone,
});

let offset = 0; // the server's clock minus ours
let heardAt = 0; // on the monotonic clock
let heardTime = 0; // on the server's clock
let socket = null;
let failures = 0;
let taken = 0; // how often the board was changed

const serverNow = () => Date.now() + offset;
const announcer = new Announcer(main.dataset.gong, document.getElementById("sound"), serverNow);

function hear(at) {
  offset = Date.parse(at) - Date.now();
  heardAt = performance.now();
  heardTime = Date.parse(at);
  stale.hidden = true;
}

function take(message) {
  if (message.at) {
    hear(message.at);
  } else {
    heardAt = performance.now();
  }
  if (message.type === "snapshot") {
    taken += 1;
    board.replace(message.calls);
    announceNew(message.calls);
  } else if (message.type === "call") {
    taken += 1;
    board.apply(message.call);
    if (message.call.kind === "withdraw") {
      announcer.drop(message.call);
    }
    announceNew([message.call]);
  }
}

function announceNew(calls) {
  const fresh = calls.filter((call) => board.shows(call) && announcer.isNew(call, serverNow()));
  fresh.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  for (const call of fresh) {
    board.highlight(call);
    announcer.announce(call);
  }
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss://" : "ws://";
  const mine = new WebSocket(scheme + location.host + main.dataset.socket);
  const opened = performance.now();
  socket = mine;
  mine.onmessage = (event) => {
    failures = 0;
    take(JSON.parse(event.data));
  };
  mine.onclose = () => {
    if (socket === mine) {
      reconnect();
    }
  };
  mine.opened = opened;
}

function reconnect() {
  socket = null;
  const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
  failures += 1;
  // Jitter: fifty screens that lost the same server do not come back at once.
  setTimeout(connect, wait * (0.5 + Math.random()));
}

function dropHalfOpen() {
  if (socket && performance.now() - Math.max(heardAt, socket.opened) > DEAD_MS) {
    const dead = socket;
    dead.onclose = null;
    dead.onmessage = null;
    dead.close();
    reconnect();
  }
}

async function fetchBoard() {
  if (socket && socket.readyState === WebSocket.OPEN) {
    return;
  }
  const before = taken;
  const message = await ask(main.dataset.snapshot);
  // What the socket has brought meanwhile is newer.
  if (message && taken === before) {
    take(message);
  }
}

function tick() {
  document.getElementById("clock").textContent = clock.format(serverNow());
  dropHalfOpen();
  if (performance.now() - heardAt > SILENT_MS && stale.hidden) {
    for (const time of stale.querySelectorAll("time")) {
      time.textContent = clock.format(heardTime);
    }
    stale.hidden = false;
    announcer.stop();
  }
}

// Settings of the screen have changed, or there is a new release: the page starts afresh. Not all screens at once, none
// while somebody is being called or the server is away; what does not suit now is tried again with the next answer.
function compareMark(answer) {
  if (answer.mark === main.dataset.mark) {
    return;
  }
  setTimeout(async () => {
    const answers = await ask(main.dataset.snapshot);
    if (answers && !announcer.playing && !board.highlights) {
      location.reload();
    }
  }, Math.random() * AFRESH_MS);
}

new Notices(document.getElementById("notices"), main.dataset.notices, compareMark);
hear(main.dataset.at);
announceNew(board.calls());
connect();
setInterval(tick, 500);
setInterval(fetchBoard, FETCH_MS);
