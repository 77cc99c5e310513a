"""
Applies receipts, one or many at once: first the alerts that begin, then those that are known.

Many of a storm are new, and making them together costs little more than making one.
"""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from operations.models import Alert
from operations.workflow.dating import Started
from operations.workflow.known import Key, Known
from operations.workflow.occurrences import Reading

Begun = dict[Key, tuple[Reading, int, Started]]


def apply_all(readings: Sequence[Reading], known: Known) -> None:
    """Apply receipts that share what is `known`, as if one were read after the other."""
    _look_up(readings, known)
    _begin(readings, known)
    for reading in readings:
        reading.go_on()
    known.save()


def apply_one(reading: Reading) -> None:
    """Apply one receipt by itself."""
    apply_all([reading], reading.known)


def _look_up(readings: Sequence[Reading], known: Known) -> None:
    known.look_up((each.integration, each.incoming) for each in readings)


def _begin(readings: Sequence[Reading], known: Known) -> None:
    """Make the alerts that nobody has heard of, with their first occurrences."""
    begun = _begun(readings)
    try:
        with transaction.atomic():
            _make(begun, known)
    except IntegrityError:  # another reader was first with one of them
        _look_up(readings, known)
        if known.alerts.keys().isdisjoint(begun):
            raise
        _begin(readings, known)
    else:
        with known.recording():
            for key, (reading, place, _told) in begun.items():
                reading.begin(place, known.alerts[key])


def _begun(readings: Sequence[Reading]) -> Begun:
    """Return who told first of each alert that is new, and in which of its places."""
    begun: Begun = {}
    for reading in readings:
        for place, told in reading.begins():
            key = (reading.integration.pk, told.fingerprint)
            begun.setdefault(key, (reading, place, told))
    return begun


def _make(begun: Begun, known: Known) -> None:
    """Make them in one order for all readers, so that no two of them wait for each other."""
    new = [begun[key] for key in sorted(begun)]
    if not new:
        return
    alerts = [reading.new_alert(told) for reading, _place, told in new]
    Alert.objects.bulk_create(alerts)
    known.begin(
        (alert, reading.new_occurrence(alert, told))
        for alert, (reading, _place, told) in zip(alerts, new, strict=True)
    )
