"""How I am reached: ways, the steps of my chains, quiet hours, and what was sent."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal import notify, reach
from portal.access import contact_for, messages_visible_to, rule_for
from portal.api.base import RecordViewSet, View
from portal.api.bodies import given
from portal.api.reach_serializers import (
    ChainChangeSerializer,
    CodeSerializer,
    ContactChangeSerializer,
    ContactSerializer,
    DeliveryLogSerializer,
    NewChainStepSerializer,
    NewContactSerializer,
    NotificationRuleSerializer,
    NotificationSerializer,
    QuietHoursSerializer,
    ReachSerializer,
)
from portal.filters import NotificationFilter, PeopleDeliveryFilter
from portal.http import signed_in
from portal.models import ContactMethod, Notification, NotificationRule, Urgency, User
from portal.slots import gather
from portal.workflow import contacts, reaching


class ContactMethodViewSet(RecordViewSet[ContactMethod]):
    """How I am reached; addresses are taken and never shown again whole."""

    queryset = ContactMethod.objects.none()
    serializer_class = ContactSerializer

    def get_queryset(self) -> QuerySet[ContactMethod]:
        return ContactMethod.objects.filter(person=signed_in(self.request))

    @extend_schema(request=NewContactSerializer, responses={201: ContactSerializer})
    def create(self, request: Request) -> Response:
        """Add a way; `for_high` and `for_low` make it a step of those chains as well."""
        user = signed_in(request)
        contact = contacts.add_contact(user, **given(NewContactSerializer, request), actor=user)
        return Response(ContactSerializer(contact).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ContactChangeSerializer, responses=ContactSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        contact = contact_for(signed_in(request), int(pk))
        said = given(ContactChangeSerializer, request, contact, partial=True)
        contact = contacts.change_contact(contact, actor=signed_in(request), **said)
        return Response(ContactSerializer(contact).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        contact = contact_for(signed_in(request), int(pk))
        contacts.remove_contact(contact, actor=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: NotificationSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Owe a test message with a code through this way alone."""
        contact = contact_for(signed_in(request), int(pk))
        message = contacts.send_test(contact, actor=signed_in(request))
        body = NotificationSerializer(message).data
        return Response(body, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=CodeSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """Prove that the way works, by the code of the newest test message."""
        contact = contact_for(signed_in(request), int(pk))
        said = given(CodeSerializer, request)
        contact = contacts.verify(contact, **said, actor=signed_in(request))
        return Response(ContactSerializer(contact).data)


class NotificationRuleViewSet(RecordViewSet[NotificationRule]):
    """The steps of my chains: by which way, how many minutes after a message fell due."""

    queryset = NotificationRule.objects.none()
    serializer_class = NotificationRuleSerializer

    def get_queryset(self) -> QuerySet[NotificationRule]:
        mine = NotificationRule.objects.filter(person=signed_in(self.request))
        return mine.order_by("urgency", "after_minutes", "pk")

    @extend_schema(request=NewChainStepSerializer, responses={201: NotificationRuleSerializer})
    def create(self, request: Request) -> Response:
        """Add a step; without `contact`, by the address of the sign-in."""
        user = signed_in(request)
        said = given(NewChainStepSerializer, request, context={"person": user})
        rule = reaching.add_rule(user, **({"contact": None} | said), actor=user)
        return Response(NotificationRuleSerializer(rule).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChainChangeSerializer, responses=NotificationRuleSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        rule = rule_for(signed_in(request), int(pk))
        said = given(
            ChainChangeSerializer,
            request,
            rule,
            partial=True,
            context={"person": rule.person},
        )
        rule = reaching.change_rule(rule, actor=signed_in(request), **said)
        return Response(NotificationRuleSerializer(rule).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        reaching.remove_rule(rule_for(signed_in(request), int(pk)), actor=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReachView(View):
    """How I am reached, step by step, and my quiet hours."""

    @extend_schema(responses=ReachSerializer)
    def get(self, request: Request) -> Response:
        return Response(_reach(signed_in(request)))

    @extend_schema(request=QuietHoursSerializer, responses=ReachSerializer)
    def patch(self, request: Request) -> Response:
        """Set the quiet hours; null for both ends them."""
        user = signed_in(request)
        said = given(QuietHoursSerializer, request)
        return Response(_reach(reaching.set_quiet_hours(user, actor=user, **said)))


def _reach(person: User) -> dict[str, Any]:
    body: dict[str, Any] = ReachSerializer(
        {
            "high": reach.ways(person, Urgency.HIGH),
            "low": reach.ways(person, Urgency.LOW),
            "why_unreachable": reach.why_unreachable(person, Urgency.HIGH),
            "doubts": gather("reach.doubts", person),
            "quiet_from": person.quiet_from,
            "quiet_until": person.quiet_until,
        }
    ).data
    return body


class NotificationViewSet(RecordViewSet[Notification]):
    """What was or will be sent to me."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter

    def get_queryset(self) -> QuerySet[Notification]:
        mine = Notification.objects.filter(person=signed_in(self.request))
        return mine.select_related("contact").order_by("-pk")

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"], url_path="mark-read")
    def mark_read(self, request: Request, pk: str) -> Response:
        """Take it out of the inbox; for one that is out already, nothing happens."""
        message = self.get_object()
        notify.mark_read(signed_in(request), [message.pk])
        return Response(self.get_serializer(self.get_object()).data)


class DeliveryLogViewSet(RecordViewSet[Notification]):
    """
    The delivery log: what was sent to me and, for managers, to the people of their teams.

    Each message with its way, when it was due and left, its attempts and what went wrong.
    """

    queryset = Notification.objects.none()
    serializer_class = DeliveryLogSerializer
    filterset_class = PeopleDeliveryFilter

    def get_queryset(self) -> QuerySet[Notification]:
        rows = messages_visible_to(signed_in(self.request))
        return rows.select_related("contact").order_by("-pk")
