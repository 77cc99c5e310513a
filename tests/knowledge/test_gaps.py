"""From the alert to its runbook, and the list of alerts that have none."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.page_runbook import runbook_line
from knowledge import handlers, workflow
from knowledge.alert_runbooks import answer_for
from knowledge.gaps import external_urls, gaps
from knowledge.models import Document, Freshness, LinkCheck, RuleFile, first_space
from knowledge.rule_files import read_rules
from portal import clock, outgoing
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, Team, User
from tests.incidents.make import make_incident
from tests.knowledge.folders import zipped
from tests.knowledge.make import (
    RULES,
    as_person,
    codes,
    make_alert,
    make_document,
    make_published,
    newest,
)

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"content_type": "application/json"}


def kinds(user: User) -> dict[str, str]:
    return {gap.name: gap.kind.value for gap in gaps(user, clock.now())}


class TestAnswering:
    def test_a_link_goes_first_then_the_url_the_name_and_the_service(
        self, olivia: User, checkout: Service
    ) -> None:
        linked, at_url = make_published("Linked"), make_published("At the url")
        named = make_published("Named", alert_names=["HighErrorRate"])
        usual = make_published("Usual")
        alert = make_alert(
            checkout,
            labels={"severity": "critical"},
            runbook_url=f"http://localhost:8000{at_url.get_absolute_url()}#fix",
        )
        workflow.set_service_runbook(checkout, document=usual, actor=None)
        link = workflow.link_alert(
            linked, labels={"severity": "critical"}, anchor="look-at-the-pods", actor=None
        )

        def found() -> tuple[str, str]:
            answer = answer_for(alert, olivia)
            assert answer
            return answer.source, answer.document.title

        assert found() == ("link", "Linked")
        run = as_person(olivia).post(f"{linked.get_absolute_url()}run/", {"alert": alert.pk})
        assert run.headers["Location"].endswith("#step-1")
        workflow.unlink_alert(link, actor=None)
        assert found() == ("url", "At the url")
        workflow.archive(at_url, actor=None)
        assert found() == ("name", "Named")
        workflow.archive(named, actor=None)
        assert found() == ("service", "Usual")
        page = as_person(olivia).get(alert.get_absolute_url()).content.decode()
        assert "the runbook of Checkout" in page
        told = as_person(olivia).get(f"/api/v1/alerts/{alert.pk}/runbook/").json()
        assert (told["found_by"], told["document"]) == ("service", usual.slug)

    def test_past_addresses_and_those_before_an_import_lead_on(
        self, olivia: User, checkout: Service
    ) -> None:
        document = make_published("Old name")
        before = document.get_absolute_url()
        workflow.rename(document, slug="new-name", actor=olivia)
        document.refresh_from_db()
        moved = make_alert(checkout, runbook_url=f"http://localhost:8000{before}")
        wiki = "https://wiki.example/runbooks/errors"
        told = {"url": wiki, "document": document.slug}
        client = as_person(olivia)
        assert client.post("/learn/alert-links/addresses/", told).status_code == 302
        assert client.post("/api/v1/document-addresses/", told, **JSON).status_code == 201
        told["url"] = f"http://localhost:8000{before}"
        assert client.post("/api/v1/document-addresses/", told, **JSON).status_code == 409
        elsewhere = make_alert(checkout, "DiskFull", runbook_url=f"{wiki}/#top")
        for alert in (moved, elsewhere):
            answer = answer_for(alert, olivia)
            assert answer
            assert answer.document == document

    def test_an_address_is_taken_from_no_document_that_one_may_not_change(
        self, olivia: User, ana: User, payments: Team
    ) -> None:
        wiki = "https://wiki.example/runbooks/errors"
        theirs = make_published("Ours", team=payments)
        workflow.know_address(theirs, url=wiki, actor=olivia)
        mine = make_published("Mine")
        told = {"url": f"{wiki}/#top", "document": mine.slug}
        for path in ("/learn/alert-links/addresses/", "/api/v1/document-addresses/"):
            answer = as_person(ana).post(path, told, **JSON if "api" in path else {})
            assert answer.status_code == 409
            assert "leads to a document that you may not change" in answer.content.decode()
        files = {"a.md": f"---\nrunbook_url: {wiki}\n---\n# A\n".encode()}
        coming = workflow.start_import(
            zipped(files), name="a.zip", space=first_space(), actor=ana
        )
        workflow.work_on(coming)
        coming = workflow.work_on(workflow.take_in(coming, actor=ana))
        assert coming.created_count == 1
        assert "you may not change" in coming.findings.get().sentence
        assert theirs.addresses.exists()
        answer = as_person(olivia).post("/api/v1/document-addresses/", told, **JSON)
        assert answer.status_code == 201
        assert not theirs.addresses.exists()

    def test_what_one_may_not_read_answers_nothing(
        self, olivia: User, ana: User, payments: Team, checkout: Service
    ) -> None:
        make_published("Ours", alert_names=["HighErrorRate"], team=payments, is_team_only=True)
        make_document("Draft", alert_names=["DiskFull"])
        alert = make_alert(checkout)
        assert answer_for(alert, olivia)
        assert answer_for(alert, ana) is None
        assert answer_for(make_alert(checkout, "DiskFull"), olivia) is None

    def test_the_page_that_wakes_somebody_names_it(
        self, olivia: User, checkout: Service
    ) -> None:
        incident = make_incident(checkout)
        assert runbook_line(incident, olivia) == ""
        document = make_published("Errors", alert_names=["HighErrorRate"])
        alert = make_alert(checkout)
        incident.alerts.create(alert=alert, started_at=alert.started_at)
        assert runbook_line(incident, olivia).endswith(document.get_absolute_url())

    def test_linking_is_for_whoever_may_change_the_document(
        self, olivia: User, ana: User, payments: Team
    ) -> None:
        document = make_published(team=payments)
        told = {"alert_name": "DiskFull", "labels": "env=prod", "document": document.slug}
        url = "/learn/alert-links/new/"
        assert as_person(ana).post(url, told).status_code == 403
        assert as_person(olivia).post(url, told).status_code == 302
        assert as_person(olivia).post(url, told).status_code == 409
        assert as_person(olivia).post(url, told | {"labels": "env"}).status_code == 422
        assert "DiskFull env=prod" in as_person(ana).get("/learn/alert-links/").content.decode()
        api = {"alert_name": "X", "document": document.slug, "anchor": "nowhere"}
        refused = as_person(olivia).post("/api/v1/alert-links/", api, **JSON)
        assert refused.json()["reasons"][0]["code"] == "no_such_step"


class TestGaps:
    def test_each_kind_is_found_and_what_wakes_people_comes_first(
        self, olivia: User, checkout: Service
    ) -> None:
        make_alert(checkout, "Missing")
        make_alert(checkout, "Dead", runbook_url="http://localhost:8000/learn/documents/no/")
        make_alert(checkout, "Out", runbook_url="https://wiki.example/out")
        make_alert(checkout, "Template", runbook_url="https://wiki.example/{{ $labels.host }}")
        stale = make_published("Stale one", alert_names=["Stale"])
        Freshness.objects.filter(document=stale).update(due_at=clock.now())
        make_alert(checkout, "Stale")
        make_published("Nobody comes here")
        fresh = make_published("Good", alert_names=["Good"])
        make_alert(checkout, "Good")

        assert fresh.title not in kinds(olivia)
        assert kinds(olivia) == {
            "Missing": "missing",
            "Dead": "dead",
            "Out": "external",
            "Template": "templated",
            "Stale": "stale",
            "Nobody comes here": "orphan",
        }
        assert gaps(olivia, clock.now())[-1].kind == "orphan"
        page = as_person(olivia).get("/learn/gaps/?kind=missing").content.decode()
        assert "Nothing says what to do." in page
        assert "wiki.example" not in page
        api = as_person(olivia).get("/api/v1/runbook-gaps/?kind=dead").json()
        assert [gap["name"] for gap in api] == ["Dead"]

    def test_links_out_of_the_house_are_asked_and_private_ones_never(
        self, olivia: User, checkout: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_alert(checkout, "Gone", runbook_url="https://wiki.example/gone")
        make_alert(checkout, "Inside", runbook_url="http://10.0.0.1/secret")
        assert workflow.know_links(external_urls(clock.now())) == 2
        asked = []

        def send(method: str, url: str, **_limits: Any) -> outgoing.Answer:
            asked.append(method)
            if "10.0.0.1" in url:
                raise outgoing.UrlRefused("private", "This address is private.")
            return outgoing.Answer(405 if method == "HEAD" else 404, {}, b"")

        monkeypatch.setattr(outgoing, "send", send)
        for check in LinkCheck.objects.all():
            assert workflow.check_link(check.pk)
            assert workflow.check_link(check.pk) is None
        assert sorted(asked) == ["GET", "HEAD", "HEAD"]
        assert kinds(olivia) == {"Gone": "dead", "Inside": "external"}

    def test_rows_lead_to_their_alert_and_what_is_missing_can_be_written(
        self, olivia: User, checkout: Service
    ) -> None:
        client = as_person(olivia)
        assert "No alert is known yet" in client.get("/learn/gaps/").content.decode()
        document = make_published("Good", alert_names=["Good"])
        make_alert(checkout, "Good")
        assert "Every alert that is known" in client.get("/learn/gaps/").content.decode()
        missing = make_alert(checkout, "Missing")
        page = client.get("/learn/gaps/").content.decode()
        assert f'href="{missing.get_absolute_url()}">Missing' in page
        assert "/operate/alerts/?q=Missing" in page
        assert page.count("Write this runbook") == 1
        workflow.archive(document, actor=None)
        make_alert(checkout, "Out", runbook_url="https://wiki.example/out")
        page = client.get("/learn/gaps/").content.decode()
        assert (
            page.count("Write this runbook") == 2
        )  # Good and Missing, not what lies elsewhere
        assert "No gaps of this kind" in client.get("/learn/gaps/?kind=stale").content.decode()

    def test_a_runbook_is_begun_from_the_gap(
        self, olivia: User, vera: User, checkout: Service
    ) -> None:
        told = {"alert_name": "DiskFull", "service": checkout.slug}
        assert as_person(vera).post("/learn/gaps/write/", told).status_code == 403
        begun = as_person(olivia).post("/learn/gaps/write/", told)
        document = Document.objects.get()
        assert begun.headers["Location"].endswith(f"{document.slug}/edit/")
        assert document.alert_names == ["DiskFull"]
        assert "## Escalation" in newest(document).body

    def test_the_list_asks_no_more_for_many(
        self, olivia: User, checkout: Service, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(30):
            make_alert(checkout, f"Alert {number}", runbook_url=f"https://x.example/{number}")
            make_published(f"Runbook {number}", alert_names=[f"Other {number}"])
        with django_assert_max_num_queries(20):
            assert len(gaps(olivia, clock.now())) == 60


class TestRuleFiles:
    def test_page_and_api_take_them_in_and_again_in_their_place(self, olivia: User) -> None:
        client = as_person(olivia)
        file = SimpleUploadedFile("rules.yml", RULES.encode())
        assert client.post("/learn/gaps/rules/", {"file": file}).status_code == 302
        assert kinds(olivia) == {"HighErrorRate": "missing", "DiskFull": "templated"}
        fewer = RULES.partition("      - record")[0]
        told = client.post("/api/v1/rule-files/", {"name": "rules.yml", "text": fewer}, **JSON)
        assert told.json() == {"name": "rules.yml", "rules": 1, "problems": []}
        assert kinds(olivia) == {"HighErrorRate": "missing"}

    def test_what_is_wrong_stands_in_the_form_or_beside_the_file(self, olivia: User) -> None:
        client = as_person(olivia)
        bad = SimpleUploadedFile("bad.yml", b"groups: 7")
        refused = client.post("/learn/gaps/rules/", {"file": bad})
        assert refused.status_code == 409
        assert "Line 1: “groups” is no list." in refused.content.decode()
        assert "Gaps in runbooks" in refused.content.decode()
        text = RULES.replace("- alert: DiskFull", "- alrt: DiskFull")
        file = SimpleUploadedFile("rules.yml", text.encode())
        client.post("/learn/gaps/rules/", {"file": file})
        page = client.get("/learn/gaps/").content.decode()
        assert "A rule has no “alert”." in page
        assert 'data-confirm="Forget rules.yml?' in page
        known = RuleFile.objects.get()
        gone = client.post(f"/learn/gaps/rules/{known.pk}/remove/", follow=True)
        assert "rules.yml is forgotten." in gone.content.decode()

    def test_a_rule_that_changes_makes_its_runbooks_due(self, olivia: User) -> None:
        named = make_published("Named", alert_names=["HighErrorRate"])
        linked, other = make_published("Linked"), make_published("Other")
        at_url = make_published("At the url")
        workflow.link_alert(linked, alert_name="HighErrorRate", actor=None)
        url = f"http://localhost:8000{at_url.get_absolute_url()}"
        before = RULES.replace("summary: Too many errors", f"runbook_url: {url}")

        def due_after(text: str) -> dict[str, str]:
            workflow.upload_rules(name="rules.yml", text=text, actor=olivia)
            handlers.look_again_at_what_answers_changed_rules(
                Event.objects.filter(kind="rules.uploaded").latest("pk")
            )
            due = Freshness.objects.exclude(due_reason="")
            return {each.document.title: each.due_reason for each in due}

        assert due_after(before) == {}
        assert due_after(f"# As before\n{before}") == {}
        reason = "The alert rule HighErrorRate changed in rules.yml."
        due = due_after(before.replace("> 1", "> 2"))
        assert due == dict.fromkeys(["Named", "Linked", "At the url"], reason)
        assert other.title not in due

        workflow.attest(named, number=1, actor=olivia)
        gone = before.replace("HighErrorRate", "HigherErrorRate")
        assert due_after(gone)["Named"] == reason

    def test_a_rule_of_kubernetes_is_read_too(self) -> None:
        text = "kind: PrometheusRule\nspec:\n" + "".join(
            f"  {line}\n" for line in RULES.splitlines()
        )
        rules, problems = read_rules(text)
        assert [(rule.name, rule.line) for rule in rules] == [
            ("HighErrorRate", 6),
            ("DiskFull", 13),
        ]
        assert problems == []

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("groups:\n  - name: a\n   rules: []", 3),
            ("groups: &a [*a]", 1),
            ("groups: 7", 1),
            ("a: " + "[" * 20, 1),
            ("groups:\n  - rules:\n      - expr: up", 3),
            ("", 1),
        ],
    )
    def test_what_is_wrong_is_told_by_line(self, text: str, line: int) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.upload_rules(name="r.yml", text=text, actor=None)
        assert codes(refused) == ["rules_unreadable"] * len(refused.value.refusals)
        assert f"Line {line}:" in str(refused.value)
