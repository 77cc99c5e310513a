// Lists go on by themselves: Enter begins the next item, Tab puts one deeper.
// Escape, then Tab leaves the field, so that nobody is caught in it.
import { inFence, insert, linesOf, replaceLines } from "./text.js";

const ITEM = /^([\s>]*)([-*+]|(\d{1,9})([.)]))(\s+)(\[[ xX]\]\s+)?/;
const QUOTE = /^(\s*>\s?)+/;

function next(found) {
  const [, before, mark, number, sign, space, box] = found;
  const following = number ? `${Number(number) + 1}${sign}` : mark;
  return before + following + space + (box ? "[ ] " : "");
}

// Whether there is an item to go on with; an empty one ends the list instead.
function goOn(area) {
  const { value, selectionStart: at, selectionEnd } = area;
  if (at !== selectionEnd || inFence(value, at)) return false;
  const start = value.lastIndexOf("\n", at - 1) + 1;
  const found = value.indexOf("\n", at);
  const line = value.slice(start, found < 0 ? value.length : found);
  const item = ITEM.exec(line) ?? QUOTE.exec(line);
  if (!item || at < start + item[0].length) return false;
  if (line.length === item[0].length) {
    const quote = ITEM.test(line) ? item[1].match(/^\s*(?:>\s?)+/)?.[0] ?? "" : "";
    insert(area, quote, start, start + line.length);
  } else {
    insert(area, `\n${item.length > 2 ? next(item) : item[0]}`);
  }
  return true;
}

function shift(area, isBack) {
  const { lines } = linesOf(area);
  if (!lines.some((line) => ITEM.test(line)) || inFence(area.value, area.selectionStart)) return false;
  const width = /^\s*\d/.test(lines[0]) ? 3 : 2;
  if (isBack && !lines.some((line) => /^\s/.test(line))) return false;
  replaceLines(area, (line) => {
    if (isBack) return line.replace(new RegExp(`^ {1,${width}}|^\\t`), "");
    return line.trim() ? " ".repeat(width) + line : line;
  });
  return true;
}

export function watchLists(area) {
  let isFree = false; // Escape was pressed: the next Tab leaves
  area.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && !event.shiftKey && goOn(area)) event.preventDefault();
    if (event.key === "Tab" && !isFree && shift(area, event.shiftKey)) event.preventDefault();
    if (event.key === "Escape") isFree = true;
    else if (event.key !== "Tab" && event.key !== "Shift") isFree = false;
  });
  area.addEventListener("blur", () => {
    isFree = false;
  });
}
