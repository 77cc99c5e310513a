"""One filter for each list, the same on the page, in the API and in the export."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from maintenance.models import (
    OPEN,
    UNAUTHORISED,
    Category,
    Deployment,
    DeploymentResult,
    MaintenanceRequest,
    MaintenanceWindow,
    MaintenanceWindowQuerySet,
    RequestState,
)
from operations.models import Severity
from portal import clock
from portal.filters import TextFilter, YesNoFilter
from portal.models import Service

YES = "true"  # what a YesNoFilter is asked with


def services(_request: object) -> QuerySet[Service]:
    return Service.objects.current()


def by_service(field_name: str = "service") -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=_("Service"),
        queryset=services,
        field_name=field_name,
        to_field_name="slug",
        empty_label=_("All services"),
    )


class RequestFilter(django_filters.FilterSet):
    q = TextFilter(within=["title", "reason"])
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("open", _("Open")), *RequestState.choices],
        method="by_state",
        empty_label=_("All"),
    )
    category = django_filters.ChoiceFilter(
        label=_("Category"),
        choices=[(value, str(label).partition(":")[0]) for value, label in Category.choices],
        empty_label=_("All"),
    )
    priority = django_filters.ChoiceFilter(
        label=_("Priority"), choices=Severity.choices, empty_label=_("All")
    )
    service = by_service()
    mine = YesNoFilter(label=_("Mine"), method="of_mine", empty_label=_("Anybody's"))
    for_me = YesNoFilter(label=_("For my decision"), method="for_my_decision")

    class Meta:
        model = MaintenanceRequest
        fields = ["q", "state", "category", "priority", "service", "mine", "for_me"]

    def by_state(
        self, requests: QuerySet[MaintenanceRequest], _name: str, state: str
    ) -> QuerySet[MaintenanceRequest]:
        if state == "open":
            return requests.filter(OPEN)
        return requests.filter(state=state)

    def of_mine(
        self,
        requests: QuerySet[MaintenanceRequest],
        _name: str,
        answer: str,
    ) -> QuerySet[MaintenanceRequest]:
        by_me = Q(requester=self.request.user.pk)
        carried_out = Q(implementer=self.request.user.pk, implementer__isnull=False)
        mine = by_me | carried_out
        return requests.filter(mine if answer == YES else ~mine)

    def for_my_decision(
        self,
        requests: QuerySet[MaintenanceRequest],
        _name: str,
        answer: str,
    ) -> QuerySet[MaintenanceRequest]:
        waiting = MaintenanceRequest.objects.for_approval_by(self.request.user).values("pk")
        for_me = Q(pk__in=waiting)
        return requests.filter(for_me if answer == YES else ~for_me)


class DeploymentFilter(django_filters.FilterSet):
    q = TextFilter(within=["version", "commit", "external_id"])
    service = by_service()
    environment = django_filters.CharFilter(label=_("Environment"), max_length=40)
    result = django_filters.ChoiceFilter(
        label=_("Result"), choices=DeploymentResult.choices, empty_label=_("All")
    )
    failed = YesNoFilter(
        label=_("Failed"), field_name="failed_at", lookup_expr="isnull", exclude=True
    )
    rollback = YesNoFilter(
        label=_("Rollback"), field_name="rolls_back", lookup_expr="isnull", exclude=True
    )
    unauthorised = YesNoFilter(label=_("Unauthorised"), method="without_approval")

    class Meta:
        model = Deployment
        fields = [
            "q",
            "service",
            "environment",
            "result",
            "failed",
            "rollback",
            "unauthorised",
        ]

    def without_approval(
        self,
        deployments: QuerySet[Deployment],
        _name: str,
        answer: str,
    ) -> QuerySet[Deployment]:
        return deployments.filter(UNAUTHORISED if answer == YES else ~UNAUTHORISED)


class WindowFilter(django_filters.FilterSet):
    q = TextFilter(within=["title", "description"])
    service = by_service("services")
    when = django_filters.ChoiceFilter(
        label=_("When"),
        choices=[("upcoming", _("Running or to come")), ("past", _("Over or called off"))],
        method="by_time",
        empty_label=_("All"),
    )

    class Meta:
        model = MaintenanceWindow
        fields = ["q", "service", "when"]

    def by_time(
        self, windows: QuerySet[MaintenanceWindow], _name: str, when: str
    ) -> QuerySet[MaintenanceWindow]:
        assert isinstance(windows, MaintenanceWindowQuerySet)
        now = clock.now()
        return windows.upcoming(now) if when == "upcoming" else windows.past(now)
