// Warns two minutes before the kept time ends. Without it the page says until when the time is kept.

const WARNING_MS = 120000;

for (const hold of document.querySelectorAll("[data-hold-end]")) {
  const end = Date.parse(hold.dataset.holdEnd);
  const warning = hold.querySelector(".hold-warning");
  const over = hold.querySelector(".hold-over");
  const show = () => {
    const left = end - Date.now();
    warning.hidden = left > WARNING_MS || left <= 0;
    over.hidden = left > 0;
    if (left > 0) {
      setTimeout(show, Math.min(left > WARNING_MS ? left - WARNING_MS : left, 30000) + 50);
    }
  };
  show();
}
