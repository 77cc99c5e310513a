"""The filter of heartbeats."""

import django_filters
from django.utils.translation import gettext_lazy as _

from operations.filters.choices import by_service
from operations.models import Heartbeat, HeartbeatState
from portal.filters import TextFilter


class HeartbeatFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    service = by_service()
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=HeartbeatState.choices, empty_label=_("All")
    )

    class Meta:
        model = Heartbeat
        fields = ["q", "service", "state"]
