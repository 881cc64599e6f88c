// The date of birth and the reference: typed on the screen or on a keyboard.
import { button, byId, make } from "./dom.js";

const keepFocus = (event) => event.preventDefault();

function makeKey(text, name, press, options = {}) {
  const key = button(text, "key", press, { data: { key: name }, ...options });
  key.addEventListener("mousedown", keepFocus);
  return key;
}

const PARTS = [
  ["day", 2],
  ["month", 2],
  ["year", 4],
];

export class BirthDate {
  // `refuse` hears the name of the text that says what is wrong, or nothing.
  constructor(texts, today, submit, refuse) {
    this.texts = texts;
    this.today = today;
    this.submit = submit;
    this.refuse = refuse;
    this.fields = PARTS.map(([name, length]) => this.makeField(name, length));
    this.active = this.fields[0];
    this.unknown = { day: false, month: false };
  }

  makeField(name, length) {
    const input = make("input", {
      id: `birth-${name}`,
      class: `field field-${name}`,
      type: "text",
      inputmode: "none",
      autocomplete: "off",
      maxlength: length,
      "aria-describedby": "error",
    });
    input.addEventListener("focus", () => {
      this.active = input;
    });
    input.addEventListener("input", () => this.clean(input));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.check();
      if (event.key === "Backspace" && !input.value) this.step(-1);
    });
    return input;
  }

  clean(input) {
    input.value = input.value.normalize("NFKC").replace(/\D/g, "").slice(0, input.maxLength);
    if (input.value.length === input.maxLength) this.step(1);
  }

  step(by) {
    const open = this.fields.filter((field) => !field.disabled);
    const next = open[open.indexOf(this.active) + by];
    if (next) next.focus();
  }

  press(digit) {
    if (this.active.value.length >= this.active.maxLength) this.step(1);
    if (this.active.value.length >= this.active.maxLength) return;
    this.active.value += digit;
    this.clean(this.active);
  }

  erase() {
    if (!this.active.value) this.step(-1);
    this.active.value = this.active.value.slice(0, -1);
    this.active.focus();
  }

  toggle(name) {
    this.unknown[name] = !this.unknown[name];
    if (name === "month") this.unknown.day = this.unknown.month || this.unknown.day;
    for (const part of ["day", "month"]) {
      const field = byId(`birth-${part}`);
      if (this.unknown[part]) field.value = "00";
      else if (field.value === "00") field.value = "";
      field.disabled = this.unknown[part];
      byId(`unknown-${part}`).setAttribute("aria-pressed", String(this.unknown[part]));
    }
    (this.fields.find((field) => !field.disabled && field.value.length < field.maxLength) || this.fields[2]).focus();
  }

  // Hands on an ISO date with 00 for what is unknown, or tells what is wrong.
  check() {
    const [day, month, year] = this.fields.map((field) => field.value);
    const problem = this.findProblem(day, month, year);
    this.refuse(problem);
    if (!problem) this.submit(`${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`);
  }

  findProblem(day, month, year) {
    if (!day || !month || year.length !== 4) return "date_incomplete";
    const noDay = Number(day) === 0;
    const noMonth = Number(month) === 0;
    const date = new Date(Date.UTC(Number(year), (noMonth ? 1 : Number(month)) - 1, noDay ? 1 : Number(day)));
    const exists = date.getUTCMonth() === (noMonth ? 0 : Number(month) - 1) && (noDay || date.getUTCDate() === Number(day));
    const future = date.toISOString().slice(0, 10) > this.today;
    return exists && !future && Number(year) >= 1900 ? "" : "date_impossible";
  }

  makeContent() {
    const labelled = PARTS.map(([name], index) =>
      make("div", { class: "part" }, make("label", { for: `birth-${name}`, text: this.texts[name] }), this.fields[index]),
    );
    return [make("div", { class: "parts" }, ...labelled), make("p", { id: "error", class: "error", role: "alert" })];
  }

  makeControls() {
    const digits = "1234567890".split("").map((digit) => makeKey(digit, digit, () => this.press(digit)));
    const unknown = (name) =>
      button(this.texts[`unknown_${name}`], `unknown-${name}`, () => this.toggle(name), {
        id: `unknown-${name}`,
        "aria-pressed": "false",
      });
    return [
      make("div", { class: "keypad" }, ...digits, makeKey(this.texts.erase, "erase", () => this.erase())),
      make("div", { class: "pair" }, unknown("day"), unknown("month")),
      button(this.texts.confirm, "confirm", () => this.check(), { primary: true }),
    ];
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".split("");

export class Reference {
  constructor(texts, submit, refuse) {
    this.texts = texts;
    this.submit = submit;
    this.refuse = refuse;
    this.field = make("input", {
      id: "reference",
      class: "field field-reference",
      type: "text",
      inputmode: "none",
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      maxlength: 12,
      "aria-describedby": "error",
    });
    this.field.addEventListener("input", () => this.clean());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.check();
    });
  }

  clean() {
    this.field.value = this.field.value.normalize("NFKC").toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 6);
  }

  press(letter) {
    this.field.value += letter;
    this.clean();
    this.field.focus();
  }

  erase() {
    this.field.value = this.field.value.slice(0, -1);
    this.field.focus();
  }

  check() {
    const complete = this.field.value.length === 6;
    this.refuse(complete ? "" : "reference_incomplete");
    if (complete) this.submit(this.field.value);
  }

  makeContent() {
    return [
      make("label", { class: "lead", for: "reference", text: this.texts.reference_hint }),
      this.field,
      make("p", { id: "error", class: "error", role: "alert" }),
    ];
  }

  makeControls() {
    return [
      make(
        "div",
        { class: "letters" },
        ...LETTERS.map((letter) => makeKey(letter, letter, () => this.press(letter))),
        makeKey("⌫", "erase", () => this.erase(), { "aria-label": this.texts.erase }),
        button(this.texts.confirm, "confirm", () => this.check(), { primary: true }),
      ),
    ];
  }
}
