// Sends what is typed in a form with data-autosave="<address>" to the server from time to time.
const PAUSE = 3000; // milliseconds after the last key

function autosave(form) {
  let timer = 0;
  let sending = new AbortController();
  const send = () => {
    sending = new AbortController();
    fetch(form.dataset.autosave, {
      method: "POST",
      body: new FormData(form),
      signal: sending.signal,
    }).catch(() => {
      // Away or signed out: the browser keeps the text, too, and the next key tries again.
    });
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  });
  // What is being saved is no draft any more.
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    sending.abort();
  });
}

document.querySelectorAll("form[data-autosave]").forEach(autosave);
