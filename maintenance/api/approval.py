"""Who has to agree to a request, and emergencies that began before, in the API."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from maintenance.ballot_words import choices_of, picture
from maintenance.filters import EmergencyFilter
from maintenance.models import BreakGlass
from maintenance.workflow.ballots import Ballot
from operations.api.shapes import DoerSerializer
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import User


class GivenVoteSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    giver = serializers.CharField(help_text="Whose vote it is, if a delegate gave it.")
    word = serializers.CharField(help_text="approve or reject.")
    at = serializers.DateTimeField()


class BallotStepSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    stage = serializers.IntegerField(allow_null=True)
    state = serializers.CharField(
        help_text="open, waiting, satisfied, rejected or unreachable."
    )
    count = serializers.CharField()
    given = GivenVoteSerializer(many=True)
    wanted = serializers.ListField(
        child=serializers.CharField(), help_text="Whose word it may still get."
    )


class ChoiceSerializer(serializers.Serializer[Any]):
    """What to give to `approve/` and `reject/` for one of the votes that are yours."""

    step = serializers.CharField()
    name = serializers.CharField()
    on_behalf_of = serializers.IntegerField(allow_null=True)


class ApprovalSerializer(serializers.Serializer[Any]):
    policy = serializers.IntegerField(
        allow_null=True, help_text="null: the built-in rule applies."
    )
    name = serializers.CharField()
    plan_digest = serializers.CharField()
    steps = BallotStepSerializer(many=True)
    yours = ChoiceSerializer(many=True)
    approved_until = serializers.DateTimeField(allow_null=True)


def approval_of(ballot: Ballot, user: User) -> dict[str, Any]:
    yours = [
        {
            "step": choice["step"],
            "name": choice["name"],
            "on_behalf_of": choice["giver"].pk if choice["giver"] else None,
        }
        for choice in choices_of(ballot, user)
    ]
    return {
        **picture(ballot),
        "plan_digest": ballot.facts.digest,
        "yours": yours,
        "approved_until": ballot.request.approved_until,
    }


class EmergencySerializer(serializers.ModelSerializer[BreakGlass]):
    request = serializers.CharField(source="request.number", read_only=True)
    person = DoerSerializer(read_only=True)
    passed = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="The codes of what spoke against a start.",
    )
    is_reviewed = serializers.SerializerMethodField()

    class Meta:
        model = BreakGlass
        fields = [
            "id",
            "request",
            "person",
            "reason",
            "passed",
            "broken_at",
            "due_at",
            "settled_at",
            "was_approved",
            "is_reviewed",
        ]
        read_only_fields = fields

    def get_is_reviewed(self, glass: BreakGlass) -> bool:
        return getattr(glass.request, "implementation_review", None) is not None


class EmergencyViewSet(RecordViewSet[BreakGlass]):
    """Changes that began before they were approved, until they are decided and reviewed."""

    serializer_class = EmergencySerializer
    filterset_class = EmergencyFilter
    queryset = BreakGlass.objects.all()

    def get_queryset(self) -> QuerySet[BreakGlass]:
        return BreakGlass.objects.visible_to(signed_in(self.request)).with_list_columns()
