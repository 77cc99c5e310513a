// Cards of a board also move by dragging and by the arrow keys; without this they have buttons.
// Left and right move the card, up and down go to its neighbours; after a move, which brings a
// new page, the card has the focus again.
const MOVES = "[data-board-to]";
const MOVED = "board-moved"; // the id of the card that is on its way, for this tab

function move(card, state) {
  const way = card.querySelector(`[data-board-to="${state}"]`);
  if (!way) return;
  if (way instanceof HTMLFormElement) way.requestSubmit();
  else way.click();
}

function remember(card) {
  try {
    sessionStorage.setItem(MOVED, card.id);
  } catch {
    // Without storage the page begins at its top.
  }
}

function comeBack() {
  const card = document.getElementById(sessionStorage.getItem(MOVED) ?? "");
  sessionStorage.removeItem(MOVED);
  card?.focus();
}

function neighbour(card, step) {
  const cards = [...card.parentElement.querySelectorAll("[data-board-card]")];
  return cards[cards.indexOf(card) + step] ?? null;
}

for (const board of document.querySelectorAll("[data-board]")) {
  const columns = [...board.querySelectorAll("[data-board-column]")];
  let dragged = null;

  for (const card of board.querySelectorAll("[data-board-card]")) {
    card.draggable = card.querySelector(MOVES) !== null;
    card.addEventListener("submit", () => remember(card));
    card.addEventListener("dragstart", () => {
      dragged = card;
    });
    card.addEventListener("dragend", () => {
      dragged = null;
    });
    card.addEventListener("keydown", (event) => {
      if (event.target !== card) return;
      const other = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (other) {
        event.preventDefault();
        neighbour(card, other)?.focus();
        return;
      }
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      const at = columns.indexOf(card.closest("[data-board-column]"));
      const to = columns[at + step];
      if (!to) return;
      event.preventDefault();
      move(card, to.dataset.boardColumn);
    });
  }

  for (const column of columns) {
    const state = column.dataset.boardColumn;
    const takes = () => dragged?.querySelector(`[data-board-to="${state}"]`);
    column.addEventListener("dragover", (event) => {
      if (!takes()) return;
      event.preventDefault();
      column.dataset.over = "";
    });
    column.addEventListener("dragleave", () => delete column.dataset.over);
    column.addEventListener("drop", (event) => {
      delete column.dataset.over;
      if (!takes()) return;
      event.preventDefault();
      move(dragged, state);
    });
  }
}

if (document.querySelector("[data-board]")) comeBack();
