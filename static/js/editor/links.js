// Finds where a link can lead while one types: documents, headings, or an address as it is.
import { insert, insertBlock } from "./text.js";

const PAUSE = 150; // milliseconds after the last key
const ADDRESS = /^(https?:\/\/|mailto:|\/(?!\/)|#)\S+$/i;

function words(text) {
  return text.replace(/([[\]\\])/g, "\\$1");
}

// One dialog serves every editor of a page.
let shared = null;

export function linksOf(editor) {
  const template = editor.querySelector("[data-link-dialog]");
  if (template) shared ??= new Links(template, editor.dataset.linksUrl);
  return template ? shared : null;
}

class Links {
  constructor(template, url) {
    this.url = url;
    this.dialog = template.content.firstElementChild.cloneNode(true);
    document.body.append(this.dialog);
    this.input = this.dialog.querySelector("[role=combobox]");
    this.words = this.dialog.querySelector("#editor-link-words");
    this.list = this.dialog.querySelector("[role=listbox]");
    this.none = this.dialog.querySelector("[data-none]");
    this.asking = new AbortController();
    this.input.addEventListener("input", () => this.soon());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.choose(this.current);
    });
  }

  // As a link, or as a line that shows a snippet.
  open(area, headings, isSnippet = false) {
    this.area = area;
    this.headings = headings;
    this.isSnippet = isSnippet;
    for (const part of this.dialog.querySelectorAll("[data-snippet]")) {
      part.dataset.link ??= part.textContent;
      part.textContent = isSnippet ? part.dataset.snippet : part.dataset.link;
    }
    this.dialog.querySelector("[data-words-field]").hidden = isSnippet;
    const { selectionStart: from, selectionEnd: to } = this.area;
    this.range = [from, to];
    const chosen = this.area.value.slice(from, to);
    const isAddress = ADDRESS.test(chosen);
    this.words.value = isAddress || chosen.includes("\n") ? "" : chosen;
    this.input.value = isAddress ? chosen : "";
    this.show([]);
    this.none.hidden = true;
    this.dialog.showModal();
    this.input.focus();
    if (chosen && !isAddress && chosen.length < 60) {
      this.input.value = chosen;
      this.input.select();
    }
    this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.find(), PAUSE);
  }

  async find() {
    const text = this.input.value.trim();
    this.asking.abort();
    this.asking = new AbortController();
    if (ADDRESS.test(text) && !this.isSnippet) {
      this.show([{ title: text, heading: "", kind: "", url: text, isAddress: true }]);
      return;
    }
    const here = this.isSnippet ? [] : this.here(text);
    if (!text && !this.isSnippet) return this.show(here);
    try {
      const query = new URLSearchParams({ q: text });
      if (this.isSnippet) query.set("kind", "snippet");
      const answer = await fetch(`${this.url}?${query}`, { signal: this.asking.signal });
      if (!answer.ok) throw new Error(answer.status);
      this.show([...here, ...(await answer.json())]);
      this.none.hidden = this.list.childElementCount > 0;
    } catch (error) {
      if (error.name !== "AbortError") this.show(here);
    }
  }

  // Headings of the text itself.
  here(text) {
    const wanted = text.toLowerCase();
    return this.headings
      .filter((heading) => heading.text.toLowerCase().includes(wanted))
      .slice(0, 5)
      .map((heading) => ({ title: heading.text, heading: "", kind: "#", url: `#${heading.anchor}` }));
  }

  show(found) {
    this.list.replaceChildren(...found.map((target, number) => this.option(target, number)));
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.mark(this.list.firstElementChild);
  }

  option(target, number) {
    const item = document.createElement("li");
    item.id = `editor-link-${number}`;
    item.role = "option";
    item.dataset.url = target.url;
    item.dataset.slug = target.slug ?? "";
    item.dataset.title = target.isAddress ? "" : target.heading || target.title;
    const title = document.createElement("span");
    title.textContent = target.heading ? `${target.title} › ${target.heading}` : target.title;
    const kind = document.createElement("span");
    kind.className = "note";
    kind.textContent = target.kind;
    item.append(title, kind);
    return item;
  }

  get current() {
    return this.list.querySelector("[aria-selected=true]");
  }

  mark(item) {
    this.current?.setAttribute("aria-selected", "false");
    item?.setAttribute("aria-selected", "true");
    item?.scrollIntoView({ block: "nearest" });
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.key === "ArrowDown") this.mark(this.current?.nextElementSibling ?? this.list.firstElementChild);
    else if (event.key === "ArrowUp") this.mark(this.current?.previousElementSibling ?? this.list.lastElementChild);
    else return;
    event.preventDefault();
  }

  choose(item) {
    if (!item) return;
    const { url, title, slug } = item.dataset;
    if (this.isSnippet) {
      this.dialog.close();
      this.area.setSelectionRange(...this.range);
      insertBlock(this.area, `![[${slug}]]`);
      return;
    }
    const text = this.words.value.trim() || title;
    const isBare = !text && /^https?:/.test(url);
    const address = /[\s()]/.test(url) ? `<${url}>` : url;
    this.dialog.close();
    insert(this.area, isBare ? url : `[${words(text || url)}](${address})`, ...this.range);
  }
}
