"""Which runbooks may help: by the alert they name, by their service, by their words."""

import re
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from knowledge.models import Document
from portal.models import Service, User

ENOUGH = 5
AMONG = 200  # runbooks that are compared by their words
WORD = re.compile(r"[^\W_]{4,}")


class Suggestion(NamedTuple):
    document: Document
    because: str


def suggested_runbooks(user: User, alert_name: str, service: Service | None) -> list[Document]:
    """
    Return published runbooks that the person may read, the likeliest first.

    Those that answer this alert by name come first, and among them those of the service;
    without any, the service's own runbooks.
    """
    runbooks = Document.objects.visible_to(user).runnable().with_list_columns()
    named = [
        runbook
        for runbook in runbooks.filter(alert_words__contains=f"\n{alert_name}\n")
        if alert_name in runbook.alert_names
    ]
    if named:
        return sorted(named, key=lambda runbook: not _is_about(runbook, service))[:ENOUGH]
    if service is None:
        return []
    return list(runbooks.filter(services=service)[:ENOUGH])


def suggested_for(user: User, alert_name: str, service: Service, text: str) -> list[Suggestion]:
    """Return what answers the alert, then the service's own, then what says the same words."""
    words = frozenset(WORD.findall(f"{text} {alert_name}".lower()))
    likely = Q()
    if alert_name:
        likely |= Q(alert_words__contains=f"\n{alert_name}\n")
    if words:
        likely |= reduce(or_, (Q(title__icontains=word) for word in sorted(words)[:12]))
    about_it = Document.services.through.objects.filter(
        document=OuterRef("pk"), service=service
    )
    found = Document.objects.visible_to(user).runnable().filter(likely | Q(Exists(about_it)))
    found = found.select_related("team", "published").annotate(is_about_it=Exists(about_it))
    ranked = [_ranked(document, alert_name, service, words) for document in found[:AMONG]]
    ranked.sort(key=lambda row: (-row[0], row[1].document.title))
    return [suggestion for _score, suggestion in ranked[:ENOUGH]]


def _ranked(
    document: Document, alert_name: str, service: Service, words: frozenset[str]
) -> tuple[float, Suggestion]:
    score, because = 0.0, []
    if alert_name and alert_name in document.alert_names:
        score += 4
        because.append(_("answers %(alert)s") % {"alert": alert_name})
    if document.is_about_it:  # type: ignore[attr-defined]  # a column of the query
        score += 2
        because.append(_("for %(service)s") % {"service": service})
    shared = words & frozenset(WORD.findall(document.title.lower()))
    if shared:
        score += len(shared) / max(len(words), 1)
        because.append(_("says: %(words)s") % {"words": ", ".join(sorted(shared)[:3])})
    return score, Suggestion(document, "; ".join(because))


def runbooks_of(user: User, service: Service) -> list[Document]:
    """The published runbooks of a service that the person may read."""
    runbooks = Document.objects.visible_to(user).runnable()
    return list(runbooks.filter(services=service).with_list_columns())


def _is_about(runbook: Document, service: Service | None) -> bool:
    return service is not None and service in runbook.services.all()
