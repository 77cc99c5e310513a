"""
Incidents of the past that resemble one that is open: why they do, and how they ended.

A few bounded queries find candidates (the same alert, the same service, a word in common), and
plain arithmetic ranks them: words count more the rarer they are among the candidates.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from incidents.models import Incident, IncidentAlert
from portal.models import User

WORD = re.compile(r"[^\W_]{3,}")
# Words that stand in every second title and say nothing.
EMPTY = frozenset(
    {"the", "and", "for", "from", "with", "all", "are", "not", "has", "have", "was", "its"}
    | {"into", "after", "some", "this", "that", "incident", "problem", "issue", "service"}
)
OF_LATE = timedelta(days=730)
AMONG = 20_000  # incidents before this one that are looked through
EACH = 100  # candidates of each kind
ASKED = 6  # words
ENOUGH = 1.0
SHOWN = 5


class Traits(NamedTuple):
    """What is compared of an incident."""

    service: int
    words: frozenset[str]
    alerts: frozenset[str]


class Similar(NamedTuple):
    incident: Incident
    score: float
    because: list[str]


def similar_to(incident: Incident, user: User, *, most: int = SHOWN) -> list[Similar]:
    """Return what this person may see, the likest first; a handful of queries at most."""
    alerts = frozenset(incident.alerts.values_list("alert__name", flat=True)[:EACH])
    own = Traits(incident.service_id, words_of(incident.title, *alerts), alerts)
    found = _candidates(incident, user, own)
    if not found:
        return []
    names: dict[int, set[str]] = {each.pk: set() for each in found}
    rows = IncidentAlert.objects.filter(incident__in=names)
    for pk, name in rows.values_list("incident_id", "alert__name")[: 10 * EACH]:
        names[pk].add(name)
    traits = {
        each.pk: Traits(
            each.service_id,
            words_of(each.title, *names[each.pk]),
            frozenset(names[each.pk]),
        )
        for each in found
    }
    rarity = rarity_of(trait.words for trait in [own, *traits.values()])
    scored = [
        Similar(each, likeness(own, traits[each.pk], rarity), why_alike(own, traits[each.pk]))
        for each in found
    ]
    like = [each for each in scored if each.score >= ENOUGH]
    return sorted(like, key=lambda each: (-each.score, -each.incident.pk))[:most]


def words_of(*texts: str) -> frozenset[str]:
    """The words of texts that say something, alert names taken apart at their capitals."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", " ".join(texts))
    return frozenset(WORD.findall(apart.lower())) - EMPTY


def rarity_of(texts: Iterable[frozenset[str]]) -> dict[str, float]:
    """How much each word tells: the more, the fewer of the texts have it."""
    all_texts = list(texts)
    counts = Counter(word for words in all_texts for word in words)
    return {
        word: math.log(1 + len(all_texts) / count) for word, count in sorted(counts.items())
    }


def likeness(one: Traits, other: Traits, rarity: dict[str, float]) -> float:
    """From 0 to 4: words in common up to 2, alerts up to 1.5, the service a half."""
    shared = sum(rarity[word] for word in sorted(one.words & other.words))
    whole = sum(rarity[word] for word in sorted(one.words | other.words))
    score = 2 * shared / whole if whole else 0.0
    if one.alerts & other.alerts:
        score += 0.75 + 0.75 * len(one.alerts & other.alerts) / len(one.alerts | other.alerts)
    return score + (0.5 if one.service == other.service else 0.0)


def _candidates(incident: Incident, user: User, own: Traits) -> list[Incident]:
    past = (
        Incident.objects.visible_to(user)
        .filter(
            resolved_at__isnull=False,
            detected_at__gte=incident.detected_at - OF_LATE,
            pk__gte=incident.pk - AMONG,
        )
        .exclude(pk=incident.pk)
    )
    asked: list[QuerySet[Incident]] = [past.filter(service=incident.service_id)]
    if own.alerts:
        with_alert = IncidentAlert.objects.filter(alert__name__in=own.alerts)
        asked.append(past.filter(pk__in=with_alert.values("incident")))
    if own.words:
        # The longest words are the rarest, as a rule.
        longest = sorted(own.words, key=lambda word: (-len(word), word))[:ASKED]
        asked.append(past.filter(reduce(or_, (Q(title__icontains=word) for word in longest))))
    found: dict[int, Incident] = {}
    for rows in asked:
        newest = rows.select_related("service", "review__document").order_by("-pk")[:EACH]
        found |= {each.pk: each for each in newest}
    return list(found.values())


def why_alike(own: Traits, other: Traits) -> list[str]:
    because = []
    if alerts := own.alerts & other.alerts:
        because.append(_("same alert: %(names)s") % {"names": ", ".join(sorted(alerts)[:3])})
    if own.service == other.service:
        because.append(_("same service"))
    if words := own.words & other.words:
        longest = sorted(words, key=lambda word: (-len(word), word))[:4]
        because.append(_("both say: %(words)s") % {"words": ", ".join(longest)})
    return because
