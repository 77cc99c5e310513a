"""One's own tokens."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.access import token_for
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.serializers import NewTokenSerializer, TokenOnceSerializer, TokenSerializer
from portal.http import signed_in
from portal.models import ApiToken
from portal.workflow import tokens


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
