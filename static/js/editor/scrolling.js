// The text and its preview scroll together: heading to heading, evenly between two of them.

// As high as the text up to each place is, lines wrapped as they are in the field.
function heightsOf(area, places) {
  const mirror = document.createElement("div");
  const style = getComputedStyle(area);
  mirror.className = "editor-mirror";
  for (const name of ["font", "letterSpacing", "tabSize", "padding", "lineHeight"]) {
    mirror.style[name] = style[name];
  }
  mirror.style.width = `${area.clientWidth}px`;
  const marks = [];
  let from = 0;
  for (const place of places) {
    mirror.append(area.value.slice(from, place));
    marks.push(mirror.appendChild(document.createElement("span")));
    from = place;
  }
  mirror.append(area.value.slice(from));
  area.parentElement.append(mirror);
  const heights = marks.map((mark) => mark.offsetTop);
  mirror.remove();
  return heights;
}

function between(value, from, to) {
  let last = 0;
  while (last < from.length - 2 && from[last + 1] <= value) last += 1;
  const span = from[last + 1] - from[last];
  const share = span > 0 ? (value - from[last]) / span : 0;
  return to[last] + share * (to[last + 1] - to[last]);
}

export class Scrolling {
  constructor(editor, area, pane) {
    this.area = area;
    this.pane = pane;
    this.places = [];
    this.leads = area; // the side that the reader moves
    for (const side of [area, pane]) {
      for (const name of ["pointerenter", "focusin", "wheel", "touchstart"]) {
        side.addEventListener(name, () => this.lead(side), { passive: true });
      }
      side.addEventListener("scroll", () => this.follow(side), { passive: true });
    }
    area.addEventListener("input", () => this.lead(area));
    editor.addEventListener("editor:drawn", (event) => {
      this.places = event.detail.places;
      this.measured = null;
      this.follow(area);
    });
    new ResizeObserver(() => {
      this.measured = null;
    }).observe(area);
  }

  lead(side) {
    this.leads = side;
  }

  measure() {
    if (this.measured) return this.measured;
    const headings = this.places.map(({ anchor }) => document.getElementById(anchor));
    const there = this.places.filter((_, number) => headings[number]);
    const top = this.pane.getBoundingClientRect().top - this.pane.scrollTop;
    const drawn = headings.filter(Boolean).map((heading) => heading.getBoundingClientRect().top - top);
    const written = heightsOf(this.area, there.map(({ place }) => place));
    this.measured = {
      written: [0, ...written, this.area.scrollHeight],
      drawn: [0, ...drawn, this.pane.scrollHeight],
    };
    return this.measured;
  }

  follow(side) {
    if (side !== this.leads || this.pane.hidden || !this.area.clientHeight) return;
    const { written, drawn } = this.measure();
    const other = side === this.area ? this.pane : this.area;
    const [from, to] = side === this.area ? [written, drawn] : [drawn, written];
    const most = side.scrollHeight - side.clientHeight;
    const isAtEnd = most > 0 && side.scrollTop >= most - 1;
    other.scrollTop = isAtEnd ? other.scrollHeight : between(side.scrollTop, from, to);
  }
}
