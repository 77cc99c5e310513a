// What was chosen in a part that updates itself (data-choices) stays chosen in the new one.
const chosen = new Map();

function boxes(part) {
  return [...part.querySelectorAll("input[type=checkbox]")];
}

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.target.closest?.("[data-choices]");
  if (!part) return;
  chosen.set(part.id, new Set(boxes(part).filter((box) => box.checked).map((box) => box.value)));
});

document.body.addEventListener("htmx:afterSwap", () => {
  for (const [id, values] of chosen) {
    const part = document.getElementById(id);
    if (part) for (const box of boxes(part)) if (values.has(box.value)) box.checked = true;
  }
  chosen.clear();
});
