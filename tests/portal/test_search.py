"""Search over everything: the page, what shows while one types, and the API."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import clock, events
from portal.models import IndexEntry, IndexState, Posting, SearchGap, Service, Team, User, Word
from portal.search import building, words
from portal.search.asking import read
from portal.search.correcting import distance
from tests.make import make_person, make_service
from tests.searching import ask, found

pytestmark = pytest.mark.django_db


def test_page_and_api_find_the_same(client: Client, vera: User, checkout: Service) -> None:
    building.rebuild()
    client.force_login(vera)

    page = client.get("/search/?q=check+out")
    api = client.get("/api/v1/search/?q=check+out").json()

    assert [result.title for result in page.context["answer"].results] == ["Checkout"]
    assert [(row["kind"], row["title"], row["why"]) for row in api["results"]] == [
        ("service", "Checkout", ["title", "names"])
    ]
    assert api["total"] == 1
    assert "<mark>Checkout</mark></a>" in page.content.decode()


def test_what_names_it_comes_first_and_is_found_from_anywhere_in_it(
    vera: User, payments: Team, checkout: Service
) -> None:
    make_service("KubePodGateway", team=payments, description="settings.json, Größe, café")
    make_service("Gateway", team=payments, description="The gateway of pods: kube pod gateway")

    assert found(vera, "gateway")[0] == "Gateway"
    for text in (
        "KubePodGateway",
        "kubepodgateway",
        "kube pod gateway",
        "podgateway",
        "KUBEPOD",
    ):
        assert "KubePodGateway" in found(vera, text), text
    assert found(vera, "kubepodgateway")[0] == "KubePodGateway"
    for text in ("settings", "settings.json", "GROSSE", "große", "cafe", "kubep"):
        assert found(vera, text) == ["KubePodGateway"], text


def test_a_misspelt_word_is_put_right_and_said(
    client: Client, vera: User, checkout: Service
) -> None:
    building.rebuild()
    client.force_login(vera)

    page = client.get("/search/?q=chekcout").content.decode()
    as_typed = client.get("/search/?q=chekcout&as_typed=1").content.decode()
    api = client.get("/api/v1/search/?q=chekcout").json()

    assert "Showing results for <strong>checkout</strong>" in page
    assert "Search instead for “chekcout”" in page
    assert api["corrected"] == {"chekcout": "checkout"}
    assert "Nothing found for “chekcout”" in as_typed


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("linxu", "linux", 1),
        ("database", "databse", 1),
        ("restart", "restrat", 1),
        ("latency", "latency", 0),
        ("kubernetes", "kubrenets", 2),
        ("pod", "database", 3),
    ],
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) == slips


def test_quotes_and_minus_work_until_a_text_is_pasted(vera: User, payments: Team) -> None:
    make_service("One", team=payments, description="free connection slots")
    make_service("Two", team=payments, description="slots for a connection, kubectl -n prod")

    assert set(found(vera, "connection slots")) == {"One", "Two"}
    assert found(vera, '"connection slots"') == ["One"]
    assert found(vera, "connection -free") == ["Two"]
    assert found(vera, '"connection slots" -"free connection"') == []
    pasted = "run this at once when it is down: kubectl -n prod get pods --all -o wide"
    assert read(pasted).without == ()
    assert "Two" in found(vera, pasted)


def test_a_list_is_narrowed_and_counted(
    client: Client, vera: User, checkout: Service, payments: Team
) -> None:
    building.rebuild()
    client.force_login(vera)

    every = client.get("/api/v1/search/?q=payments+checkout").json()
    teams = client.get("/api/v1/search/?q=payments+checkout&kind=team").json()
    of_service = client.get("/api/v1/search/?q=payments&service=checkout").json()

    assert every["kinds"] == [{"value": "service", "count": 1}, {"value": "team", "count": 1}]
    assert [row["title"] for row in teams["results"]] == ["Payments"]
    assert [row["title"] for row in of_service["results"]] == ["Checkout"]
    assert client.get("/api/v1/search/?q=a&service=nowhere").status_code == 400
    assert client.get("/api/v1/search/?q=a&since=8").status_code == 400
    assert client.get("/search/?q=payments&service=nowhere&page=x").status_code == 200


def test_pages_are_parts_of_one_list(client: Client, vera: User, payments: Team) -> None:
    for number in range(45):
        make_service(f"Queue {number}", team=payments)
    building.rebuild()
    client.force_login(vera)

    pages = [client.get(f"/api/v1/search/?q=queue&page={n}").json() for n in (1, 2, 3)]
    titles = [row["title"] for page in pages for row in page["results"]]

    assert len(titles) == len(set(titles)) == pages[0]["total"] == 45
    assert titles == [
        title for page in pages for title in [r["title"] for r in page["results"]]
    ]
    assert client.get("/search/?q=queue&page=99").context["answer"].page == 3


def test_while_typing_only_results_come(client: Client, vera: User) -> None:
    building.rebuild()
    client.force_login(vera)

    typing = {"HX-Request": "true", "HX-Target": "results"}
    answer = client.get("/search/?q=ver", headers=typing)
    under_the_field = client.get("/search/suggestions/?q=ver").content.decode()

    assert "<html" not in answer.content.decode()
    assert "HX-Target" in answer.headers["Vary"]
    assert 'role="option"' in under_the_field
    assert "<mark>Vera</mark>" in under_the_field
    assert "<html" not in under_the_field
    assert client.get("/search/suggestions/?q=").content.decode().strip() == ""


def test_what_nobody_wrote_is_kept_without_a_name(
    client: Client, vera: User, olivia: User
) -> None:
    building.rebuild()
    client.force_login(vera)

    assert (
        "Nothing found for “Zebra  crossing”"
        in client.get("/search/", {"q": "Zebra  crossing"}).content.decode()
    )
    client.get("/api/v1/search/", {"q": "zebra crossing"})
    client.get("/search/?q=zebra", headers={"HX-Request": "true", "HX-Target": "results"})
    client.get("/search/?q=zebra&kind=team")

    assert list(SearchGap.objects.values_list("text", "count")) == [("zebra crossing", 2)]
    client.get("/search/?q=" + "x" * 300)
    assert SearchGap.objects.count() == 1
    assert client.get("/api/v1/search-gaps/").status_code == 403
    assert "zebra crossing" not in client.get("/learn/").content.decode()
    client.force_login(olivia)
    assert client.get("/api/v1/search-gaps/").json()[0]["text"] == "zebra crossing"
    assert "zebra crossing" in client.get("/learn/").content.decode()
    make_person("Zebra Crossing")
    building.rebuild()
    client.get("/search/?q=Zebra+crossing")
    assert not SearchGap.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "_",
        "'",
        '"',
        '""',
        "\\",
        "<b>",
        "日本",
        "🦊",
        "%%s",
        "{{7*7}}",
        "-",
        '-"',
        "* OR 1",
    ],
)
def test_odd_words_are_words(client: Client, vera: User, text: str) -> None:
    building.rebuild()
    client.force_login(vera)

    assert client.get("/search/", {"q": text}).status_code == 200
    assert client.get("/search/suggestions/", {"q": text}).status_code == 200
    assert client.get("/services/", {"q": text[:1]}).status_code == 200


def test_too_much_is_refused(client: Client, vera: User) -> None:
    client.force_login(vera)

    page = client.get("/search/", {"q": "x " * 2001 + "x"})
    api = client.get("/api/v1/search/", {"q": "x" * 4001})

    assert (page.status_code, api.status_code) == (422, 400)
    assert "at most 4000 characters" in page.content.decode()
    assert client.get("/api/v1/search/?q=").status_code == 400
    assert client.get("/api/v1/search/?q=a&order=b").status_code == 400
    assert client.get("/search/", {"q": "x " * 1999}).status_code == 200


def test_what_is_found_is_text(vera: User, payments: Team) -> None:
    make_service("Bad <b>", team=payments, description="<script>alert(1)</script> & more")

    result = ask(vera, "script alert").results[0]

    assert result.marked_excerpt == (
        "&lt;<mark>script</mark>&gt;<mark>alert</mark>(1)"
        "&lt;/<mark>script</mark>&gt; &amp; more"
    )
    assert result.marked_title == "Bad &lt;b&gt;"


def test_nobody_without_access_finds_anything(
    client: Client, otto: User, checkout: Service
) -> None:
    assert found(otto, "checkout") == []
    assert ask(otto, "chekcout").meant == {}
    client.force_login(otto)
    assert client.get("/search/?q=checkout").status_code == 404


def test_changes_are_followed_and_a_rebuild_gives_the_same(
    vera: User, payments: Team, checkout: Service
) -> None:
    assert found(vera, "checkout") == ["Checkout"]
    Service.objects.filter(pk=checkout.pk).update(name="Till", slug="till")
    checkout.refresh_from_db()
    events.record("service.changed", checkout, actor=None)
    new = make_service("Ledger", team=payments)
    late = events.record("service.created", new, actor=None)
    building.follow(clock.now())

    assert [entry.title for entry in IndexEntry.objects.filter(kind="service")] == [
        "Till",
        "Ledger",
    ]
    assert not Word.objects.filter(word="checkout").exists()
    assert late.pk in IndexState.objects.get().seen or IndexState.objects.get().event >= late.pk
    kept = [
        list(
            IndexEntry.objects.order_by("source", "object_id").values_list(
                "digest", "words__stream"
            )
        ),
        list(Posting.objects.order_by("entry__title", "word").values_list("word", "weight")),
        sorted(Word.objects.values_list("word", "entry_count")),
    ]

    Posting.objects.all().delete()
    IndexEntry.objects.all().delete()
    call_command("rebuild_search")

    assert kept == [
        list(
            IndexEntry.objects.order_by("source", "object_id").values_list(
                "digest", "words__stream"
            )
        ),
        list(Posting.objects.order_by("entry__title", "word").values_list("word", "weight")),
        sorted(Word.objects.values_list("word", "entry_count")),
    ]


def test_what_no_event_told_of_is_mended(vera: User, payments: Team) -> None:
    building.rebuild()
    make_service("Ledger", team=payments)
    Team.objects.filter(name="Payments").update(name="Money")

    building.mend()

    assert IndexEntry.objects.filter(title="Ledger").exists()


def test_a_search_asks_the_same_with_few_and_with_many(
    client: Client, vera: User, payments: Team
) -> None:
    client.force_login(vera)

    def cost(text: str) -> int:
        client.get("/search/", {"q": text})
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/suggestions/", {"q": text})
        return len(queries)

    make_service("Queue", team=payments)
    building.rebuild()
    one = cost("queue")
    for number in range(60):
        make_service(f"Queue {number}", team=payments, description="a queue")
    building.rebuild()

    assert cost("queue") == one <= 12


def test_scripts_without_spaces_are_read_by_pairs() -> None:
    assert words.read("データベース").atoms == ("デー", "ータ", "タベ", "ベー", "ース")
