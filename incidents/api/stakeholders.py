"""Stakeholders in the API: who is told, by which rules, and the messages of an incident."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import incident_for
from incidents.models import (
    CommunicationRule,
    DeadlineState,
    MessageTemplate,
    Stakeholder,
    StakeholderGroup,
    StakeholderMessage,
)
from incidents.telling import deadline_of, delivery_rows, shown_address
from operations.api.shapes import DoerSerializer, given, service_field
from operations.models import Severity
from portal.access import require_administrator, require_look, service_for
from portal.api.base import RecordViewSet, View
from portal.http import signed_in
from portal.models import Access, Service, User


class StakeholderGroupSerializer(serializers.ModelSerializer[StakeholderGroup]):
    """People who want to hear of the same; no services means every service."""

    severities = serializers.ListField(
        child=serializers.ChoiceField(choices=Severity.choices), max_length=4
    )
    services = service_field(many=True, required=False)

    class Meta:
        model = StakeholderGroup
        fields = ["id", "name", "description", "severities", "services", "is_active"]


class StakeholderSerializer(serializers.ModelSerializer[Stakeholder]):
    """Somebody who is told; addresses are masked for who only looks."""

    person = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True).exclude(access=Access.NONE),
        allow_null=True,
        required=False,
    )
    name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    email = serializers.CharField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    groups = serializers.PrimaryKeyRelatedField(
        queryset=StakeholderGroup.objects.all(), many=True, required=False
    )

    class Meta:
        model = Stakeholder
        fields = ["id", "person", "name", "email", "phone", "groups"]

    def to_representation(self, instance: Stakeholder) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        may_read = signed_in(self.context["request"]).may_work
        for medium, name in (("email", "email"), ("sms", "phone")):
            if shown[name]:
                shown[name] = shown_address(medium, shown[name], may_read=may_read)
        return shown


class MessageTemplateSerializer(serializers.ModelSerializer[MessageTemplate]):
    """Words to begin a message with."""

    class Meta:
        model = MessageTemplate
        fields = ["id", "name", "subject", "text", "sms", "order"]


class CommunicationRuleSerializer(serializers.ModelSerializer[CommunicationRule]):
    """How stakeholders are told; without a service, of every service without an own rule."""

    service = service_field(allow_null=True, required=False)

    class Meta:
        model = CommunicationRule
        fields = [
            "id",
            "severity",
            "service",
            "by_email",
            "by_sms",
            "within_minutes",
            "template",
        ]
        validators: list[Any] = []


class DirectoryViewSet(RecordViewSet[Any]):
    """Read by all who look; written by administrators."""

    def create(self, request: Request) -> Response:
        require_administrator(signed_in(request))
        said = given(self.serializer_class, request)  # type: ignore[arg-type]  # named by each subclass
        return Response(self.get_serializer(self.keep(None, said)).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        row = self._mine(request, pk)
        said = given(self.serializer_class, request, row)  # type: ignore[arg-type]  # named by each subclass
        return Response(self.get_serializer(self.keep(row, said)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        self.remove(self._mine(request, pk))
        return Response(status=204)

    def keep(self, row: Any, said: dict[str, Any]) -> Any:
        raise NotImplementedError

    def remove(self, row: Any) -> None:
        raise NotImplementedError

    @property
    def actor(self) -> User:
        return signed_in(self.request)

    def _mine(self, request: Request, pk: str) -> Any:
        require_administrator(signed_in(request))
        return get_object_or_404(self.queryset, pk=int(pk))  # type: ignore[arg-type]  # named by each subclass


class StakeholderGroupViewSet(DirectoryViewSet):
    """Groups of people who are told of incidents."""

    serializer_class = StakeholderGroupSerializer
    queryset = StakeholderGroup.objects.all()

    def get_queryset(self) -> QuerySet[StakeholderGroup]:
        return StakeholderGroup.objects.visible_to(self.actor).prefetch_related("services")

    def keep(self, row: Any, said: dict[str, Any]) -> Any:
        return workflow.keep_stakeholder_group(row, **said, actor=self.actor)

    def remove(self, row: Any) -> None:
        workflow.remove_stakeholder_group(row, actor=self.actor)


class StakeholderViewSet(DirectoryViewSet):
    """People who are told of incidents; deleting one erases all that is personal."""

    serializer_class = StakeholderSerializer
    queryset = Stakeholder.objects.all()

    def get_queryset(self) -> QuerySet[Stakeholder]:
        return Stakeholder.objects.visible_to(self.actor).with_list_columns()

    def keep(self, row: Any, said: dict[str, Any]) -> Any:
        return workflow.keep_stakeholder(row, **said, actor=self.actor)

    def remove(self, row: Any) -> None:
        workflow.erase_stakeholder(row, actor=self.actor)


class MessageTemplateViewSet(DirectoryViewSet):
    """Templates of messages to stakeholders."""

    serializer_class = MessageTemplateSerializer
    queryset = MessageTemplate.objects.all()

    def get_queryset(self) -> QuerySet[MessageTemplate]:
        require_look(self.actor)
        return MessageTemplate.objects.all()

    def keep(self, row: Any, said: dict[str, Any]) -> Any:
        return workflow.keep_template(row, **said, actor=self.actor)

    def remove(self, row: Any) -> None:
        workflow.remove_template(row, actor=self.actor)


class CommunicationRuleViewSet(RecordViewSet[CommunicationRule]):
    """The rules by severity; posting one for a severity and service replaces it."""

    serializer_class = CommunicationRuleSerializer
    queryset = CommunicationRule.objects.all()

    def get_queryset(self) -> QuerySet[CommunicationRule]:
        require_look(signed_in(self.request))
        return CommunicationRule.objects.select_related("service")

    @extend_schema(responses={201: CommunicationRuleSerializer})
    def create(self, request: Request) -> Response:
        """Say how stakeholders are told at a severity, of a service or of all."""
        said = given(CommunicationRuleSerializer, request)
        service = self._allowed(request, said.pop("service", None))
        rule = workflow.keep_rule(service=service, **said, actor=signed_in(request))
        return Response(self.get_serializer(rule).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a service's own rule away; that of the house counts again."""
        require_look(signed_in(request))
        rule = get_object_or_404(self.get_queryset(), pk=int(pk))
        self._allowed(request, rule.service)
        workflow.remove_rule(rule, actor=signed_in(request))
        return Response(status=204)

    def _allowed(self, request: Request, service: Service | None) -> Service | None:
        user = signed_in(request)
        if service is None:
            require_administrator(user)
            return None
        return service_for(user, service.slug, may="change")


class GapSerializer(serializers.Serializer[Any]):
    """Somebody who should be told and cannot."""

    name = serializers.CharField()
    medium = serializers.CharField()
    why = serializers.CharField()


class ToldSerializer(serializers.Serializer[Any]):
    """Who gets a message by which way, and why."""

    name = serializers.CharField()
    medium = serializers.CharField()
    address = serializers.CharField(help_text="Masked for who only looks.")
    reasons = serializers.ListField(child=serializers.CharField())


class AudienceSerializer(serializers.Serializer[Any]):
    """Who would be told now; give `seen` back when you send."""

    seen = serializers.CharField()
    by_email = serializers.IntegerField()
    by_sms = serializers.IntegerField()
    reached = ToldSerializer(many=True)
    gaps = GapSerializer(many=True)
    deadline = serializers.DateTimeField(allow_null=True)
    deadline_state = serializers.ChoiceField(choices=DeadlineState.choices, allow_null=True)


class TellSerializer(serializers.Serializer[Any]):
    """A message to all who are to be told at this severity."""

    subject = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=4000)
    sms = serializers.CharField(max_length=300, required=False, allow_blank=True)
    template = serializers.PrimaryKeyRelatedField(
        queryset=MessageTemplate.objects.all(), required=False, allow_null=True
    )
    seen = serializers.CharField(max_length=32, help_text="From the audience, as you saw it.")


class MessageDeliverySerializer(serializers.Serializer[Any]):
    """One address of a message and how far it has come."""

    name = serializers.CharField()
    medium = serializers.CharField()
    address = serializers.CharField()
    reasons = serializers.CharField()
    state = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()


class StakeholderMessageSerializer(serializers.ModelSerializer[StakeholderMessage]):
    """What stakeholders were told; `author` is null for what was sent by itself."""

    author = DoerSerializer(read_only=True)
    gaps = GapSerializer(many=True)
    deliveries = serializers.SerializerMethodField()

    class Meta:
        model = StakeholderMessage
        fields = [
            *("id", "author", "severity", "by_email", "by_sms", "subject", "text", "sms"),
            *("gaps", "sent_at", "deliveries"),
        ]
        read_only_fields = fields

    @extend_schema_field(MessageDeliverySerializer(many=True))
    def get_deliveries(self, message: StakeholderMessage) -> list[dict[str, Any]]:
        return delivery_rows(message, may_read=signed_in(self.context["request"]).may_work)


class AudienceView(View):
    """Who would be told of an incident now."""

    @extend_schema(operation_id="incident_audience", responses=AudienceSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Preview: who would get a message by which way and why, and every gap."""
        user = signed_in(request)
        incident = incident_for(user, pk)
        found = workflow.preview(incident)
        deadline = deadline_of(incident)
        shown = {
            "seen": found.digest,
            "by_email": found.by_email,
            "by_sms": found.by_sms,
            "reached": [
                {
                    "name": str(each.stakeholder),
                    "medium": each.medium,
                    "address": shown_address(each.medium, each.address, may_read=user.may_work),
                    "reasons": each.reasons,
                }
                for each in found.reached
            ],
            "gaps": found.gaps,
            "deadline": deadline.due_at if deadline else None,
            "deadline_state": deadline.state if deadline else None,
        }
        return Response(AudienceSerializer(shown).data)


class MessagesView(View):
    """Messages to the stakeholders of an incident."""

    @extend_schema(
        operation_id="incident_messages",
        responses=StakeholderMessageSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """The newest messages, each with everybody who got it."""
        incident = incident_for(signed_in(request), pk)
        rows = incident.messages.select_related("author").prefetch_related("deliveries")[:50]
        shape = StakeholderMessageSerializer(rows, many=True, context={"request": request})
        return Response(shape.data)

    @extend_schema(
        operation_id="incident_tell",
        request=TellSerializer,
        responses={201: StakeholderMessageSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Send a message to all who are to be told at this severity, each address once."""
        user = signed_in(request)
        incident = incident_for(user, pk, may="change")
        said = given(TellSerializer, request)
        message = workflow.tell_stakeholders(incident, **said, actor=user)
        shape = StakeholderMessageSerializer(message, context={"request": request})
        return Response(shape.data, status=201)
