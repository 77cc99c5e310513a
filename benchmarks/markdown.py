"""
Hostile texts of 100 kB, and an honest one: each is drawn or refused within a second.

Every family is a habit of somebody who wants the renderer to run away. The time is that of the
processor in the child and of the wait for it; the control is an ordinary document of 100 kB,
made like the ones that the test of agreement reads.
"""

import os
import time
from collections.abc import Iterator

import django

from portal.markdown import MarkdownRefused, render_or_refuse
from tests.portal.markdown_bodies import documents

SIZE = 100_000  # bytes
GOAL = 1.0  # seconds
FAMILIES = {
    "open brackets": "[",
    "open pictures": "![",
    "links in links": "[a](",
    "brackets, a paragraph each": "[[[[[[[[[[a\n\n",
    "definitions": "[a]: /b\n",
    "one name, called for often": "[a] ",
    "footnotes that call for footnotes": "[^1]: [^2] [^1]\n\n[^2]: [^1]\n\n",
    "footnotes, called for": "[^1] ",
    "backticks": "`",
    "backticks of every length": "".join("`" * n + " " for n in range(1, 20)),
    "stars": "*",
    "emphasis that never closes": "*a ",
    "emphasis that crosses": "**a *b ",
    "emphasis, a paragraph each": "*a **b ***c\n\n",
    "underscores": "_a_",
    "strikethrough": "~~a ",
    "quotes": ">",
    "quotes, deeper": "> > > > > a\n",
    "quotes that end": ">>>>> a\n\nb\n\n",
    "lists on one line": "- ",
    "lists": "- a\n",
    "lists, deeper": "- a\n  - b\n    - c\n      - d\n",
    "numbers": "1. a\n",
    "loose tasks": "- [ ] a\n\n",
    "headings": "# a\n",
    "headings with blank lines": "# a\n\n",
    "underlined headings": "a\n===\n",
    "rules": "---\n\n",
    "a wide table": "a|",
    "tables": "a|b\n-|-\n1|2\n\n",
    "a long table": "| a | b |\n",
    "fences": "```\na\n```\n",
    "a fence that never closes": "~~~",
    "diagrams": "```mermaid\na\n```\n",
    "code for a lexer": "```js\n" + "`${" * 3_000 + "\n```\n\n",
    "entities": "&amp;",
    "entities that never close": "&#",
    "open tags": "<a ",
    "a tag with attributes": "<a b=c ",
    "HTML": "<div>\n\n",
    "comments": "<!-- ",
    "mail": "<a@",
    "addresses": "http://",
    "addresses in brackets": "(http://a)",
    "backslashes": "\\",
    "hard breaks": "a\\\n",
    "white space": " ",
    "tabs": "\t",
    "blank lines": "\n",
    "signs": "*_`~[]()<>!#|\\&",
    "long words": "a",
    "combining marks": "é̂̃",
}
BEFORE = {
    "one name, called for often": "[a]: http://" + "x" * 2_000 + "\n\n",
    "footnotes, called for": "[^1]: note\n\n",
    "a long table": "| a | b |\n|---|---|\n",
}


def hostile() -> Iterator[tuple[str, str]]:
    """Yield each family as one paragraph or so, and again with a blank line now and then."""
    for name, piece in FAMILIES.items():
        before = BEFORE.get(name, "")
        count = (SIZE - len(before.encode())) // len(piece.encode())
        yield name, before + piece * count
        parted = (piece * (1 + 1_500 // len(piece))) + "\n\n"
        yield (
            f"{name}, parted",
            before + parted * ((SIZE - len(before.encode())) // len(parted.encode())),
        )


def honest() -> str:
    text = "".join(documents(60)).encode()[:SIZE]
    return text.decode(errors="ignore")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    render_or_refuse("*warm*")
    slowest: list[tuple[float, str, str]] = []
    for name, source in [("an honest document", honest()), *hostile()]:
        began = time.perf_counter()
        try:
            render_or_refuse(source)
            outcome = "drawn"
        except MarkdownRefused as refused:
            outcome = refused.code
        slowest.append((time.perf_counter() - began, name, outcome))
    control = slowest[0]
    slowest.sort(reverse=True)
    for seconds, name, outcome in [control, *slowest[:12]]:
        print(f"{seconds:6.2f} s  {outcome:12} {name}")
    over = [name for seconds, name, _ in slowest if seconds > GOAL]
    print(f"{len(slowest)} texts, {len(over)} over {GOAL} s")


if __name__ == "__main__":
    main()
