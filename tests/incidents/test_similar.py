"""Incidents like this one before: found within bounds, ranked, and with the reason."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from incidents import workflow
from incidents.models import Incident
from incidents.similar import Traits, likeness, rarity_of, similar_to, words_of
from portal.models import Service, User
from tests.incidents.doors import api, signed_in_as
from tests.incidents.make import make_incident

texts = st.frozensets(st.sampled_from(["pool", "login", "card", "disk", "queue"]), max_size=4)
traits = st.builds(Traits, st.integers(1, 3), texts, texts)


def past(service: Service, title: str, actor: User, **fields: Any) -> Incident:
    incident = make_incident(service, title=title, **fields)
    return workflow.resolve(incident, summary="A larger pool", actor=actor)


@pytest.mark.django_db
@pytest.mark.usefixtures("playbook")
def test_it_says_why_and_how_it_ended(checkout: Service, search: Service, olivia: User) -> None:
    like = past(checkout, "Connection pool of checkout exhausted", olivia)
    elsewhere = past(search, "Connection pool exhausted again", olivia)
    past(search, "Nothing is found", olivia)
    past(checkout, "Wrong prices", olivia)
    now = make_incident(checkout, title="Connection pool exhausted")

    found = similar_to(now, olivia)

    assert [row.incident for row in found] == [like, elsewhere]
    assert found[0].because == ["same service", "both say: connection, exhausted, pool"]
    shown = signed_in_as(olivia).get(f"/respond/{now.pk}/context/").content.decode()
    assert "A larger pool" in shown
    assert "both say: connection" in shown
    told = api(signed_in_as(olivia), f"/api/v1/incidents/{now.pk}/context/").json()  # type: ignore[attr-defined]
    assert [row["incident"] for row in told["similar"]] == [like.pk, elsewhere.pk]


@pytest.mark.django_db
@pytest.mark.usefixtures("playbook")
def test_it_costs_the_same_however_many_there_are(checkout: Service, olivia: User) -> None:
    past(checkout, "Pool exhausted", olivia)
    now = make_incident(checkout, title="Pool exhausted")
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            similar_to(now, olivia)
        counts.append(len(captured))
        for _more in range(5):
            past(checkout, "Pool exhausted", olivia)
    assert counts[0] == counts[1] <= 5


def test_alert_names_are_words_too() -> None:
    assert words_of("The HighErrorRate of it") == {"high", "error", "rate"}


@given(one=traits, other=traits)
def test_likeness_is_mutual_and_greatest_with_itself(one: Traits, other: Traits) -> None:
    rarity = rarity_of([one.words, other.words])
    assert likeness(one, other, rarity) == pytest.approx(likeness(other, one, rarity))
    assert 0 <= likeness(one, other, rarity) <= likeness(one, one, rarity) + 1e-9
    assert likeness(one, one, rarity) <= 4
