"""Filters of silences, inhibition rules and what is held."""

import django_filters
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from operations.filters.choices import by_team, services
from operations.models import Hold, HoldKind, Inhibition, Silence, SilenceKind
from portal import clock
from portal.filters import TextFilter, YesNoFilter


class SilenceFilter(django_filters.FilterSet):
    q = TextFilter(within=["reason"])
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("active", _("Active")),
            ("pending", _("Still to come")),
            ("expired", _("Over")),
        ],
        method="by_state",
        empty_label=_("All"),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=SilenceKind.choices, empty_label=_("All")
    )
    team = by_team()

    class Meta:
        model = Silence
        fields = ["q", "state", "kind", "team"]

    def by_state(
        self, silences: QuerySet[Silence], _name: str, state: str
    ) -> QuerySet[Silence]:
        now = clock.now()
        over_at = Least(F("ends_at"), Coalesce(F("ended_at"), F("ends_at")))
        rows = silences.alias(over=over_at)
        if state == "expired":
            return rows.filter(over__lte=now)
        begun = Q(starts_at__lte=now)
        return rows.filter(begun if state == "active" else ~begun, over__gt=now)


class InhibitionFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    is_active = YesNoFilter(label=_("Active"))

    class Meta:
        model = Inhibition
        fields = ["q", "is_active"]


class HoldFilter(django_filters.FilterSet):
    """What is held, or was; a page about now shows what is."""

    service = django_filters.ModelChoiceFilter(
        label=_("Service"),
        queryset=services,
        field_name="alert__service",
        to_field_name="slug",
        empty_label=_("All services"),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Held by"), choices=HoldKind.choices, empty_label=_("Anything")
    )
    is_open = YesNoFilter(field_name="released_at", lookup_expr="isnull", label=_("Held now"))

    class Meta:
        model = Hold
        fields = ["service", "kind", "is_open"]


class HeldNowFilter(HoldFilter):
    is_open = None  # type: ignore[assignment]  # takes the inherited one away

    class Meta(HoldFilter.Meta):
        fields = ["service", "kind"]
