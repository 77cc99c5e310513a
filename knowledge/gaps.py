"""
Where alerts have no runbook, or one that does not help: by what fired, and by uploaded rules.

One row for each name and kind of gap, the most often fired and most often waking first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.alert_runbooks import Asked, Shelf, hash_of, is_ours
from knowledge.models import (
    AlertRule,
    Document,
    DocumentKind,
    Freshness,
    LinkCheck,
    LinkState,
)
from operations.models import Alert, Occurrence
from portal.models import User
from portal.slots import gather

PERIOD = timedelta(days=90)
MOST_ALERTS = 2_000  # rows that are looked at
MOST_RULES = 5_000
MOST_EXPANDED = 5  # values that a templated address is tried with
TEMPLATE = re.compile(r"\{\{\s*\$?\.?(?:labels|Labels)?\.?(\w+)\s*\}\}")


class GapKind(StrEnum):
    MISSING = "missing"
    DEAD = "dead"
    TEMPLATED = "templated"
    EXTERNAL = "external"
    STALE = "stale"
    ORPHAN = "orphan"


LABELS: dict[GapKind, Promise] = {
    GapKind.MISSING: gettext_lazy("No runbook"),
    GapKind.DEAD: gettext_lazy("Leads nowhere"),
    GapKind.TEMPLATED: gettext_lazy("Address with a template"),
    GapKind.EXTERNAL: gettext_lazy("Leads out of the house"),
    GapKind.STALE: gettext_lazy("Overdue for a look"),
    GapKind.ORPHAN: gettext_lazy("No alert leads to it"),
}


class Gap(NamedTuple):
    kind: GapKind
    name: str  # of the alert, or the title of an orphan
    what: str
    fires: int
    sleep_pages: int
    url: str = ""  # where it was meant to lead
    document: Document | None = None
    rule: AlertRule | None = None
    alert: Alert | None = None  # the newest of its name
    is_answered: bool = False

    @property
    def may_be_written(self) -> bool:
        return self.kind in {GapKind.MISSING, GapKind.DEAD} and not self.is_answered

    @property
    def score(self) -> int:
        """Fires times pages in hours of sleep; one that woke nobody yet counts once."""
        return self.fires * (1 + self.sleep_pages)

    @property
    def label(self) -> Promise:
        return LABELS[self.kind]


class _Known(NamedTuple):
    """All that is known under one name of an alert."""

    asked: list[Asked]
    rule: AlertRule | None
    alert: Alert | None = None


def gaps(user: User, now: datetime) -> list[Gap]:
    """Return what this person may know of, the worst first."""
    known = _known_alerts(user, now)
    fires = _fires(now)
    woken: Counter[str] = Counter()
    for counted in gather("alert.sleep_pages", user, now - PERIOD):
        woken.update(counted)
    shelf = Shelf([asked for one in known.values() for asked in _tried(one.asked)], user)
    overdue = _overdue(shelf, now)
    checks = _checks(asked.runbook_url for one in known.values() for asked in _tried(one.asked))
    found = [
        Gap(
            *(kind, name, what, fires[name], woken[name], url, document, one.rule, one.alert),
            is_answered=any(shelf.answer(asked) for asked in _tried(one.asked)),
        )
        for name, one in known.items()
        for kind, what, url, document in _of_one(one, shelf, overdue, checks)
    ]
    found += _orphans(user, known, shelf)
    return sorted(found, key=lambda gap: (-gap.score, list(GapKind).index(gap.kind), gap.name))


def is_any_alert_known(user: User) -> bool:
    return Alert.objects.visible_to(user).exists() or AlertRule.objects.exists()


def external_urls(now: datetime) -> list[str]:
    """The addresses that alerts and rules bring and that are not ours, for the checks."""
    known = _known_alerts(None, now)
    asked = [each for one in known.values() for each in _tried(one.asked)]
    shelf = Shelf(asked, None)
    urls = {each.runbook_url for each in asked if each.runbook_url}
    return sorted(
        url for url in urls if not is_ours(url) and not shelf.at(url) and "{{" not in url
    )


def _known_alerts(user: User | None, now: datetime) -> dict[str, _Known]:
    alerts = Alert.objects.visible_to(user) if user else Alert.objects.all()
    fired = alerts.filter(last_seen_at__gte=now - PERIOD).select_related("service")
    known: dict[str, _Known] = {}
    for alert in fired.order_by("-last_seen_at")[:MOST_ALERTS]:
        known.setdefault(alert.name, _Known([], None, alert)).asked.append(Asked.by(alert))
    for rule in AlertRule.objects.select_related("file")[:MOST_RULES]:
        one = known.get(rule.name)
        if one is None:
            asked = Asked(rule.name, rule.labels, rule.runbook_url, None)
            known[rule.name] = _Known([asked], rule)
        elif one.rule is None:
            known[rule.name] = one._replace(rule=rule)
            if rule.runbook_url and not any(each.runbook_url for each in one.asked):
                one.asked[:] = [
                    each._replace(runbook_url=rule.runbook_url) for each in one.asked
                ]
    return known


def _fires(now: datetime) -> Counter[str]:
    rows = (
        Occurrence.objects.filter(started_at__gte=now - PERIOD)
        .values("alert__name")
        .annotate(count=Count("pk"))
    )
    return Counter({row["alert__name"]: row["count"] for row in rows})


def _tried(asked: Iterable[Asked]) -> Iterator[Asked]:
    """Each as it is, and a templated address with the values of the labels seen."""
    for one in asked:
        yield one
        if TEMPLATE.search(one.runbook_url):
            yield one._replace(runbook_url=_expanded(one))


def _expanded(asked: Asked) -> str:
    def value(match: re.Match[str]) -> str:
        return str(asked.labels.get(match[1], match[0]))

    return TEMPLATE.sub(value, asked.runbook_url)


Found = tuple[GapKind, str, str, Document | None]


def _of_one(
    one: _Known, shelf: Shelf, overdue: dict[int, str], checks: dict[str, LinkCheck]
) -> Iterator[Found]:
    first = one.asked[0]
    templated = [asked for asked in one.asked if TEMPLATE.search(asked.runbook_url)]
    if templated:
        yield from _of_template(templated, shelf, checks)
    answers = [answer for asked in _tried(one.asked) if (answer := shelf.answer(asked))]
    urls = dict.fromkeys(asked.runbook_url for asked in one.asked if asked.runbook_url)
    for url in islice((url for url in urls if not TEMPLATE.search(url)), MOST_EXPANDED):
        yield from _of_url(url, shelf, checks)
    if not answers and not urls:
        yield GapKind.MISSING, _("Nothing says what to do."), first.runbook_url, None
    stale = {answer.document.pk: answer.document for answer in answers}
    for pk, document in stale.items():
        if pk in overdue:
            yield GapKind.STALE, overdue[pk], document.get_absolute_url(), document


def _of_url(url: str, shelf: Shelf, checks: dict[str, LinkCheck]) -> Iterator[Found]:
    if shelf.at(url):
        return
    if is_ours(url):
        yield GapKind.DEAD, _("Readers have no such document here."), url, None
        return
    check = checks.get(hash_of(url))
    if check and check.state == LinkState.DEAD:
        yield GapKind.DEAD, check.what, url, None
    else:
        words = f"{check.get_state_display()}. {check.what}" if check else _("Not checked yet")
        yield GapKind.EXTERNAL, words, url, None


def _of_template(
    templated: list[Asked], shelf: Shelf, checks: dict[str, LinkCheck]
) -> Iterator[Found]:
    """A template that is filled by the monitor is none; one that came as it is, is."""
    tried = dict.fromkeys(_expanded(asked) for asked in templated)
    bad = [url for url in tried if TEMPLATE.search(url) or _is_dead(url, shelf, checks)]
    sentence = _("Tried with %(all)s values: %(bad)s lead nowhere.")
    words = sentence % {"all": len(tried), "bad": len(bad)}
    yield GapKind.TEMPLATED, words, templated[0].runbook_url, None


def _is_dead(url: str, shelf: Shelf, checks: dict[str, LinkCheck]) -> bool:
    return any(found[0] == GapKind.DEAD for found in _of_url(url, shelf, checks))


def _overdue(shelf: Shelf, now: datetime) -> dict[int, str]:
    rows = Freshness.objects.filter(document__in=shelf.documents, due_at__lte=now)
    return {
        row.document_id: row.due_reason
        or _("Last found right %(day)s.") % {"day": f"{row.reviewed_at:%Y-%m-%d}"}
        for row in rows
    }


def _checks(urls: Iterable[str]) -> dict[str, LinkCheck]:
    wanted = {hash_of(url) for url in urls if url and not is_ours(url)}
    return {row.url_hash: row for row in LinkCheck.objects.filter(url_hash__in=wanted)}


def _orphans(user: User, known: dict[str, _Known], shelf: Shelf) -> list[Gap]:
    """Runbooks that nothing leads to: no alert or rule, and no link or service."""
    led_to = {
        answer.document.pk
        for one in known.values()
        for asked in _tried(one.asked)
        if (answer := shelf.answer(asked))
    }
    led_to |= {*shelf.of_service.values()}
    runbooks = Document.objects.visible_to(user).runnable().filter(kind=DocumentKind.RUNBOOK)
    lonely = runbooks.exclude(pk__in=led_to)
    return [
        Gap(
            GapKind.ORPHAN,
            document.title,
            _("No alert, rule or service leads to it."),
            0,
            0,
            document.get_absolute_url(),
            document,
        )
        for document in lonely.order_by("title", "pk")
    ]
