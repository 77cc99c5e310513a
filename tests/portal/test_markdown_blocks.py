"""Lists, fences, quotes and tables mean what they mean on GitHub (knowledge.md, 2.2)."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.markdown import render, render_result

# Each row: what is written, what must come out.
AS_ON_GITHUB = {
    "a list needs no blank line before it": (
        "text\n- a",
        "<p>text</p><ul><li>a</li></ul>",
    ),
    "two spaces nest in a bullet": (
        "- a\n  - b",
        "<ul><li>a<ul><li>b</li></ul></li></ul>",
    ),
    "three spaces nest in a number": (
        "1. a\n   - b",
        "<ol><li>a<ul><li>b</li></ul></li></ol>",
    ),
    "two spaces do not nest in a number": (
        "1. a\n  - b",
        "<ol><li>a</li></ol><ul><li>b</li></ul>",
    ),
    "a tab nests": ("- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    "popping back to an outer level needs no blank line": (
        "- a\n  - b\n    - c\n- d",
        "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>",
    ),
    "a fence stands inside its item, and the numbers go on": (
        "1. a\n   ```\n   x\n   ```\n2. b",
        "<ol><li>a<pre><code>x\n</code></pre></li><li>b</li></ol>",
    ),
    "with a blank line before the fence the list is loose": (
        "1. a\n\n   ```\n   x\n   ```\n2. b",
        "<ol><li><p>a</p><pre><code>x\n</code></pre></li><li><p>b</p></li></ol>",
    ),
    "a fence directly after a bullet": (
        "- ```\n  x\n  ```",
        "<ul><li><pre><code>x\n</code></pre></li></ul>",
    ),
    "a fence in a quote": (
        "> ```\n> x\n> ```",
        "<blockquote><pre><code>x\n</code></pre></blockquote>",
    ),
    "a fence in an item in a quote": (
        "> - ```\n>   x\n>   ```\n> - b",
        "<blockquote><ul><li><pre><code>x\n</code></pre></li><li>b</li></ul></blockquote>",
    ),
    "a quote in an item": (
        "- > a\n- b",
        "<ul><li><blockquote><p>a</p></blockquote></li><li>b</li></ul>",
    ),
    "a lazy line goes on with the item": ("- a\nlazy", "<ul><li>a\nlazy</li></ul>"),
    "a lazy line goes on with the quote": (
        "> a\nlazy",
        "<blockquote><p>a\nlazy</p></blockquote>",
    ),
    "only 1. may interrupt a paragraph": ("para\n2. x", "<p>para\n2. x</p>"),
    "and 1. does": ("para\n1. x", "<p>para</p><ol><li>x</li></ol>"),
    "a list may begin at any number": ("3. x\n4. y", '<ol start="3"><li>x</li><li>y</li></ol>'),
    "another mark begins another list": ("- a\n* b", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
    "a blank line between items makes the list loose": (
        "- a\n\n- b",
        "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
    ),
    "a blank line inside code does not": (
        "- ```\n  x\n\n  y\n  ```\n- b",
        "<ul><li><pre><code>x\n\ny\n</code></pre></li><li>b</li></ul>",
    ),
    "a blank line in an inner list leaves the outer one tight": (
        "- a\n  - b\n\n  - c",
        "<ul><li>a<ul><li><p>b</p></li><li><p>c</p></li></ul></li></ul>",
    ),
    "two paragraphs in an item": ("- a\n\n  b", "<ul><li><p>a</p><p>b</p></li></ul>"),
    "task items have a mark that is text": (
        "- [ ] a\n- [x] b",
        (
            '<ul><li><span class="task task-open">☐</span> a</li>'
            '<li><span class="task task-done">☑</span> b</li></ul>'
        ),
    ),
    "a link is not a task": (
        "- [x](/a)",
        '<ul><li><a href="/a" rel="noopener noreferrer nofollow">x</a></li></ul>',
    ),
    "an indented block is code": (
        "a\n\n    x\n\n    y",
        "<p>a</p><pre><code>x\n\ny\n</code></pre>",
    ),
    "indentation does not interrupt a paragraph": ("a\n      b", "<p>a\nb</p>"),
    "a rule looks like a list and is none": ("* * *", "<hr>"),
    "underlined headings": ("a\n===\nb\n---", '<h1 id="s-a">a</h1><h2 id="s-b">b</h2>'),
    "closing signs of a heading go": ("## a ##", '<h2 id="s-a">a</h2>'),
    "a sign without a space is no heading": ("#1 and #hash", "<p>#1 and #hash</p>"),
    "a table's columns have an attribute, not a style": (
        "a|b\n:-|-:\n1|2",
        (
            '<table><thead><tr><th align="left">a</th><th align="right">b</th></tr></thead>'
            '<tbody><tr><td align="left">1</td><td align="right">2</td></tr></tbody></table>'
        ),
    ),
    "a table may follow a paragraph at once, and end with a list": (
        "text\n| a | b |\n|---|---|\n| 1 | 2 |\n- x",
        (
            "<p>text</p><table><thead><tr><th>a</th><th>b</th></tr></thead>"
            "<tbody><tr><td>1</td><td>2</td></tr></tbody></table><ul><li>x</li></ul>"
        ),
    ),
    "a table of a header only has no rows": (
        "| a |\n|---|",
        "<table><thead><tr><th>a</th></tr></thead></table>",
    ),
    "a pipe in code parts cells, unless escaped": (
        "| a | b |\n|---|---|\n| `x \\| y` | `z |",
        (
            "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
            "<tbody><tr><td><code>x | y</code></td><td>`z</td></tr></tbody></table>"
        ),
    ),
    "a header of another width than its marks is no table": (
        "a|b|c\n-|-",
        "<p>a|b|c\n-|-</p>",
    ),
    "what looks like a heading or a list in HTML is none": (
        "<div>\n# a\n- b\n</div>\n\n- c",
        "<p>&lt;div&gt;\n# a\n- b\n&lt;/div&gt;</p><ul><li>c</li></ul>",
    ),
    "a comment ends where it ends": (
        "<!--\n\n- a\n-->\n# b",
        '<p>&lt;!--\n\n- a\n--&gt;</p><h1 id="s-b">b</h1>',
    ),
    "a callout": (
        "> [!WARNING]\n> Mind the *gap*.",
        (
            '<div class="callout callout-warning"><div class="callout-title">Warning</div>'
            "<p>Mind the <em>gap</em>.</p></div>"
        ),
    ),
    "strikethrough": ("~~a~~ ~b~", "<p><del>a</del> ~b~</p>"),
    "a backslash breaks the line": ("a\\\nb", "<p>a<br>b</p>"),
    "so do two spaces": ("a  \nb", "<p>a<br>b</p>"),
    "a heading, a list and code without blank lines": (
        "# a\n- b\n```\nc\n```\nd",
        '<h1 id="s-a">a</h1><ul><li>b</li></ul><pre><code>c\n</code></pre><p>d</p>',
    ),
    "words with underscores stay": ("a snake_case_name", "<p>a snake_case_name</p>"),
    "settings before the text are left out": ("---\nkind: runbook\n---\ntext", "<p>text</p>"),
    "a rule at the top is no setting": ("---\ntext", "<hr><p>text</p>"),
    "line ends of any kind": ("- a\r\n- b\r- c", "<ul><li>a</li><li>b</li><li>c</li></ul>"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("source", "html"), AS_ON_GITHUB.values(), ids=AS_ON_GITHUB)
def test_it_reads_as_on_github(source: str, html: str) -> None:
    assert render(source) == html


NOTED = """The pool[^pool] is small[^why] and shared[^pool].

[^why]: Because of `max_connections`.
[^pool]: Of the *database*.

    Second paragraph.

[^unused]: Nobody asked.
"""


def test_footnotes_stand_at_the_end_in_the_order_in_which_they_are_called_for() -> None:
    html = render(NOTED)
    assert 'pool<sup id="s-fnref_1"><a href="#s-fn_1"' in html
    assert 'small<sup id="s-fnref_2"><a href="#s-fn_2"' in html
    assert html.count('id="s-fnref_1"') == 1
    assert html.count('href="#s-fn_1"') == 2
    first, second = html.partition('<div class="footnotes">')[2].split("</li>")[:2]
    assert 'id="s-fn_1"' in first
    assert "<em>database</em>" in first
    assert "Second paragraph" in first
    assert 'href="#s-fnref_1"' in first
    assert "<code>max_connections</code>" in second
    assert "Nobody asked" not in html


def test_a_note_may_call_for_another_and_counts_only_when_it_is_called_for() -> None:
    html = render("a[^x]\n\n[^lost]: [^y]\n\n[^y]: last\n\n[^x]: first [^y]")
    notes = html.partition('<div class="footnotes">')[2].split("</li>")
    assert ["first" in notes[0], "last" in notes[1]] == [True, True]
    assert html.count('id="s-fnref_2"') == 1
    assert "footnotes" not in render("[^lost]: [^y]\n\n[^y]: nobody comes here")


def test_of_two_footnotes_with_one_label_the_first_counts() -> None:
    html = render("a[^x]\n\n[^x]: first\n\n[^X]: second")
    assert "first" in html
    assert "second" not in html


def test_the_mark_of_a_footnote_is_no_word() -> None:
    assert render_result("pool[^1]\n\n[^1]: a note").words == "pool\na note"


@pytest.mark.parametrize("source", ["a[^1]", "a[^1]\n\n> [^1]: not here", "`[^1]`\n\n[^1]: x"])
def test_a_footnote_that_is_not_there_stays_text(source: str) -> None:
    html = render(source)
    assert "<sup" not in html
    assert "[^1]" in html
    assert "footnotes" not in html


def test_a_diagram_is_readable_as_its_source() -> None:
    assert render("```mermaid\nA --> B\n```") == (
        '<div class="diagram"><div class="diagram-title">Diagram, as its source</div>'
        '<pre><code class="language-mermaid">A --&gt; B\n</code></pre></div>'
    )


@pytest.mark.parametrize(
    ("source", "address", "behind"),
    [
        ("https://a.example/x_y_z", "https://a.example/x_y_z", ""),
        ("https://a.example.", "https://a.example", "."),
        ("(https://a.example/x)", "https://a.example/x", ")"),
        ("https://a.example/(x)", "https://a.example/(x)", ""),
        ("https://a.example/?q=1&r=2!", "https://a.example/?q=1&amp;r=2", "!"),
        ("https://a.example/x*y*z", "https://a.example/x*y*z", ""),
    ],
)
def test_a_bare_address_is_a_link(source: str, address: str, behind: str) -> None:
    html = render(source)
    assert f'href="{address}"' in html
    assert f">{address}</a>{behind}" in html


def test_a_link_holds_no_other_link() -> None:
    assert render("[see https://a.example](https://b.example)").count("<a ") == 1


@pytest.mark.parametrize(
    ("fence", "closes"),
    [
        ("```", "```"),
        ("````", "`````"),
        ("~~~", "~~~~"),
        ("   ```", "  ```  "),
    ],
)
def test_a_fence_is_closed_by_its_own_kind_and_no_shorter(fence: str, closes: str) -> None:
    other = "~~~" if "`" in fence else "```"
    shorter = fence.strip()[:-1]
    html = render(f"{fence}\n{other}\n{shorter}\n{closes}\nafter")
    assert html == f"<pre><code>{other}\n{shorter}\n</code></pre><p>after</p>"


def test_the_first_word_behind_a_fence_is_the_language() -> None:
    assert '<code class="language-bash">' in render('```bash title="x"\nls\n```')
    assert "<code>" in render('```"><script>\nls\n```')


def test_code_is_coloured_by_classes_and_keeps_every_character() -> None:
    code = 'for pod in $(kubectl get pods -n {{ns}}); do\n\techo "<$pod>" && true\ndone\n'
    html = render(f"```bash\n{code}```")
    assert '<span class="hl-k">for</span>' in html
    assert "style=" not in html
    assert text_of(html) == code


def test_an_unknown_language_is_plain_code() -> None:
    assert "<span" not in render("```klingon\nqapla\n```")


def test_headings_are_listed_with_their_anchors() -> None:
    found = render_result("# Über *uns*\n## Same\n## Same\n# `a<b`\n# ☃").headings
    assert [(heading.level, heading.anchor, heading.text) for heading in found] == [
        (1, "s-über-uns", "Über uns"),
        (2, "s-same", "Same"),
        (2, "s-same-1", "Same"),
        (1, "s-ab", "a<b"),
        (1, "s-section", "☃"),
    ]


def test_a_link_to_a_heading_finds_it_under_any_prefix() -> None:
    html = render("[down](#end)\n\n# End", prefix="note-7-")
    assert 'href="#note-7-end"' in html
    assert 'id="note-7-end"' in html


def test_words_come_without_marks() -> None:
    words = render_result(
        "# Disk & `df`\n- [ ] free *some* [space](/x)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    ).words
    assert words == "Disk & df\n☐ free some space\na b\n1 2"


code_lines = st.lists(
    st.text(st.sampled_from("ab<>&;\"'`~#*_-|>[]()\\ \t1.é"), max_size=12), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(code_lines, st.sampled_from(["", "- ", "1. ", "> ", "- > ", "> 1. ", "- 1. - "]))
def test_code_is_literal_in_every_container(lines: list[str], container: str) -> None:
    mark = "`" * 19  # no line above is as long
    more = "".join(sign if sign == ">" else " " for sign in container)
    fenced = [container + mark, *[more + line for line in lines], more + mark]
    html = render("\n".join([*fenced, "", "after"]))
    code = html[html.index("<code>") : html.index("</code>")]
    assert text_of(code) == "".join(f"{line}\n" for line in lines)
    assert "<p>after</p>" in html


def text_of(html: str) -> str:
    pieces: list[str] = []
    reader = HTMLParser()
    reader.handle_data = pieces.append  # type: ignore[method-assign, assignment]
    reader.feed(html)
    reader.close()
    return "".join(pieces)
