// Theme, size and the folded rail, set before the first paint. A plain script on purpose.
(() => {
  const root = document.documentElement;
  const tablet = window.matchMedia("(width < 64rem)");

  function recall(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // Storage may be closed; then every page starts from the system's choice.
    }
  }

  function remember(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // The choice holds for this page.
    }
  }

  function press(attribute, chosen) {
    for (const button of document.querySelectorAll(`[${attribute}]`)) {
      button.setAttribute("aria-pressed", String(button.getAttribute(attribute) === chosen));
    }
  }

  function show() {
    root.dataset.theme = recall("theme") || "auto";
    root.dataset.density = recall("density") || "desk";
    root.dataset.rail = tablet.matches || recall("rail") === "narrow" ? "narrow" : "wide";
    press("data-set-theme", root.dataset.theme);
    press("data-set-density", root.dataset.density);
    const open = String(root.dataset.rail === "wide");
    document.querySelector("[data-toggle-rail]")?.setAttribute("aria-expanded", open);
  }

  root.dataset.js = "";
  show();
  tablet.addEventListener("change", show);
  window.addEventListener("storage", show);
  document.addEventListener("DOMContentLoaded", show);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(
      "[data-set-theme], [data-set-density], [data-toggle-rail]",
    );
    if (!button) return;
    if (button.dataset.setTheme) remember("theme", button.dataset.setTheme);
    if (button.dataset.setDensity) remember("density", button.dataset.setDensity);
    if ("toggleRail" in button.dataset) {
      remember("rail", root.dataset.rail === "wide" ? "narrow" : "wide");
    }
    show();
  });
})();
