// Offers the people who may read a document to whoever types an @ inside [data-people="<address>"].
import { insert } from "./editor/text.js";

const PAUSE = 150; // milliseconds after the last key
const CALL = /(?:^|[^\w@.])@([^\s@][^@\n]{0,40}|)$/u;

let list = null;
let timer = 0;
let asked = 0;

function close() {
  list?.remove();
  list = null;
}

function take(area, person) {
  const at = area.value.lastIndexOf("@", area.selectionStart - 1);
  insert(area, `@${person.call} `, at, area.selectionStart); // it can be undone
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
  list.area = area;
  area.after(list);
}

async function look(area) {
  const call = CALL.exec(area.value.slice(0, area.selectionStart));
  if (!call) return close();
  const mine = ++asked;
  try {
    const address = `${area.closest("[data-people]").dataset.people}?q=${encodeURIComponent(call[1])}`;
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (mine === asked && answer.ok) offer(area, (await answer.json()).people);
  } catch {
    close(); // a name can be typed whole
  }
}

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.matches?.("[data-people] textarea:not([data-quote])")) return;
  clearTimeout(timer);
  timer = setTimeout(() => look(area), PAUSE);
});

document.addEventListener("keydown", (event) => {
  if (!list) return;
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "Escape") close();
  else if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)].focus();
  else if (event.key === "ArrowUp" && at >= 0) (buttons[at - 1] ?? list.area).focus();
  else return;
  event.preventDefault();
});
