// Makes each call heard once: never twice, never when it is old, never two at a time.

const OLD_MS = 30000;
const REMEMBERED = 50;
const STORE = "announced";

export class Announcer {
  constructor(gong, button) {
    this.gong = new Audio(gong);
    this.gong.preload = "auto";
    this.button = button;
    this.waiting = [];
    this.playing = false;
    // Kept over a reload of the page: a call is announced once.
    this.done = JSON.parse(sessionStorage.getItem(STORE) || "[]");
    button.addEventListener("click", () => this.unlock());
    this.probe();
  }

  isNew(call, now) {
    const moment = Date.parse(call.at);
    return now - moment <= OLD_MS && !this.done.includes(`${call.id} ${moment}`);
  }

  announce(call) {
    this.done = [...this.done, `${call.id} ${Date.parse(call.at)}`].slice(-REMEMBERED);
    sessionStorage.setItem(STORE, JSON.stringify(this.done));
    this.waiting.push(call);
    if (!this.playing) {
      this.playNext();
    }
  }

  stop() {
    this.waiting = [];
    this.gong.pause();
    this.gong.currentTime = 0;
  }

  async playNext() {
    const call = this.waiting.shift();
    this.playing = Boolean(call);
    if (!call) {
      return;
    }
    try {
      await play(this.gong);
      if (call.audio) {
        await play(new Audio(call.audio));
      }
    } catch (error) {
      this.button.hidden = error.name !== "NotAllowedError";
    }
    this.playNext();
  }

  // A browser without permission for sound refuses even a silent try: better known before the first call.
  async probe() {
    this.gong.volume = 0;
    try {
      await this.gong.play();
      this.gong.pause();
    } catch (error) {
      this.button.hidden = error.name !== "NotAllowedError";
    }
    this.gong.currentTime = 0;
    this.gong.volume = 1;
  }

  async unlock() {
    this.button.hidden = true;
    await this.probe();
    this.gong.play().catch(() => {});
  }
}

function play(sound) {
  return new Promise((resolve, reject) => {
    sound.addEventListener("ended", resolve, { once: true });
    sound.addEventListener("error", resolve, { once: true });
    sound.addEventListener("pause", resolve, { once: true });
    sound.play().catch(reject);
  });
}
