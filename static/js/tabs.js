// Tabs that do not fit: the one that is shown comes into view, and the edges say what is more.

const SLACK = 4; // pixels that do not count

function tell(tabs, row) {
  const before = Math.abs(row.scrollLeft) > SLACK;
  const after = row.scrollWidth - row.clientWidth - Math.abs(row.scrollLeft) > SLACK;
  if (before && after) tabs.dataset.more = "both";
  else if (before) tabs.dataset.more = "start";
  else if (after) tabs.dataset.more = "end";
  else delete tabs.dataset.more;
}

for (const tabs of document.querySelectorAll(".tabs")) {
  const row = tabs.querySelector("ul");
  const shown = tabs.querySelector("[aria-current]");
  if (shown) {
    const sides = row.clientWidth - shown.offsetWidth;
    row.scrollLeft = shown.offsetLeft - row.offsetLeft - sides / 2;
  }
  row.addEventListener("scroll", () => tell(tabs, row), { passive: true });
  new ResizeObserver(() => tell(tabs, row)).observe(row);
}
