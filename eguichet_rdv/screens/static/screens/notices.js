// The foot of the screen: one line after the other, renewed every minute.
import { ask } from "./asking.js";

const SHOWN_MS = 10000;
const RENEW_MS = 60000;
const OLD_MS = 180000; // a waiting time older than this is no longer shown

export class Notices {
  // heard: called with each answer of the server.
  constructor(box, address, heard) {
    this.box = box;
    this.address = address;
    this.heard = heard;
    this.renewedAt = performance.now();
    setInterval(() => this.turn(), SHOWN_MS);
    setInterval(() => this.renew(), RENEW_MS);
  }

  turn() {
    if (performance.now() - this.renewedAt > OLD_MS) {
      this.forgetWaits();
    }
    const lines = Array.from(this.box.children);
    const shown = lines.findIndex((line) => !line.hidden);
    lines.forEach((line, place) => {
      line.hidden = place !== (shown + 1) % lines.length;
    });
  }

  // What an editor wrote has no language and stays true.
  forgetWaits() {
    for (const line of this.box.querySelectorAll("[lang]")) {
      line.remove();
    }
    this.box.hidden = this.box.children.length === 0;
  }

  async renew() {
    const found = await ask(this.address);
    if (found) {
      this.show(found.notices);
      this.renewedAt = performance.now();
      this.heard(found);
    }
  }

  show(notices) {
    const place = Math.max(0, Array.from(this.box.children).findIndex((line) => !line.hidden));
    this.box.textContent = "";
    notices.forEach((notice, index) => {
      const line = document.createElement("p");
      line.textContent = notice.text;
      line.hidden = index !== place % notices.length;
      if (notice.language) {
        line.lang = notice.language;
      }
      this.box.append(line);
    });
    this.box.hidden = notices.length === 0;
  }
}
