"""The deploy gate in the API: pipelines ask here before they deploy."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from maintenance import workflow
from maintenance.api.serializers import Sha256Field
from maintenance.filters import GateQuestionFilter
from maintenance.models import PRODUCTION, GateDecision, GateQuestion
from operations.api.shapes import DoerSerializer
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import ApiToken, Scope


class AskGateSerializer(serializers.Serializer[Any]):
    service = serializers.CharField(max_length=100, help_text="The service's short name.")
    environment = serializers.CharField(max_length=40, default=PRODUCTION)
    artefact_sha256 = Sha256Field(help_text="Of what is to be put there, byte for byte.")
    request: Any = serializers.CharField(max_length=24, help_text="CHG-12, or 12.")


class GateReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    params = serializers.DictField()


class GateAnswerSerializer(serializers.ModelSerializer[GateQuestion]):
    """What the pipeline is told. Only `"decision": "allow"` lets it go on."""

    decision = serializers.ChoiceField(choices=[GateDecision.ALLOW, GateDecision.DENY])
    request: Any = serializers.SerializerMethodField()
    reasons = GateReasonSerializer(many=True)
    checked_at = serializers.DateTimeField(source="asked_at")
    question = serializers.IntegerField(source="pk", help_text="Under which it is kept.")

    class Meta:
        model = GateQuestion
        fields = ["decision", "request", "plan_digest", "reasons", "checked_at", "question"]
        read_only_fields = fields

    def get_request(self, question: GateQuestion) -> str:
        return question.request.number if question.request else question.request_asked


class GateQuestionSerializer(serializers.ModelSerializer[GateQuestion]):
    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    request: Any = serializers.CharField(
        source="request.number", read_only=True, allow_null=True, default=None
    )
    reasons = GateReasonSerializer(many=True, read_only=True)
    actor = DoerSerializer(read_only=True, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = GateQuestion
        fields = [
            "id",
            "asked_at",
            "service",
            "service_asked",
            "environment",
            "artefact_sha256",
            "request",
            "request_asked",
            "decision",
            "plan_digest",
            "reasons",
            "actor",
            "token_name",
            "url",
        ]
        read_only_fields = fields


class GateView(APIView):
    """
    One question, one answer for this second.

    An Idempotency-Key is not looked at: an answer of before is no answer for now.
    """

    write_scope = Scope.DEPLOY

    @extend_schema(
        request=AskGateSerializer, responses={200: GateAnswerSerializer}, operation_id="gate"
    )
    def post(self, request: Request) -> Response:
        """
        Ask whether this artefact may be put there now, under this request.

        200 with `allow` or `deny` and every reason; the question is kept either way. Whatever
        else comes back, a timeout too, is not an allow.
        """
        user = signed_in(request)
        require_work(user)
        token = request.auth.name if isinstance(request.auth, ApiToken) else ""
        try:
            body = AskGateSerializer(data=request.data)
            body.is_valid(raise_exception=True)
        except (ParseError, ValidationError) as wrong:
            asked, errors = _as_said(request, wrong)
            workflow.keep_bad_question(asked, errors, actor=user, token_name=token)
            raise
        asked = workflow.Asked(**body.validated_data)
        question = workflow.ask_gate(asked, actor=user, token_name=token)
        answer = GateAnswerSerializer(question).data
        return Response(answer, headers={"Cache-Control": "no-store"})


@extend_schema(exclude=True)
class GateWithoutSlash(GateView):
    """The same without a trailing slash: a redirect would lose the body."""


class GateQuestionViewSet(RecordViewSet[GateQuestion]):
    """What was asked at the deploy gate, and what it answered; never edited."""

    serializer_class = GateQuestionSerializer
    filterset_class = GateQuestionFilter
    queryset = GateQuestion.objects.all()

    def get_queryset(self) -> QuerySet[GateQuestion]:
        return GateQuestion.objects.visible_to(signed_in(self.request)).with_list_columns()


def _as_said(
    request: Request, wrong: ParseError | ValidationError
) -> tuple[workflow.Asked, list[workflow.GateReason]]:
    """Return what can be read of a bad question, and what is wrong with it."""
    said: Any = {} if isinstance(wrong, ParseError) else request.data
    said = said if isinstance(said, dict) else {}
    asked = workflow.Asked(*(_text(said.get(name)) for name in workflow.Asked._fields))
    if isinstance(wrong, ParseError):
        return asked, [workflow.GateReason("invalid", str(wrong.detail), {})]
    found: Any = wrong.detail
    return asked, [
        workflow.GateReason("invalid", f"{field}: {reasons}", {"field": str(field)})
        for field, reasons in ((name, " ".join(map(str, found[name]))) for name in found)
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)[:100]
