"""The backlog in the API: read in its order, ranked, triaged in bulk."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import serializers

from maintenance import workflow
from maintenance.access import May, request_for
from maintenance.api.serializers import RequestSerializer
from maintenance.backlog_forms import ACTIONS, MOST_CHOSEN, NEEDED
from maintenance.forms import workers
from operations.api.shapes import WhyNotSerializer
from operations.models import Severity
from portal.errors import DomainError
from portal.models import User


class BacklogRowSerializer(serializers.Serializer[Any]):
    """`rank` is what people said, `score` what is proposed: worth by effort."""

    request = RequestSerializer()
    place = serializers.IntegerField()
    rank = serializers.IntegerField(allow_null=True)
    score = serializers.DecimalField(max_digits=6, decimal_places=1)


class RankSerializer(serializers.Serializer[Any]):
    move = serializers.ChoiceField(choices=["up", "down", "top", "before", "after"])
    other = serializers.IntegerField(
        required=False, min_value=1, help_text="With `before` and `after`: the id of which."
    )


class RankedSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField()


class TriageSerializer(serializers.Serializer[Any]):
    requests = serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=1, max_length=MOST_CHOSEN
    )
    action = serializers.ChoiceField(choices=ACTIONS)
    priority = serializers.ChoiceField(choices=Severity.choices, required=False)
    implementer = serializers.PrimaryKeyRelatedField[User](
        queryset=workers(), required=False, allow_null=True
    )
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        name = NEEDED.get(attrs["action"], "")
        if name and attrs.get(name) in (None, ""):
            raise serializers.ValidationError({name: ["This field is required."]})
        return attrs


class NotTriagedSerializer(serializers.Serializer[Any]):
    request = serializers.IntegerField()
    reasons = WhyNotSerializer(many=True)


class TriagedSerializer(serializers.Serializer[Any]):
    done = serializers.ListField(child=serializers.IntegerField())
    refused = NotTriagedSerializer(many=True)


def why_not_triaged(user: User, pk: int, said: dict[str, Any]) -> list[dict[str, str]] | None:
    """Do it to one; return why not if it could not be done, else None."""
    may: May = "decide" if said["action"] == "reject" else "change"
    try:
        item = request_for(user, pk, may=may)
        workflow.triage(item, actor=user, **said)
    except Http404:
        return [_because("not_found", "There is no such request.")]
    except PermissionDenied:
        return [_because("not_yours", "It belongs to another team.")]
    except DomainError as error:
        return [refusal._asdict() for refusal in error.refusals]
    return None


def _because(code: str, sentence: str) -> dict[str, str]:
    return {"code": code, "sentence": sentence, "remedy": ""}
