// Planned requests are dragged to another day, in a week also to another part of the day. While
// one is over a day, what would be in the way is asked for and said; dropping it opens the page
// that plans the time, so that nothing changes by a slip of the hand. Without this there are links.
const told = document.querySelector("[data-calendar-told]");
let dragged = null;
let asked = 0; // the number of the newest question, so that late answers are dropped

function say(text) {
  if (!told) return;
  told.hidden = !text;
  told.textContent = text;
}

// The start by the reader's clock: the same time on that day, or the first hour of that part.
function start(cell) {
  const own = dragged.dataset.at;
  const hour = cell.dataset.hour;
  const same = hour === undefined || Math.floor(Number(own.slice(0, 2)) / 6) === Number(hour) / 6;
  return `${cell.dataset.day}T${same ? own : `${hour.padStart(2, "0")}:00`}`;
}

async function ask(cell) {
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams({ start: start(cell) });
  try {
    const answer = await fetch(`${dragged.dataset.whatIf}?${query}`, {
      headers: { Accept: "application/json" },
    });
    if (!answer.ok || mine !== asked) return;
    const found = await answer.json();
    if (mine !== asked) return;
    const soft = found.conflicts.filter((each) => each.weight === "soft");
    cell.dataset.clash = found.reasons.length ? "hard" : soft.length ? "soft" : "free";
    const sentences = [
      ...found.reasons.map((each) => each.sentence),
      ...soft.map((each) => `${each.number} ${each.title}: ${each.over.join(", ")}`),
    ];
    say([start(cell).replace("T", " "), ...sentences].join(" · "));
  } catch {
    // Without an answer the page that opens on dropping says it.
  }
}

function leave(cell) {
  delete cell.dataset.over;
  delete cell.dataset.clash;
}

for (const calendar of document.querySelectorAll("[data-change-calendar]")) {
  for (const entry of calendar.querySelectorAll("[data-move-url]")) {
    entry.draggable = true;
    entry.addEventListener("dragstart", (event) => {
      dragged = entry;
      entry.dataset.dragged = "";
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", entry.textContent.trim());
    });
    entry.addEventListener("dragend", () => {
      delete entry.dataset.dragged;
      dragged = null;
      asked += 1;
      say("");
      calendar.querySelectorAll("[data-over]").forEach(leave);
    });
  }

  for (const cell of calendar.querySelectorAll("[data-day]")) {
    cell.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      if ("over" in cell.dataset) return;
      calendar.querySelectorAll("[data-over]").forEach(leave);
      cell.dataset.over = "";
      ask(cell);
    });
    cell.addEventListener("drop", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const query = new URLSearchParams({ start: start(cell) });
      window.location.assign(`${dragged.dataset.moveUrl}?${query}`);
    });
  }
}
