"""What every API view of ours begins with."""

from typing import TypeVar

from django.db.models import Model
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal.api.idempotency import IdempotentPosts

M = TypeVar("M", bound=Model)


class View(IdempotentPosts, APIView):
    """One endpoint that is not about a list of records."""


class RecordViewSet(IdempotentPosts, ReadOnlyModelViewSet[M]):
    """
    A list and its records, read-only; what changes them are `@action` methods that call verbs.

    Give `serializer_class`, `filterset_class` and `get_queryset()` with `visible_to`.
    """

    lookup_value_regex = r"\d+"


class VerbViewSet(IdempotentPosts, GenericViewSet[M]):
    """Records that programs only write or only do things to."""
