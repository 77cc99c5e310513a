"""What people wrote into timelines: read, corrected, struck out and pinned."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import note_for, notes_visible_to
from incidents.filters import TimelineNoteFilter
from incidents.models import EntryKind, TimelineNote, TimelineNoteQuerySet, Visibility
from operations.api.shapes import DoerSerializer
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.pictures import PictureSerializer
from portal.http import signed_in
from portal.models import UNUSED, Picture, User

# A picture makes an entry one of that kind by itself.
WRITTEN_KINDS = [choice for choice in EntryKind.choices if choice[0] != EntryKind.IMAGE]


class NoteSerializer(serializers.ModelSerializer[TimelineNote]):
    """`version` grows with each wording; an edit names the one it was built on."""

    author = DoerSerializer(read_only=True, allow_null=True)
    edited_by = DoerSerializer(read_only=True, allow_null=True)
    removed_by = DoerSerializer(read_only=True, allow_null=True)
    picture = PictureSerializer(read_only=True, allow_null=True)

    class Meta:
        model = TimelineNote
        fields = [
            "id",
            "incident",
            "kind",
            "text",
            "url",
            "picture",
            "author",
            "happened_at",
            "recorded_at",
            "is_pinned",
            "visibility",
            "version",
            "edited_at",
            "edited_by",
            "removed_at",
            "removed_by",
            "removed_because",
        ]
        read_only_fields = fields


class WriteNoteSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000, default="", allow_blank=True)
    happened_at = serializers.DateTimeField(required=False, allow_null=True)
    kind = serializers.ChoiceField(choices=WRITTEN_KINDS, default=EntryKind.NOTE)
    url = serializers.URLField(max_length=1000, default="", allow_blank=True)
    picture = serializers.CharField(
        max_length=40,
        default="",
        allow_blank=True,
        help_text="The name of a picture sent before.",
    )
    is_pinned = serializers.BooleanField(default=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.ALL)


class EditNoteSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        min_value=1, help_text="The version that these words were built on."
    )
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    happened_at = serializers.DateTimeField(required=False)
    kind = serializers.ChoiceField(choices=WRITTEN_KINDS, required=False)
    url = serializers.URLField(max_length=1000, required=False, allow_blank=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)


class RemoveNoteSerializer(serializers.Serializer[Any]):
    because = serializers.CharField(max_length=300)


class TimelineEntryViewSet(RecordViewSet[TimelineNote]):
    """Entries that people wrote; new ones are written at their incident."""

    queryset = TimelineNote.objects.none()
    serializer_class = NoteSerializer
    filterset_class = TimelineNoteFilter

    def get_queryset(self) -> TimelineNoteQuerySet:
        return notes_visible_to(signed_in(self.request)).with_line_columns()

    def get_object(self) -> TimelineNote:
        return note_for(signed_in(self.request), self.kwargs["pk"])

    @extend_schema(request=EditNoteSerializer, responses=NoteSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct it; the old words are kept with who changed them and when."""
        note = self._mine()
        said = given(EditNoteSerializer, request)
        return self._answer(workflow.edit_note(note, actor=signed_in(request), **said))

    @extend_schema(request=RemoveNoteSerializer, responses=NoteSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """Strike it out; the line stays, with the reason."""
        note = self._mine()
        said = given(RemoveNoteSerializer, request)
        return self._answer(workflow.remove_note(note, actor=signed_in(request), **said))

    @extend_schema(request=None, responses=NoteSerializer)
    @action(detail=True, methods=["post"])
    def pin(self, request: Request, pk: str) -> Response:
        """Put it into the draft of the review."""
        return self._pin(is_pinned=True)

    @extend_schema(request=None, responses=NoteSerializer)
    @action(detail=True, methods=["post"])
    def unpin(self, request: Request, pk: str) -> Response:
        return self._pin(is_pinned=False)

    def _pin(self, *, is_pinned: bool) -> Response:
        actor = signed_in(self.request)
        return self._answer(workflow.pin_note(self._mine(), is_pinned=is_pinned, actor=actor))

    def _mine(self) -> TimelineNote:
        return note_for(signed_in(self.request), self.kwargs["pk"], may="change")

    def _answer(self, note: TimelineNote) -> Response:
        fresh = TimelineNote.objects.with_line_columns().get(pk=note.pk)
        return Response(NoteSerializer(fresh).data)


def mine_or_refuse(user: User, name: str) -> Picture | None:
    """The picture of this name that the person sent and that belongs to nothing yet."""
    if not name:
        return None
    found = Picture.objects.filter(UNUSED, uploaded_by=user, name=name).first()
    if found is None:
        sentence = _("You have sent no picture of this name that is still to be used.")
        raise ValidationError({"picture": [sentence]}, "unknown")
    return found
