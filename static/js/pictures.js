// A picture that is pasted or dropped on a form with a picture field goes into that field, and
// is shown before it is sent.
const FIELD = 'input[type="file"][accept*="image/"]';

function fieldFor(target) {
  return target.closest?.("form")?.querySelector(FIELD) ?? null;
}

function pictureIn(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/")) ?? null;
}

function preview(field) {
  const [file] = field.files;
  let image = field.parentElement.querySelector("img.picture-preview");
  if (!file) {
    image?.remove();
    return;
  }
  if (!image) {
    image = document.createElement("img");
    image.className = "picture-preview";
    field.after(image);
  }
  image.alt = file.name;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    image.src = reader.result;
  });
  reader.readAsDataURL(file);
}

function put(field, file) {
  const files = new DataTransfer();
  files.items.add(file);
  field.files = files.files;
  preview(field);
}

document.addEventListener("paste", (event) => {
  const field = fieldFor(event.target);
  const file = field && pictureIn(event.clipboardData);
  if (!file) return;
  event.preventDefault();
  put(field, file);
});

document.addEventListener("dragover", (event) => {
  if (fieldFor(event.target)) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const field = fieldFor(event.target);
  const file = field && pictureIn(event.dataTransfer);
  if (!file) return;
  event.preventDefault();
  put(field, file);
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.(FIELD)) preview(event.target);
});
