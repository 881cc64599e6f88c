// Spoken help: the bridge reads each screen aloud, from the moment somebody asks for it until the page is wiped.
import { command } from "./bridge.js";

function toBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}

export class Voice {
  // `expect` hears how many milliseconds something will sound.
  constructor(expect) {
    this.expect = expect;
    this.context = null;
    this.sources = [];
    this.turn = 0;
  }

  // A touch has just allowed the page to sound.
  begin() {
    if (!this.context) this.context = new AudioContext();
    this.context.resume();
  }

  // One after the other.
  async say(bodies) {
    this.stop();
    const { turn } = this;
    const spoken = await Promise.all(bodies.map((body) => this.fetch(body)));
    // The visitor has gone on meanwhile: what is no longer on the page is not said.
    if (turn !== this.turn) return;
    let seconds = 0;
    for (const buffer of spoken.filter(Boolean)) {
      const source = this.context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.context.destination);
      source.start(this.context.currentTime + seconds);
      this.sources.push(source);
      seconds += buffer.duration;
    }
    if (!seconds) return;
    this.expect(seconds * 1000);
    document.body.dataset.said = bodies[0].screen;
  }

  async fetch(body) {
    const { sound } = await command("/api/speech", body);
    return sound ? this.context.decodeAudioData(toBytes(sound)) : null;
  }

  stop() {
    this.turn += 1;
    if (this.sources.length) this.expect(0);
    this.sources.forEach((source) => source.stop());
    this.sources = [];
    delete document.body.dataset.said;
  }
}
