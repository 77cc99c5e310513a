"""Addresses in drawn HTML: found as a browser finds them, and put in without opening a door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.markdown import Address, Wired, addresses_of, render, render_or_refuse, rewired

TEXT = """\
[one](a.md "A title"), [two](/x?a=1&b=2), <https://example.com/>, ![three](img/a b.png)
![four](<img/ä.png>), a quoted href="no.md" and `<a href="no.md">`, <a href="no.md">no</a>
"""


def drawn(source: str) -> str:
    return render_or_refuse(source, relative=True).html


def test_every_address_is_found_as_it_was_written() -> None:
    assert addresses_of(drawn(TEXT)) == [
        Address("a", "a.md"),
        Address("a", "/x?a=1&b=2"),
        Address("a", "https://example.com/"),
        Address("img", "img/a b.png"),
        Address("img", "img/ä.png"),
    ]


def test_what_is_resolved_is_put_in_and_the_rest_left_alone() -> None:
    def resolve(address: Address) -> Wired | None:
        return {
            "a.md": Wired("/learn/documents/a/?x=1&y=\"'<>"),
            "img/ä.png": Wired("/attachments/1"),
            "img/a b.png": Wired(why='no "picture"'),
        }.get(address.text)

    html = rewired(drawn(TEXT), resolve)

    assert (
        '<a href="/learn/documents/a/?x=1&amp;y=&quot;&#x27;&lt;&gt;" title="A title">one</a>'
        in html
    )
    assert '<img src="/attachments/1" alt="four" loading="lazy">' in html
    assert '<span class="image-refused" title="no &quot;picture&quot;">three</span>' in html
    assert 'href="/x?a=1&amp;b=2"' in html
    assert html.count("no.md") == drawn(TEXT).count("no.md")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "https://evil.example", "/\\evil.example"]
)
def test_nothing_leads_outside_whatever_a_resolver_says(url: str) -> None:
    html = rewired(drawn("[a](b.md) ![c](d.png)"), lambda _address: Wired(url, "why"))
    assert addresses_of(html) == []
    assert "evil" not in html
    assert "javascript" not in html


@pytest.mark.parametrize(
    "source", ["//h/x.png", "/x.png", "data:image/png;base64,AA", "http://h/x.png", "\\\\h/x"]
)
def test_a_picture_from_elsewhere_is_not_relative(source: str) -> None:
    assert "<img" not in drawn(f"![words]({source})")


def test_comments_show_no_relative_picture() -> None:
    assert "<img" not in render("![words](img/a.png)")


@given(st.text('<>"= ahrefimgsc/[]()!&;:\n', max_size=60))
def test_only_cleaned_tags_are_touched(source: str) -> None:
    html = drawn(source)
    assert rewired(html, lambda _address: None) == html
    wired = rewired(html, lambda _address: Wired("/here"))
    assert wired.count("<") == html.count("<")
    assert set(addresses_of(wired)) <= {Address("a", "/here"), Address("img", "/here")}
