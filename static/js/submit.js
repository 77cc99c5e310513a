// A form is sent once: its button rests until the answer is there.
const sending = new WeakSet();

function rest(form) {
  sending.add(form);
  for (const button of form.querySelectorAll("button:not([type='button']):not(:disabled)")) {
    button.dataset.sending = "";
    button.setAttribute("aria-disabled", "true");
  }
}

function wake(form) {
  sending.delete(form);
  for (const button of form.querySelectorAll("[data-sending]")) {
    delete button.dataset.sending;
    button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (sending.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  // Others may still stop it; a form that is not sent must not rest.
  setTimeout(() => {
    if (!event.defaultPrevented) rest(form);
  });
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target instanceof HTMLFormElement) rest(event.target);
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.target instanceof HTMLFormElement) wake(event.target);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(wake));

// What is to correct is said first; a page that came with 200 answers no form.
const [navigation] = performance.getEntriesByType("navigation");
if (navigation?.responseStatus !== 200) document.querySelector("[data-form-errors]")?.focus();
