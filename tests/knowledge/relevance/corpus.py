"""A small house to search in, and what people ask there, read from the text files beside."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
NOTES = 150  # meeting notes in which sentences of the texts stand together, as they do in life


class Text(NamedTuple):
    title: str
    kind: str
    alerts: list[str]
    services: list[str]
    body: str


class Question(NamedTuple):
    how: str
    text: str
    right: list[str]  # any of these titles


def texts() -> list[Text]:
    blocks = (HERE / "corpus.txt").read_text().split("=== ")[1:]
    written = [_text(block) for block in blocks]
    return [*written, *_notes(written)]


def _text(block: str) -> Text:
    head, _, body = block.partition("\n\n")
    title, *fields = head.split("\n")
    values = dict(line.split(":", 1) for line in fields)
    alerts, services = (
        [name.strip() for name in values[key].split(",") if name.strip()]
        for key in ("alerts", "services")
    )
    return Text(title, values["kind"].strip(), alerts, services, body)


def _notes(written: list[Text]) -> Iterator[Text]:
    dice = random.Random(3)
    for number in range(1, NOTES + 1):
        lines = [line for text in dice.sample(written, 5) for line in text.body.splitlines()]
        said = [line.strip("-# ") for line in lines if len(line.split()) > 2]
        body = "\n\n".join(dice.sample(said, min(len(said), 9)))
        yield Text(f"Weekly meeting {number}", "meeting", [], [], f"We talked.\n\n{body}\n")


def questions() -> list[Question]:
    asked: list[Question] = []
    how = ""
    for line in (HERE / "questions.txt").read_text().splitlines():
        if line.startswith("# "):
            how = line[2:]
        elif line:
            text, _, right = line.partition("  =>  ")
            asked.append(Question(how, text, right.split(" / ")))
    return asked
