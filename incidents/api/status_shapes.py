"""What the API says and hears of an incident's components on the status page."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from incidents.models import AffectedComponent, ComponentState, Impact, StatusComponent


class AffectedComponentSerializer(serializers.ModelSerializer[AffectedComponent]):
    """What was declared of a component; `worst` is the worst that was."""

    component: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = AffectedComponent
        fields = ["component", "state", "worst", "declared_at"]
        read_only_fields = fields


class ComponentStatesField(serializers.DictField):
    """`{short name: state}`; the verb is told of the components themselves."""

    child = serializers.ChoiceField(choices=ComponentState.choices)

    def to_internal_value(self, data: Any) -> dict[StatusComponent, str]:
        states: dict[str, str] = super().to_internal_value(data)
        found = {
            each.slug: each for each in StatusComponent.objects.filter(slug__in=list(states))
        }
        if missing := sorted(states.keys() - found.keys()):
            raise serializers.ValidationError(
                f"There is no component {', '.join(missing)[:200]}.", "unknown_component"
            )
        return {found[slug]: state for slug, state in states.items()}


class DeclareComponentsSerializer(serializers.Serializer[Any]):
    components = ComponentStatesField(
        allow_empty=False, help_text="The state of each component, by its short name."
    )


class JudgeImpactSerializer(serializers.Serializer[Any]):
    impact = serializers.ChoiceField(
        choices=Impact.choices,
        allow_blank=True,
        help_text="Empty: its components decide again.",
    )
    reason = serializers.CharField(max_length=300, default="", allow_blank=True)
