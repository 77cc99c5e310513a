// Asks whether there is news for a part marked data-news="<address>" with data-seen="<number>".
// The answer is nothing or a number; then the part is fetched, by the rules of live.js.
const EVERY = 1000; // milliseconds between an answer and the next question
const WHEN_LOST = 5000;
const AGAIN = 5000; // until a part that was asked for and did not come is asked for again
const SPREAD = 0.2; // so that many pages do not ask in step

function wait(milliseconds) {
  const spread = 1 - SPREAD / 2 + Math.random() * SPREAD;
  return new Promise((resolve) => setTimeout(resolve, milliseconds * spread));
}

function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(visible()), { once: true });
  });
}

// Whether there is something that this part does not show; an answer that is no answer is
// looked into by fetching the part, which says so itself where the connection is gone.
async function hasNews(part) {
  try {
    const address = `${part.dataset.news}?seen=${part.dataset.seen}`;
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
    return { news: answer.status !== 204, lost: !answer.ok };
  } catch {
    return { news: true, lost: true };
  }
}

async function watch(id) {
  let asked = "";
  let askedAt = 0;
  let wasLost = false;
  for (;;) {
    await visible();
    const part = document.getElementById(id);
    if (!part?.dataset.news) return;
    const { news, lost } = await hasNews(part);
    // What is held back, because somebody reads there, is asked for by live.js, too. Once the
    // connection is back the part is fetched, news or not: that takes the warning away.
    const isDue = asked !== part.dataset.seen || Date.now() - askedAt > AGAIN;
    const isNew = news && !lost && isDue;
    if (part.isConnected && (isNew || lost || wasLost)) {
      window.htmx.trigger(part, "live-refresh");
    }
    if (lost) asked = "";
    else if (isNew) [asked, askedAt] = [part.dataset.seen, Date.now()];
    wasLost = lost;
    await wait(lost ? WHEN_LOST : EVERY);
  }
}

// Not before htmx knows the parts: what is asked of them earlier is never heard.
document.addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll("[data-news]")) watch(part.id);
});
