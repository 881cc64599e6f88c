// Small courtesies of every page; nothing here is needed to do the job.

// Browsers that do not know `autofocus` on a box; the others have moved the focus already.
window.addEventListener("load", () => {
  const summary = document.querySelector(".error-summary");
  if (!summary || "autofocus" in HTMLElement.prototype) {
    return;
  }
  summary.focus();
});

// A form sent twice is one submission: the server knows, and the second click is spared.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) {
    return;
  }
  if (form.dataset.sent === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});

// Coming back with the Back button, the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
