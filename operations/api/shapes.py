"""What several representations share."""

from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.request import Request

from portal.models import Service, Team, User

Given = TypeVar("Given", bound=serializers.BaseSerializer[Any])


class DoerSerializer(serializers.ModelSerializer[User]):
    """A person, as far as it matters who did something."""

    class Meta:
        model = User
        fields = ["id", "name"]


class WhyNotSerializer(serializers.Serializer[Any]):
    """One reason why something cannot be done now."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    remedy = serializers.CharField()


def given(shape: type[Given], request: Request, instance: Any = None) -> dict[str, Any]:
    """Return the checked body of a request; with an instance, what it changes of that."""
    is_partial = instance is not None
    context = {"request": request}
    body = shape(instance, data=request.data, partial=is_partial, context=context)
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values


def service_field(**options: Any) -> serializers.SlugRelatedField[Service]:
    """A service by its short name."""
    return serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Service.objects.current(),
        help_text="The service's short name.",
        **options,
    )


def team_field(**options: Any) -> serializers.SlugRelatedField[Team]:
    """A team by its short name."""
    return serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Team.objects.all(),
        help_text="The team's short name.",
        **options,
    )
