"""A stretch of an entry's text around what was asked for, safe to show, with marks."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.search import words

BEFORE = 60  # characters before the first word
LENGTH = 220
LOOKED_FOR = 12  # words
PLACES = 6  # of one word


def excerpt(text: str, forms: set[str]) -> str:
    """Return the stretch with the most different words that were asked for."""
    lowered = words.folded(text).casefold()
    if len(lowered) != len(text):  # some letters fold into two; near enough for a stretch
        lowered = text.casefold()
    places = sorted(
        place for form in sorted(forms)[:LOOKED_FOR] for place in _places(lowered, form)
    )
    start = max(places, key=lambda place: (_nearby(places, place), -place[0]), default=(0, ""))[
        0
    ]
    return _cut(text, max(0, start - BEFORE))


def _places(text: str, form: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    at = text.find(form)
    while at >= 0 and len(found) < PLACES:
        found.append((at, form))
        at = text.find(form, at + len(form))
    return found


def _nearby(places: list[tuple[int, str]], first: tuple[int, str]) -> int:
    return len({form for at, form in places if 0 <= at - first[0] < LENGTH - BEFORE})


def _cut(text: str, start: int) -> str:
    end = start + LENGTH
    head = text[start:end]
    if start:
        head = f"… {head.partition(' ')[2] or head}"
    if end < len(text):
        head = f"{head.rpartition(' ')[0] or head} …"
    return " ".join(head.split())


def marked(text: str, forms: set[str]) -> SafeString:
    """Return the text escaped, with `<mark>` around the words that are among `forms`."""
    return format_html_join("", "{}", ((piece,) for piece in _pieces(text, forms)))


def _pieces(text: str, forms: set[str]) -> list[str | SafeString]:
    pieces: list[str | SafeString] = []
    at = 0
    for match in words.TOKEN.finditer(text):
        token = words.read(words.folded(match[0]))
        if forms.isdisjoint(token.atoms) and forms.isdisjoint(token.wholes):
            continue
        pieces += [text[at : match.start()], format_html("<mark>{}</mark>", match[0])]
        at = match.end()
    return [*pieces, text[at:]]
