// The page without a mouse. Keys are silent while somebody types, and with a modifier held.
const GO = 1500; // milliseconds between g and its letter
let going = 0;

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

function rows() {
  const items = "[data-list] tbody > tr, ol[data-list] > li, ul[data-list] > li";
  return [...document.querySelectorAll(items)].filter((row) => row.querySelector("a[href]"));
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const before = all.findIndex((row) => "current" in row.dataset);
  const start = step > 0 ? -1 : 0;
  const next = Math.min(Math.max((before < 0 ? start : before) + step, 0), all.length - 1);
  if (before >= 0) delete all[before].dataset.current;
  all[next].dataset.current = "";
  const link = all[next].querySelector("a.row-link, a[href]");
  link.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}

function go(letter) {
  document.querySelector(`[data-go="${CSS.escape(letter)}"]`)?.click();
}

function search() {
  const field = document.querySelector("[data-search]");
  field?.focus();
  field?.select();
}

function act(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]:not(:disabled)`;
  const current = document.querySelector("[data-current], [aria-current=step]");
  const element = current?.querySelector(wanted) ?? document.querySelector(wanted);
  element?.click();
  return element !== null;
}

const KEYS = {
  "/": search,
  "?": () => document.getElementById("shortcuts")?.showModal(),
  g: () => {
    going = Date.now();
  },
  j: () => move(1),
  k: () => move(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target.matches("[data-search]")) event.target.blur();
  if (typing(event.target) || event.repeat && !"jk".includes(event.key)) return;
  if (Date.now() - going < GO && event.key !== "g") {
    going = 0;
    go(event.key);
    event.preventDefault();
  } else if (Object.hasOwn(KEYS, event.key)) {
    KEYS[event.key]();
    event.preventDefault();
  } else if (event.key.length === 1 && act(event.key)) {
    event.preventDefault();
  }
});
