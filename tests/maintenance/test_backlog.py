"""The backlog: ranked by people, proposed by a score, triaged in bulk, each row on its own."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from maintenance import workflow
from maintenance.backlog import in_order, score_of
from maintenance.models import MaintenanceRequest, RequestState
from maintenance.workflow.backlog import _place
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Service, User
from tests.maintenance.make import make_request, own_queries, request_in

Made = list[MaintenanceRequest]


@pytest.fixture
def four(olivia: User, checkout: Service) -> Made:
    """Four that wait, from P0 to P3, so that this is the proposed order."""
    return [
        make_request(checkout, olivia, title=f"P{priority}", priority=priority)
        for priority in range(4)
    ]


def order() -> list[str]:
    rows = in_order(MaintenanceRequest.objects.all(), clock.now())
    return [row.request.title for row in rows]


class TestScore:
    def test_worth_by_effort(self, olivia: User, checkout: Service) -> None:
        request = make_request(checkout, olivia, priority=1)
        assert score_of(request, clock.now()) == Decimal("5.3")  # (13 + 3 + 0) / 3

        workflow.analyse(request, actor=olivia, delay_cost=3, effort_hours=Decimal(16))
        request = MaintenanceRequest.objects.get()
        assert score_of(request, clock.now()) == Decimal("13.0")  # (13 + 13) / 2

        later = clock.now() + timedelta(weeks=40)
        assert score_of(request, later) == Decimal("18.0")  # ten weeks count

    def test_the_smallest_effort_is_half_a_day(self, olivia: User, checkout: Service) -> None:
        request = make_request(checkout, olivia)
        workflow.analyse(request, actor=olivia, effort_hours=Decimal("0.5"))
        request = MaintenanceRequest.objects.get()
        assert score_of(request, clock.now()) == Decimal("12.0")  # (3 + 3) / 0.5


class TestRank:
    def test_without_a_word_the_score_decides(self, four: Made) -> None:
        assert order() == ["P0", "P1", "P2", "P3"]

    def test_up_down_top_and_before(self, four: Made, olivia: User) -> None:
        p0, p1, p2, p3 = four
        assert workflow.rank(p2, move="up", actor=olivia) == 2
        assert order() == ["P0", "P2", "P1", "P3"]
        workflow.rank(p3, move="top", actor=olivia)
        assert order() == ["P3", "P0", "P2", "P1"]
        workflow.rank(p3, move="down", actor=olivia)
        assert order() == ["P0", "P3", "P2", "P1"]
        workflow.rank(p1, move="before", other=p3.pk, actor=olivia)
        assert order() == ["P0", "P1", "P3", "P2"]
        workflow.rank(p0, move="up", actor=olivia)
        assert order() == ["P0", "P1", "P3", "P2"]
        workflow.rank(p0, move="after", other=p3.pk, actor=olivia)
        assert order() == ["P1", "P3", "P0", "P2"]

    def test_what_is_not_ranked_follows_by_its_score(
        self, four: Made, olivia: User, checkout: Service
    ) -> None:
        workflow.rank(four[3], move="top", actor=olivia)
        make_request(checkout, olivia, title="New", priority=0)
        assert order() == ["P3", "P0", "New", "P1", "P2"]

    def test_what_goes_on_leaves_the_backlog(self, four: Made, olivia: User, max: User) -> None:
        workflow.rank(four[1], move="top", actor=olivia)
        request = workflow.submit(four[1], actor=olivia)
        assert order() == ["P0", "P2", "P3"]
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.rank(request, move="top", actor=olivia)
        assert [each.code for each in refused.value.refusals] == ["wrong_state"]

    @given(st.lists(st.integers(1, 9), min_size=1, unique=True), st.data())
    def test_a_move_never_leaves_the_list(self, others: list[int], data: Any) -> None:
        was = data.draw(st.integers(0, len(others)))
        move = data.draw(st.sampled_from(["up", "down", "top", "before", "after"]))
        other = data.draw(st.integers(1, 12))
        place = _place(others, was, move, other)
        assert 0 <= place <= len(others)
        if move == "before" and other in others:
            assert others[place] == other


class TestDoors:
    def test_buttons_rank_without_script_and_keep_the_filter(
        self, client: Client, four: Made, olivia: User, checkout: Service
    ) -> None:
        client.force_login(olivia)
        door = f"/change/backlog/{four[2].pk}/rank/"

        moved = client.post(door, {"move": "top", "query": f"service={checkout.slug}"})

        assert moved.headers["Location"] == (
            f"/change/backlog/?service={checkout.slug}#request-{four[2].pk}"
        )
        assert order()[0] == "P2"
        above = client.post(f"{door}?other={four[0].pk}", {"move": "after"})
        assert (above.status_code, order()[:2]) == (302, ["P0", "P2"])
        assert client.post(door, {"move": "sideways"}).status_code == 422
        page = client.get("/change/backlog/?priority=3").content.decode()
        assert f"{four[3].number}</span> P3" in page
        assert f"{four[0].number}</span> P0" not in page

    def test_each_row_of_a_triage_answers_on_its_own(
        self, client: Client, four: Made, olivia: User, max: User, checkout: Service
    ) -> None:
        sent = request_in(RequestState.SUBMITTED, checkout, olivia, max)
        client.force_login(olivia)
        chosen = [four[0].pk, sent.pk, 4711]

        answer = client.post("/change/backlog/triage/", {"action": "assess", "chosen": chosen})

        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Done with 1; not with these 2" in page
        assert f"{four[0].number}</a>: It is “Draft”" in page
        assert "CHG-4711: There is no such request." in page
        sent.refresh_from_db()
        assert sent.state == RequestState.ASSESSING

    def test_a_triage_says_priority_and_who(
        self, client: Client, four: Made, olivia: User
    ) -> None:
        client.force_login(olivia)
        chosen = [request.pk for request in four]
        wrong = client.post("/change/backlog/triage/", {"action": "priority", "chosen": chosen})
        assert wrong.status_code == 422
        for said in [
            {"action": "priority", "priority": 2},
            {"action": "implementer", "implementer": olivia.pk},
        ]:
            done = client.post("/change/backlog/triage/", {**said, "chosen": chosen})
            assert done.status_code == 302
        rows = MaintenanceRequest.objects.values_list("priority", "implementer")
        assert set(rows) == {(2, olivia.pk)}

    def test_only_who_decides_rejects(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        sent = request_in(RequestState.SUBMITTED, checkout, olivia, max)
        said = {"action": "reject", "reason": "Not now.", "chosen": [sent.pk]}
        client.force_login(olivia)
        assert client.post("/change/backlog/triage/", said).status_code == 409
        client.force_login(max)
        assert client.post("/change/backlog/triage/", said).status_code == 302
        sent.refresh_from_db()
        assert sent.state == RequestState.REJECTED

    def test_the_api_does_the_same(self, client: Client, four: Made, olivia: User) -> None:
        client.force_login(olivia)
        door = "/api/v1/maintenance-requests/"
        post: dict[str, Any] = {"content_type": "application/json"}
        ranked = client.post(f"{door}{four[3].pk}/rank/", {"move": "top"}, **post)
        assert (ranked.status_code, ranked.json()) == (200, {"rank": 1})
        rows = client.get(f"{door}backlog/").json()
        assert [row["request"]["title"] for row in rows] == ["P3", "P0", "P1", "P2"]
        body = {"action": "assess", "requests": [four[0].pk]}
        told = client.post(f"{door}triage/", body, **post).json()
        assert (told["done"], told["refused"][0]["reasons"][0]["code"]) == ([], "wrong_state")
        wrong = client.post(f"{door}triage/", {"action": "cancel", "requests": [1]}, **post)
        assert wrong.status_code == 400

    def test_it_costs_the_same_for_many(
        self, client: Client, olivia: User, checkout: Service
    ) -> None:
        client.force_login(olivia)
        make_request(checkout, olivia)
        one = own_queries(client, "/change/backlog/")
        for _ in range(5):
            make_request(checkout, olivia)
        assert own_queries(client, "/change/backlog/") == one
