// Changing the text of a field so that the browser can undo it.

export function insert(area, text, from = area.selectionStart, to = area.selectionEnd) {
  area.focus();
  area.setSelectionRange(from, to);
  if (!text && from === to) return;
  const done = document.execCommand(text ? "insertText" : "delete", false, text);
  if (done) return;
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

// The settings before the words, as knowledge/front_matter.py reads them.
const SETTINGS = /^---[ \t]*\n[A-Za-z_][\w-]*[ \t]*:.*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|$)/;

export function settingsEnd(value) {
  return SETTINGS.exec(value)?.[0].length ?? 0;
}

// A freshly opened text has its caret at 0; what a tool or a file writes there would end the settings.
export function leaveSettings(area) {
  const end = settingsEnd(area.value);
  if (!end || area.selectionStart >= end) return;
  area.setSelectionRange(end, end);
  if (!area.value.slice(0, end).endsWith("\n")) insert(area, "\n");
}

// Writes a line of its own, which the mark of a list item may begin; returns what was written.
export function insertLine(area, text) {
  const { value, selectionStart, selectionEnd } = area;
  const before = value.slice(0, selectionStart).split("\n").at(-1);
  const tail = value.slice(selectionEnd);
  const above = /^[\s>]*(?:[-*+]|\d{1,9}[.)])?\s*$/.test(before) ? "" : "\n";
  const below = tail && !tail.startsWith("\n") ? "\n" : "";
  insert(area, above + text + below);
  return above + text + below;
}

// The whole lines that the selection touches.
export function linesOf(area) {
  const { value, selectionStart, selectionEnd } = area;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  // A selection that ends where a line begins does not touch that line.
  const last = selectionEnd > selectionStart && value[selectionEnd - 1] === "\n" ? selectionEnd - 1 : selectionEnd;
  const found = value.indexOf("\n", last);
  const end = found < 0 ? value.length : found;
  return { start, end, lines: value.slice(start, end).split("\n") };
}

// Puts other lines in their place and keeps them chosen, or the caret at its word.
export function replaceLines(area, change) {
  const { selectionStart, selectionEnd } = area;
  const { start, end, lines } = linesOf(area);
  const changed = lines.map(change);
  insert(area, changed.join("\n"), start, end);
  if (selectionStart === selectionEnd) {
    const caret = Math.max(start, selectionStart + changed[0].length - lines[0].length);
    area.setSelectionRange(caret, caret);
  } else {
    area.setSelectionRange(start, start + changed.join("\n").length);
  }
}

// Puts a mark on both sides of what is chosen, or takes it away again.
export function wrap(area, mark, word) {
  const { value, selectionStart: from, selectionEnd: to } = area;
  const chosen = value.slice(from, to);
  const size = mark.length;
  const before = value.slice(from - size, from);
  const behind = value.slice(to, to + size);
  const isMore = mark === "*" && (value[from - 2] === "*" || value[to + 1] === "*");
  if (from >= size && before === mark && behind === mark && !isMore) {
    insert(area, chosen, from - size, to + size);
    area.setSelectionRange(from - size, to - size);
    return;
  }
  if (chosen.length > 2 * size && chosen.startsWith(mark) && chosen.endsWith(mark)) {
    insert(area, chosen.slice(size, -size));
    area.setSelectionRange(from, to - 2 * size);
    return;
  }
  const inner = chosen || word;
  insert(area, mark + inner + mark);
  area.setSelectionRange(from + size, from + size + inner.length);
}

// Writes a block of its own, with a blank line on either side; chooses a part of it.
export function insertBlock(area, text, choose = "") {
  const { value, selectionStart, selectionEnd } = area;
  const head = value.slice(0, selectionStart);
  const tail = value.slice(selectionEnd);
  const above = !head || head.endsWith("\n\n") ? "" : head.endsWith("\n") ? "\n" : "\n\n";
  const below = !tail ? "\n" : tail.startsWith("\n\n") ? "" : tail.startsWith("\n") ? "\n" : "\n\n";
  insert(area, above + text + below);
  const at = selectionStart + above.length + (choose ? text.indexOf(choose) : text.length);
  area.setSelectionRange(at, at + choose.length);
}

// Whether the place stands in a block of code, where no mark means anything.
export function inFence(value, place) {
  let fence = "";
  for (const line of value.slice(0, place).split("\n").slice(0, -1)) {
    const found = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}|~{3,})(.*)$/.exec(line);
    if (!found) continue;
    if (!fence) fence = found[1];
    else if (found[1][0] === fence[0] && found[1].length >= fence.length && !found[2].trim()) fence = "";
  }
  return fence !== "";
}

// The headings that are written, with the place where each begins.
export function headingsOf(value) {
  const found = [];
  let fence = "";
  let place = 0;
  for (const line of value.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark && !fence) fence = mark;
    else if (mark && mark[0] === fence[0] && mark.length >= fence.length) fence = "";
    else if (!fence) {
      const heading = /^ {0,3}(#{1,6})[ \t]+\S/.exec(line);
      if (heading) found.push({ level: heading[1].length, place });
    }
    place += line.length + 1;
  }
  return found;
}
