"""
What would hold a simulated alert, and when: silences and windows, one end after the other.

Which of them fit is asked with the function that intake asks. Inhibition depends on what fires
at that moment and is known for now only; flapping depends on what the alert did before.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.simulation import Line, Question
from operations import noise
from operations.models import AtEnd, Behaviour, HoldKind, Severity, Silence
from operations.noise import HoldReason, Rules, rules_holding
from portal.models import Service

MOST_HOLDS = 50  # that follow each other
MOST_CHANGES = 100  # of one silence, looked at
CAREFUL = (AtEnd.REPROCESS, AtEnd.NOTHING, AtEnd.RESOLVE)


class Held(NamedTuple):
    """What holds an alert, and whether people are woken at its end."""

    lines: tuple[Line, ...]
    ends_at: datetime
    at_end: AtEnd = AtEnd.REPROCESS

    @property
    def wakes(self) -> bool:
        """Whether people are woken after all."""
        return self.at_end == AtEnd.REPROCESS

    @property
    def is_last(self) -> bool:
        """Whether nothing can come of it any more: what fires is closed."""
        return self.at_end == AtEnd.RESOLVE


class Silences:
    """The silences and windows that one alert would meet."""

    def __init__(self, asked: Question, service: Service) -> None:
        self._asked = asked
        self._service = service
        self._integration = asked.integration or (
            asked.alert.integration if asked.alert else None
        )
        # All that have held it so far: together they say what follows at the end.
        self._met: set[int] = set()

    def follow(self, start: datetime) -> Held:
        """Follow what holds it from one end to the next, until nothing does."""
        found: dict[tuple[str, int], HoldReason] = {}
        at = start
        for _turn in range(MOST_HOLDS):
            reasons = self._reasons(at)
            if not reasons:
                break
            found |= {(reason.kind, reason.id): reason for reason in reasons}
            at = max(reason.until or at for reason in reasons)
        lines = [_line(reason) for reason in found.values()]
        self._met |= {reason.id for reason in found.values()}
        at_end = self._at_end() if found else AtEnd.REPROCESS
        if at_end != AtEnd.REPROCESS:
            lines.append(_never(at_end))
        return Held(tuple(lines), at, at_end)

    def next_hold(self, after: datetime) -> datetime | None:
        """Return when the next of them begins to hold."""
        begins = [_begins(silence, after) for silence in self._coming]
        return min((at for at in begins if at is not None), default=None)

    def _reasons(self, at: datetime) -> list[HoldReason]:
        return rules_holding(
            labels=self._labels,
            service_id=self._service.pk,
            at=at,
            integration_id=self._integration.pk if self._integration else None,
        )

    @property
    def _labels(self) -> dict[str, str]:
        own = {
            "alertname": self._asked.name,
            "severity": Severity(self._asked.severity).name,
        }
        return {**self._asked.labels, **own}

    @cached_property
    def _coming(self) -> list[Silence]:
        """Those that are about such an alert and are not over when it comes."""
        alert = self._asked.as_alert(self._service)
        silences = Silence.objects.filter(ends_at__gt=self._asked.at)
        about = silences.exclude(behaviour=Behaviour.ESCALATE).prefetch_related("services")
        return [silence for silence in about if noise.describes(silence, alert)]

    def _at_end(self) -> AtEnd:
        """The most careful of what they want, as the release itself does."""
        wanted = set(Silence.objects.filter(pk__in=self._met).values_list("at_end", flat=True))
        return next((one for one in CAREFUL if one in wanted), AtEnd.REPROCESS)


def muted_now(asked: Question, service: Service, now: datetime) -> tuple[Line, ...]:
    """Return the inhibition rules that would mute it, by what fires now."""
    alert = asked.as_alert(service)
    alert.pk = asked.alert.pk if asked.alert else None  # what mutes it is another alert
    found = Rules(now).inhibiting(alert, noise.subject_of(alert))
    text = _(
        "The inhibition rule “%(name)s” mutes it while a graver alert fires; shown is what "
        "happens once it is let go."
    )
    return tuple(
        Line(
            text % {"name": reason.name},
            tone="busy",
            url=reverse("operations:inhibition", args=[reason.id]),
        )
        for reason in found
    )


def _begins(silence: Silence, after: datetime) -> datetime | None:
    at = noise.next_change(silence, after)
    for _change in range(MOST_CHANGES):
        if at is None or noise.holds_at(silence, at):
            return at
        at = noise.next_change(silence, at)
    return None


def _line(reason: HoldReason) -> Line:
    words = {"name": reason.name, "until": _when(reason.until)}
    if reason.kind == HoldKind.MAINTENANCE:
        text = _("The maintenance window “%(name)s” holds it until %(until)s.") % words
    else:
        text = _("The silence “%(name)s” holds it until %(until)s.") % words
    return Line(text, tone="busy", url=reverse("operations:silence", args=[reason.id]))


def _when(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%d %b %H:%M %Z}" if at else ""


def _never(at_end: AtEnd) -> Line:
    if at_end == AtEnd.RESOLVE:
        text = _("At its end what still fires is closed, and nobody is woken.")
    else:
        text = _("At its end nothing more is done, and nobody is woken.")
    return Line(text, tone="bad")
