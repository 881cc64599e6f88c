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
    this.current = null; // what is heard now; nothing after a stop
    this.sounding = null;
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
    this.drop(call); // called again before its turn: only the newer call is true
    this.waiting.push({ id: String(call.id), at: Date.parse(call.at), voices });
    if (!this.playing) {
      this.playAll();
    }
  }

  // Called no more: not heard, if its turn has not come yet. Messages may overtake each other: a newer call is.
  drop({ id, at }) {
    this.waiting = this.waiting.filter((call) => call.id !== String(id) || call.at > Date.parse(at));
  }

  stop() {
    this.waiting = [];
    this.current = null;
    if (this.sounding) {
      this.sounding.pause();
    }
  }

  async playAll() {
    this.playing = true;
    while (this.waiting.length) {
      const call = this.waiting.shift();
      if (this.now() - call.at <= OLD_MS) {
        this.current = call;
        await this.playCall(call);
      }
    }
    this.playing = false;
  }

  async playCall(call) {
    this.gong.currentTime = 0; // it may have been stopped half way
    await this.play(this.gong);
    const late = this.now() - call.at > LAG_MS;
    for (const voice of late ? call.voices.slice(0, 1) : call.voices) {
      if (this.current === call) {
        await this.play(voice);
      }
    }
  }

  // Resolves when it has been heard, was stopped, or cannot be heard: one clip that fails does not silence the next.
  play(sound) {
    this.sounding = sound;
    return new Promise((resolve) => {
      const limit = setTimeout(() => {
        sound.pause();
        resolve();
      }, PLAY_MS);
      const end = () => {
        clearTimeout(limit);
        resolve();
      };
      sound.onended = end;
      sound.onerror = end;
      sound.onpause = () => sound.ended || end(); // at its own end it says both, this first
      sound.play().catch((error) => {
        this.noteRefusal(error);
        end();
      });
    });
  }

  // Without permission nothing of a call can be heard: somebody has to press the button.
  noteRefusal(error) {
    if (error.name === "NotAllowedError") {
      this.current = null;
      this.button.hidden = false;
    }
  }

  // A browser without permission for sound refuses even a silent try: better known before the first call. The try has
  // a sound of its own, as a call may come meanwhile.
  async probe() {
    const silent = load(this.gong.src);
    silent.volume = 0;
    try {
      await silent.play();
      silent.pause();
    } catch (error) {
      this.noteRefusal(error);
    }
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
