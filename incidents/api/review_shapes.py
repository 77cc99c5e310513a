"""The shapes of reviews in the API; rules are the verbs' business."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents import workflow
from incidents.models import (
    CausalNode,
    Factor,
    FactorCategory,
    Review,
    ReviewComment,
    ReviewFactor,
    ReviewRequest,
    ReviewRules,
    ReviewTemplateVersion,
    ReviewWaiver,
    Verdict,
)
from incidents.review_forms import WHYS
from incidents.review_text import LONGEST, PUBLIC
from knowledge.models import ActionItem, Priority
from operations.api.shapes import DoerSerializer, WhyNotSerializer
from portal.models import Access, User

WORKERS = User.objects.filter(is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR])


class SectionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    hint = serializers.CharField()
    required: Any = serializers.BooleanField(
        required=False, help_text="Whether it must be filled in before publication."
    )


class FilledLineSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    source: Any = serializers.CharField(help_text="What it is from, such as `page` or `run`.")
    url = serializers.CharField(allow_blank=True)


class FilledSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    lines = FilledLineSerializer(many=True)


class ReviewAnswerSerializer(serializers.ModelSerializer[ReviewRequest]):
    person = DoerSerializer(read_only=True)

    class Meta:
        model = ReviewRequest
        fields = ["person", "asked_at", "verdict", "remark", "answered_at", "about_version"]
        read_only_fields = fields


class ReviewCommentSerializer(serializers.ModelSerializer[ReviewComment]):
    author = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ReviewComment
        fields = ["id", "section", "text", "author", "created_at", "resolved_at"]
        read_only_fields = fields


class FoundFactorSerializer(serializers.ModelSerializer[ReviewFactor]):
    name = serializers.CharField(source="factor.name", read_only=True)
    category = serializers.CharField(source="factor.category", read_only=True)

    class Meta:
        model = ReviewFactor
        fields = ["id", "factor", "name", "category", "evidence", "actions", "added_at"]
        read_only_fields = fields


class CauseSerializer(serializers.ModelSerializer[CausalNode]):
    class Meta:
        model = CausalNode
        fields = ["id", "parent", "order", "text", "factor"]
        read_only_fields = fields


class ReviewSerializer(serializers.ModelSerializer[Review]):
    owner = DoerSerializer(read_only=True, allow_null=True)
    service: Any = serializers.SlugRelatedField(
        source="incident.service", slug_field="slug", read_only=True
    )
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Review
        fields = [
            "id",
            "incident",
            "service",
            "owner",
            "state",
            "version",
            "due_at",
            "created_at",
            "published_at",
            "not_needed_because",
            "document",
            "url",
        ]
        read_only_fields = fields


class ReviewWithWordsSerializer(ReviewSerializer):
    """With what is written in it, and why it cannot be published, if it cannot."""

    outline = SectionSerializer(many=True, read_only=True)
    sections = serializers.DictField(child=serializers.CharField(), read_only=True)
    actions = serializers.SerializerMethodField(help_text="Ids of the action items.")
    contributors = DoerSerializer(many=True, read_only=True)
    template_version: Any = serializers.IntegerField(
        source="template_version.number", read_only=True, allow_null=True, default=None
    )
    filled: Any = serializers.DictField(
        child=FilledSerializer(), read_only=True, help_text="What was filled in, by section."
    )
    answers = ReviewAnswerSerializer(many=True, source="requests", read_only=True)
    factors = FoundFactorSerializer(many=True, read_only=True)
    causes = CauseSerializer(many=True, read_only=True)
    comments = ReviewCommentSerializer(many=True, read_only=True)
    why_not_publish = serializers.SerializerMethodField()

    class Meta(ReviewSerializer.Meta):
        fields = [
            *ReviewSerializer.Meta.fields,
            "outline",
            "sections",
            "contributors",
            "template_version",
            "filled",
            "answers",
            "factors",
            "causes",
            "comments",
            "public_text",
            "actions",
            "why_not_publish",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_actions(self, review: Review) -> list[int]:
        return [action.pk for action in workflow.actions_of(review.incident)]

    @extend_schema_field(WhyNotSerializer(many=True))
    def get_why_not_publish(self, review: Review) -> list[dict[str, str]]:
        actions = workflow.actions_of(review.incident)
        return [reason._asdict() for reason in workflow.why_not_publish(review, actions)]


class SaveReviewSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        min_value=1, help_text="The version that these words were built on."
    )
    sections = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST, allow_blank=True),
        help_text="Words by section; sections that are left out stay as they are.",
    )


class PromiseActionSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    owner = serializers.PrimaryKeyRelatedField(queryset=WORKERS)
    due_on = serializers.DateField()
    priority = serializers.ChoiceField(choices=Priority.choices, default=Priority.NORMAL)
    verification = serializers.CharField(max_length=500, allow_blank=True, default="")


class RefillSerializer(serializers.Serializer[Any]):
    section = serializers.CharField(max_length=60, source="key")


class ReviewPeopleSerializer(serializers.Serializer[Any]):
    owner = serializers.PrimaryKeyRelatedField(queryset=WORKERS)
    contributors = serializers.PrimaryKeyRelatedField(queryset=WORKERS, many=True, default=list)


class SendReviewSerializer(serializers.Serializer[Any]):
    reviewers = serializers.PrimaryKeyRelatedField(queryset=WORKERS, many=True)


class AnswerReviewSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(
        choices=[(Verdict.APPROVED.value, "approved"), (Verdict.CHANGES.value, "changes")]
    )
    remark = serializers.CharField(max_length=1000, allow_blank=True, default="")


class NewCommentSerializer(serializers.Serializer[Any]):
    section = serializers.CharField(
        max_length=60, allow_blank=True, default="", help_text="Empty: about the whole."
    )
    text = serializers.CharField(max_length=4000)


class WhySerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class PublicTextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=PUBLIC,
        allow_blank=True,
        help_text="Posted to the status page when the review is published; empty: nothing is.",
    )


class MarkdownSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    text = serializers.CharField()


class NameFactorSerializer(serializers.Serializer[Any]):
    factor = serializers.PrimaryKeyRelatedField(queryset=Factor.objects.all())
    evidence = serializers.CharField(max_length=2000)
    actions = serializers.PrimaryKeyRelatedField(
        queryset=ActionItem.objects.all(),
        many=True,
        default=list,
        help_text="Those of this review that are meant to remove it.",
    )


class AddCauseSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=200)
    under = serializers.IntegerField(
        min_value=1, allow_null=True, default=None, help_text="Null: under the top."
    )


class WhysSerializer(serializers.Serializer[Any]):
    """Each answer becomes the cause of the one before."""

    answers = serializers.ListField(
        child=serializers.CharField(max_length=200), min_length=1, max_length=WHYS
    )
    under = serializers.IntegerField(min_value=1, allow_null=True, default=None)


class ChangeCauseSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=200)


class HangCauseSerializer(serializers.Serializer[Any]):
    under = serializers.IntegerField(min_value=1)


class FactorSerializer(serializers.ModelSerializer[Factor]):
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Factor
        fields = [
            "id",
            "name",
            "category",
            "description",
            "retired_at",
            "merged_into",
            "url",
        ]
        read_only_fields = fields


class WriteFactorSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    category = serializers.ChoiceField(choices=FactorCategory.choices)
    description = serializers.CharField(max_length=300, allow_blank=True, default="")


class MergeFactorSerializer(serializers.Serializer[Any]):
    into = serializers.PrimaryKeyRelatedField(queryset=Factor.objects.all())


class FactorFigureSerializer(serializers.Serializer[Any]):
    """How often a word was found in the last 90 days, and in the 90 before."""

    factor = FactorSerializer()
    count = serializers.IntegerField()
    before = serializers.IntegerField()
    trend = serializers.CharField()
    service_count = serializers.IntegerField()
    last_at = serializers.DateTimeField(allow_null=True)


class CycleTimesSerializer(serializers.Serializer[Any]):
    """Hours from resolution to publication over the last 90 days; null of none."""

    n = serializers.IntegerField()
    median = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)
    on_time_share = serializers.IntegerField(allow_null=True, help_text="Per cent.")
    overdue_count = serializers.IntegerField()


class ReviewFiguresSerializer(serializers.Serializer[Any]):
    times = CycleTimesSerializer()
    factors = FactorFigureSerializer(many=True)


class ReviewWaiverSerializer(serializers.ModelSerializer[ReviewWaiver]):
    granted_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ReviewWaiver
        fields = ["id", "incident", "reason", "granted_by", "granted_at", "revoked_at"]
        read_only_fields = fields


class TemplateVersionSerializer(serializers.ModelSerializer[ReviewTemplateVersion]):
    sections = SectionSerializer(many=True, read_only=True)
    author = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ReviewTemplateVersion
        fields = ["number", "sections", "message", "restored_from", "author", "created_at"]
        read_only_fields = fields


class SaveTemplateSerializer(serializers.Serializer[Any]):
    base_number = serializers.IntegerField(
        min_value=1, help_text="The version that this was built on."
    )
    sections = SectionSerializer(many=True)
    message = serializers.CharField(max_length=200, allow_blank=True, default="")


class RestoreTemplateSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1)


class ReviewRulesSerializer(serializers.ModelSerializer[ReviewRules]):
    class Meta:
        model = ReviewRules
        fields = [
            "approvals_needed",
            "comments_block",
            "verification_needed",
            "recurrence_days",
        ]
