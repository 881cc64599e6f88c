// The foot of the screen: one line after the other, renewed every minute.

const SHOWN_MS = 10000;
const RENEW_MS = 60000;
const OLD_MS = 180000; // a waiting time older than this is no longer shown

export class Notices {
  constructor(box, address) {
    this.box = box;
    this.address = address;
    this.renewedAt = performance.now();
    if (address) {
      setInterval(() => this.turn(), SHOWN_MS);
      setInterval(() => this.renew(), RENEW_MS);
    }
  }

  turn() {
    const lines = Array.from(this.box.children);
    const shown = lines.findIndex((line) => !line.hidden);
    lines.forEach((line, place) => {
      line.hidden = place !== (shown + 1) % lines.length;
    });
  }

  async renew() {
    try {
      const answer = await fetch(this.address, { cache: "no-store" });
      if (answer.ok) {
        this.show((await answer.json()).notices);
        this.renewedAt = performance.now();
      }
    } catch (error) {
      // No network: the banner says it.
    }
    if (performance.now() - this.renewedAt > OLD_MS) {
      // What an editor wrote has no language and stays true.
      for (const line of this.box.querySelectorAll("[lang]")) {
        line.remove();
      }
      this.turn();
      this.box.hidden = this.box.children.length === 0;
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
