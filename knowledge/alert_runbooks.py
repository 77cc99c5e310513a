"""
Which document answers an alert, and why that one.

In this order: what somebody linked here, the address that the alert brings (ours, a past one
of ours, or where an imported document lay before), the alert's name in a document, and the
runbook of its service. Only what is published and may be read counts.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from knowledge.models import AlertLink, Document, DocumentAddress, ServiceRunbook
from operations.models import Alert
from portal.models import Service, User

MOST_LINKS = 200


class Answer(NamedTuple):
    """
    The document that answers an alert; `source` is how it was found, `because` in words.

    `anchor` names the step to begin with, or is empty.
    """

    document: Document
    anchor: str
    source: str  # "link", "url", "name" or "service"
    because: str


class Asked(NamedTuple):
    """What is known of an alert, or of a rule that would raise one."""

    name: str
    labels: Mapping[str, object]
    runbook_url: str
    service: Service | None

    @classmethod
    def by(cls, alert: Alert) -> "Asked":
        return cls(alert.name, alert.labels, alert.runbook_url, alert.service)


def answer_for(alert: Alert, user: User | None) -> Answer | None:
    """Return the document for this alert, for this reader; None is the system."""
    return answer_to(Asked.by(alert), user)


def answer_to(asked: Asked, user: User | None) -> Answer | None:
    readable = _readable(user)
    return (
        _by_link(asked, readable)
        or _by_url(asked, readable)
        or _by_name(asked, readable)
        or _by_service(asked, readable)
    )


def document_at(url: str) -> Document | None:
    """Return our document at an address: today's, a past one, or where it lay before."""
    slug = _slug_in(url)
    if slug:
        named = Q(slug=slug) | Q(redirects__slug=slug)
        return Document.objects.filter(named).distinct().first()
    address = DocumentAddress.objects.filter(url_hash=hash_of(url)).select_related("document")
    found = address.first()
    return found.document if found else None


def is_ours(url: str) -> bool:
    """Whether an address leads to a document here, or would."""
    return bool(_slug_in(url))


def hash_of(url: str) -> str:
    """The same for the ways to write one address: scheme, a slash at the end, its fragment."""
    parts = urlsplit(url.strip())
    plain = f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"
    return hashlib.sha256(plain.encode()).hexdigest()


def documents_for_alerts_of(integration: int | None) -> QuerySet[Document]:
    """The documents that answer alerts of this monitor by their name or a link."""
    names = list(
        Alert.objects.filter(integration=integration).values_list("name", flat=True).distinct()
    )
    linked = AlertLink.objects.filter(alert_name__in=names).values("document")
    by_name = Q(pk__in=linked)
    for name in names[:MOST_LINKS]:
        by_name |= Q(alert_words__contains=f"\n{name}\n")
    return Document.objects.filter(by_name)


def _readable(user: User | None) -> QuerySet[Document]:
    documents = Document.objects.visible_to(user) if user else Document.objects.all()
    return documents.current().filter(published__isnull=False).select_related("published")


def _by_link(asked: Asked, readable: QuerySet[Document]) -> Answer | None:
    links = AlertLink.objects.filter(alert_name__in=[asked.name, ""])
    matching = [
        link
        for link in links.filter(document__in=readable).order_by("pk")[:MOST_LINKS]
        if _matches(link.labels, asked.labels)
    ]
    if not matching:
        return None
    # The one that says most of the alert: its name, then the most labels.
    link = max(matching, key=lambda link: (bool(link.alert_name), len(link.labels), -link.pk))
    document = readable.get(pk=link.document_id)
    because = _("linked to %(alert)s") % {"alert": link}
    return Answer(document, link.anchor, "link", because)


def _matches(wanted: Mapping[str, object], labels: Mapping[str, object]) -> bool:
    return all(str(labels.get(name, "")) == str(value) for name, value in wanted.items())


def _by_url(asked: Asked, readable: QuerySet[Document]) -> Answer | None:
    found = document_at(asked.runbook_url) if asked.runbook_url else None
    document = readable.filter(pk=found.pk).first() if found else None
    return Answer(document, "", "url", _("the alert's runbook_url")) if document else None


def _by_name(asked: Asked, readable: QuerySet[Document]) -> Answer | None:
    named = [
        document
        for document in readable.filter(alert_words__contains=f"\n{asked.name}\n")
        if asked.name in document.alert_names
    ]
    if not named:
        return None
    service = asked.service
    of_service: Iterable[int] = (
        readable.filter(services=service).values_list("pk", flat=True) if service else []
    )
    ours = set(of_service)
    document = min(named, key=lambda one: (one.pk not in ours, one.title, one.pk))
    return Answer(document, "", "name", _("answers %(alert)s") % {"alert": asked.name})


def _by_service(asked: Asked, readable: QuerySet[Document]) -> Answer | None:
    if asked.service is None:
        return None
    usual = ServiceRunbook.objects.filter(service=asked.service, document__in=readable).first()
    if usual is None:
        return None
    because = _("the runbook of %(service)s") % {"service": asked.service}
    return Answer(readable.get(pk=usual.document_id), "", "service", because)


def _slug_in(url: str) -> str:
    """The slug of a document in an address of ours, else nothing."""
    parts = urlsplit(url.strip())
    ours = urlsplit(settings.SITE_URL).netloc.lower()
    if parts.netloc and parts.netloc.lower() != ours:
        return ""
    try:
        match = resolve(parts.path)
    except Resolver404:
        return ""
    is_document = match.view_name == "knowledge:document"
    return str(match.kwargs["slug"]) if is_document else ""
