// Menus, dialogs and toasts: what opens, closes and goes away.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
  const closer = event.target.closest("[data-close-dialog]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
  event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A menu that loses the focus closes behind it.
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// Good news goes by itself, unless somebody is reading it; what went wrong stays.
const READING = 8000; // milliseconds

function letPass(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) letPass(toast);
    else toast.remove();
  }, READING);
}

document.querySelectorAll("[data-passing]").forEach(letPass);

// A link to something folded unfolds it and leads to its first field.
window.addEventListener("hashchange", () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target?.closest("details");
  if (!folded) return;
  folded.open = true;
  target.querySelector("textarea, select, input:not([type='hidden'])")?.focus();
});
