// Asks the server, and waits no longer than an answer is worth.

const LIMIT_MS = 5000; // an answer later than this is as good as none

// What the address says; null when nothing came, or not in time.
export async function ask(address) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), LIMIT_MS);
  try {
    const answer = await fetch(address, { cache: "no-store", signal: limit.signal });
    return answer.ok ? await answer.json() : null;
  } catch (error) {
    return null; // no network: the banner says it
  } finally {
    clearTimeout(timer);
  }
}
