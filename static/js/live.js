// Parts that update themselves, marked data-live: quiet when nobody looks, never under the
// pointer or the focus, said politely, and honest when the connection is gone.
const AT_REST = 5000; // milliseconds without a move of the pointer
const live = document.getElementById("live");
const lost = document.querySelector("[data-live-lost]");
const waiting = new Set();
let movedAt = 0;
let heardAt = new Date();

function livePart(event) {
  return event.target.closest?.("[data-live]") ?? null;
}

function inUse(part) {
  if ("force" in part.dataset) return false; // somebody asked to see it
  const pointed = part.matches(":hover") && Date.now() - movedAt < AT_REST;
  return pointed || (part.contains(document.activeElement) && document.activeElement !== part);
}

// Whoever reads here is told that there is news, and may let it in.
function hold(part) {
  waiting.add(part);
  offer(part, !document.hidden);
}

function offer(part, isHeld) {
  const button = document.querySelector(`[data-live-show="${CSS.escape(part.id)}"]`);
  if (!button || button.hidden === !isHeld) return;
  button.hidden = !isHeld;
  if (isHeld) say(button.textContent.trim());
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-live-show]");
  const part = button && document.getElementById(button.dataset.liveShow);
  if (!part) return;
  part.dataset.force = "";
  waiting.delete(part);
  offer(part, false);
  window.htmx.trigger(part, "live-refresh");
});

function say(words) {
  if (words && live.textContent !== words) live.textContent = words;
}

function setLost(isLost) {
  if (!lost || lost.hidden === !isLost) return;
  lost.hidden = !isLost;
  if (!isLost) return;
  const at = lost.querySelector("[data-live-lost-at]");
  at.dateTime = heardAt.toISOString();
  at.textContent = heardAt.toLocaleTimeString(document.documentElement.lang);
  say(lost.textContent.trim().replace(/\s+/g, " "));
}

document.addEventListener("pointermove", () => {
  movedAt = Date.now();
}, { passive: true });

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const part = livePart(event);
  if (!part || part !== event.target) return;
  if (!document.hidden && !inUse(part)) return;
  event.preventDefault();
  hold(part);
});

// What was held back is fetched as soon as nothing is in its way.
function catchUp() {
  for (const part of waiting) {
    if (!part.isConnected) waiting.delete(part);
    else if (!document.hidden && !inUse(part)) {
      waiting.delete(part);
      window.htmx.trigger(part, "live-refresh");
    }
  }
}

document.addEventListener("visibilitychange", catchUp);
document.addEventListener("focusout", () => setTimeout(catchUp));
document.addEventListener("pointerout", () => setTimeout(catchUp));
setInterval(catchUp, AT_REST);

// Between asking and answering somebody may have come to this part.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const part = livePart(event);
  if (!part || part !== event.detail.requestConfig.elt || !inUse(part)) return;
  event.detail.shouldSwap = false;
  hold(part);
});

// What comes along with a part is no less under somebody's hands.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (inUse(event.detail.target)) event.detail.shouldSwap = false;
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!livePart(event) || !event.detail.successful) return;
  heardAt = new Date();
  setLost(false);
});

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.body.addEventListener(failure, (event) => {
    if (livePart(event)) setLost(true);
  });
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  const part = livePart(event);
  if (part) offer(part, false);
  say(event.target.querySelector?.("[data-announce]")?.textContent.trim());
});
