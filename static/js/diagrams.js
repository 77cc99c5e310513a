// A diagram is drawn when somebody asks for it, in a frame that may reach nothing: its own
// origin, no network, no cookies. The source stays, and is what is there without a script.
const template = document.getElementById("draw-diagram");
const LONGEST = 20000; // characters
const SLOWEST = 10000; // milliseconds

function frameFor(source, finish) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = template.dataset.title;
  frame.className = "diagram-frame";
  const listen = ({ data, source: from }) => {
    if (from !== frame.contentWindow || typeof data !== "object" || data === null) return;
    if (data.ready) {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const theme = document.documentElement.dataset.theme || (dark ? "dark" : "light");
      frame.contentWindow.postMessage({ source, dark: theme === "dark" }, "*");
    } else {
      end(Boolean(data.ok), Number(data.height));
    }
  };
  const late = setTimeout(() => end(false, 0), SLOWEST);
  function end(ok, height) {
    clearTimeout(late);
    removeEventListener("message", listen);
    if (ok) frame.height = Math.min(Math.max(Math.ceil(height), 40), 4000);
    finish(ok, frame);
  }
  addEventListener("message", listen);
  frame.src = template.dataset.frame;
  return frame;
}

function draw(button, pre) {
  button.disabled = true;
  const frame = frameFor(pre.querySelector("code").textContent, (ok) => {
    button.disabled = false;
    if (ok) {
      pre.hidden = true;
      button.previousSibling.before(template.dataset.title, " ");
      button.parentElement.firstChild.remove();
      button.textContent = template.dataset.sourceWord;
      button.onclick = () => {
        pre.hidden = !pre.hidden;
      };
    } else {
      frame.remove();
      button.replaceWith(template.dataset.failed);
    }
  });
  pre.before(frame);
}

function equip(root) {
  for (const code of root.querySelectorAll(".diagram code.language-mermaid")) {
    const diagram = code.closest(".diagram");
    if (diagram.dataset.drawable || code.textContent.length > LONGEST) continue;
    diagram.dataset.drawable = "yes";
    const button = template.content.firstElementChild.cloneNode(true);
    button.onclick = () => draw(button, code.closest("pre"));
    diagram.querySelector(".diagram-title").append(" ", button);
  }
}

if (template) {
  equip(document);
  document.body.addEventListener("htmx:load", (event) => equip(event.target));
}
