"""Fields that know who asks."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from knowledge.access import shown_to
from knowledge.models import Document, Space
from portal.http import signed_in


class ReadableSpace(serializers.SlugRelatedField[Space]):
    """A space by its slug, of those that the caller may read; needs the request, as below."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="slug", queryset=Space.objects.none(), **options)

    def get_queryset(self) -> QuerySet[Space]:
        return Space.objects.visible_to(signed_in(self.context["request"])).current()


class ReadableDocument(serializers.SlugRelatedField[Document]):
    """
    A document, of one kind or any, by its slug; who may not read it gets what nobody has.

    The serializer needs the request as its context.
    """

    def __init__(self, *, kind: str = "", **options: Any) -> None:
        self.kind = kind
        if not options.get("read_only"):
            options["queryset"] = Document.objects.none()
        super().__init__(slug_field="slug", **options)

    def get_attribute(self, instance: Any) -> Document | None:
        document = super().get_attribute(instance)
        assert document is None or isinstance(document, Document)
        return shown_to(signed_in(self.context["request"]), document)

    def get_queryset(self) -> QuerySet[Document]:
        reader = signed_in(self.context["request"])
        documents = Document.objects.visible_to(reader).current()
        return documents.filter(kind=self.kind) if self.kind else documents
