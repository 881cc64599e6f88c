// Renews the ticket every ten seconds; says so when it cannot.

const RENEW_MS = 10000;
const FINISHED = new Set(["done", "left"]);
const box = document.getElementById("state");
const stale = document.getElementById("stale");

if (box) {
  let shown = box.innerHTML.trim();
  const state = () => box.firstElementChild && box.firstElementChild.dataset.state;
  const renew = async () => {
    try {
      const answer = await fetch(box.dataset.url, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const html = (await answer.text()).trim();
      stale.hidden = true;
      if (html !== shown) {
        const before = state();
        box.innerHTML = html;
        shown = html;
        if (state() === "called" && before !== "called" && navigator.vibrate) {
          navigator.vibrate([300, 150, 300]);
        }
      }
    } catch (error) {
      stale.hidden = false;
    }
    if (!FINISHED.has(state())) {
      setTimeout(renew, RENEW_MS);
    }
  };
  setTimeout(renew, RENEW_MS);
}
