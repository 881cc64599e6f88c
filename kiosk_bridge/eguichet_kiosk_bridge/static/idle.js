// Nobody there any more? Ask, then wipe.

const ASK_AFTER = 20000;
const WIPE_AFTER = 20000;

export class IdleWatch {
  constructor(ask, wipe) {
    this.ask = ask;
    this.wipe = wipe;
    this.active = false;
    this.asking = false;
    this.timer = null;
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => {
        if (!this.asking) this.restart();
      });
    }
  }

  restart() {
    clearTimeout(this.timer);
    this.asking = false;
    if (this.active) this.timer = setTimeout(() => this.question(), ASK_AFTER);
  }

  watch(active) {
    this.active = active;
    this.restart();
  }

  question() {
    this.asking = true;
    this.ask();
    this.timer = setTimeout(() => this.wipe(), WIPE_AFTER);
  }
}
