// Comments: about selected words; and what is unfolded stays so when they are fetched anew.
const LONGEST = 500; // characters of a quote

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
