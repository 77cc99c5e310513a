// A run without a connection: answers are kept here, shown, and sent when it is back. Each has a
// key of its own, so that sending it twice says nothing new, and the time of this device.
const box = document.getElementById("run-queue");
const KEY = `run-queue:${box.dataset.run}`;
const TIMEOUT = 8000; // milliseconds that an answer may take before it is kept
const AGAIN = 15000; // between attempts while the page is open
let sending = false;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function keep(answers) {
  localStorage.setItem(KEY, JSON.stringify(answers));
  show(answers);
}

function lineOf(answer) {
  const line = document.createElement("li");
  const reasons = (answer.reasons ?? []).map((reason) => reason.sentence).join(" ");
  line.textContent = [`${answer.step}: ${answer.label}`, answer.note, reasons].filter(Boolean).join(". ");
  return line;
}

function show(answers) {
  const refused = answers.filter((answer) => answer.reasons);
  const words = box.querySelector("[data-queue-words]");
  box.hidden = answers.length === 0;
  words.textContent = refused.length === answers.length ? words.dataset.refused : words.dataset.waiting;
  box.querySelector("[data-queue-list]").replaceChildren(...answers.map(lineOf));
  box.querySelector("[data-queue-send]").hidden = refused.length === answers.length;
  box.querySelector("[data-queue-forget]").hidden = refused.length === 0;
  for (const form of document.querySelectorAll("[data-queued-step]")) {
    const waits = answers.some((answer) => !answer.reasons && `${answer.step}` === form.dataset.queuedStep);
    form.closest(".step").toggleAttribute("data-queued", waits);
  }
}

function answerOf(form, button) {
  const data = new FormData(form, button);
  const said = Object.fromEntries([...data].filter(([name]) => name !== "csrfmiddlewaretoken"));
  return {
    ...said,
    step: Number(form.dataset.queuedStep),
    label: button?.textContent.trim() ?? "",
    client_id: crypto.randomUUID(),
    client_at: new Date().toISOString(),
  };
}

async function post(answers) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(box.dataset.queueUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify({ answers }),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  return (await answer.json()).answers;
}

// Sends what waits, keeps what was refused to be read, and shows the run as it is now.
async function send() {
  const waiting = kept().filter((answer) => !answer.reasons);
  if (sending || waiting.length === 0) return;
  sending = true;
  try {
    const results = new Map((await post(waiting)).map((result) => [result.client_id, result]));
    const left = kept().filter((answer) => !results.get(answer.client_id)?.taken);
    for (const answer of left) {
      const result = results.get(answer.client_id);
      if (result) answer.reasons = result.reasons;
    }
    keep(left);
    if (left.length < waiting.length) forgetDrafts(results, waiting);
    window.location.reload();
  } catch {
    show(kept());
  } finally {
    sending = false;
  }
}

function forgetDrafts(results, waiting) {
  for (const answer of waiting) {
    const isTaken = results.get(answer.client_id)?.taken;
    if (isTaken) localStorage.removeItem(`draft:run-${box.dataset.run}-${answer.step}`);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-queued-step]");
  if (!form || navigator.onLine) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  keep([...kept(), answerOf(form, event.submitter)]);
}, { capture: true });

box.querySelector("[data-queue-send]").addEventListener("click", send);
box.querySelector("[data-queue-forget]").addEventListener("click", () => {
  keep(kept().filter((answer) => !answer.reasons));
});
window.addEventListener("online", send);
setInterval(send, AGAIN);
show(kept());
send();
