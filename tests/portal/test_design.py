"""Whether colours can be read and told apart, and components are whole: without a browser."""

import itertools
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from portal.styleguide import REFUSALS, UpdateForm, examples

ROOT: Path = settings.BASE_DIR
CSS = ROOT / "static/css"
TEMPLATES = [*(ROOT / "templates").rglob("*.html")]
APPS = ["portal", "operations", "knowledge", "maintenance", "incidents"]
SOURCES = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))
THEMES = ["light", "dark"]
SURFACES = ["surface", "surface-raised", "surface-sunken"]
TONES = ["good", "busy", "bad", "neutral", "info"]

# WCAG 2.2: text that must be read (AA), text of clocks (AAA), strokes and edges.
READABLE, SHARP, VISIBLE = 4.5, 7.0, 3.0
PAIRS = [
    *[
        (ink, surface, READABLE)
        for ink in ("text", "text-muted", "link", "accent-soft-text", "text-code")
        for surface in (*SURFACES, "surface-hover")
    ],
    *[(f"{tone}-text", surface, READABLE) for tone in TONES for surface in (*SURFACES, tone)],
    *[(f"{tone}-mark", surface, VISIBLE) for tone in TONES for surface in (*SURFACES, tone)],
    *[(f"severity-{n}-text", f"severity-{n}", READABLE) for n in range(4)],
    *[
        (f"clock-{state}", surface, SHARP)
        for state in ("on-time", "at-risk", "breached", "paused", "met")
        for surface in (*SURFACES, "surface-hover")
    ],
    *[(f"chart-{n}", surface, VISIBLE) for n in (1, 2, 3) for surface in SURFACES],
    *[("line-control", surface, VISIBLE) for surface in SURFACES],
    *[("focus", surface, VISIBLE) for surface in (*SURFACES, "surface-hover")],
    ("accent", "surface", VISIBLE),
    ("accent-text", "accent", READABLE),
    ("accent-text", "accent-hover", READABLE),
    ("accent-soft-text", "accent-soft", READABLE),
    ("text", "accent-soft", READABLE),
    ("text", "surface-active", READABLE),
    ("text-muted", "surface-active", READABLE),
    ("danger-text", "danger", READABLE),
    ("danger-text", "danger-hover", READABLE),
    ("text-code", "neutral", READABLE),
    *[
        (f"code-{ink}", surface, READABLE)
        for ink in ("comment", "keyword", "name", "text", "number")
        for surface in SURFACES
    ],
    *[("text", tone, READABLE) for tone in TONES],
]


class Colour(NamedTuple):
    """Light as a screen sends it: linear red, green and blue."""

    red: float
    green: float
    blue: float


# How colours reach eyes without one kind of cone (Viénot and others, 1999; for blue, the
# nearest linear map), and eyes with all.
EYES = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red cone": ((0.112, 0.888, 0), (0.112, 0.888, 0), (0.004, -0.004, 1)),
    "no green cone": ((0.293, 0.707, 0), (0.293, 0.707, 0), (-0.021, 0.021, 1)),
    "no blue cone": ((1, 0.15, -0.15), (0, 0.87, 0.13), (0, 0.87, 0.13)),
}


@cache
def tokens() -> dict[str, str]:
    source = re.sub(r"/\*.*?\*/", "", (CSS / "tokens.css").read_text(), flags=re.DOTALL)
    first_rule = source[source.index("{") : source.index("}")]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", first_rule))


def colour(name: str, theme: str) -> Colour:
    value = tokens()[name]
    if both := re.fullmatch(r"light-dark\((.+), (.+)\)", value):
        value = both[1 + THEMES.index(theme)]
    if reference := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return colour(reference[1], theme)
    parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return Colour(*(p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts))


def contrast(one: Colour, other: Colour) -> float:
    light = [0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue for c in (one, other)]
    return (max(light) + 0.05) / (min(light) + 0.05)


def seen(light: Colour, eyes: str) -> tuple[float, float, float]:
    """Return the colour as these eyes see it, in a space where distance means difference."""
    red, green, blue = (
        min(1, max(0, sum(a * b for a, b in zip(row, light, strict=True))))
        for row in EYES[eyes]
    )
    cones = (
        0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue,
        0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue,
        0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue,
    )
    long, medium, short = (cone ** (1 / 3) for cone in cones)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def difference(one: str, other: str, theme: str, eyes: str) -> float:
    pair = [seen(colour(name, theme), eyes) for name in (one, other)]
    return math.dist(*pair)


@pytest.mark.parametrize("theme", THEMES)
def test_what_must_be_read_stands_out(theme: str) -> None:
    faint = [
        f"{ink} on {ground}: {found:.2f} < {least}"
        for ink, ground, least in PAIRS
        if (found := contrast(colour(ink, theme), colour(ground, theme))) < least
    ]
    assert faint == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", list(EYES))
def test_severities_differ_in_every_eye(theme: str, eyes: str) -> None:
    marks = [f"severity-{n}" for n in range(4)]
    alike = [
        f"{one} and {other}: {found:.3f}"
        for one, other in itertools.combinations(marks, 2)
        if (found := difference(one, other, theme, eyes)) < 0.04
    ]
    assert alike == []


@pytest.mark.parametrize("theme", THEMES)
def test_states_differ(theme: str) -> None:
    alike = [
        f"{one} and {other}: {found:.3f}"
        for one, other in itertools.combinations(TONES, 2)
        if (found := difference(f"{one}-mark", f"{other}-mark", theme, "full")) < 0.09
    ]
    assert alike == []


def test_each_state_and_severity_has_a_shape_of_its_own() -> None:
    sprite = (ROOT / "static/img/icons.svg").read_text()
    names = [*(f"state-{tone}" for tone in TONES), *(f"severity-{n}" for n in range(4))]
    shapes = [re.search(rf'id="{name}"[^>]*>(.*?)</symbol>', sprite) for name in names]
    assert all(shapes)
    assert len({shape[1] for shape in shapes if shape}) == len(names)


def test_every_icon_asked_for_is_drawn() -> None:
    drawn = set(
        re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text())
    )
    asked = re.compile(r'(?:icon\.html" with name|\bicon)="([\w-]+)"|"icon": "([\w-]+)"')
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in [*TEMPLATES, *SOURCES]
        for names in asked.findall(path.read_text())
        for name in names
        if name and name not in drawn
    ]
    assert missing == []


def test_every_stylesheet_is_imported_once_and_exists() -> None:
    imported = _imports("site.css")
    theirs = {"components/public.css"}  # only public.css shows it
    files = {
        str(path.relative_to(CSS))
        for folder in ("components", "pages")
        for path in (CSS / folder).glob("*.css")
    }
    assert len(imported) == len(set(imported))
    assert files == {name for name in imported if "/" in name} | theirs
    assert all((CSS / name).exists() for name in _imports("public.css"))


def test_colours_are_named_by_meaning() -> None:
    scales = "grey|teal|green|amber|orange|red|blue"
    raw = rf"#[0-9a-f]{{3,8}}\b|\b(?:rgb|hsl|oklch)a?\(|--(?:{scales})-\d"
    offenders = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in [CSS / "base.css", *CSS.glob("components/*.css"), *CSS.glob("pages/*.css")]
        if (found := re.search(raw, path.read_text(), re.IGNORECASE))
    ]
    assert offenders == []


def test_every_token_used_is_defined() -> None:
    known = {*tokens()}
    unknown = sorted(
        f"{path.relative_to(ROOT)}: --{name}"
        for path in CSS.rglob("*.css")
        for name in re.findall(r"var\(--([\w-]+)", path.read_text())
        if name not in known
    )
    assert unknown == []


def test_components_say_what_they_take() -> None:
    silent = [
        path.name for path in COMPONENTS if not _opening(path).startswith(("{#", "{% comm"))
    ]
    vague = [path.name for path in COMPONENTS if "arameter" not in _opening(path)]
    assert (silent, vague) == ([], [])


def test_forms_in_components_are_given_their_token() -> None:
    """`only` shuts the token out, so whoever includes a form hands it on."""
    needy = {path.name for path in COMPONENTS if "{% csrf_token %}" in path.read_text()}
    needy |= {"steps.html", "topbar.html"}  # they hold one of those
    offenders = [
        f"{path.relative_to(ROOT)}: {included}"
        for path in TEMPLATES
        for included, arguments in _includes(path)
        if included in needy and "csrf_token=csrf_token" not in arguments
    ]
    assert offenders == []


def test_the_style_guide_shows_every_component() -> None:
    inside = {name for path in COMPONENTS for name, _ in _includes(path)}
    framed = {name for name, _ in _includes(ROOT / "templates/base.html")}
    shown = {name for name, _ in _includes(ROOT / "templates/portal/styleguide.html")}
    assert {path.name for path in COMPONENTS} - inside - framed - shown == set()


def test_the_style_guide_can_be_drawn() -> None:
    page = render_to_string("portal/styleguide.html", examples())
    assert page.count("<h1") == 1
    assert all(refusal.sentence.replace(">", "&gt;") in page for refusal in REFUSALS)


def test_a_page_for_strangers_needs_no_frame() -> None:
    page = render_to_string("404.html")
    assert 'class="rail"' not in page
    assert 'class="bottom-bar"' not in page
    assert "Page not found" in page


def test_a_field_with_an_error_is_linked_to_its_words() -> None:
    form = UpdateForm({"note": "Kept"})
    page = render_to_string("components/form.html", {"form": form})
    assert 'aria-describedby="id_summary_helptext id_summary_error"' in page
    assert 'id="id_summary_error"' in page
    assert '<a href="#id_summary">' in page
    assert ">\nKept</textarea>" in page


def test_a_refused_verb_is_disabled_with_every_reason_beside_it() -> None:
    given = {"action_url": "/respond/7/resolve/", "label": "Resolve", "refusals": REFUSALS}
    page = render_to_string("components/verb_form.html", given)
    assert 'disabled aria-describedby="why-not-respond7resolve"' in page
    assert 'id="why-not-respond7resolve"' in page
    assert [refusal.code in page for refusal in REFUSALS] == [True, True]


def _imports(name: str) -> list[str]:
    return re.findall(r'@import url\("([^"]+)"\)', (CSS / name).read_text())


def _opening(path: Path) -> str:
    return path.read_text().partition("#}" if path.read_text().startswith("{#") else "endcomm")[
        0
    ]


def _includes(path: Path) -> Iterator[tuple[str, str]]:
    yield from re.findall(r'{% include "components/([\w]+\.html)"([^%]*)%}', path.read_text())
