// Rows of the backlog also move by dragging: dropped on a row, a row goes before it. Without
// this they have buttons, which the keyboard uses as well.
for (const form of document.querySelectorAll("[data-backlog]")) {
  const other = form.querySelector("[data-backlog-other]");
  let dragged = null;

  for (const row of form.querySelectorAll("[data-backlog-row]")) {
    row.draggable = true;
    row.addEventListener("dragstart", () => {
      dragged = row;
    });
    row.addEventListener("dragend", () => {
      dragged = null;
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      row.dataset.over = "";
    });
    row.addEventListener("dragleave", () => delete row.dataset.over);
    row.addEventListener("drop", (event) => {
      delete row.dataset.over;
      if (!dragged || dragged === row) return;
      event.preventDefault();
      other.value = row.dataset.backlogRow;
      form.requestSubmit(dragged.querySelector("[data-backlog-drop]"));
    });
  }
}
