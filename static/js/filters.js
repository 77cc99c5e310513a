// On a phone a list's filters stand behind a button; styles hide what it has not opened.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens-filters]");
  if (!opener) return;
  opener.ariaExpanded = opener.ariaExpanded !== "true";
});
