// Keeps the ticket up to date: the socket says when to look again; without it the page looks every ten seconds.

const LOOK_MS = 10000; // without socket
const LIVE_LOOK_MS = 60000; // with one, and when the visit is over: it may be taken back, or they come back
const DEAD_MS = 25000; // a socket that has been silent for so long is half-open
const ANSWER_MS = 8000; // an answer later than this is as good as none
const RETRY_MS = [1000, 2000, 5000, 10000];
const FINISHED = new Set(["done", "left"]);
const CALLED_PATTERN = [400, 200, 400, 200, 400];

const box = document.getElementById("state");
const stale = document.getElementById("stale");
const alarm = document.getElementById("alarm");
const can = [navigator.vibrate && "vibrate", navigator.wakeLock && "wake"].filter(Boolean).join(" ");
const gong = new Audio();

class Follower {
  constructor() {
    this.shown = box.innerHTML.trim();
    this.call = this.readCall();
    this.socket = null;
    this.failures = 0;
    this.retryAt = 0;
    this.heardAt = performance.now();
    this.lookedAt = performance.now();
    this.asked = 0;
    this.answered = 0; // the number of the question whose answer is shown
    this.tick();
    setInterval(() => this.tick(), 1000);
    // A phone that slept looks at once.
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
  }

  get state() {
    return box.firstElementChild ? box.firstElementChild.dataset.state : "";
  }

  get over() {
    return FINISHED.has(this.state);
  }

  // Which call it is: a second call for the same person is another one.
  readCall() {
    return this.state === "called" ? box.firstElementChild.dataset.calls : "";
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    const socket = new WebSocket(scheme + location.host + box.dataset.socket);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.onmessage = (event) => {
      this.failures = 0;
      this.heardAt = performance.now();
      if (JSON.parse(event.data).type === "changed") {
        this.look();
      }
    };
    socket.onclose = () => this.reconnect(socket);
  }

  reconnect(socket) {
    if (this.socket !== socket) {
      return;
    }
    this.socket = null;
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.retryAt = performance.now() + wait * (0.5 + Math.random());
  }

  tick() {
    const now = performance.now();
    if (this.socket && (this.over || now - this.heardAt > DEAD_MS)) {
      const dead = this.socket;
      this.reconnect(dead);
      dead.close();
    } else if (!this.socket && !this.over && now >= this.retryAt) {
      this.connect();
    }
    const live = this.over || (this.socket && this.socket.readyState === WebSocket.OPEN);
    if (now - this.lookedAt > (live ? LIVE_LOOK_MS : LOOK_MS)) {
      this.look();
    }
  }

  async look() {
    this.lookedAt = performance.now();
    this.asked += 1;
    const mine = this.asked;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), ANSWER_MS);
    try {
      const answer = await fetch(
        box.dataset.url, { credentials: "same-origin", cache: "no-store", signal: limit.signal });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      this.take(mine, (await answer.text()).trim());
    } catch (error) {
      stale.hidden = this.answered > mine;
    } finally {
      clearTimeout(timer);
    }
  }

  // A waiting time takes longer to answer than a call: what was asked earlier may come later, and is no longer true.
  take(question, html) {
    if (question > this.answered) {
      this.answered = question;
      this.show(html);
      stale.hidden = true;
    }
  }

  show(html) {
    if (html !== this.shown) {
      box.innerHTML = html;
      this.shown = html;
    }
    const call = this.readCall();
    if (call && call !== this.call) {
      signal(CALLED_PATTERN);
    }
    this.call = call;
    alarm.hidden = this.over || !can;
  }
}

// A phone vibrates and sounds only after its owner has touched the page, and sleeps unless it is asked not to.
function offerAlarm(follower) {
  alarm.hidden = follower.over || !can;
  for (const text of alarm.children) {
    text.hidden = text.dataset.can !== can;
  }
  alarm.addEventListener("click", () => {
    alarm.setAttribute("aria-pressed", "true");
    alarm.disabled = true;
    gong.src = alarm.dataset.gong;
    signal(200);
    keepAwake();
  });
  // A page that was hidden has lost its lock.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !follower.over && alarm.disabled) {
      keepAwake();
    }
  });
}

// iPhones cannot vibrate: those whose owner has pressed the button sound a gong.
function signal(pattern) {
  if (navigator.vibrate) {
    navigator.vibrate(pattern);
  } else if (alarm.disabled) {
    gong.play().catch(() => {});
  }
}

async function keepAwake() {
  if (navigator.wakeLock) {
    await navigator.wakeLock.request("screen").catch(() => {});
  }
}

if (box) {
  offerAlarm(new Follower());
}
