// A socket that says that something changed in the hall; reconnects by itself for ever.

const RETRY_MS = [500, 1000, 2000, 4000];
const DEAD_MS = 7000; // heartbeats come every two seconds
const SIGNED_OUT = 4401;
const FORBIDDEN = 4403;

/**
 * Listen to `path` on this site.
 *
 * `changed()` is called at each change, and after every connection; `state("live" | "away")` whenever the line is
 * heard, or lost. Signed out elsewhere, the page is loaded again and the server shows the sign-in page.
 */
export function listen(path, { changed, state }) {
  let socket = null;
  let failures = 0;
  let heardAt = performance.now();

  function connect() {
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    const mine = new WebSocket(`${scheme}${location.host}${path}`);
    socket = mine;
    heardAt = performance.now();
    mine.onmessage = (event) => {
      heardAt = performance.now();
      failures = 0;
      state("live");
      if (JSON.parse(event.data).type === "changed") {
        changed();
      }
    };
    mine.onclose = (event) => {
      if (event.code === SIGNED_OUT || event.code === FORBIDDEN) {
        location.reload();
      } else if (socket === mine) {
        reconnect();
      }
    };
  }

  function reconnect() {
    socket = null;
    state("away");
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

  connect();
}
