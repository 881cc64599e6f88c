// Makes each call heard once: never twice, never when it is old, never two at a time.

const OLD_MS = 30000;
const REMEMBERED = 50;
const STORE = "announced";
const LAG_MS = 15000; // a voice this far behind the screen says each call in one language only
const PLAY_MS = 12000; // no sound is longer; one that hangs on the network does not silence the next

export class Announcer {
  // now: the server's clock. Without a gong the screen is seen only.
  constructor(gong, button, now) {
    this.gong = gong ? new Audio(gong) : null;
    this.button = button;
    this.now = now;
    this.waiting = [];
    this.playing = false;
    // Kept over a reload of the page: a call is announced once.
    this.done = JSON.parse(sessionStorage.getItem(STORE) || "[]");
    if (this.gong) {
      this.gong.preload = "auto";
      button.addEventListener("click", () => this.unlock());
      this.probe();
    }
  }

  isNew(call, now) {
    const moment = Date.parse(call.at);
    return now - moment <= OLD_MS && !this.done.includes(`${call.id} ${moment}`);
  }

  announce(call) {
    this.done = [...this.done, `${call.id} ${Date.parse(call.at)}`].slice(-REMEMBERED);
    sessionStorage.setItem(STORE, JSON.stringify(this.done));
    if (!this.gong) {
      return;
    }
    // The server may first have to make what is said: it does so while the gong sounds.
    const voices = [call.audio, ...(call.audio_more || [])].filter(Boolean).map(load);
    this.waiting.push({ at: Date.parse(call.at), voices });
    if (!this.playing) {
      this.playNext();
    }
  }

  stop() {
    this.waiting = [];
    if (this.gong) {
      this.gong.pause();
      this.gong.currentTime = 0;
    }
  }

  async playNext() {
    const call = this.waiting.shift();
    this.playing = Boolean(call);
    if (!call) {
      return;
    }
    try {
      await play(this.gong);
      const late = this.now() - call.at > LAG_MS;
      for (const voice of late ? call.voices.slice(0, 1) : call.voices) {
        await play(voice);
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

function load(address) {
  const sound = new Audio(address);
  sound.preload = "auto";
  return sound;
}

function play(sound) {
  return new Promise((resolve, reject) => {
    sound.addEventListener("ended", resolve, { once: true });
    sound.addEventListener("error", resolve, { once: true });
    sound.addEventListener("pause", resolve, { once: true });
    setTimeout(() => sound.pause(), PLAY_MS);
    setTimeout(resolve, PLAY_MS);
    sound.play().catch(reject);
  });
}
