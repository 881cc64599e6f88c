// The kiosk's page: one visitor at a time, nothing kept.
import { command, listen, newId, pause, read, Refused } from "./bridge.js";
import { button, byId, fill, format, make } from "./dom.js";
import { IdleWatch } from "./idle.js";
import * as screens from "./screens.js";
import { BirthDate, Reference } from "./typing.js";
import { Voice } from "./voice.js";

// How long a number that is on no paper stays in sight when the next visitor is already there.
const PREVIOUS_SHOWN = 15000;
// A bridge that was killed is back within a few seconds.
const INSIST_FOR = 15000;
// Switches « Read aloud » on and off on every screen, for whoever cannot see its button.
const SPEECH_KEY = "F2";
const MORE_TIME = [{ screen: "more_time" }];
// What a visitor may change about the page.
const HELP = ["low", "contrast", "spoken"];

class Page {
  constructor(state) {
    this.state = state;
    this.watch = new IdleWatch(() => this.askForTime(), () => this.wipe());
    this.busy = false;
    this.lost = false;
    this.voice = new Voice((milliseconds) => this.watch.expectSound(milliseconds));
    document.body.dataset.demo = String(state.demo);
    document.addEventListener("keydown", (event) => {
      if (event.key !== SPEECH_KEY || !state.speaks) return;
      event.preventDefault();
      this.toggleSpeech();
    });
    this.wipe();
  }

  get texts() {
    return this.state.texts[this.language || this.state.languages[0]];
  }

  // All of them as long as nobody has chosen one.
  get languages() {
    return this.language ? [this.language] : this.state.languages;
  }

  words(name) {
    return this.languages.map((language) => ({ language, text: this.state.texts[language][name] }));
  }

  // ---- moving about

  // `spoken`: what a screen reader announces. `said`: what the bridge needs to know to read the screen aloud.
  draw(name, screen, { spoken = "", back = null, redraw = null, said = [{}] } = {}) {
    this.screen = name;
    this.said = said;
    this.back = back;
    this.redraw = redraw;
    document.body.dataset.screen = name;
    delete document.body.dataset.outcome;
    document.documentElement.lang = this.language || this.state.languages[0];
    if (byId("overlay").open) byId("overlay").close();
    byId("place").textContent = this.state.location.name || "";
    document.title = this.state.location.name || "Kiosk";
    fill(byId("content"), ...screen.content);
    byId("content").classList.toggle("content-paper", Boolean(byId("ticket-paper")));
    fill(byId("controls"), ...screen.controls);
    this.drawDesk();
    this.drawBar();
    byId("live").textContent = spoken;
    const target = byId("title");
    if (target) target.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    this.speak(said);
    this.keepWatch();
  }

  // Also while something is under way: should its answer never come, the page is free again. And at rest, when somebody
  // has changed how the page looks or sounds: the next visitor finds it as it was.
  keepWatch() {
    const changed = HELP.some((name) => document.body.classList.contains(name));
    this.watch.watch(!this.isAtRest() || changed);
  }

  isAtRest() {
    return ["idle", "locked"].includes(this.screen);
  }

  isSpoken() {
    return document.body.classList.contains("spoken");
  }

  drawDesk() {
    fill(byId("desk"), ...this.words("or_desk").map(({ language, text }) => make("p", { lang: language, text })));
  }

  drawBar() {
    const { back } = this;
    const press = (name) => () => {
      document.body.classList.toggle(name);
      if (name === "low" && this.redraw) this.redraw();
      else this.drawBar();
      this.keepWatch();
      byId("bar").querySelector(`[data-action="${name}"]`).focus();
    };
    const switchOf = (name, click) =>
      button(this.words(name), name, click, {
        icon: name,
        "aria-pressed": String(document.body.classList.contains(name)),
      });
    byId("bar").classList.toggle("bar-each", this.languages.length > 1);
    fill(
      byId("bar"),
      back ? button(this.words("back"), "back", back) : null,
      this.isAtRest() ? null : button(this.words("restart"), "restart", () => this.wipe()),
      switchOf("low", press("low")),
      switchOf("contrast", press("contrast")),
      this.state.speaks ? switchOf("spoken", () => this.toggleSpeech()) : null,
    );
  }

  toggleSpeech() {
    document.body.classList.toggle("spoken");
    this.voice.begin();
    this.drawBar();
    byId("bar").querySelector('[data-action="spoken"]').focus();
    if (byId("overlay").open) {
      this.speak(MORE_TIME);
      return;
    }
    this.keepWatch();
    this.speak(this.said);
  }

  speak(said) {
    if (!this.isSpoken() || this.screen === "working") {
      this.voice.stop();
      return;
    }
    const bodies = this.languages.map((language) => said.map((one) => ({ language, screen: this.screen, ...one })));
    this.voice.say(bodies.flat()).catch(() => {});
  }

  wipe() {
    this.persons = 1;
    this.answer = null;
    document.body.classList.remove(...HELP);
    this.setLanguage(null);
    if (this.lost) this.showClosed("lost_bridge");
    else if (this.state.locked) this.showClosed("locked");
    else if (this.state.languages.length === 1) this.choose(this.state.languages[0], "idle");
    else this.showIdle();
  }

  showIdle() {
    const screen = screens.idleScreen(this.state, (language) => this.choose(language));
    this.addDemoField(screen);
    this.draw("idle", screen);
  }

  addDemoField(screen) {
    if (!this.state.demo) return;
    screen.content.push(screens.demoField(this.texts, (text) => this.once(() => command("/api/scan", { text }))));
  }

  setLanguage(language) {
    this.language = language;
    command("/api/language", { language }).catch(() => {});
  }

  choose(language, name = "menu") {
    this.setLanguage(language);
    this.showMenu(name);
  }

  showMenu(name = "menu") {
    const walkIn = this.state.services.length > 0;
    const screen = screens.menuScreen(this.texts, (next) => this.go(next), walkIn);
    if (name === "idle") this.addDemoField(screen);
    this.again = null;
    this.draw(name, screen, { spoken: this.texts.menu_title, said: [{ screen: "menu" }] });
  }

  go(name) {
    if (name === "birth") this.showBirth();
    if (name === "reference") this.showReference();
    if (name === "services") this.showServices(0);
  }

  // ---- typing

  // Beneath the fields, and aloud.
  refuse(problem) {
    byId("error").textContent = problem ? this.texts[problem] : "";
    if (problem) this.speak([{ screen: problem }]);
  }

  showBirth() {
    const birth = new BirthDate(
      this.texts,
      this.state.today,
      (date) => this.checkIn({ birth_date: date }),
      (problem) => this.refuse(problem),
    );
    const screen = { content: [screens.title(this.texts.birth_title), ...birth.makeContent()], controls: birth.makeControls() };
    this.again = () => this.showBirth();
    this.draw("birth", screen, { back: () => this.showMenu() });
    byId("birth-day").focus();
  }

  showReference() {
    const reference = new Reference(
      this.texts,
      (text) => this.checkIn({ reference: text }),
      (problem) => this.refuse(problem),
    );
    const content = [screens.title(this.texts.reference_title), ...reference.makeContent()];
    this.again = () => this.showReference();
    this.draw("reference", { content, controls: reference.makeControls() }, { back: () => this.showMenu() });
    byId("reference").focus();
  }

  // ---- without appointment

  label(labels) {
    return (labels && (labels[this.language] || labels[this.state.languages[0]] || Object.values(labels)[0])) || "";
  }

  showServices(page) {
    const choices = this.state.services.map((service) => ({
      text: this.label(service.labels),
      action: "service",
      data: { service: service.code },
      click: () => (service.walk_in ? this.showProcedures(service, 0) : this.showWhere(service)),
    }));
    const screen = screens.choiceScreen(this.texts, this.texts.services_title, choices, page, (next) => this.showServices(next));
    this.draw("services", screen, {
      spoken: this.texts.services_title,
      back: () => this.showMenu(),
      redraw: () => this.showServices(0),
    });
  }

  showWhere(service) {
    const lines = [service.labels, service.where].map((labels) => ({ language: this.language, text: this.label(labels) }));
    this.showMessage("where", lines, { service: service.code });
  }

  showProcedures(service, page) {
    const choices = service.procedures.map((procedure) => ({
      text: this.label(procedure.labels),
      action: "procedure",
      data: { procedure: procedure.code },
      click: () => this.walkIn(service.code, procedure.code),
    }));
    const screen = screens.choiceScreen(this.texts, this.texts.procedures_title, choices, page, (next) =>
      this.showProcedures(service, next),
    );
    screen.controls.unshift(
      screens.personsStepper(this.texts, this.persons, (by) => {
        this.persons = Math.min(9, Math.max(1, this.persons + by));
        byId("persons").textContent = String(this.persons);
      }),
    );
    this.draw("procedures", screen, {
      spoken: this.texts.procedures_title,
      back: () => this.showServices(0),
      redraw: () => this.showProcedures(service, 0),
      said: [{ service: service.code }],
    });
  }

  // ---- asking the bridge

  // A second touch while the first is under way changes nothing.
  async once(action) {
    if (this.busy) return;
    this.busy = true;
    try {
      await action();
    } catch (error) {
      this.showMessage("desk", this.words("outcome_go_to_desk"));
    } finally {
      this.busy = false;
    }
  }

  ask(path, body) {
    return this.once(async () => {
      const language = this.language || this.state.languages[0];
      this.showWorking();
      this.show(await this.insist(path, { id: newId(), language, ...body }));
    });
  }

  // The bridge may have been restarted in the middle: the same request, under the same id, gets the same answer.
  async insist(path, body) {
    const until = Date.now() + INSIST_FOR;
    for (;;) {
      try {
        return await command(path, body);
      } catch (error) {
        if (error instanceof Refused || Date.now() > until) throw error;
        await pause(1000);
      }
    }
  }

  checkIn(body) {
    return this.ask("/api/check-in", body);
  }

  walkIn(service, procedure) {
    return this.ask("/api/walk-in", { service, procedure, persons: this.persons });
  }

  showWorking() {
    this.draw("working", screens.workingScreen(this.words("working")));
  }

  // ---- answers

  show(answer) {
    // A ticket that fails at once may be heard of before the answer it belongs to.
    if (this.ended && this.ended.id === answer.id) answer.printing = this.ended.printing;
    this.keepPrevious(answer);
    const asks = answer.ticket || ["which_hour", "party"].includes(answer.outcome);
    if (asks && !this.language && this.state.languages.includes(answer.language)) this.language = answer.language;
    this.answer = answer.ticket ? answer : null;
    if (answer.ticket) this.showTicket(answer);
    else if (answer.outcome === "which_hour" && answer.hours.length) this.askHour(answer);
    else if (answer.outcome === "party") this.askParty(answer);
    else if (answer.outcome === "locked") this.showClosed("locked");
    else this.showOutcome(answer);
  }

  showTicket(answer) {
    const { texts } = this;
    const screen = screens.ticketScreen(texts, answer, () => this.wipe());
    const words = `${answer.message} ${texts.your_number}: ${answer.ticket.number}. ${texts.zone}: ${answer.ticket.zone}.`;
    this.draw("ticket", screen, { spoken: words, said: this.sayTicket(answer) });
    document.body.dataset.outcome = answer.outcome;
  }

  // What became of the paper is said only when there may be none.
  sayTicket(answer) {
    const { number, zone } = answer.ticket;
    const note = screens.noteKey(answer);
    const said = [{ answer: answer.id, number, zone }];
    return ["not_printed", "print_unsure"].includes(note) ? [...said, { screen: note }] : said;
  }

  // The number of the visitor before, if it is on no paper and was not seen long enough.
  keepPrevious(answer) {
    const before = this.answer;
    if (!before || before.printing === "printed") return;
    if (answer.ticket && answer.ticket.number === before.ticket.number) return;
    const { number, zone } = before.ticket;
    const strip = byId("previous");
    strip.textContent = format(this.texts.previous, { number, zone });
    strip.hidden = false;
    clearTimeout(this.previousTimer);
    this.previousTimer = setTimeout(() => {
      strip.hidden = true;
    }, PREVIOUS_SHOWN);
  }

  askHour(answer) {
    const choices = answer.hours.map((hour) => ({
      text: hour,
      action: "hour",
      data: { hour },
      click: () => this.checkIn({ continues: answer.id, hour }),
    }));
    const screen = screens.questionScreen(this.texts.which_hour, choices);
    this.draw("which_hour", screen, { spoken: this.texts.which_hour, said: [{ answer: answer.id }] });
  }

  askParty(answer) {
    const heading = format(this.texts.party_title, { persons: answer.persons || "" });
    const reply = (complete) => () => this.checkIn({ continues: answer.id, party_complete: complete });
    const choices = [
      { text: this.texts.party_yes, action: "party-yes", click: reply(true), primary: true },
      { text: this.texts.party_no, action: "party-no", click: reply(false) },
    ];
    this.draw("party", screens.questionScreen(heading, choices), { spoken: heading, said: [{ answer: answer.id }] });
  }

  showOutcome(answer) {
    const key = `outcome_${answer.outcome}`;
    const lang = answer.language || this.language || this.state.languages[0];
    const others = this.language
      ? []
      : this.state.languages
          .filter((language) => language !== lang)
          .map((language) => ({ language, text: this.state.texts[language][key] || this.state.texts[language].or_desk }));
    const text = answer.message || this.texts[key] || this.texts.or_desk;
    this.showMessage(answer.outcome, [{ language: lang, text }, ...others], { answer: answer.id });
  }

  showMessage(outcome, lines, said = {}) {
    const again = this.language ? this.again : null;
    const screen = screens.messageScreen(
      lines,
      again ? button(this.texts.try_again, "again", again) : null,
      button(this.words("finish"), "finish", () => this.wipe(), { primary: true }),
    );
    const spoken = lines.map(({ text }) => text).join(" ");
    this.draw("message", screen, { spoken, said: [{ outcome, ...said }] });
    document.body.dataset.outcome = outcome;
  }

  // At rest, for whoever comes.
  showClosed(reason) {
    this.language = null;
    this.draw("locked", screens.messageScreen(this.words(reason)));
  }

  // Whoever asked something, or reads a number, is not sent away for a bridge that is about to come back.
  lose() {
    this.lost = true;
    if (!this.busy && this.screen !== "ticket") this.showClosed("lost_bridge");
  }

  // ---- time and devices

  askForTime() {
    if (this.isAtRest()) {
      this.wipe();
      return;
    }
    const overlay = byId("overlay");
    const stay = () => {
      overlay.close();
      this.watch.restart();
      const target = byId("title");
      if (target) target.focus();
      this.speak(this.said);
    };
    screens.drawOverlay(overlay, (name) => this.words(name), stay, () => this.wipe());
    this.speak(MORE_TIME);
  }

  hear(event) {
    this.lost = false;
    if (event.type === "reload") this.reloadWhenFree();
    if (event.type === "working") this.showWorking();
    if (event.type === "answer") {
      this.again = null;
      // Whoever scans may be the next visitor: only a language chosen since the last wipe counts.
      this.language = event.language;
      this.show(event.answer);
    }
    if (event.type === "printing") this.ended = event;
    if (event.type === "printing" && this.answer && this.answer.id === event.id) {
      this.answer.printing = event.printing;
      const note = byId("print-note");
      if (note) note.textContent = screens.printNote(this.texts, this.answer);
      this.said = this.sayTicket(this.answer);
      if (note && this.said.length > 1) this.speak(this.said);
    }
  }

  // Whoever stands there finishes first.
  reloadWhenFree() {
    if (["idle", "locked", "starting"].includes(this.screen)) location.reload();
    else setTimeout(() => this.reloadWhenFree(), 1000);
  }
}

async function start() {
  try {
    const state = await read("/api/state");
    const page = new Page(state);
    listen(state.place, (event) => page.hear(event), () => page.lose());
  } catch (error) {
    setTimeout(() => location.reload(), 2000);
  }
}

document.addEventListener("contextmenu", (event) => event.preventDefault());
start();
