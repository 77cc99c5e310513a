"""The shapes of knowledge in the API; rules are the workflow's."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from knowledge.api.action_shapes import ActionSerializer, Slug
from knowledge.api.fields import ReadableSpace
from knowledge.models import (
    REVIEWABLE,
    ActionItem,
    Card,
    Column,
    Document,
    DocumentDraft,
    DocumentKind,
    Retrospective,
    Revision,
    RevisionReview,
    Space,
    Tag,
)
from knowledge.texts import check_body
from portal.models import Service, Team, User

LONGEST_DRAFT = 100_000  # characters


class TrimmedRevisionSerializer(serializers.ModelSerializer[Revision]):
    """A revision without its words."""

    author = serializers.StringRelatedField[User]()
    published_by = serializers.StringRelatedField[User]()

    class Meta:
        model = Revision
        fields = [
            "number",
            "title",
            "message",
            "state",
            "author",
            "created_at",
            "published_by",
            "published_at",
            "restored_from",
            "body_hash",
        ]
        read_only_fields = fields


class RevisionSerializer(TrimmedRevisionSerializer):
    class Meta(TrimmedRevisionSerializer.Meta):
        fields = [*TrimmedRevisionSerializer.Meta.fields, "body"]
        read_only_fields = fields


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """`published_number` is what readers get; `latest_number` is what authors build on."""

    space = Slug[Space](slug_field="slug", read_only=True)
    team = Slug[Team](slug_field="slug", read_only=True)
    services = Slug[Service](slug_field="slug", many=True, read_only=True)
    tags = Slug[Tag](slug_field="name", many=True, read_only=True)
    published_number = serializers.IntegerField(
        source="published.number", read_only=True, allow_null=True, default=None
    )
    alert_names = serializers.ListField(child=serializers.CharField(), read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Document
        fields = [
            "id",
            "slug",
            "kind",
            "title",
            "space",
            "team",
            "owner",
            "is_team_only",
            "services",
            "tags",
            "alert_names",
            "latest_number",
            "published_number",
            "url",
        ]
        read_only_fields = fields


class DocumentWithWordsSerializer(DocumentSerializer):
    """A document with what readers get: the body of the published revision."""

    body = serializers.CharField(
        source="published.body", read_only=True, allow_null=True, default=None
    )

    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "body"]
        read_only_fields = fields


class DocumentWordsSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(trim_whitespace=False, validators=[check_body])
    message = serializers.CharField(max_length=300, allow_blank=True, default="")


class DocumentAboutSerializer(serializers.Serializer[Any]):
    """`space`, `owner`, `is_team_only` and `tags` stay as they are where they are left out."""

    space = ReadableSpace(required=False)
    owner = serializers.PrimaryKeyRelatedField[User](
        queryset=User.objects.filter(is_active=True), required=False, allow_null=True
    )
    is_team_only = serializers.BooleanField(required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=50), max_length=50, required=False
    )
    team = Slug[Team](slug_field="slug", queryset=Team.objects.all(), allow_null=True)
    services = Slug[Service](
        slug_field="slug",
        queryset=Service.objects.current(),
        many=True,
        default=list,  # type: ignore[arg-type]  # of the list, with many=True
    )
    alert_names = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=100, default=list
    )


class NewDocumentSerializer(DocumentWordsSerializer, DocumentAboutSerializer):
    kind = serializers.ChoiceField(choices=DocumentKind.choices)


class DocumentDraftSerializer(serializers.ModelSerializer[DocumentDraft]):
    """What the caller has typed and not saved; nobody else gets it."""

    title = serializers.CharField(max_length=200, allow_blank=True)
    body = serializers.CharField(
        max_length=LONGEST_DRAFT, trim_whitespace=False, allow_blank=True
    )

    class Meta:
        model = DocumentDraft
        fields = ["base_number", "title", "body", "started_at", "changed_at"]
        read_only_fields = ["started_at", "changed_at"]


class MergeSerializer(serializers.Serializer[Any]):
    base_number = serializers.IntegerField(min_value=1)
    body = serializers.CharField(max_length=LONGEST_DRAFT, trim_whitespace=False)


class StretchSerializer(serializers.Serializer[Any]):
    """Lines of the base, and what became of them in either text."""

    kind = serializers.ChoiceField(choices=["same", "mine", "theirs", "both", "overlap"])
    base = serializers.ListField(child=serializers.CharField())
    mine = serializers.ListField(child=serializers.CharField())
    theirs = serializers.ListField(child=serializers.CharField())


class MergedSerializer(serializers.Serializer[Any]):
    """`merged` is null where both changed the same lines."""

    base = serializers.IntegerField()
    latest = serializers.IntegerField()
    author = serializers.CharField(allow_null=True)
    body = serializers.CharField()
    merged = serializers.CharField(allow_null=True)
    diff3 = StretchSerializer(many=True)


class RenameSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(max_length=200)


class RevisionReviewSerializer(serializers.ModelSerializer[RevisionReview]):
    """What was asked about a revision, and the answer."""

    document = serializers.IntegerField(source="revision.document_id", read_only=True)
    title = serializers.CharField(source="revision.title", read_only=True)
    number = serializers.IntegerField(source="revision.number", read_only=True)
    asked_by = serializers.StringRelatedField[User]()
    answered_by = serializers.StringRelatedField[User]()
    approvals = serializers.SlugRelatedField[User](
        slug_field="person_id", many=True, read_only=True
    )
    approvals_needed = serializers.IntegerField(read_only=True)

    class Meta:
        model = RevisionReview
        fields = [
            *("id", "document", "title", "number", "state", "is_urgent", "note"),
            *("asked_by", "asked_at", "answer", "answered_by", "answered_at"),
            *("approvals", "approvals_needed"),
        ]
        read_only_fields = fields


class AskForReviewSerializer(serializers.Serializer[Any]):
    reviewers = serializers.PrimaryKeyRelatedField[User](
        queryset=User.objects.all(),
        many=True,
        default=list,
    )
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class ReviewNoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class ReviewReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class ReviewPolicySerializer(serializers.Serializer[Any]):
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in REVIEWABLE])
    )


class DiffLineSerializer(serializers.Serializer[Any]):
    """One line of a diff; `marked` are the stretches of `text` that changed."""

    kind = serializers.ChoiceField(choices=["same", "added", "removed", "gap"])
    old = serializers.IntegerField(allow_null=True)
    new = serializers.IntegerField(allow_null=True)
    text = serializers.SerializerMethodField()
    marked = serializers.SerializerMethodField()

    def get_text(self, line: Any) -> str:
        return "".join(text for text, _changed in line.parts)

    def get_marked(self, line: Any) -> list[str]:
        return [text for text, changed in line.parts if changed]


class DiffSerializer(serializers.Serializer[Any]):
    """
    What became of one revision in another.

    `html` is safe HTML of both with `ins` and `del` around words, or null where the texts are
    too large for that; `left_out` counts lines beyond those in `lines`.
    """

    old = TrimmedRevisionSerializer()
    new = TrimmedRevisionSerializer()
    title_changed = serializers.BooleanField()
    words_added = serializers.IntegerField(source="drawn.added", allow_null=True, default=None)
    words_removed = serializers.IntegerField(
        source="drawn.removed", allow_null=True, default=None
    )
    html = serializers.CharField(source="drawn.html", allow_null=True, default=None)
    lines = DiffLineSerializer(many=True)
    left_out = serializers.IntegerField()


class CardSerializer(serializers.ModelSerializer[Card]):
    author = serializers.StringRelatedField[User]()

    class Meta:
        model = Card
        fields = ["id", "column", "text", "author", "created_at"]
        read_only_fields = fields


class NewCardSerializer(serializers.Serializer[Any]):
    column = serializers.ChoiceField(choices=Column.choices)
    text = serializers.CharField(max_length=500)


class RetrospectiveSerializer(serializers.ModelSerializer[Retrospective]):
    team = Slug[Team](slug_field="slug", read_only=True)
    facilitator_name = serializers.StringRelatedField[User](source="facilitator")
    card_count = serializers.IntegerField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Retrospective
        fields = [
            "id",
            "team",
            "title",
            "held_on",
            "facilitator",
            "facilitator_name",
            "state",
            "closed_at",
            "card_count",
            "url",
        ]
        read_only_fields = fields


class RetrospectiveWithCardsSerializer(RetrospectiveSerializer):
    """`earlier_actions` is what the team's last retrospectives left unfinished."""

    cards = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()
    earlier_actions = serializers.SerializerMethodField()

    class Meta(RetrospectiveSerializer.Meta):
        fields = [*RetrospectiveSerializer.Meta.fields, "cards", "actions", "earlier_actions"]
        read_only_fields = fields

    @extend_schema_field(CardSerializer(many=True))
    def get_cards(self, retrospective: Retrospective) -> Any:
        return CardSerializer(retrospective.cards.select_related("author"), many=True).data

    @extend_schema_field(ActionSerializer(many=True))
    def get_actions(self, retrospective: Retrospective) -> Any:
        actions = ActionItem.objects.with_list_columns()
        return ActionSerializer(
            actions.filter(reference=retrospective.reference), many=True
        ).data

    @extend_schema_field(ActionSerializer(many=True))
    def get_earlier_actions(self, retrospective: Retrospective) -> Any:
        actions = ActionItem.objects.with_list_columns().from_earlier(retrospective)
        return ActionSerializer(actions, many=True).data


class NewRetrospectiveSerializer(serializers.Serializer[Any]):
    team = Slug[Team](slug_field="slug", queryset=Team.objects.all())
    title = serializers.CharField(max_length=150)
    held_on = serializers.DateField()
    facilitator = serializers.PrimaryKeyRelatedField[User](queryset=User.objects.all())
