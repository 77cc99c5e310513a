"""One filter for each list, for the page and for the API alike."""

from typing import Any

import django_filters
from django.core.validators import MaxLengthValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.models import (
    Access,
    Channel,
    ChannelKind,
    Event,
    Notification,
    SendState,
    Service,
    Team,
    Tier,
    Urgency,
    User,
    Webhook,
    WebhookDelivery,
)
from portal.text_search import LONGEST, matching


class TextFilter(django_filters.CharFilter):
    """Each word must stand in one of `within`, a list of fields."""

    def __init__(self, *, within: list[str], **options: Any) -> None:
        options.setdefault("label", _("Text"))
        super().__init__(validators=[MaxLengthValidator(LONGEST)], **options)
        self.within = within

    def filter(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return matching(rows, text or "", *self.within)


class YesNoFilter(django_filters.ChoiceFilter):
    """`true` or `false`; anything else is an error, where a NullBooleanField would shrug."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("empty_label", _("Either"))
        choices = [("true", _("Yes")), ("false", _("No"))]
        super().__init__(choices=choices, **options)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return django_filters.Filter.filter(self, rows, value == "true") if value else rows


class PersonFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "email"])
    access = django_filters.ChoiceFilter(
        choices=[(access.value, access.label.partition(":")[0]) for access in Access],
        empty_label=_("Any access"),
    )
    team = django_filters.ModelChoiceFilter(
        field_name="teams",
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
    )
    is_active = YesNoFilter(label=_("Active"))

    class Meta:
        model = User
        fields = ["q", "access", "team", "is_active"]


class TeamFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "description"])

    class Meta:
        model = Team
        fields = ["q"]


class ServiceFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "slug", "description"])
    team = django_filters.ModelChoiceFilter(
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
    )
    tier = django_filters.ChoiceFilter(choices=Tier.choices, empty_label=_("Any tier"))
    retired = YesNoFilter(
        field_name="retired_at", lookup_expr="isnull", exclude=True, label=_("Retired")
    )

    class Meta:
        model = Service
        fields = ["q", "team", "tier", "retired"]


class EventFilter(django_filters.FilterSet):
    q = TextFilter(within=["subject_label", "actor_label", "kind"])
    kind = django_filters.CharFilter(
        method="of_kind", max_length=64, label=_("Kind, such as “incident.*”")
    )
    actor = django_filters.ModelChoiceFilter(
        queryset=User.objects.all(), label=_("Who"), empty_label=_("Anybody")
    )
    service = django_filters.ModelChoiceFilter(
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
    )

    class Meta:
        model = Event
        fields = ["q", "kind", "actor", "service"]

    def of_kind(self, rows: QuerySet[Event], name: str, kind: str) -> QuerySet[Event]:
        if kind.endswith("*"):
            return rows.filter(kind__startswith=kind[:-1])
        return rows.filter(kind=kind)


class NotificationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=SendState.choices)
    unread = YesNoFilter(field_name="read_at", lookup_expr="isnull", label=_("Unread"))

    class Meta:
        model = Notification
        fields = ["state", "unread"]


class DeliveryLogFilter(django_filters.FilterSet):
    """Over everything that was sent to a person."""

    q = TextFilter(within=["subject", "topic"])
    state = django_filters.ChoiceFilter(
        choices=SendState.choices, label=_("State"), empty_label=_("Any state")
    )
    urgency = django_filters.ChoiceFilter(
        choices=Urgency.choices, label=_("Urgency"), empty_label=_("Any urgency")
    )
    kind = django_filters.CharFilter(max_length=20, label=_("Kind, such as “page”"))
    topic = django_filters.CharFilter(max_length=100, label=_("About, such as “incident:7”"))

    class Meta:
        model = Notification
        fields = ["q", "state", "urgency", "kind", "topic"]


class PeopleDeliveryFilter(DeliveryLogFilter):
    """Over what was sent to all whose log one may read, as the API lists them."""

    person = django_filters.ModelChoiceFilter(queryset=User.objects.all())

    class Meta:
        model = Notification
        fields = ["q", "state", "urgency", "kind", "topic", "person"]


class ChannelFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    team = django_filters.ModelChoiceFilter(
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
    )
    kind = django_filters.ChoiceFilter(
        choices=ChannelKind.choices, label=_("Kind"), empty_label=_("Any kind")
    )

    class Meta:
        model = Channel
        fields = ["q", "team", "kind"]


class DeliveryFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        choices=SendState.choices, label=_("State"), empty_label=_("Any state")
    )

    class Meta:
        model = WebhookDelivery
        fields = ["state"]


class AnyDeliveryFilter(DeliveryFilter):
    """Over the deliveries of all webhooks, as the API lists them."""

    webhook = django_filters.ModelChoiceFilter(queryset=Webhook.objects.all())

    class Meta:
        model = WebhookDelivery
        fields = ["state", "webhook"]
