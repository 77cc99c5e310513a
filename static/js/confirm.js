// Asks before a verb with data-confirm. Without this script the verb is simply done.
const dialog = document.getElementById("confirm");
const confirmed = new WeakSet();

function ask(form, button) {
  const yes = dialog.querySelector("[data-confirm-yes]");
  const label = button?.textContent.trim() ?? "";
  dialog.querySelector("#confirm-title").textContent = label;
  dialog.querySelector("#confirm-text").textContent = form.dataset.confirm;
  yes.textContent = label;
  yes.dataset.kind = button?.dataset.kind === "danger" ? "danger" : "primary";
  yes.onclick = () => {
    dialog.close();
    confirmed.add(form);
    form.requestSubmit(button);
  };
  dialog.showModal();
}

if (dialog) {
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.confirm || confirmed.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form, event.submitter);
    },
    { capture: true },
  );
}
