// What the tools do; each is given the field and the word it writes where nothing is chosen.
import { insert, insertBlock, linesOf, replaceLines, wrap } from "./text.js";

const LISTS = {
  list: { is: /^(\s*)[-*+]\s+(?!\[[ xX]\])/, make: () => "- " },
  numbered: { is: /^(\s*)\d{1,9}[.)]\s+/, make: (number) => `${number}. ` },
  tasks: { is: /^(\s*)[-*+]\s+\[[ xX]\]\s+/, make: () => "- [ ] " },
  quote: { is: /^(\s*)>\s?/, make: () => "> " },
};
const ANY_LIST = /^(\s*)(?:[-*+]\s+\[[ xX]\]\s+|[-*+]\s+|\d{1,9}[.)]\s+)/;

function mark(area, kind) {
  const { is, make } = LISTS[kind];
  const { lines } = linesOf(area);
  const filled = lines.filter((line) => line.trim());
  const isOff = filled.length > 0 && filled.every((line) => is.test(line));
  let number = 0;
  replaceLines(area, (line) => {
    if (!line.trim() && lines.length > 1) return line;
    if (isOff) return line.replace(is, "$1");
    const bare = kind === "quote" ? line : line.replace(ANY_LIST, "$1");
    const indent = kind === "quote" ? "" : /^\s*/.exec(bare)[0];
    number += 1;
    return indent + make(number) + bare.slice(indent.length);
  });
}

// None, then the second level, the third, the fourth, none: the first is the title's.
function heading(area) {
  replaceLines(area, (line) => {
    const level = /^(#{1,6})\s+/.exec(line)?.[1].length ?? 0;
    const words = line.replace(/^#{1,6}\s+/, "");
    if (level >= 4) return words;
    return `${"#".repeat(level < 2 ? 2 : level + 1)} ${words}`;
  });
}

function block(area, word) {
  const chosen = area.value.slice(area.selectionStart, area.selectionEnd).replace(/\n+$/, "");
  insertBlock(area, `\`\`\`${word}\n${chosen}\n\`\`\``, word);
}

function callout(area, word) {
  const chosen = area.value.slice(area.selectionStart, area.selectionEnd) || word;
  const lines = chosen.split("\n").map((line) => `> ${line}`);
  insertBlock(area, `> [!WARNING]\n${lines.join("\n")}`, chosen === word ? word : "");
}

function table(area, word) {
  insertBlock(area, `| ${word} | ${word} |\n| --- | --- |\n|  |  |\n|  |  |`, word);
}

function variable(area, word) {
  const chosen = area.value.slice(area.selectionStart, area.selectionEnd);
  const name = /^[A-Za-z_]\w*$/.test(chosen) ? chosen : word;
  const at = area.selectionStart;
  insert(area, `{{ ${name} }}`);
  area.setSelectionRange(at + 3, at + 3 + name.length);
}

export const COMMANDS = {
  bold: (area, word) => wrap(area, "**", word),
  italic: (area, word) => wrap(area, "*", word),
  code: (area, word) => wrap(area, "`", word),
  heading,
  list: (area) => mark(area, "list"),
  numbered: (area) => mark(area, "numbered"),
  tasks: (area) => mark(area, "tasks"),
  quote: (area) => mark(area, "quote"),
  block,
  callout,
  table,
  variable,
};

// By the place of the key, as Shift changes what a digit writes.
export const SHORTCUTS = {
  KeyB: "bold",
  KeyI: "italic",
  KeyE: "code",
  KeyK: "link",
  "Shift+KeyH": "heading",
  "Shift+Digit7": "numbered",
  "Shift+Digit8": "list",
  "Shift+Digit9": "tasks",
};
