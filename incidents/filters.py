"""One filter for each list, for the page and for the API alike."""

from decimal import Decimal

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.models import (
    ANSWERED,
    ComponentGroup,
    ComponentQuerySet,
    CoverageHole,
    DraftState,
    EntryKind,
    EscalationPolicy,
    Factor,
    FactorCategory,
    GroupingRule,
    Harm,
    HoleKind,
    Incident,
    IncidentClock,
    IncidentQuerySet,
    IncidentState,
    MaintenanceState,
    ProblemReport,
    PublicMaintenance,
    ReportQuerySet,
    ReportState,
    Review,
    ReviewQuerySet,
    ReviewState,
    ReviewWaiver,
    StatusComponent,
    Subscriber,
    SubscriberKind,
    SubscriberState,
    TimelineNote,
    UpdateDraft,
)
from incidents.subscriber_tokens import address_hash
from operations.models import Severity
from portal import clock
from portal.filters import TextFilter, YesNoFilter
from portal.models import Service, Team, User


class IncidentFilter(django_filters.FilterSet):
    q = TextFilter(within=["title", "impact"])
    severity = django_filters.ChoiceFilter(
        choices=Severity.choices, label=_("Severity"), empty_label=_("Any severity")
    )
    state = django_filters.ChoiceFilter(
        choices=IncidentState.choices, label=_("State"), empty_label=_("Any state")
    )
    service = django_filters.ModelChoiceFilter(
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
        method="keep_reaching",
    )
    open = YesNoFilter(method="keep_open", label=_("Open"))
    taken = YesNoFilter(method="keep_taken", label=_("Somebody has it"))
    breached = YesNoFilter(method="keep_breached", label=_("Breached"))
    order = django_filters.ChoiceFilter(
        choices=[("due", _("What is due next first"))],
        method="in_order",
        label=_("Order"),
        empty_label=_("Newest first"),
    )

    class Meta:
        model = Incident
        fields = ["q", "severity", "state", "service", "open", "taken", "breached", "order"]

    def keep_reaching(
        self, rows: IncidentQuerySet, _name: str, service: Service
    ) -> IncidentQuerySet:
        return rows.reaching(service)

    def keep_open(self, rows: IncidentQuerySet, _name: str, answer: str) -> IncidentQuerySet:
        return rows.unresolved() if answer == "true" else rows.filter(resolved_at__isnull=False)

    def keep_breached(
        self, rows: IncidentQuerySet, _name: str, answer: str
    ) -> IncidentQuerySet:
        """Those of which any clock was not kept, or is not being kept now."""
        breached = IncidentClock.objects.filter(
            incident=OuterRef("pk"), breached_at__isnull=False
        )
        is_so = Exists(breached)
        return rows.filter(is_so if answer == "true" else ~is_so)

    def in_order(self, rows: IncidentQuerySet, _name: str, _order: str) -> IncidentQuerySet:
        """Only what has something due comes in this order."""
        return rows.filter(next_due_at__isnull=False).order_by("next_due_at", "pk")

    def keep_taken(self, rows: IncidentQuerySet, _name: str, answer: str) -> IncidentQuerySet:
        """Among the open ones: whether somebody has acknowledged it."""
        taken = Q(state__in=ANSWERED)
        return rows.unresolved().filter(taken if answer == "true" else ~taken)


class TimelineNoteFilter(django_filters.FilterSet):
    incident = django_filters.ModelChoiceFilter(
        queryset=Incident.objects.all(), label=_("Incident")
    )
    kind = django_filters.ChoiceFilter(choices=EntryKind.choices, label=_("Kind"))
    pinned = YesNoFilter(field_name="is_pinned", label=_("Pinned"))

    class Meta:
        model = TimelineNote
        fields = ["incident", "kind", "pinned"]


class ReviewFilter(django_filters.FilterSet):
    q = TextFilter(within=["incident__title"])
    state = django_filters.ChoiceFilter(
        choices=ReviewState.choices, label=_("State"), empty_label=_("Any state")
    )
    service = django_filters.ModelChoiceFilter(
        field_name="incident__service",
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
    )
    severity = django_filters.ChoiceFilter(
        field_name="incident__severity",
        choices=Severity.choices,
        label=_("Severity"),
        empty_label=_("Any severity"),
    )
    owner = django_filters.ModelChoiceFilter(
        queryset=User.objects.all(), label=_("Owner"), empty_label=_("Anybody")
    )
    factor = django_filters.ModelChoiceFilter(
        field_name="factors__factor",
        queryset=Factor.objects.all(),
        label=_("Factor"),
        empty_label=_("Any factor"),
    )
    owed = YesNoFilter(method="keep_owed", label=_("Owed"))
    overdue = YesNoFilter(method="keep_overdue", label=_("Overdue"))

    class Meta:
        model = Review
        fields = ["q", "state", "severity", "service", "owner", "factor", "owed", "overdue"]

    def keep_owed(self, rows: ReviewQuerySet, _name: str, answer: str) -> ReviewQuerySet:
        """Owed is what is being written while its clock runs."""
        return rows.owed() if answer == "true" else rows.exclude(pk__in=Review.objects.owed())

    def keep_overdue(self, rows: ReviewQuerySet, _name: str, answer: str) -> ReviewQuerySet:
        late = Review.objects.overdue_at(clock.now())
        return rows.filter(pk__in=late) if answer == "true" else rows.exclude(pk__in=late)


class FactorFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "description"])
    category = django_filters.ChoiceFilter(
        choices=FactorCategory.choices, label=_("Category"), empty_label=_("Any category")
    )
    retired = YesNoFilter(
        field_name="retired_at", lookup_expr="isnull", exclude=True, label=_("Retired")
    )

    class Meta:
        model = Factor
        fields = ["q", "category", "retired"]


class ReviewWaiverFilter(django_filters.FilterSet):
    incident = django_filters.NumberFilter()
    standing = YesNoFilter(
        field_name="revoked_at", lookup_expr="isnull", label=_("Not revoked")
    )

    class Meta:
        model = ReviewWaiver
        fields = ["incident", "standing"]


class PolicyFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "team__name"])
    team = django_filters.ModelChoiceFilter(
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
    )

    class Meta:
        model = EscalationPolicy
        fields = ["q", "team"]


class CoverageHoleFilter(django_filters.FilterSet):
    """Over what one run found."""

    service = django_filters.ModelChoiceFilter(
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
    )
    team = django_filters.ModelChoiceFilter(
        field_name="service__team",
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
    )
    severity = django_filters.ChoiceFilter(
        choices=Severity.choices, label=_("Severity"), empty_label=_("Any severity")
    )
    kind = django_filters.ChoiceFilter(
        choices=HoleKind.choices, label=_("What is wrong"), empty_label=_("Anything")
    )
    is_new = YesNoFilter(label=_("New"))

    class Meta:
        model = CoverageHole
        fields = ["service", "team", "severity", "kind", "is_new"]


class GroupingRuleFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    is_active = YesNoFilter(label=_("Active"))

    class Meta:
        model = GroupingRule
        fields = ["q", "is_active"]


class ComponentFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "slug"])
    service = django_filters.ModelChoiceFilter(
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
    )
    public = YesNoFilter(method="keep_public", label=_("For everybody"))

    class Meta:
        model = StatusComponent
        fields = ["q", "service", "public"]

    def keep_public(
        self, rows: ComponentQuerySet, _name: str, answer: str
    ) -> ComponentQuerySet:
        open_to_all = StatusComponent.objects.for_the_public().values("pk")
        is_wanted = answer == "true"
        return (
            rows.filter(pk__in=open_to_all) if is_wanted else rows.exclude(pk__in=open_to_all)
        )


class ComponentGroupFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])

    class Meta:
        model = ComponentGroup
        fields = ["q"]


class SubscriberFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        choices=SubscriberKind.choices, label=_("Kind"), empty_label=_("Any kind")
    )
    state = django_filters.ChoiceFilter(
        choices=SubscriberState.choices, label=_("State"), empty_label=_("Any state")
    )
    address = django_filters.CharFilter(method="keep_address", label=_("Whole address"))

    class Meta:
        model = Subscriber
        fields = ["kind", "state", "address"]

    def keep_address(
        self, rows: QuerySet[Subscriber], _name: str, address: str
    ) -> QuerySet[Subscriber]:
        """Addresses lie encrypted: only a whole one can be looked for."""
        kinds = SubscriberKind.values
        said = address.strip()
        keys = [address_hash(kind, said.lower() if kind == "email" else said) for kind in kinds]
        return rows.filter(address_hash__in=keys)


class ReportFilter(django_filters.FilterSet):
    q = TextFilter(within=["text", "reference"])
    state = django_filters.ChoiceFilter(
        choices=ReportState.choices, label=_("State"), empty_label=_("Any state")
    )
    component = django_filters.ModelChoiceFilter(
        queryset=StatusComponent.objects.all(),
        to_field_name="slug",
        label=_("Component"),
        empty_label=_("Any component"),
    )
    harm = django_filters.ChoiceFilter(
        choices=Harm.choices, label=_("How bad"), empty_label=_("However bad")
    )
    incident = django_filters.NumberFilter(label=_("Incident"), method="keep_of")
    order = django_filters.ChoiceFilter(
        choices=[("oldest", _("Oldest first")), ("worst", _("Worst first"))],
        method="in_order",
        label=_("Order"),
        empty_label=_("Newest first"),
    )

    class Meta:
        model = ProblemReport
        fields = ["q", "state", "component", "harm", "incident", "order"]

    def keep_of(self, rows: ReportQuerySet, _name: str, number: Decimal) -> ReportQuerySet:
        """Of this incident; a number that fits none finds nothing."""
        return (
            rows.filter(incident__in=Incident.objects.filter(pk=int(number)))
            if number < 2**63
            else rows.none()
        )

    def in_order(self, rows: ReportQuerySet, _name: str, order: str) -> ReportQuerySet:
        if order == "oldest":
            return rows.order_by("received_at", "pk")
        return rows.worst_first()


class MaintenanceFilter(django_filters.FilterSet):
    q = TextFilter(within=["window__title"])
    state = django_filters.ChoiceFilter(
        choices=MaintenanceState.choices, label=_("State"), empty_label=_("Any state")
    )

    class Meta:
        model = PublicMaintenance
        fields = ["q", "state"]


class DraftFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        choices=DraftState.choices, label=_("State"), empty_label=_("Any state")
    )

    class Meta:
        model = UpdateDraft
        fields = ["state", "incident"]
