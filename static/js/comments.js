// Comments: about selected words, and with the people who are named offered while one types.
const LONGEST = 500; // characters of a quote
const PAUSE = 150; // milliseconds after the last key
const CALL = /(?:^|[^\w@.])@([^\s@][^@\n]{0,40}|)$/u;

// A part that is fetched anew keeps what was unfolded in it.
let unfolded = [];

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "comment-threads") return;
  unfolded = [...event.target.querySelectorAll("details[open][id]")].map((part) => part.id);
});

document.body.addEventListener("htmx:afterSwap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  unfolded = [];
});

// Selected words of the text.
const section = document.querySelector("[data-comments]");
const text = document.querySelector("article.document");
const field = document.querySelector("#comment-new [data-quote]");

function headingBefore(node) {
  let last = "";
  for (const heading of text.querySelectorAll("h1[id], h2[id], h3[id], h4[id], h5[id], h6[id]")) {
    if (heading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_PRECEDING) break;
    last = heading.id;
  }
  return last;
}

function selectedWords() {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !text.contains(selection.anchorNode)) return null;
  if (!text.contains(selection.focusNode)) return null;
  const words = selection.toString().trim().replace(/\s+/g, " ");
  if (!words || words.length > LONGEST) return null;
  return { words, heading: headingBefore(selection.getRangeAt(0).startContainer) };
}

if (section && text && field) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button comment-selected";
  button.textContent = section.dataset.quoteFrom;
  button.hidden = true;
  text.after(button);
  let chosen = null;

  document.addEventListener("selectionchange", () => {
    const found = selectedWords();
    if (found) chosen = found;
    button.hidden = !found;
  });
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the words selected
  button.addEventListener("click", () => {
    if (!chosen) return;
    const form = field.closest("form");
    form.closest("details").open = true;
    field.value = chosen.words;
    form.elements.heading.value = chosen.heading;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements.text.focus();
  });
}

// People, while one types.
let list = null;
let timer = 0;
let asked = 0;

function close() {
  list?.remove();
  list = null;
}

function take(area, person) {
  const before = area.value.slice(0, area.selectionStart).replace(/@[^@]*$/, `@${person.call} `);
  area.value = before + area.value.slice(area.selectionStart);
  area.setSelectionRange(before.length, before.length);
  close();
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

function offer(area, people) {
  close();
  if (!people.length) return;
  list = document.createElement("ul");
  list.className = "mention-list";
  for (const person of people) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = person.call === person.name ? person.name : `${person.name} (${person.call})`;
    button.addEventListener("click", () => take(area, person));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
  area.after(list);
}

async function look(area) {
  const call = CALL.exec(area.value.slice(0, area.selectionStart));
  if (!call) return close();
  const mine = ++asked;
  try {
    const address = `${area.form.dataset.people}?q=${encodeURIComponent(call[1])}`;
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (mine === asked && answer.ok) offer(area, (await answer.json()).people);
  } catch {
    close(); // a name can be typed whole
  }
}

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.matches?.("[data-mentions]") || !area.form?.dataset.people) return;
  clearTimeout(timer);
  timer = setTimeout(() => look(area), PAUSE);
});

document.addEventListener("keydown", (event) => {
  if (!list) return;
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "Escape") close();
  else if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)].focus();
  else if (event.key === "ArrowUp" && at >= 0) (buttons[at - 1] ?? list.previousElementSibling).focus();
  else return;
  event.preventDefault();
});
