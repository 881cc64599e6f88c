// What is on the screen: the last calls of one zone, the newest first.

const HIGHLIGHT_MS = 10000;

const keyOf = (call) => `${call.id} ${Date.parse(call.at)}`;

export class Board {
  constructor(list, zone, size) {
    this.list = list;
    this.zone = zone;
    this.size = size;
    this.known = new Map();
    this.until = new Map();
    for (const item of list.querySelectorAll("[data-id]")) {
      const call = {
        id: item.dataset.id,
        kind: "call",
        at: item.dataset.at,
        zones: null,
        number: item.querySelector(".number").textContent,
        counter: item.querySelector(".counter").textContent,
        audio: item.dataset.audio || null,
        audio_more: item.dataset.audioMore.split(" ").filter(Boolean),
      };
      this.known.set(call.id, call);
    }
  }

  shows(call) {
    const zones = call.zones || [this.zone]; // what came with the page is of this zone
    return call.kind !== "withdraw" && (!this.zone || zones.includes(this.zone));
  }

  calls() {
    return Array.from(this.known.values());
  }

  replace(calls) {
    this.known = new Map();
    for (const call of calls) {
      this.keep(call);
    }
    this.draw();
  }

  apply(call) {
    this.keep(call);
    this.draw();
  }

  // One line a number: who was sent on is at the counter that called last.
  keep(call) {
    for (const [id, before] of this.known) {
      if (before.number !== call.number) {
        continue;
      }
      if (Date.parse(before.at) > Date.parse(call.at)) {
        return; // messages may overtake each other
      }
      this.known.delete(id);
    }
    if (this.shows(call)) {
      this.known.set(String(call.id), call);
    }
  }

  highlight(call) {
    this.until.set(keyOf(call), performance.now() + HIGHLIGHT_MS);
    this.draw();
    setTimeout(() => {
      this.until.delete(keyOf(call));
      this.draw();
    }, HIGHLIGHT_MS);
  }

  get highlights() {
    return this.until.size > 0;
  }

  draw() {
    const newest = this.calls().sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).slice(0, this.size);
    this.known = new Map(newest.map((call) => [String(call.id), call]));
    Array.from(this.list.children).forEach((item, place) => {
      const call = newest[place];
      item.classList.toggle("empty", !call);
      item.classList.toggle("new", Boolean(call) && this.until.has(keyOf(call)));
      setText(item.querySelector(".number"), call ? call.number : "");
      const counter = item.querySelector(".counter");
      setText(counter, call ? call.counter : "");
      counter.dataset.length = counter.textContent.length;
    });
  }
}

function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
