// A button on every block of code in a text: copies the commands, without prompts and answers.
const template = document.getElementById("copy-code");

function commands(pre) {
  const copy = pre.cloneNode(true);
  for (const part of copy.querySelectorAll(".hl-gp, .hl-go")) part.remove();
  return copy.textContent.trimEnd();
}

function equip(root) {
  for (const pre of root.querySelectorAll(".prose pre")) {
    if (pre.parentElement.matches(".code") || "noCopy" in pre.dataset) continue;
    const frame = document.createElement("div");
    frame.className = "code";
    pre.replaceWith(frame);
    const part = template.content.cloneNode(true);
    part.querySelector("[data-copy]").dataset.copy = commands(pre);
    frame.append(pre, part);
  }
}

if (template) {
  equip(document);
  document.body.addEventListener("htmx:load", (event) => equip(event.target));
}
