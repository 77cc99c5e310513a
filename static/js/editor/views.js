// What is shown: the text, the preview or both; and nothing else in full screen.
const KEPT = "editor-view";
const NARROW = matchMedia("(width < 64rem)");

function remembered() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function remember(view) {
  try {
    localStorage.setItem(KEPT, view);
  } catch {
    // It is asked again next time.
  }
}

export function watchViews(editor, area, preview) {
  const bar = editor.querySelector(".editor-views");
  const show = (view) => {
    editor.dataset.view = view;
    preview.pane.hidden = view === "write";
    for (const button of bar.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
    if (view !== "write") preview.draw();
  };
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-view]");
    if (!button) return;
    show(button.dataset.view);
    if (editor.dataset.size === "large") remember(button.dataset.view);
  });
  const begin = () => {
    const isLarge = editor.dataset.size === "large";
    show(isLarge && !NARROW.matches ? (remembered() ?? "both") : "write");
  };
  NARROW.addEventListener("change", begin);
  begin();
}

export function watchFullScreen(editor) {
  const button = editor.querySelector("[data-full]");
  if (!button) return;
  const form = editor.closest("form") ?? editor;
  const set = (isFull) => {
    form.toggleAttribute("data-full-screen", isFull);
    document.documentElement.toggleAttribute("data-full-screen", isFull);
    button.setAttribute("aria-pressed", String(isFull));
  };
  button.addEventListener("click", () => set(!form.hasAttribute("data-full-screen")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) set(false);
  });
}

// One stop for Tab; the arrows move among the tools.
export function watchToolbar(bar) {
  const tools = [...bar.querySelectorAll("button")];
  tools[0].tabIndex = 0;
  bar.addEventListener("keydown", (event) => {
    const at = tools.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tools.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = tools[(to + tools.length) % tools.length];
    tools.forEach((tool) => {
      tool.tabIndex = tool === next ? 0 : -1;
    });
    next.focus();
  });
}
