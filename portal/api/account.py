"""One's own affairs: ways to be reached, messages, tokens."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal import notify
from portal.access import contact_for, token_for
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.serializers import (
    ContactChangeSerializer,
    ContactSerializer,
    NewContactSerializer,
    NewTokenSerializer,
    NotificationSerializer,
    TokenOnceSerializer,
    TokenSerializer,
)
from portal.filters import NotificationFilter
from portal.http import signed_in
from portal.models import ApiToken, ContactMethod, Notification
from portal.workflow import contacts, tokens


class ContactMethodViewSet(RecordViewSet[ContactMethod]):
    """How I am reached; addresses are taken and never shown again whole."""

    queryset = ContactMethod.objects.none()
    serializer_class = ContactSerializer

    def get_queryset(self) -> QuerySet[ContactMethod]:
        return ContactMethod.objects.filter(person=signed_in(self.request))

    @extend_schema(request=NewContactSerializer, responses={201: ContactSerializer})
    def create(self, request: Request) -> Response:
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
        """Owe a test message through this way alone."""
        contact = contact_for(signed_in(request), int(pk))
        message = contacts.send_test(contact, actor=signed_in(request))
        body = NotificationSerializer(message).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


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


class TokenViewSet(RecordViewSet[ApiToken]):
    """My tokens; a token cannot make tokens, a signed-in person does."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    shown_once = ("secret",)

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(person=signed_in(self.request))

    @extend_schema(request=NewTokenSerializer, responses={201: TokenOnceSerializer})
    def create(self, request: Request) -> Response:
        """Make a token; the answer holds its secret, this once."""
        if isinstance(request.auth, ApiToken):
            raise PermissionDenied
        user = signed_in(request)
        token, secret = tokens.create_token(
            user, **given(NewTokenSerializer, request), actor=user
        )
        body: dict[str, Any] = TokenSerializer(token).data
        return Response({**body, "secret": secret}, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=TokenSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End the token now."""
        token = token_for(signed_in(request), int(pk))
        token = tokens.revoke_token(token, actor=signed_in(request))
        return Response(TokenSerializer(token).data)
