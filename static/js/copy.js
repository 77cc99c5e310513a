// Copies what a button carries, and says so.
const SHOWN = 2000; // milliseconds

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.querySelector("span");
  await navigator.clipboard.writeText(button.dataset.copy);
  if ("copied" in button.dataset) return;
  const before = words.textContent;
  button.dataset.copied = "";
  words.textContent = button.dataset.copiedWord;
  document.getElementById("live").textContent = button.dataset.copiedWord;
  setTimeout(() => {
    words.textContent = before;
    delete button.dataset.copied;
  }, SHOWN);
});

document.addEventListener("focusin", (event) => {
  if ("selectAll" in (event.target.dataset ?? {})) event.target.select();
});
