"""Documents as people write them, from a seed, so that a disagreement can be drawn again."""

from collections.abc import Callable, Iterator
from random import Random

TRADE = """
restart drain node pod queue lag replica failover primary disk full memory leak rollback
deploy canary alert page customer checkout latency error budget token certificate renew backup
"""
WORDS = TRADE.split()
SPANS = (
    "`{}`", "**{}**", "*{}*", "_{}_", "~~{}~~", "[{}](https://wiki.example/x)", "{}_count",
    "<{}>", "https://wiki.example/{}", "![{}](/attachments/1/a.png)", "2 * {}", "{}: yes",
    "`a | {}`", "[{}]", "\\*{}\\*", "&amp; {}", "(see {})", "#{}",
)  # fmt: skip
LANGUAGES = ("", "bash", "yaml", "python", "json", 'sql title="x"', "console")
CODE = (
    "kubectl get pods -n {{ namespace }}", "- not: a list", "# not a heading", "", "    deeper",
    "| not | a table |", "1. not a number", "> not a quote", "\tmake test", "``inner``", "***",
)  # fmt: skip
HTML = (
    "<details>\n<summary>More</summary>\n\n{}\n\n</details>", "<!-- {} -->", "<br>\n{}",
    "<div align=\"center\">\n# {}\n- {}\n</div>", "<kbd>Ctrl</kbd> {}", "<!--\n\n# {}\n\n-->",
    "<pre>\n- {}\n\n# x\n</pre>", "<a name=\"x\"></a>\n{}",
)  # fmt: skip


class Writer:
    """Writes one document; every habit below is one that runbooks show."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.nested = self.random.choice((2, 2, 3, 4))  # how this author indents
        self.careful = self.random.random() < 0.6  # puts blank lines where they belong

    def document(self) -> str:
        makers: list[tuple[Callable[[], list[str]], int]] = [
            (self.heading, 6), (self.paragraph, 6), (self.list, 9), (self.fence, 4),
            (self.table, 3), (self.quote, 2), (self.html, 1), (self.rule, 1),
            (self.indented, 1), (self.definition, 1), (self.label, 2),
        ]  # fmt: skip
        kinds, weights = zip(*makers, strict=True)
        lines = [f"# {self.words(3)}"]
        for maker in self.random.choices(kinds, weights, k=self.random.randint(6, 22)):
            lines += [""] * self.gap() + maker()
        return "\n".join(lines) + "\n"

    def gap(self) -> int:
        if self.careful:
            return 1
        return self.random.choice((0, 0, 1, 1, 2))

    def words(self, most: int) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, most)))

    def text(self) -> str:
        pieces = [self.words(4)]
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            pieces += [self.random.choice(SPANS).format(self.words(1)), self.words(3)]
        return " ".join(pieces)

    def heading(self) -> list[str]:
        text = self.text()
        if self.random.random() < 0.1:
            return [text, self.random.choice(("===", "---", "-----"))]
        closing = self.random.choice(("", "", "", "", " ##"))
        return [f"{'#' * self.random.randint(1, 5)} {text}{closing}"]

    def label(self) -> list[str]:
        return [f"**{self.words(2)}**:", *self.list()]

    def paragraph(self) -> list[str]:
        return [
            self.text() + self.random.choice(("", "", "  ", "\\"))
            for _ in range(self.random.randint(1, 4))
        ]

    def rule(self) -> list[str]:
        return ["", self.random.choice(("---", "***", "- - -", "___")), ""]

    def definition(self) -> list[str]:
        return ["", f"[{self.words(1)}]: https://wiki.example/{self.words(1)} 'Here'", ""]

    def indented(self) -> list[str]:
        return ["", *(f"    {line}" for line in self.code()), ""]

    def html(self) -> list[str]:
        text = self.random.choice(HTML)
        return text.replace("{}", self.words(2)).split("\n")

    def quote(self) -> list[str]:
        inner = self.random.choice((self.paragraph, self.list, self.fence, self.paragraph))()
        if self.random.random() < 0.3:
            inner = [f"[!{self.random.choice(('NOTE', 'WARNING', 'TIP'))}]", *inner]
        mark = self.random.choice(("> ", "> ", ">"))
        return [(mark + line).rstrip() for line in inner]

    def code(self) -> list[str]:
        return [self.random.choice(CODE) for _ in range(self.random.randint(1, 6))]

    def fence(self) -> list[str]:
        mark = self.random.choice(("```", "```", "```", "~~~", "````"))
        return [mark + self.random.choice(LANGUAGES), *self.code(), mark]

    def table(self) -> list[str]:
        columns = self.random.randint(1, 5)
        edge = self.random.choice(("|", "|", "")) if columns > 1 else "|"

        def row(cells: list[str]) -> str:
            return f"{edge} {' | '.join(cells)} {edge}".strip()

        marks = [
            self.random.choice((":--", "---", "--:", ":-:", "-----")) for _ in range(columns)
        ]
        body = [
            row(
                [
                    self.cell()
                    for _ in range(max(1, columns + self.random.choice((0, 0, 0, -1, 1))))
                ]
            )
            for _ in range(self.random.randint(0, 5))
        ]
        return [row([self.words(2) for _ in range(columns)]), row(marks), *body]

    def cell(self) -> str:
        return self.random.choice(
            (self.words(2), self.words(1), "", "`a`", "a \\| b", "**b**", "https://a.example/x")
        )

    def list(self, depth: int = 0) -> list[str]:
        sign = self.random.choice(("-", "-", "*", "+", "1.", "1.", "1)", "3.", "0."))
        number = int(sign[:-1]) if sign[0].isdigit() else None
        tasks = number is None and self.random.random() < 0.25
        loose = self.random.random() < 0.25
        lines: list[str] = []
        for index in range(self.random.randint(1, 5)):
            if index and loose:
                lines.append("")
            mark = sign if number is None else f"{number + index * (sign != '1)')}{sign[-1]}"
            mark += self.random.choice((" ", " ", " ", "   "))
            box = self.random.choice(("[ ] ", "[x] ", "[X] ")) if tasks else ""
            width = self.random.choice((len(mark), len(mark), len(mark), self.nested))
            lines.append(mark + box + self.text())
            lines += [(" " * width + line).rstrip() for line in self.inside(depth)]
        return lines

    def inside(self, depth: int) -> Iterator[str]:
        """Yield what stands under an item's first line, if anything."""
        what = self.random.random()
        blank = [""] if self.random.random() < 0.4 else []
        if what < 0.2 and depth < 3:
            yield from [*blank, *self.list(depth + 1)]
        elif what < 0.3:
            yield from [*blank, *self.fence()]
        elif what < 0.36:
            yield from [*blank, *self.paragraph()]
        elif what < 0.38:
            yield from [*blank, *self.table()]
        elif what < 0.40:
            yield from [*blank, *self.quote()]


def documents(count: int) -> Iterator[str]:
    for seed in range(count):
        yield Writer(seed).document()
