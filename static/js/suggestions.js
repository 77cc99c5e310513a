// The best results under the search field while somebody types. Without this script, and with
// Enter before a choice, the form opens the page with all results.
const PAUSE = 150; // milliseconds after the last key
const field = document.querySelector("[data-suggest]");
const place = document.getElementById("suggestions-place");
let timer = 0;
let asked = null;

function options() {
  return [...place.querySelectorAll('[role="option"]')];
}

function close() {
  clearTimeout(timer);
  asked?.abort();
  place.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function choose(step) {
  const all = options();
  if (!all.length) return;
  const before = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = before < 0 && step < 0 ? all.length - 1 : (before + step + all.length) % all.length;
  all.forEach((option, index) => option.setAttribute("aria-selected", String(index === next)));
  field.setAttribute("aria-activedescendant", all[next].id);
  all[next].scrollIntoView({ block: "nearest" });
}

async function ask() {
  const text = field.value.trim();
  if (text.length < 2) return close();
  asked?.abort();
  asked = new AbortController();
  const address = `${field.dataset.suggest}?${new URLSearchParams({ q: text })}`;
  try {
    const answer = await fetch(address, { signal: asked.signal });
    if (!answer.ok || answer.redirected) return close();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.body.children);
  } catch {
    return; // a newer question is under way, or the line is bad: Enter still searches
  }
  place.hidden = !place.children.length || document.activeElement !== field;
  field.setAttribute("aria-expanded", String(!place.hidden));
  field.removeAttribute("aria-activedescendant");
}

function pressed(event) {
  if (place.hidden || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    choose(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  } else if (event.key === "Enter") {
    const chosen = place.querySelector('[aria-selected="true"] a');
    if (!chosen) return;
    event.preventDefault();
    chosen.click();
  } else if (event.key === "Escape") {
    close();
  }
}

if (field) {
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", "suggestions-place");
  field.setAttribute("aria-expanded", "false");
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", pressed);
  field.addEventListener("focus", () => field.value && ask());
  field.form.addEventListener("submit", close);
  document.addEventListener("click", (event) => {
    if (!field.form.contains(event.target)) close();
  });
  field.form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !field.form.contains(event.relatedTarget)) close();
  });
}
