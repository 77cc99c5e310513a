// How much is written, its headings, and the variables that it names.
import { insert } from "./text.js";

const NEAR = 0.9; // of the limit

export function watchLength(editor, area) {
  const words = editor.querySelector("[data-words]");
  const characters = editor.querySelector("[data-characters]");
  const limit = editor.querySelector("[data-limit]");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  if (limit) limit.textContent = number.format(limit.dataset.limit);
  const count = () => {
    words.textContent = number.format(area.value.match(/\S+/g)?.length ?? 0);
    characters.textContent = number.format(area.value.length);
    const share = limit ? area.value.length / limit.dataset.limit : 0;
    editor.dataset.room = share > 1 ? "over" : share > NEAR ? "near" : "";
  };
  let waiting = 0;
  area.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(count);
  });
  count();
}

function goTo(area, place) {
  area.focus();
  area.setSelectionRange(place, place);
  // A caret out of sight is brought into it by leaving and coming back.
  area.blur();
  area.focus();
}

export function watchOutline(editor, area) {
  const outline = editor.querySelector("[data-outline]");
  if (!outline) return;
  editor.addEventListener("editor:drawn", (event) => {
    const items = event.detail.places.map(({ level, text, place }) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      item.dataset.level = level;
      button.type = "button";
      button.className = "link-button";
      button.textContent = text;
      button.addEventListener("click", () => goTo(area, place));
      item.append(button);
      return item;
    });
    outline.hidden = items.length === 0;
    outline.querySelector(".count").textContent = items.length;
    outline.querySelector("ol").replaceChildren(...items);
  });
}

export function watchVariables(editor, area) {
  const box = editor.querySelector("[data-variables]");
  if (!box) return;
  const row = box.querySelector("template");
  editor.addEventListener("editor:drawn", (event) => {
    const variables = event.detail.variables ?? [];
    const items = variables.map(({ name, is_declared: isDeclared, is_used: isUsed }) => {
      const item = row.content.firstElementChild.cloneNode(true);
      const button = item.querySelector("button");
      button.textContent = name;
      button.addEventListener("click", () => insert(area, `{{ ${name} }}`));
      if (isDeclared) item.querySelector("[data-undeclared]").remove();
      if (isUsed) item.querySelector("[data-unused]").remove();
      return item;
    });
    box.hidden = items.length === 0;
    box.querySelector(".count").textContent = items.length;
    box.querySelector("ul").replaceChildren(...items);
    box.toggleAttribute("data-wrong", variables.some((one) => one.is_used && !one.is_declared));
  });
}
