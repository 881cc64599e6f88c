// Nobody there any more? Ask, then wipe. Whoever listens is there: both times begin with the end of the sound.

const ASK_AFTER = 20000;
const WIPE_AFTER = 20000;

export class IdleWatch {
  constructor(ask, wipe) {
    this.ask = ask;
    this.wipe = wipe;
    this.active = false;
    this.asking = false;
    this.silentFrom = 0;
    this.timer = null;
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => {
        if (!this.asking) this.restart();
      });
    }
  }

  restart() {
    this.asking = false;
    this.count();
  }

  watch(active) {
    this.active = active;
    this.restart();
  }

  // Something is said for so many milliseconds from now on; 0: it was cut off.
  expectSound(milliseconds) {
    this.silentFrom = Date.now() + milliseconds;
    this.count();
  }

  count() {
    clearTimeout(this.timer);
    const sound = Math.max(0, this.silentFrom - Date.now());
    if (this.asking) this.timer = setTimeout(() => this.wipe(), sound + WIPE_AFTER);
    else if (this.active) this.timer = setTimeout(() => this.question(), sound + ASK_AFTER);
  }

  question() {
    this.asking = true;
    this.count();
    this.ask();
  }
}
