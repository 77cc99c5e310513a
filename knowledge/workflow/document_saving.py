"""What every verb about documents does: hold the row, keep what changed, tell of it."""

from typing import Any

from knowledge.models import Document, DocumentNews, NewsKind
from portal import events
from portal.models import Event, User
from portal.search import writing as search_index

NEWS = {f"document.{kind}": kind for kind in NewsKind.values}


def locked_document(document: Document) -> Document:
    return (
        Document.objects.select_for_update(of=("self",))
        .select_related("space", "published")
        .get(pk=document.pk)
    )


def set_document(document: Document, actor: User | None, **fields: object) -> None:
    for name, value in fields.items():
        setattr(document, name, value)
    document.changed_by = actor
    document.save(update_fields=list(fields))


def record_document(kind: str, document: Document, actor: User | None, **data: Any) -> Event:
    services = list(document.services.all()[:2])
    only = services[0] if len(services) == 1 else None
    event = events.record(kind, document, actor=actor, service=only, **data)
    if kind in NEWS:
        DocumentNews.objects.create(
            document=document,
            kind=NEWS[kind],
            number=data.get("number"),
            comment_id=data.get("comment"),
            actor=actor,
            at=event.happened_at,
        )
    for source in ("knowledge.document", "knowledge.draft"):
        search_index.index(source, [document.pk])
    return event
