// The bridge on this machine: commands, and a feed of what happens to the devices.

export class Refused extends Error {
  constructor(status) {
    super(`status ${status}`);
    this.status = status;
  }
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function read(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw new Refused(response.status);
  return response.json();
}

export async function command(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Refused(response.status);
  return response.json();
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Calls `hear` for each event, for ever; `lose` when the bridge does not answer. When it does again it may be another
// one: the page starts afresh as soon as nobody needs it.
export async function listen(place, hear, lose) {
  let after = place;
  let lost = false;
  for (;;) {
    try {
      if (lost) {
        // Answered at once, while the feed may be silent for a long time.
        after = (await read("/api/state")).place;
        hear({ type: "reload" });
        lost = false;
      }
      const news = await read(`/api/events?after=${after}`);
      after = news.place;
      news.events.forEach(hear);
    } catch (error) {
      if (!lost) lose();
      lost = true;
      await pause(2000);
    }
  }
}
