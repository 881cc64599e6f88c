// Each screen: what it shows and what can be touched. No state of its own.
import { button, drawCode, fill, format, make, spread } from "./dom.js";

// Rows of two; with the stepper and « more choices », two rows of long names still fit into the lowest third.
const PER_PAGE = 10;
const PER_LOW_PAGE = 4;

export function title(text, options = {}) {
  return make("h1", { id: "title", tabindex: "-1", text, ...options });
}

function titleInEach(words, kind) {
  return make("h1", { id: "title", tabindex: "-1", class: kind }, ...spread(words));
}

function scanPanel(lines) {
  return make(
    "div",
    { class: "scan" },
    make("img", { class: "scan-picture", src: "/static/scan.svg", alt: "" }),
    make("div", { class: "scan-lines" }, ...lines),
  );
}

// All languages at once; a code can be scanned without touching anything.
export function idleScreen(state, choose) {
  const inEach = (key, kind) =>
    state.languages.map((language) => make("p", { class: kind, lang: language, text: state.texts[language][key] }));
  const first = state.texts[state.languages[0]];
  return {
    content: [
      titleInEach(state.languages.map((language) => ({ language, text: state.texts[language].welcome })), "welcome"),
      scanPanel(inEach("scan_title", "scan-title")),
    ],
    controls: [
      make(
        "div",
        { class: "grid", role: "group", "aria-label": first.language },
        ...state.languages.map((language) => {
          const texts = state.texts[language];
          return button(texts.autonym, "language", () => choose(language), {
            lang: language,
            hint: texts.without_code,
            data: { language },
          });
        }),
      ),
    ],
  };
}

export function menuScreen(texts, go, walkIn) {
  return {
    content: [
      title(texts.menu_title),
      scanPanel([
        make("p", { class: "scan-title", text: texts.scan_title }),
        make("p", { class: "scan-hint", text: texts.scan_hint }),
      ]),
    ],
    controls: [
      button(texts.birth_choice, "birth", () => go("birth"), { primary: true }),
      make(
        "div",
        { class: "pair" },
        button(texts.reference_choice, "reference", () => go("reference"), { hint: texts.reference_choice_hint }),
        walkIn ? button(texts.walk_in_choice, "walk-in", () => go("services")) : null,
      ),
    ],
  };
}

// A list to choose from, without scrolling: a page at a time.
export function choiceScreen(texts, heading, choices, page, turn) {
  const perPage = document.body.classList.contains("low") ? PER_LOW_PAGE : PER_PAGE;
  const pages = Math.ceil(choices.length / perPage);
  const shown = choices.slice(page * perPage, (page + 1) * perPage);
  return {
    content: [title(heading)],
    controls: [
      make("div", { class: "grid" }, ...shown.map((choice) => button(choice.text, choice.action, choice.click, choice))),
      pages > 1 ? button(`${texts.next_page} (${page + 1}/${pages})`, "next-page", () => turn((page + 1) % pages)) : null,
    ],
  };
}

export function personsStepper(texts, persons, change) {
  return make(
    "div",
    { class: "stepper", role: "group", "aria-label": texts.persons },
    make("span", { class: "stepper-label", text: texts.persons }),
    button("−", "fewer", () => change(-1), { "aria-label": texts.fewer }),
    make("output", { id: "persons", class: "stepper-value", text: String(persons) }),
    button("+", "more", () => change(1), { "aria-label": texts.more }),
  );
}

export function questionScreen(heading, choices) {
  return {
    content: [title(heading)],
    controls: [
      make("div", { class: "grid" }, ...choices.map((choice) => button(choice.text, choice.action, choice.click, choice))),
    ],
  };
}

export function workingScreen(words) {
  return { content: [titleInEach(words, "working")], controls: [] };
}

// `lines`: each a text with its language, the first one large.
export function messageScreen(lines, ...buttons) {
  const [first, ...others] = lines;
  return {
    content: [
      title(first.text, { class: "message", lang: first.language }),
      ...others.map(({ language, text }) => make("p", { class: "message-other", lang: language, text })),
    ],
    controls: buttons.length ? [make("div", { class: "pair" }, ...buttons)] : [],
  };
}

// The number, as large as the page allows: it is valid without paper.
export function ticketScreen(texts, answer, finish) {
  const { ticket } = answer;
  const range = ticket.wait ? format(texts.wait, { low: ticket.wait[0], high: ticket.wait[1] }) : "";
  return {
    content: [
      title(answer.message),
      make(
        "div",
        { class: "result" },
        make("p", { class: "result-label", text: texts.your_number }),
        make("p", { id: "number", class: "result-number", text: ticket.number }),
        make(
          "div",
          { class: "result-where" },
          make("p", { class: "result-label", text: texts.zone }),
          make("p", { id: "zone", class: "result-zone", text: ticket.zone }),
          make("p", { class: "result-zone-name", text: ticket.zone_name === ticket.zone ? "" : ticket.zone_name }),
        ),
        ticket.hour ? make("p", { id: "hour", class: "result-line", text: `${texts.hour} ${ticket.hour}` }) : null,
        range ? make("p", { class: "result-line", text: range }) : null,
      ),
      answer.lines.length ? paper(texts, answer.lines) : null,
      make("p", { id: "print-note", class: "print-note", role: "status", text: printNote(texts, answer) }),
    ],
    controls: [button(texts.finish, "finish", finish, { primary: true })],
  };
}

const NOTES = {
  printing: "printing",
  printed: "printed",
  not_printed: "not_printed",
  print_failed: "not_printed",
  print_unsure: "print_unsure",
};

// The name of the text that says what became of the paper.
export function noteKey(answer) {
  return NOTES[answer.printing] || "not_needed";
}

export function printNote(texts, answer) {
  const key = noteKey(answer);
  const sits = answer.waits && ["printed", "not_needed"].includes(key);
  return sits ? `${texts[key]} ${texts.sit_down}` : texts[key];
}

function paper(texts, lines) {
  return make(
    "figure",
    { id: "ticket-paper", class: "paper", "aria-label": texts.demo_ticket },
    ...lines.map((line) => {
      if (line.style === "qr") return drawCode(line.qr);
      return make("p", { class: `paper-line paper-${line.style}`, text: line.text });
    }),
  );
}

export function demoField(texts, submit) {
  const field = make("input", { id: "demo-code", class: "field demo-field", type: "text", autocomplete: "off" });
  const form = make(
    "form",
    { class: "demo" },
    make("label", { for: "demo-code", text: texts.demo_code }),
    make("div", { class: "demo-row" }, field, button(texts.confirm, "demo-submit", null, { type: "submit" })),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) submit(field.value.trim());
  });
  return form;
}

// `words`: gives a text in each language of whoever may stand there.
export function drawOverlay(dialog, words, stay, leave) {
  fill(
    dialog,
    make("h2", { id: "dialog-title", class: "dialog-title", tabindex: "-1" }, ...spread(words("more_time_title"))),
    ...words("more_time_hint").map(({ language, text }) => make("p", { lang: language, text })),
    make(
      "div",
      { class: "pair" },
      button(words("more_time_no"), "leave", leave),
      button(words("more_time_yes"), "stay", stay, { primary: true }),
    ),
  );
  dialog.oncancel = (event) => {
    event.preventDefault();
    stay();
  };
  dialog.showModal();
  dialog.querySelector("h2").focus();
}
