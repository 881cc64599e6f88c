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

class Page {
  constructor(state) {
    this.state = state;
    this.watch = new IdleWatch(() => this.askForTime(), () => this.wipe());
    this.busy = false;
    this.lost = false;
    this.voice = new Voice();
    document.body.dataset.demo = String(state.demo);
    this.wipe();
  }

  get texts() {
    return this.state.texts[this.language || this.state.languages[0]];
  }

  // ---- moving about

  // `spoken`: what a screen reader announces. `said`: what the bridge needs to know to read the screen aloud.
  draw(name, screen, { spoken = "", back = null, redraw = null, said = {} } = {}) {
    this.screen = name;
    this.said = said;
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
    this.drawBar(back);
    byId("live").textContent = spoken;
    const target = byId("title");
    if (target) target.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    this.speak(said);
    this.watch.watch(!["idle", "locked", "working"].includes(name));
  }

  drawDesk() {
    const languages = this.language ? [this.language] : this.state.languages;
    fill(
      byId("desk"),
      ...languages.map((language) => make("p", { lang: language, text: this.state.texts[language].or_desk })),
    );
  }

  drawBar(back) {
    const { texts } = this;
    const press = (name) => () => {
      document.body.classList.toggle(name);
      if (name === "low" && this.redraw) this.redraw();
      else this.drawBar(back);
      byId("bar").querySelector(`[data-action="${name}"]`).focus();
    };
    const switchOf = (name) =>
      button(texts[name], name, press(name), { "aria-pressed": String(document.body.classList.contains(name)) });
    const speak = () => {
      document.body.classList.toggle("spoken");
      this.voice.begin();
      this.drawBar(back);
      byId("bar").querySelector('[data-action="spoken"]').focus();
      this.speak(this.said);
    };
    fill(
      byId("bar"),
      back ? button(texts.back, "back", back) : null,
      ["idle", "locked"].includes(this.screen) ? null : button(texts.restart, "restart", () => this.wipe()),
      switchOf("low"),
      switchOf("contrast"),
      this.state.speaks && this.language
        ? button(texts.spoken, "spoken", speak, { "aria-pressed": String(document.body.classList.contains("spoken")) })
        : null,
    );
  }

  speak(said) {
    if (document.body.classList.contains("spoken") && this.screen !== "working") {
      this.voice.say({ language: this.language, screen: this.screen, ...said }).catch(() => {});
    } else this.voice.stop();
  }

  wipe() {
    this.persons = 1;
    this.answer = null;
    document.body.classList.remove("low", "contrast", "spoken");
    this.setLanguage(null);
    if (this.lost) this.showLost();
    else if (this.state.locked) this.showLocked();
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
    this.draw(name, screen, { spoken: this.texts.menu_title });
  }

  go(name) {
    if (name === "birth") this.showBirth();
    if (name === "reference") this.showReference();
    if (name === "services") this.showServices(0);
  }

  // ---- typing

  showBirth() {
    const birth = new BirthDate(this.texts, this.state.today, (date) => this.checkIn({ birth_date: date }));
    const screen = { content: [screens.title(this.texts.birth_title), ...birth.makeContent()], controls: birth.makeControls() };
    this.again = () => this.showBirth();
    this.draw("birth", screen, { back: () => this.showMenu() });
    byId("birth-day").focus();
  }

  showReference() {
    const reference = new Reference(this.texts, (text) => this.checkIn({ reference: text }));
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
    const where = { language: this.language, text: this.label(service.where) };
    this.showMessage("where", this.label(service.labels), [where]);
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
    this.again = null;
    this.draw("procedures", screen, {
      spoken: this.texts.procedures_title,
      back: () => this.showServices(0),
      redraw: () => this.showProcedures(service, 0),
      said: { service: service.code },
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
      this.showMessage("desk", this.texts.outcome_go_to_desk, []);
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
    this.draw("working", screens.workingScreen(this.texts));
  }

  // ---- answers

  show(answer) {
    this.keepPrevious(answer);
    this.answer = answer.ticket ? answer : null;
    if (answer.ticket) this.showTicket(answer);
    else if (answer.outcome === "which_hour" && answer.hours.length) this.askHour(answer);
    else if (answer.outcome === "party") this.askParty(answer);
    else if (answer.outcome === "locked") this.showLocked();
    else this.showOutcome(answer);
  }

  showTicket(answer) {
    const spoken = this.language;
    if (!spoken && this.state.languages.includes(answer.ticket.language)) this.language = answer.ticket.language;
    const { texts } = this;
    const screen = screens.ticketScreen(texts, answer, () => this.wipe());
    const words = `${answer.message} ${texts.your_number}: ${answer.ticket.number}. ${texts.zone}: ${answer.ticket.zone}.`;
    const { number, zone } = answer.ticket;
    this.draw("ticket", screen, { spoken: words, said: { number, zone } });
    document.body.dataset.outcome = answer.outcome;
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
    this.draw("which_hour", screens.questionScreen(this.texts.which_hour, choices), { spoken: this.texts.which_hour });
  }

  askParty(answer) {
    const heading = format(this.texts.party_title, { persons: answer.persons || "" });
    const reply = (complete) => () => this.checkIn({ continues: answer.id, party_complete: complete });
    const choices = [
      { text: this.texts.party_yes, action: "party-yes", click: reply(true), primary: true },
      { text: this.texts.party_no, action: "party-no", click: reply(false) },
    ];
    this.draw("party", screens.questionScreen(heading, choices), { spoken: heading });
  }

  showOutcome(answer) {
    const key = `outcome_${answer.outcome}`;
    const others = this.language
      ? []
      : this.state.languages
          .slice(1)
          .map((language) => ({ language, text: this.state.texts[language][key] || this.state.texts[language].or_desk }));
    this.showMessage(answer.outcome, answer.message || this.texts[key] || this.texts.or_desk, others);
  }

  showMessage(outcome, message, others) {
    const again = this.again && this.language ? this.again : null;
    const screen = screens.messageScreen(this.texts, message, others, () => this.wipe(), again);
    const spoken = [message, ...others.map((other) => other.text)].join(" ");
    this.draw("message", screen, { spoken, said: { outcome } });
    document.body.dataset.outcome = outcome;
  }

  showLocked() {
    const others = this.state.languages.slice(1).map((language) => ({ language, text: this.state.texts[language].locked }));
    const screen = screens.messageScreen(this.texts, this.texts.locked, others, () => {});
    this.draw("locked", { ...screen, controls: [] });
  }

  // Whoever asked something, or reads a number, is not sent away for a bridge that is about to come back.
  lose() {
    this.lost = true;
    if (!this.busy && this.screen !== "ticket") this.showLost();
  }

  showLost() {
    this.language = null;
    this.again = null;
    const others = this.state.languages.slice(1).map((language) => ({ language, text: this.state.texts[language].lost_bridge }));
    this.draw("locked", { ...screens.messageScreen(this.texts, this.texts.lost_bridge, others, () => {}), controls: [] });
  }

  // ---- time and devices

  askForTime() {
    const overlay = byId("overlay");
    const stay = () => {
      overlay.close();
      this.watch.restart();
      const target = byId("title");
      if (target) target.focus();
    };
    screens.drawOverlay(overlay, this.texts, stay, () => this.wipe());
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
    if (event.type === "printing" && this.answer && this.answer.id === event.id) {
      this.answer.printing = event.printing;
      const note = byId("print-note");
      if (note) note.textContent = screens.printNote(this.texts, this.answer);
      byId("previous").hidden = true;
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
