"""
Which document answers an alert, and why that one.

In this order: what somebody linked here, the address that the alert brings (ours, a past one
of ours, or where an imported document lay before), the alert's name in a document, and the
runbook of its service. Only what is published and may be read counts.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from knowledge.models import (
    AlertLink,
    Document,
    DocumentAddress,
    DocumentRedirect,
    ServiceRunbook,
)
from operations.models import Alert
from portal.models import Service, User

MOST_LINKS = 200
FEW = 10  # names that are looked for one by one
NOTHING = Q(pk__in=[])


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
    return Shelf([asked], user).answer(asked)


class Shelf:
    """What may answer a number of alerts, looked up once for all of them."""

    def __init__(self, asked: Iterable[Asked], user: User | None) -> None:
        asked = list(asked)
        self.links = list(
            AlertLink.objects.filter(alert_name__in={"", *(one.name for one in asked)})
        )
        urls = {one.runbook_url for one in asked if one.runbook_url}
        self.at_url = _documents_at(urls)
        services = {one.service.pk for one in asked if one.service}
        usual = ServiceRunbook.objects.filter(service__in=services)
        wanted = {link.document_id for link in self.links} | {*self.at_url.values()}
        found = _readable(user).filter(
            _naming(asked) | Q(pk__in=wanted) | Q(pk__in=usual.values("document"))
        )
        self.documents = {document.pk: document for document in found}
        self._usual = usual
        self._of_services: dict[int, set[int]] = {}
        self.by_name: dict[str, list[Document]] = {}
        for document in self.documents.values():
            for name in document.alert_names:
                self.by_name.setdefault(name, []).append(document)

    @cached_property
    def of_service(self) -> dict[int, int]:
        """The runbook of each service; asked for once something comes down to that."""
        return dict(self._usual.values_list("service", "document"))

    def answer(self, asked: Asked) -> Answer | None:
        return (
            self._by_link(asked)
            or self._by_url(asked)
            or self._by_name(asked)
            or self._by_service(asked)
        )

    def at(self, url: str) -> Document | None:
        """Our document at an address that one of those asked brings, if readers get it."""
        return self.documents.get(self.at_url.get(url, 0))

    def _by_link(self, asked: Asked) -> Answer | None:
        matching = [
            link
            for link in self.links
            if link.document_id in self.documents
            and link.alert_name in {"", asked.name}
            and _matches(link.labels, asked.labels)
        ]
        if not matching:
            return None
        # The one that says most of the alert: its name, then the most labels.
        link = max(matching, key=lambda one: (bool(one.alert_name), len(one.labels), -one.pk))
        because = _("linked to %(alert)s") % {"alert": link}
        return Answer(self.documents[link.document_id], link.anchor, "link", because)

    def _by_url(self, asked: Asked) -> Answer | None:
        document = self.at(asked.runbook_url)
        return Answer(document, "", "url", _("the alert's runbook_url")) if document else None

    def _by_name(self, asked: Asked) -> Answer | None:
        named = self.by_name.get(asked.name)
        if not named:
            return None
        ours = self._about(asked.service) if len(named) > 1 else set()
        document = min(named, key=lambda one: (one.pk not in ours, one.title, one.pk))
        return Answer(document, "", "name", _("answers %(alert)s") % {"alert": asked.name})

    def _about(self, service: Service | None) -> set[int]:
        """Which of the documents are about this service."""
        if service is None:
            return set()
        if service.pk not in self._of_services:
            rows = Document.services.through.objects.filter(
                service=service, document__in=self.documents
            )
            self._of_services[service.pk] = set(rows.values_list("document", flat=True))
        return self._of_services[service.pk]

    def _by_service(self, asked: Asked) -> Answer | None:
        pk = self.of_service.get(asked.service.pk) if asked.service else None
        document = self.documents.get(pk) if pk else None
        if document is None:
            return None
        because = _("the runbook of %(service)s") % {"service": asked.service}
        return Answer(document, "", "service", because)


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
    return documents_for_alerts_named(names)


def documents_for_alerts_named(
    names: list[str], urls: Iterable[str] = ()
) -> QuerySet[Document]:
    """The documents that answer these alerts by name, by a link, or at these addresses."""
    linked = AlertLink.objects.filter(alert_name__in=names).values("document")
    meant = Q(pk__in=linked) | Q(pk__in=_documents_at(urls).values())
    for name in names[:MOST_LINKS]:
        meant |= Q(alert_words__contains=f"\n{name}\n")
    return Document.objects.filter(meant)


def _readable(user: User | None) -> QuerySet[Document]:
    documents = Document.objects.visible_to(user) if user else Document.objects.all()
    return documents.current().filter(published__isnull=False).select_related("team")


def _naming(asked: list[Asked]) -> Q:
    """Documents that may name one of the alerts; of many alerts, those that name any."""
    names = {one.name for one in asked}
    if len(names) > FEW:
        return ~Q(alert_words="")
    return reduce(or_, (Q(alert_words__contains=f"\n{name}\n") for name in names), NOTHING)


def _matches(wanted: Mapping[str, object], labels: Mapping[str, object]) -> bool:
    return all(str(labels.get(name, "")) == str(value) for name, value in wanted.items())


def _documents_at(urls: Iterable[str]) -> dict[str, int]:
    """
    Return the key of our document at each address that has one.

    Today's address, a past one, or where the document lay before.
    """
    slugs = {url: slug for url in urls if (slug := _slug_in(url))}
    hashes = {url: hash_of(url) for url in urls if url not in slugs}
    past = DocumentRedirect.objects.filter(slug__in=slugs.values())
    by_slug = dict(past.values_list("slug", "document"))
    today = Document.objects.filter(slug__in=slugs.values())
    by_slug |= dict(today.values_list("slug", "pk"))
    elsewhere = DocumentAddress.objects.filter(url_hash__in=hashes.values())
    by_hash = dict(elsewhere.values_list("url_hash", "document"))
    found = {url: by_slug.get(slug, 0) for url, slug in slugs.items()}
    found |= {url: by_hash.get(value, 0) for url, value in hashes.items()}
    return {url: pk for url, pk in found.items() if pk}


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
