// Dresses every [data-editor]: tools, shortcuts, lists, preview, links, pictures.
import { COMMANDS, SHORTCUTS } from "./editor/commands.js";
import { watchLength, watchOutline, watchVariables } from "./editor/gauges.js";
import { linksOf } from "./editor/links.js";
import { watchLists } from "./editor/lists.js";
import { Preview } from "./editor/preview.js";
import { Scrolling } from "./editor/scrolling.js";
import { insert, inFence, leaveSettings, settingsEnd } from "./editor/text.js";
import { Uploads } from "./editor/uploads.js";
import { watchFullScreen, watchToolbar, watchViews } from "./editor/views.js";

const IS_MAC = /Mac|iP(hone|ad)/.test(navigator.platform);

function dress(editor) {
  const area = editor.querySelector("textarea");
  const preview = new Preview(editor, area);
  const links = linksOf(editor);
  let headings = [];
  editor.addEventListener("editor:drawn", (event) => {
    headings = event.detail.headings;
  });
  const uploads = new Uploads(editor, area, preview);
  const tools = editor.querySelector("[role=toolbar]");
  const more = {
    ...COMMANDS,
    link: links ? () => links.open(area, headings) : linkPlainly,
    snippet: () => links?.open(area, headings, true),
    picture: picturer(uploads),
  };
  const run = (name) => {
    const word = tools.querySelector(`[data-do="${name}"]`)?.dataset.word ?? "";
    leaveSettings(area);
    more[name](area, word);
  };

  tools.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-do]");
    if (tool) run(tool.dataset.do);
  });
  // A tool takes no focus from the text: what is chosen stays chosen.
  tools.addEventListener("mousedown", (event) => event.preventDefault());
  area.addEventListener("keydown", (event) => shortcut(event, area, run));
  area.addEventListener("paste", (event) => linkPasted(event, area));
  nameKeys(tools);
  watchToolbar(tools);
  watchLists(area);
  watchLength(editor, area);
  watchOutline(editor, area);
  watchVariables(editor, area);
  new Scrolling(editor, area, preview.pane);
  watchViews(editor, area, preview);
  watchFullScreen(editor);
  if (editor.dataset.size === "large") preview.draw();
}

function linkPlainly(area) {
  const { selectionStart: at, selectionEnd } = area;
  const words = area.value.slice(at, selectionEnd);
  insert(area, `[${words}](https://)`);
  const caret = words ? at + words.length + 11 : at + 1;
  area.setSelectionRange(caret, caret);
}

function picturer(uploads) {
  if (uploads.url) return () => uploads.choose();
  return (area, word) => {
    const at = area.selectionStart;
    insert(area, `![${word}](/attachments/)`);
    area.setSelectionRange(at + 2, at + 2 + word.length);
  };
}

function shortcut(event, area, run) {
  if (!(IS_MAC ? event.metaKey : event.ctrlKey) || event.altKey || event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    area.form?.requestSubmit();
    return;
  }
  if (event.code === "KeyS" && !event.shiftKey) keepHere(event, area);
  const name = SHORTCUTS[(event.shiftKey ? "Shift+" : "") + event.code];
  if (!name) return;
  event.preventDefault();
  run(name);
}

// The browser keeps every key; where no server does so too (autosave.js), it is said here.
function keepHere(event, area) {
  if (!area.form?.dataset.draft || area.form.dataset.autosave) return;
  event.preventDefault();
  const editor = area.closest("[data-editor]");
  const said = editor.querySelector("[data-autosave-state]") ?? document.getElementById("live");
  said.textContent = editor.dataset.saysKept;
}

// An address that is pasted over words becomes their link.
function linkPasted(event, area) {
  const { value, selectionStart, selectionEnd } = area;
  const words = value.slice(selectionStart, selectionEnd);
  const address = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (!words || words.includes("\n") || !/^https?:\/\/\S+$/.test(address)) return;
  if (/^https?:/.test(words) || inFence(value, selectionStart)) return;
  if (selectionStart < settingsEnd(value)) return;
  event.preventDefault();
  insert(area, `[${words}](${address})`);
}

// A tool says its shortcut; on a Mac the key has another name.
function nameKeys(tools) {
  for (const tool of tools.querySelectorAll("[aria-keyshortcuts]")) {
    const keys = tool.getAttribute("aria-keyshortcuts");
    if (IS_MAC) tool.setAttribute("aria-keyshortcuts", keys.replace("Control", "Meta"));
    const shown = IS_MAC ? keys.replace("Control+", "⌘").replace("Shift+", "⇧") : keys.replace("Control", "Ctrl");
    tool.title = `${tool.title} (${shown})`;
  }
}

function dressAll(root) {
  for (const editor of root.querySelectorAll?.("[data-editor]:not([data-dressed])") ?? []) {
    editor.setAttribute("data-dressed", "");
    dress(editor);
  }
}

dressAll(document);
document.body.addEventListener("htmx:load", (event) => dressAll(event.target));
