"""The badge: the state as a small picture that other pages embed, without script."""

from django.utils.html import escape

from incidents.models import ComponentState

INKS = {
    ComponentState.OPERATIONAL: "#25793f",
    ComponentState.UNDER_MAINTENANCE: "#2c68b0",
    ComponentState.DEGRADED: "#785307",
    ComponentState.PARTIAL_OUTAGE: "#934404",
    ComponentState.MAJOR_OUTAGE: "#9c1f2b",
}
FACE = "Verdana,DejaVu Sans,sans-serif"
LETTER, EDGE = 6.6, 12  # about how wide a letter is, and the room beside it


def badge(name: str, state: ComponentState, words: str) -> bytes:
    """Return an SVG of two fields: whose state, and which."""
    left, right = (round(len(text) * LETTER + EDGE) for text in (name, words))
    label = escape(f"{name}: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" '
        f'role="img" aria-label="{label}"><title>{label}</title>'
        f'<rect width="{left + right}" height="20" rx="3" fill="#484540"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" '
        f'fill="{INKS[state]}"/>'
        f'<g fill="#fff" font-family="{FACE}" font-size="11" text-anchor="middle">'
        + _text(name, x=left / 2, width=left - EDGE)
        + _text(words, x=left + right / 2, width=right - EDGE)
        + "</g></svg>"
    ).encode()


def _text(words: str, *, x: float, width: int) -> str:
    return f'<text x="{x}" y="14" textLength="{width}">{escape(words)}</text>'
