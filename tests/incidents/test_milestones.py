"""Moments: each is recorded, pending, not applicable or invalid, and never zero."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.milestones import FIELDS, MEASURES, Value, measured, milestones
from incidents.models import Incident

START = datetime(2026, 11, 1, tzinfo=UTC)
MOMENT = st.none() | st.integers(0, 5)
KEYS = [key for key in FIELDS if key != "mitigated"]


def incident(**minutes: int | None) -> Incident:
    made = Incident(detected_at=START)
    for key, minute in minutes.items():
        at = None if minute is None else START + timedelta(minutes=minute)
        setattr(made, FIELDS[key], at)
    return made


@pytest.mark.parametrize(
    ("minutes", "key", "value"),
    [
        ({"detected": 5}, "detected", "recorded"),
        ({"detected": 5}, "resolved", "pending"),
        ({"detected": 5}, "impact_started", "pending"),
        ({"detected": 5, "resolved": 9}, "acknowledged", "not_applicable"),
        ({"detected": 5, "resolved": 9, "closed": 9}, "impact_started", "not_applicable"),
        ({"detected": 5, "impact_started": 6}, "impact_started", "invalid"),
        ({"detected": 5, "impact_started": 6}, "detected", "recorded"),
        ({"detected": 5, "acknowledged": 4}, "acknowledged", "invalid"),
        ({"detected": 5, "resolved": 9, "closed": 8}, "closed", "invalid"),
    ],
)
def test_exactly_one_thing_is_true(minutes: dict[str, int], key: str, value: str) -> None:
    found = {each.key: each.value for each in milestones(incident(**minutes))}
    assert found[key] == value


@given(st.fixed_dictionaries(dict.fromkeys(KEYS, MOMENT) | {"detected": st.integers(0, 5)}))
def test_a_length_of_time_is_recorded_only_between_two_moments_in_order(
    minutes: dict[str, int | None],
) -> None:
    made = incident(**minutes)
    for measure in MEASURES.values():
        value, span = measured(made, measure)
        assert (span is not None) == (value == Value.RECORDED)
        if span is not None:
            assert span >= timedelta(0)
