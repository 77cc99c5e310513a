// Keeps what is typed in forms with data-draft="<key>" until the server has it.
// Kept through errors, sign-outs, closed tabs and lost connections; never passwords or files.
// A hidden field goes with it only where it says data-draft-keep.
// On a form with data-draft-server="<time>" the server has a draft of that time: the newer counts.
const PREFIX = "draft:";
const SENT = "draft-sent"; // which draft is on its way, for this tab
const PAUSE = 400; // milliseconds after the last key
const SENDING = 15_000; // milliseconds that it may take until the server has it, too
const UNKEPT = new Set(["password", "file", "hidden", "submit", "button"]);

const lost = new Set(); // forms whose text is nowhere but in them

function fieldsOf(form) {
  return [...form.elements].filter(
    (field) => field.name && (!UNKEPT.has(field.type) || "draftKeep" in field.dataset),
  );
}

function valueOf(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked;
  if (field.type === "select-multiple") return [...field.selectedOptions].map((o) => o.value);
  return field.value;
}

function setValue(field, value) {
  if (field.type === "checkbox" || field.type === "radio") field.checked = value;
  else if (field.type === "select-multiple") {
    for (const option of field.options) option.selected = value.includes(option.value);
  } else field.value = value;
}

function keyOf(field) {
  const single = field.type !== "checkbox" && field.type !== "radio";
  return single ? field.name : `${field.name}=${field.value}`;
}

function contentOf(form) {
  return Object.fromEntries(fieldsOf(form).map((field) => [keyOf(field), valueOf(field)]));
}

function keep(form) {
  const draft = { at: Date.now(), server: form.draftServer, content: contentOf(form) };
  try {
    localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify(draft));
    lost.delete(form);
  } catch {
    lost.add(form); // storage is full or closed; the form itself still holds the text
  }
}

function forget(key) {
  localStorage.removeItem(PREFIX + key);
}

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

function fill(form, content) {
  for (const field of fieldsOf(form)) {
    if (keyOf(field) in content) setValue(field, content[keyOf(field)]);
  }
}

function notice(form, draft, before) {
  const template = document.getElementById("draft-notice");
  const box = template.content.firstElementChild.cloneNode(true);
  const at = box.querySelector("time");
  at.dateTime = new Date(draft.at).toISOString();
  at.textContent = new Date(draft.at).toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  box.querySelector("[data-discard]").addEventListener("click", () => {
    fill(form, before);
    for (const field of fieldsOf(form)) field.dispatchEvent(new Event("input", { bubbles: true }));
    forget(form.dataset.draft);
    box.remove();
    fieldsOf(form)[0]?.focus();
  });
  form.prepend(box);
  for (const field of fieldsOf(form)) {
    if (field.value !== before[field.name]) {
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

// Whether the server got something else since, as from another machine. What it got right after
// the last key was ours, though this page may have closed before it heard so.
function isOlder(draft, server) {
  if (!server || Date.parse(server) === Date.parse(draft.server)) return false;
  return Date.parse(server) - draft.at > SENDING;
}

function restore(form) {
  const draft = kept(form.dataset.draft);
  // After an error the server has sent back what was typed; it is newer than the draft.
  if (!draft || form.querySelector("[data-form-errors]")) return;
  const before = contentOf(form);
  if (JSON.stringify(before) === JSON.stringify(draft.content)) return;
  if (isOlder(draft, form.dataset.draftServer)) return; // the other one is offered on the page
  document.querySelector("[data-draft-offer]")?.remove();
  fill(form, draft.content);
  notice(form, draft, before);
}

// A page that the server redirected to after a form was sent says that the form was taken.
function settle() {
  const key = sessionStorage.getItem(SENT);
  const outcome = document.body.dataset.outcome;
  const [navigation] = performance.getEntriesByType("navigation");
  sessionStorage.removeItem(SENT);
  if (key && !outcome && navigation?.redirectCount > 0) forget(key);
}

function watch(form) {
  if ("draftWatched" in form.dataset) return;
  form.dataset.draftWatched = "";
  restore(form);
  let timer = 0;
  let isChanged = false;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(form), PAUSE);
    isChanged = true;
  });
  // A tab may close between two keys.
  const flush = () => {
    if (!isChanged || form.draftSent) return;
    clearTimeout(timer);
    keep(form);
    isChanged = false;
  };
  window.addEventListener("pagehide", flush);
  window.addEventListener("beforeunload", (event) => {
    flush();
    if (lost.has(form) && !form.draftSent) event.preventDefault();
  });
  form.addEventListener("draft:kept", (event) => {
    form.draftServer = event.detail;
    keep(form);
    lost.delete(form);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    keep(form);
    form.draftSent = true;
    sessionStorage.setItem(SENT, form.dataset.draft);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    sessionStorage.removeItem(SENT);
    forget(form.dataset.draft);
  });
}

settle();
document.querySelectorAll("form[data-draft]").forEach(watch);
document.body.addEventListener("htmx:load", (event) => {
  event.target.querySelectorAll?.("form[data-draft]").forEach(watch);
});
