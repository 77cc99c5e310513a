"""A page as it is printed on A4."""

from playwright.sync_api import Page, ViewportSize

A4 = ViewportSize(width=794, height=1123)  # at 96 dots to the inch

# Elements with words that are cut off, or that stand outside of the paper.
CLIPPED = """
width => [...document.querySelectorAll("main *")].filter((element) => {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const isShown = box.width > 1 && box.height > 1 && style.visibility === "visible";
  if (!isShown || !element.innerText?.trim()) return false;
  const cutsOff = style.overflowX !== "visible" || style.overflowY !== "visible";
  const isCut = element.scrollWidth > element.clientWidth + 1
    || element.scrollHeight > element.clientHeight + 1;
  return (cutsOff && isCut) || box.right > width + 1 || box.left < -1;
}).map((element) => `${element.outerHTML.slice(0, 60)} ${element.innerText.slice(0, 60)}`)
"""


def clipped_on(page: Page) -> list[str]:
    """What a reader of the print-out would miss; the page is as before afterwards."""
    before = page.viewport_size
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    found: list[str] = page.evaluate(CLIPPED, A4["width"])
    page.emulate_media(media="screen")
    if before is not None:
        page.set_viewport_size(before)
    return found
