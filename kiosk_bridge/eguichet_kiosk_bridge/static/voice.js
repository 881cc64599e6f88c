// Spoken help: the bridge reads each screen aloud, from the moment somebody asks for it until the page is wiped.
import { command } from "./bridge.js";

function toBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}

export class Voice {
  constructor() {
    this.context = null;
    this.source = null;
    this.turn = 0;
  }

  // A touch has just allowed the page to sound.
  begin() {
    if (!this.context) this.context = new AudioContext();
    this.context.resume();
  }

  async say(body) {
    this.stop();
    const { turn } = this;
    const { sound } = await command("/api/speech", body);
    if (!sound) return;
    const spoken = await this.context.decodeAudioData(toBytes(sound));
    // The visitor has gone on meanwhile: what is no longer on the page is not said.
    if (turn !== this.turn) return;
    this.source = this.context.createBufferSource();
    this.source.buffer = spoken;
    this.source.connect(this.context.destination);
    this.source.start();
    document.body.dataset.said = body.screen;
  }

  stop() {
    this.turn += 1;
    if (this.source) this.source.stop();
    this.source = null;
    delete document.body.dataset.said;
  }
}
