// How the text will look: drawn by the server, shortly after the last key.
import { headingsOf } from "./text.js";

const PAUSE = 300; // milliseconds after the last key
const AGAIN = 5000; // milliseconds until it is tried again

export class Preview {
  constructor(editor, area) {
    this.editor = editor;
    this.area = area;
    this.pane = editor.querySelector(".editor-preview");
    this.drawn = editor.querySelector("[data-drawn]");
    this.problem = editor.querySelector("[data-problem]");
    this.asking = new AbortController();
    this.timer = 0;
    this.last = null; // the text that is shown
    area.addEventListener("input", () => this.soon(PAUSE));
    window.addEventListener("online", () => this.soon(0));
  }

  soon(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), pause);
  }

  async draw() {
    const text = this.area.value;
    if (text === this.last) return;
    this.asking.abort();
    this.asking = new AbortController();
    try {
      const answer = await fetch(this.editor.dataset.previewUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify({ text, document: this.subject }),
        signal: this.asking.signal,
      });
      if (!answer.ok) throw new Error(answer.status);
      this.show(text, await answer.json());
    } catch (error) {
      if (error.name === "AbortError") return;
      this.say(this.editor.dataset.saysWaiting);
      this.soon(AGAIN);
    }
  }

  // The document that the text is of; a new one has none yet.
  get subject() {
    return Number(this.editor.dataset.subject) || undefined;
  }

  get token() {
    return this.area.form?.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  show(text, answer) {
    this.say(answer.problem ?? "");
    if (answer.passing) this.soon(AGAIN);
    if (answer.html === null) return; // what was shown before stays
    this.last = text;
    this.drawn.innerHTML = answer.html; // safe: the one renderer of the house wrote it
    this.editor.toggleAttribute("data-has-drawn", text.trim() !== "");
    this.drawn.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
    const detail = { ...answer, places: placesOf(text, answer.headings) };
    this.editor.dispatchEvent(new CustomEvent("editor:drawn", { detail }));
  }

  say(problem) {
    if (this.problem.textContent !== problem) this.problem.textContent = problem;
    this.problem.hidden = !problem;
  }
}

// Where each drawn heading is written; those that stand only in what is shown of others are not.
function placesOf(text, headings) {
  const written = headingsOf(text);
  let at = 0;
  return headings.flatMap((heading) => {
    const found = written.findIndex((one, number) => number >= at && one.level === heading.level);
    if (found < 0) return [];
    at = found + 1;
    return [{ ...heading, place: written[found].place }];
  });
}
