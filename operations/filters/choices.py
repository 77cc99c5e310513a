"""What several filters choose from."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.models import Service, Team


def services(_request: object) -> QuerySet[Service]:
    return Service.objects.current()


def by_service(label: object = _("Service")) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=label,
        queryset=services,
        field_name="service",
        to_field_name="slug",
        empty_label=_("All services"),
    )


def by_team() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=_("Team"),
        queryset=Team.objects.all(),
        field_name="team",
        to_field_name="slug",
        empty_label=_("All teams"),
    )
