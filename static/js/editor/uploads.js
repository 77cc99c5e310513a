// Files that are dropped or pasted are sent; their words stand in the text when they are there.
import { insert, insertLine, leaveSettings } from "./text.js";

function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}

export class Uploads {
  constructor(editor, area, preview) {
    this.editor = editor;
    this.area = area;
    this.preview = preview;
    this.url = editor.dataset.uploadUrl;
    this.picker = Object.assign(document.createElement("input"), { type: "file", multiple: true });
    this.picker.addEventListener("change", () => {
      this.send([...this.picker.files]);
      this.picker.value = "";
    });
    area.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    area.addEventListener("drop", (event) => this.take(event, event.dataTransfer));
    area.addEventListener("dragover", (event) => this.hover(event));
    for (const name of ["dragleave", "drop"]) {
      area.addEventListener(name, () => editor.removeAttribute("data-dropping"));
    }
  }

  hover(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.editor.setAttribute("data-dropping", "");
  }

  take(event, transfer) {
    const files = filesOf(transfer);
    if (!files.length) return;
    event.preventDefault();
    this.send(files);
  }

  choose() {
    this.picker.click();
  }

  send(files) {
    if (!this.url) {
      this.preview.say(this.editor.dataset.saysFirst);
      return;
    }
    for (const file of files) this.sendOne(file);
  }

  sendOne(file) {
    const name = file.name.replace(/[[\]\\]/g, "");
    const mark = `![${this.editor.dataset.saysSending} ${name}…]()`;
    leaveSettings(this.area);
    const line = insertLine(this.area, mark);
    const request = new XMLHttpRequest();
    request.open("POST", this.url);
    request.setRequestHeader("X-CSRFToken", this.preview.token);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const share = Math.round((100 * event.loaded) / event.total);
      this.preview.say(`${this.editor.dataset.saysSending} ${file.name}: ${share} %`);
    });
    request.addEventListener("load", () => this.done(request, mark, line, file));
    request.addEventListener("error", () => this.fail(mark, line, file, this.editor.dataset.saysUnreached));
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  }

  done(request, mark, line, file) {
    const answer = parsed(request.responseText);
    if (request.status >= 300 || !answer) {
      this.fail(mark, line, file, sentenceOf(answer) || String(request.status));
      return;
    }
    this.preview.say("");
    this.replace(mark, answer.markdown ?? `![${answer.name}](${answer.url})`);
  }

  fail(mark, line, file, sentence) {
    this.replace(this.area.value.includes(line) ? line : mark, "");
    this.preview.say(`${file.name} ${this.editor.dataset.saysRefused} ${sentence}`);
  }

  // The caret stays at its word, whatever was typed meanwhile.
  replace(mark, text) {
    const { area } = this;
    const at = area.value.indexOf(mark);
    if (at < 0) return;
    const carets = [area.selectionStart, area.selectionEnd].map((caret) =>
      caret <= at ? caret : Math.max(at + text.length, caret + text.length - mark.length),
    );
    insert(area, text, at, at + mark.length);
    area.setSelectionRange(...carets);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sentenceOf(answer) {
  if (!answer) return "";
  const first = answer.reasons?.[0]?.sentence ?? answer.detail ?? Object.values(answer)[0];
  return Array.isArray(first) ? String(first[0]) : String(first ?? "");
}
