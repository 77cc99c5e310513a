"""Whatever is written, only what we named comes out (RELIABILITY 3.3, knowledge.md 2.3)."""

import re
from html.parser import HTMLParser
from unittest.mock import patch

import nh3
import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.markdown import HARMLESS, render, render_result
from portal.markdown.engine.clean import Options
from portal.markdown.engine.render import render as draw
from portal.templatetags.portal import markdown
from tests.portal.corpora import corpus

MARKUP = corpus("markup")
ALLOWED = {
    **{f"h{level}": {"id"} for level in range(1, 7)},
    **{tag: set() for tag in ("p", "br", "hr", "ul", "blockquote", "pre", "em")},
    **{tag: set() for tag in ("strong", "del", "table", "thead", "tbody", "tr")},
    **{tag: {"class"} for tag in ("code", "span", "div")},
    **{tag: {"align"} for tag in ("th", "td")},
    "ol": {"start"},
    "li": {"id"},
    "sup": {"id"},
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title"},
}
# Written out here once more, and on purpose not taken from the code under test.
LINK = re.compile(r"https?://|mailto:|#s-|/(?!/)|[^:/?#]+([/?#]|$)|[?]|$", re.IGNORECASE)


class Strict(HTMLParser):
    """Fails on the first tag, attribute or address that we did not name."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert name in ALLOWED[tag], (tag, name)
            if name == "href":
                as_read = re.sub(r"[\x00-\x20]", "", value or "").replace("\\", "/")
                assert LINK.match(as_read), value
            if name == "src":
                assert re.fullmatch(r"/attachments/[\w/.-]+", value or ""), value
            if name == "class":
                assert re.fullmatch(r"[\w+#. -]+", value or ""), value

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def assert_safe(html: str) -> None:
    reader = Strict()
    reader.feed(html)
    reader.close()


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "> {}",
        "- {}",
        "# {}",
        "*{}*",
        "[{}](/x)",
        "a|{}\n-|-",
        "a[^1]\n\n[^1]: {}",
        "a[^{}]\n\n[^{}]: x",
        "|a|\n|-|\n|{}|",
        "```mermaid\n{}\n```",
        "<div>\n{}",
    ],
)
def test_no_markup_of_the_corpus_comes_through(around: str) -> None:
    for value in MARKUP:
        result = render_result(around.replace("{}", value))
        assert result.ok, value
        assert_safe(result.html)


def test_the_check_itself_would_see_it() -> None:
    """The control: without our cleaner and with raw HTML, most of the corpus fails."""
    with pytest.raises(AssertionError):
        assert_safe("<img src=x onerror=alert(1)>")
    with pytest.raises(AssertionError):
        assert_safe('<a href="javascript:alert(1)">x</a>')


def test_links_alone_get_as_far_as_the_cleaner_and_no_further() -> None:
    class PassesAll:
        def clean(self, html: str) -> str:
            return html

    with patch("portal.markdown.engine.render.cleaner", lambda _: PassesAll()):
        assert "javascript:" in draw("[x](javascript:alert(1))", Options())["html"]
    assert "javascript:" not in draw("[x](javascript:alert(1))", Options())["html"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*MARKUP, *"*_`~[]()<>!#>|- \n\t:\\&;\"'"]), max_size=12))
def test_no_mixture_comes_through(pieces: list[str]) -> None:
    assert_safe(render_result("".join(pieces)).html)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_is_drawn(source: str) -> None:
    result = render_result(source)
    assert result.ok
    assert_safe(result.html)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("abcZé1290 ,;?'\"().-"), max_size=60).map(lambda s: "x" + s))
def test_what_is_drawn_at_once_is_what_the_child_would_draw(source: str) -> None:
    """The short cut for harmless words is one only because nobody can tell the difference."""
    assert HARMLESS.fullmatch(source.strip())
    here, there = render_result(source), draw(source, Options())
    assert (here.html, here.words) == (there["html"], there["words"])


def test_nh3_gets_no_attribute_from_its_own_defaults() -> None:
    assert nh3.clean('<a href="/x" rel="me">x</a>', link_rel=None) != render("[x](/x)")
    assert render("[x](/x)") == '<p><a href="/x" rel="noopener noreferrer nofollow">x</a></p>'


@pytest.mark.parametrize(
    ("source", "is_shown"),
    [
        ("/attachments/7/disk.png", True),
        ("/attachments/../sign-out/", False),
        ("https://img.example/a.png", False),
        ("//img.example/a.png", False),
        ("/media/a.png", False),
    ],
)
def test_pictures_come_from_our_attachments_only(source: str, is_shown: bool) -> None:
    html = render(f"![the disk]({source})")
    assert ("<img" in html) == is_shown
    assert "the disk" in html


@override_settings(MARKDOWN_IMAGE_HOSTS=["img.example"])
def test_an_operator_may_open_a_host() -> None:
    assert "<img" in render("![x](https://img.example/a.png)")
    assert "<img" not in render("![x](https://img.example.evil.example/a.png)")
    assert "<img" not in render("![x](https://img.example@evil.example/a.png)")
    assert "<img" not in render("![x](http://img.example/a.png)")


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("", "s-"),
        ("rollback_plan", "s-rollback-plan-"),
        ('"><script>', "s-script-"),
        ("☃", "s-"),
        ("x" * 99, f"s-{'x' * 27}-"),
    ],
)
def test_texts_of_one_page_have_addresses_of_their_own(name: str, prefix: str) -> None:
    assert markdown("# Steps\n\n[up](#steps)", name).startswith(f'<h1 id="{prefix}steps">')
    assert f'href="#{prefix}steps"' in markdown("# Steps\n\n[up](#steps)", name)


def test_a_prefix_cannot_break_out() -> None:
    with pytest.raises(ValueError, match="onclick"):
        render("# a", prefix='x" onclick="')
