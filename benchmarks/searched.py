"""Many documents, and how long questions to them take."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import accumulate

from django.db import connection
from django.test import Client

from knowledge.models import Document, Reading, Revision, Space
from portal import clock
from portal.markdown import RENDERER_VERSION
from portal.models import IndexEntry, Posting, User, Word
from portal.search import building
from tests.make import make_person, make_service, make_team

DOCUMENTS = int(os.environ.get("SEARCH_DOCUMENTS", "10000"))
QUESTIONS = 200
WORDS = 400  # of a document
TOGETHER = 2000
SYLLABLES = [
    *("ka", "mo", "re", "ti", "su", "lan", "ber", "dor", "vin"),
    *("pel", "gra", "tho", "mer", "nix", "qua", "zel", "ost"),
]
TRADE = [
    *("database", "replica", "restart", "latency", "connection", "pool", "timeout", "disk"),
    *("volume", "certificate", "expired", "memory", "leak", "queue", "consumer", "lag"),
    *("rollback", "deploy", "kubernetes", "pod", "node", "cluster", "ingress", "gateway"),
    *("checkout", "payment", "search", "cache", "redis", "kafka", "backup", "restore"),
]
NAMES = ("Kube", "Pod", "Node", "Disk", "Crash", "Looping", "High", "Error", "Rate", "Lag")

ON_SQLITE = """
    SELECT sum(pgsize) FROM dbstat JOIN sqlite_master USING (name)
    WHERE tbl_name IN ('portal_posting', 'portal_word', 'portal_indexentry')
"""
ON_POSTGRESQL = """
    SELECT sum(pg_total_relation_size(name::regclass))
    FROM (VALUES ('portal_posting'), ('portal_word'), ('portal_indexentry')) AS tables(name)
"""


class Writer:
    """Writes texts whose words are as unevenly frequent as those of people (Zipf)."""

    def __init__(self) -> None:
        self.dice = random.Random(7)
        made = {"".join(self.dice.choices(SYLLABLES, k=4)) for _ in range(20_000)}
        self.words = [*TRADE, *sorted(made)]
        self.weights = list(accumulate(1 / (place + 3) for place in range(len(self.words))))

    def some(self, count: int) -> list[str]:
        return self.dice.choices(self.words, cum_weights=self.weights, k=count)

    def title(self) -> str:
        return " ".join(self.some(4)).capitalize()

    def alert(self) -> str:
        return "".join(self.dice.sample(NAMES, 3)) + str(self.dice.randrange(1000))

    def body(self) -> str:
        parts = [
            f"## {' '.join(self.some(3))}\n\n{' '.join(self.some(WORDS // 5))}\n\n"
            for _ in range(5)
        ]
        return "".join(parts) + f"```bash\nkubectl -n {self.some(1)[0]} get pods\n```\n"


def measure() -> None:
    writer = Writer()
    person = furnish(writer)
    started = time.monotonic()
    building.rebuild()
    took = time.monotonic() - started
    print(f"{DOCUMENTS} documents, {connection.vendor}")
    print(f"  index built in {took:.0f} s: {took / DOCUMENTS * 1000:.1f} ms a document")
    print(
        f"  {IndexEntry.objects.count()} entries, {Posting.objects.count()} postings,"
        f" {Word.objects.count()} words, {_size()} MB of tables and indexes"
    )
    ask(writer, person)


def ask(writer: Writer, person: User) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    for name, questions in questions_for(writer).items():
        for door in ("/search/", "/search/suggestions/"):
            say(f"{name}, {door}", list(timed(client, door, questions)))


def furnish(writer: Writer) -> User:
    team = make_team("Payments")
    services = [make_service(f"Service {number}", team=team) for number in range(20)]
    spaces = []
    for number in range(20):
        reading = Reading.NAMED if number < 2 else Reading.EVERYONE
        space = Space(name=f"Space {number}", slug=f"space-{number}", reading=reading)
        space.changed_by = None
        space.save()
        spaces.append(space)
    for start in range(0, DOCUMENTS, TOGETHER):
        _write_documents(writer, spaces, range(start, min(start + TOGETHER, DOCUMENTS)))
    through = Document.services.through
    through.objects.bulk_create(
        [
            through(document_id=pk, service_id=services[pk % 20].pk)
            for pk in Document.objects.filter(slug__startswith="d-").values_list(
                "pk", flat=True
            )
        ],
        batch_size=TOGETHER,
    )
    return make_person("Olivia", team=team)


def _write_documents(writer: Writer, spaces: list[Space], numbers: range) -> None:
    now = clock.now()
    documents = Document.objects.bulk_create(
        [
            Document(
                space=spaces[number % 20],
                kind="runbook",
                title=writer.title(),
                slug=f"d-{number}",
                alert_names=[writer.alert()],
                latest_number=1,
            )
            for number in numbers
        ]
    )
    revisions = Revision.objects.bulk_create(
        [
            Revision(
                document=document,
                number=1,
                title=document.title,
                body=writer.body(),
                renderer=RENDERER_VERSION,
                state="published",
                published_at=now - timedelta(days=writer.dice.randrange(1000)),
            )
            for document in documents
        ]
    )
    for document, revision in zip(documents, revisions, strict=True):
        document.published = revision
    Document.objects.bulk_update(documents, ["published"], batch_size=500)


def questions_for(writer: Writer) -> dict[str, list[str]]:
    """Of each kind so many; rare and frequent words as people would take them from texts."""

    def each(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(QUESTIONS)]

    def misspelt() -> str:
        word = writer.dice.choice([word for word in writer.words[:2000] if len(word) > 6])
        at = writer.dice.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return {
        "two words": each(lambda: " ".join(writer.some(2))),
        "a beginning": each(lambda: writer.some(1)[0][:3]),
        "frequent words": each(lambda: " ".join(writer.dice.sample(TRADE[:12], 2))),
        "misspelt": each(misspelt),
        "an alert's text": each(lambda: f"{writer.alert()}: {' '.join(writer.some(40))}"),
    }


def timed(client: Client, door: str, questions: list[str]) -> Iterator[float]:
    client.get(door, {"q": "warm up"})
    for text in questions:
        started = time.perf_counter()
        answer = client.get(door, {"q": text})
        yield (time.perf_counter() - started) * 1000
        assert answer.status_code == 200


def say(name: str, took: list[float]) -> None:
    p95 = statistics.quantiles(took, n=20)[-1]
    p50 = statistics.median(took)
    print(f"  {name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, {max(took):.0f} at most")


def _size() -> int:
    """Of the tables of the index with their own indexes, in MB."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(ON_SQLITE)
        else:
            cursor.execute(ON_POSTGRESQL)
        return int(cursor.fetchone()[0] or 0) // 1_000_000
