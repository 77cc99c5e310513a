// The headings of a text: each with a link that can be copied, and the list of them at the side
// says which part is being read.
const COPIED = 2000; // milliseconds

function anchored(heading, label) {
  const link = document.createElement("a");
  link.className = "anchor";
  link.href = `#${heading.id}`;
  link.title = label;
  link.ariaLabel = `${label}: ${heading.textContent}`;
  link.textContent = "#";
  heading.append(link);
}

async function copy(link, word) {
  try {
    await navigator.clipboard.writeText(link.href);
  } catch {
    return; // the address bar has it
  }
  document.getElementById("live").textContent = word;
  link.dataset.copied = word;
  setTimeout(() => delete link.dataset.copied, COPIED);
}

function follow(list, headings) {
  const links = new Map([...list.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const parts = headings.filter((heading) => links.has(heading.id));
  const mark = () => {
    const passed = parts.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
    const current = links.get((passed.at(-1) ?? parts[0])?.id);
    for (const link of links.values()) {
      if (link === current) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  new IntersectionObserver(mark, { threshold: [0, 1] }).observe(list);
  document.addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
}

for (const text of document.querySelectorAll("[data-anchors]")) {
  const headings = [...text.querySelectorAll(":is(h1, h2, h3, h4, h5, h6)[id]")];
  headings.forEach((heading) => anchored(heading, text.dataset.anchors));
  text.addEventListener("click", (event) => {
    const link = event.target.closest(".anchor");
    if (link) copy(link, text.dataset.copiedWord);
  });
  const list = document.querySelector("[data-contents]");
  if (list) follow(list, headings);
}
