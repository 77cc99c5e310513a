"""One filter for each list, the same on the page, in the API and in the export."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models import (
    DECLARED_FAILURE,
    GIVEN_UP,
    OPEN,
    PRODUCTION,
    TOUCHED,
    UNAUTHORISED,
    WAITING,
    ApprovalDelegation,
    ApprovalDelegationQuerySet,
    ApprovalPolicy,
    Attribution,
    BreakGlass,
    BreakGlassQuerySet,
    CallState,
    Category,
    ChangeEvent,
    ChangeKind,
    ChangeWindow,
    Deployment,
    DeploymentResult,
    DeploymentSource,
    ExclusiveResource,
    Freeze,
    FreezeQuerySet,
    GateDecision,
    GateQuestion,
    Impact,
    MaintenanceRequest,
    MaintenanceRequestQuerySet,
    MaintenanceWindow,
    MaintenanceWindowQuerySet,
    RecurringState,
    RecurringWork,
    RequestState,
    Rework,
    SourceCall,
    SourceKind,
    StandardChange,
    StandardState,
    SupplierNotice,
    SupplierNoticeQuerySet,
)
from operations.models import Severity
from portal import clock
from portal.filters import TextFilter, YesNoFilter
from portal.models import Service, Team

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


class Day(forms.DateInput):
    """A picker of a day."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def day_begins(day: date) -> datetime:
    """The first moment of a day by the reader's clock."""
    return datetime.combine(day, time.min, get_current_timezone())


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


class CalendarFilter(django_filters.FilterSet):
    """Which planned requests are shown; without a state those that were not given up."""

    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        field_name="service__team",
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("All teams"),
    )
    service = django_filters.ModelChoiceFilter(
        label=_("Service"),
        queryset=services,
        method="touching",
        to_field_name="slug",
        empty_label=_("All services"),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=RequestState.choices,
        empty_label=_("Not given up"),
    )

    class Meta:
        model = MaintenanceRequest
        fields = ["team", "service", "state"]

    def touching(
        self, requests: QuerySet[MaintenanceRequest], _name: str, service: Service
    ) -> QuerySet[MaintenanceRequest]:
        assert isinstance(requests, MaintenanceRequestQuerySet)
        return requests.touching([service])

    def filter_queryset(
        self, queryset: QuerySet[MaintenanceRequest]
    ) -> QuerySet[MaintenanceRequest]:
        found: QuerySet[MaintenanceRequest] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            found = found.exclude(state__in=GIVEN_UP)
        return found


class BacklogFilter(RequestFilter):
    """What waits, of which the same is asked."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[(state.value, state.label) for state in WAITING],
        empty_label=_("All that wait"),
    )
    for_me = None  # type: ignore[assignment]  # takes the filter away

    class Meta:
        model = MaintenanceRequest
        fields = ["q", "state", "category", "priority", "service", "mine"]


class DeploymentFilter(django_filters.FilterSet):
    q = TextFilter(within=["version", "commit", "external_id"])
    service = by_service()
    environment = django_filters.CharFilter(label=_("Environment"), max_length=40)
    result = django_filters.ChoiceFilter(
        label=_("Result"), choices=DeploymentResult.choices, empty_label=_("All")
    )
    failed = YesNoFilter(
        label=_("Failed"),
        field_name="failed_at",
        lookup_expr="isnull",
        exclude=True,
        widget=forms.HiddenInput,
    )
    rollback = YesNoFilter(
        label=_("Rollback"), field_name="rolls_back", lookup_expr="isnull", exclude=True
    )
    unauthorised = YesNoFilter(label=_("Unauthorised"), method="without_approval")
    to_review = YesNoFilter(label=_("To be looked at"), method="not_looked_at")
    rework = YesNoFilter(label=_("Rework"), method="unplanned", widget=forms.HiddenInput)
    rework_for = django_filters.ChoiceFilter(
        label=_("Rework for"),
        choices=[("incident", _("an incident")), ("bug", _("a bug that users saw"))],
        empty_label=_("Either"),
        method="unplanned_for",
    )
    failure = django_filters.ChoiceFilter(
        label=_("Failure"),
        choices=[
            ("declared", _("Declared")),
            ("open", _("Declared, not recovered")),
            ("inferred", _("Only inferred")),
        ],
        empty_label=_("All"),
        method="by_failure",
    )
    counted = YesNoFilter(label=_("Counted"), method="in_the_figures", widget=forms.HiddenInput)
    finished_from = django_filters.DateFilter(
        label=_("Finished from"), method="not_before", widget=Day
    )
    finished_to = django_filters.DateFilter(
        label=_("Finished until"), method="not_after", widget=Day
    )

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
            "to_review",
            "rework",
            "rework_for",
            "failure",
            "counted",
            "finished_from",
            "finished_to",
        ]

    def unplanned_for(
        self, deployments: QuerySet[Deployment], _name: str, cause: str
    ) -> QuerySet[Deployment]:
        return deployments.filter(rework__in=[cause, Rework.BOTH])

    def by_failure(
        self, deployments: QuerySet[Deployment], _name: str, kind: str
    ) -> QuerySet[Deployment]:
        if kind == "inferred":
            return deployments.filter(attribution=Attribution.INFERRED)
        declared = deployments.filter(DECLARED_FAILURE)
        return declared.filter(recovered_at__isnull=True) if kind == "open" else declared

    def in_the_figures(
        self, deployments: QuerySet[Deployment], _name: str, answer: str
    ) -> QuerySet[Deployment]:
        counted = TOUCHED & Q(environment=PRODUCTION, finished_at__isnull=False)
        return deployments.filter(counted if answer == YES else ~counted)

    def not_before(
        self, deployments: QuerySet[Deployment], _name: str, day: date
    ) -> QuerySet[Deployment]:
        return deployments.filter(finished_at__gte=day_begins(day))

    def not_after(
        self, deployments: QuerySet[Deployment], _name: str, day: date
    ) -> QuerySet[Deployment]:
        return deployments.filter(finished_at__lt=day_begins(day + timedelta(days=1)))

    def not_looked_at(
        self, deployments: QuerySet[Deployment], _name: str, answer: str
    ) -> QuerySet[Deployment]:
        waiting = UNAUTHORISED & Q(accepted_at__isnull=True)
        return deployments.filter(waiting if answer == YES else ~waiting)

    def unplanned(
        self, deployments: QuerySet[Deployment], _name: str, answer: str
    ) -> QuerySet[Deployment]:
        planned = Q(rework="")
        return deployments.filter(~planned if answer == YES else planned)

    def without_approval(
        self,
        deployments: QuerySet[Deployment],
        _name: str,
        answer: str,
    ) -> QuerySet[Deployment]:
        return deployments.filter(UNAUTHORISED if answer == YES else ~UNAUTHORISED)


class GateQuestionFilter(django_filters.FilterSet):
    q = TextFilter(within=["artefact_sha256", "token_name", "service_asked"])
    service = by_service()
    decision = django_filters.ChoiceFilter(
        label=_("Answer"), choices=GateDecision.choices, empty_label=_("All")
    )
    environment = django_filters.CharFilter(label=_("Environment"), max_length=40)
    request = django_filters.CharFilter(label=_("Request"), max_length=24, method="of_request")

    class Meta:
        model = GateQuestion
        fields = ["q", "service", "decision", "environment", "request"]

    def of_request(
        self, questions: QuerySet[GateQuestion], _name: str, number: str
    ) -> QuerySet[GateQuestion]:
        pk = number.strip().upper().removeprefix("CHG-")
        if pk.isdecimal() and len(pk) <= 18:
            return questions.filter(Q(request=int(pk)) | Q(request_asked__iexact=number))
        return questions.filter(request_asked__iexact=number)


class SourceFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=SourceKind.choices, empty_label=_("All")
    )
    is_active = YesNoFilter(label=_("Switched on"))

    class Meta:
        model = DeploymentSource
        fields = ["q", "kind", "is_active"]


class SourceCallFilter(django_filters.FilterSet):
    q = TextFilter(within=["event", "delivery", "note"])
    source = django_filters.ModelChoiceFilter(
        label=_("Source"), queryset=DeploymentSource.objects.all(), empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=CallState.choices, empty_label=_("All")
    )

    class Meta:
        model = SourceCall
        fields = ["q", "source", "state"]


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


class FreezeFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "reason"])
    service = django_filters.ModelChoiceFilter(
        label=_("Service"),
        field_name="services",
        queryset=services,
        method="covering",
        to_field_name="slug",
        empty_label=_("All services"),
    )
    when = django_filters.ChoiceFilter(
        label=_("When"),
        choices=[("ahead", _("Drafts, in force, to come")), ("past", _("Over or discarded"))],
        method="by_time",
        empty_label=_("All"),
    )

    class Meta:
        model = Freeze
        fields = ["q", "service", "when"]

    def covering(
        self, freezes: QuerySet[Freeze], _name: str, service: Service
    ) -> QuerySet[Freeze]:
        assert isinstance(freezes, FreezeQuerySet)
        return freezes.for_services([service.pk])

    def by_time(self, freezes: QuerySet[Freeze], _name: str, when: str) -> QuerySet[Freeze]:
        assert isinstance(freezes, FreezeQuerySet)
        now = clock.now()
        return freezes.ahead(now) if when == "ahead" else freezes.past(now)


class StandardFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    service = by_service()
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=StandardState.choices, empty_label=_("All")
    )
    suspended = YesNoFilter(
        label=_("Suspended"), field_name="suspended_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = StandardChange
        fields = ["q", "service", "state", "suspended"]


class ChangeWindowFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    service = by_service("services")
    in_use = YesNoFilter(label=_("In use"), field_name="retired_at", lookup_expr="isnull")

    class Meta:
        model = ChangeWindow
        fields = ["q", "service", "in_use"]


class NoticeFilter(django_filters.FilterSet):
    q = TextFilter(within=["provider", "summary"])
    service = by_service("services")
    impact = django_filters.ChoiceFilter(
        label=_("Impact"), choices=Impact.choices, empty_label=_("All")
    )
    when = django_filters.ChoiceFilter(
        label=_("When"),
        choices=[("ahead", _("Under way or to come"))],
        method="by_time",
        empty_label=_("All"),
    )

    class Meta:
        model = SupplierNotice
        fields = ["q", "service", "impact", "when"]

    def by_time(
        self, notices: QuerySet[SupplierNotice], _name: str, _when: str
    ) -> QuerySet[SupplierNotice]:
        assert isinstance(notices, SupplierNoticeQuerySet)
        return notices.ahead(clock.now()).order_by("starts_at", "pk")


class RecurringFilter(django_filters.FilterSet):
    q = TextFilter(within=["title", "reason"])
    service = by_service()
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RecurringState.choices, empty_label=_("All")
    )

    class Meta:
        model = RecurringWork
        fields = ["q", "service", "state"]


class ResourceFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "note"])
    service = by_service("services")
    in_use = YesNoFilter(label=_("In use"), field_name="retired_at", lookup_expr="isnull")

    class Meta:
        model = ExclusiveResource
        fields = ["q", "service", "in_use"]


class ChangeEventFilter(django_filters.FilterSet):
    q = TextFilter(within=["title", "detail"])
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=ChangeKind.choices, empty_label=_("All")
    )
    service = by_service()

    class Meta:
        model = ChangeEvent
        fields = ["q", "kind", "service"]


class PolicyFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    service = by_service("services")
    in_use = YesNoFilter(label=_("In use"), field_name="retired_at", lookup_expr="isnull")

    class Meta:
        model = ApprovalPolicy
        fields = ["q", "service", "in_use"]


class DelegationFilter(django_filters.FilterSet):
    when = django_filters.ChoiceFilter(
        label=_("When"),
        choices=[("ahead", _("Now or to come")), ("past", _("Over or taken back"))],
        method="by_time",
        empty_label=_("All"),
    )

    class Meta:
        model = ApprovalDelegation
        fields = ["when"]

    def by_time(
        self, rows: QuerySet[ApprovalDelegation], _name: str, when: str
    ) -> QuerySet[ApprovalDelegation]:
        assert isinstance(rows, ApprovalDelegationQuerySet)
        now = clock.now()
        return rows.ahead(now) if when == "ahead" else rows.past(now)


class EmergencyFilter(django_filters.FilterSet):
    service = by_service("request__service")
    open = YesNoFilter(label=_("Still open"), method="by_openness")

    class Meta:
        model = BreakGlass
        fields = ["service", "open"]

    def by_openness(
        self, rows: QuerySet[BreakGlass], _name: str, answer: str
    ) -> QuerySet[BreakGlass]:
        assert isinstance(rows, BreakGlassQuerySet)
        open_rows = rows.open()
        return open_rows if answer == YES else rows.exclude(pk__in=open_rows.values("pk"))
