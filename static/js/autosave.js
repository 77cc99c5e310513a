// Sends what is typed in a form with data-autosave="<address>" to the server from time to time,
// and says in [data-autosave-state] where it is kept. Ctrl+S sends it at once.
const PAUSE = 3000; // milliseconds after the last key

function autosave(form) {
  const state = form.querySelector("[data-autosave-state]");
  const notes = form.querySelector("[data-autosave-notes]");
  const says = notes?.dataset ?? {};
  let timer = 0;
  let sending = new AbortController();
  let sent = ""; // what the server has

  const content = () => new URLSearchParams(new FormData(form)).toString();
  sent = content();

  const tell = (kind, sentence) => {
    if (!state) return;
    state.dataset.autosaveState = kind;
    state.textContent = sentence;
  };

  const kept = (answer) => {
    const at = new Date(answer.kept_at).toLocaleTimeString(document.documentElement.lang, {
      timeStyle: "short",
    });
    tell("kept", `${says.kept} ${at}`);
    form.dispatchEvent(new CustomEvent("draft:kept", { detail: answer.kept_at }));
    // What the page said of others when it came is known better now.
    for (const said of document.querySelectorAll("[data-writing]")) said.remove();
    const lines = [];
    if (answer.writers.length) lines.push(`${answer.writers.join(", ")} ${says.writers}`);
    if (answer.newest > Number(form.elements.base_number?.value)) lines.push(says.newer);
    const sentence = lines.join(" ");
    if (notes.textContent !== sentence) notes.textContent = sentence;
    notes.hidden = !sentence;
  };

  const send = async (isLast = false) => {
    clearTimeout(timer);
    const now = content();
    if (now === sent) return;
    sending.abort();
    sending = new AbortController();
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new FormData(form),
        signal: isLast ? undefined : sending.signal,
        keepalive: isLast && now.length < 60_000, // as much as a browser sends after us
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      sent = now;
      kept(await answer.json());
    } catch (error) {
      // Away or signed out: the browser keeps the text, too, and the next key tries again.
      if (error.name !== "AbortError") tell("away", says.away);
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    sent = "";
    send();
  });
  window.addEventListener("online", () => send());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send(true);
  });
  // What is being saved is no draft any more.
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    sending.abort();
    sent = content();
  });
}

document.querySelectorAll("form[data-autosave]").forEach(autosave);
