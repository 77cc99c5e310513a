"""One FilterSet for each list, for the page and for the API alike."""

from typing import Any, cast

import django_filters
from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models import (
    ActionItem,
    ActionState,
    AlertLink,
    Attachment,
    Document,
    DocumentAddress,
    DocumentImport,
    DocumentKind,
    DocumentLink,
    Freshness,
    LinkKind,
    LinkProblem,
    Origin,
    Priority,
    Repair,
    RepairReason,
    RepairState,
    Retrospective,
    RetrospectiveState,
    RunbookRun,
    RunbookRunState,
    Space,
)
from portal import clock
from portal.filters import YesNoFilter
from portal.models import Service, Team, User

DAY = forms.DateInput(attrs={"type": "date"})
DOCUMENT_FIELDS = [
    *("text", "kind", "space", "tag", "service", "team", "owner", "state", "overdue", "sort")
]


def readable(request: HttpRequest | None) -> Any:
    """The documents to choose from; for the API's description nobody asks."""
    if request is None:
        return Document.objects.none()
    return Document.objects.visible_to(cast("User", request.user)).current()


def spaces(request: HttpRequest | None) -> Any:
    if request is None:
        return Space.objects.none()
    return Space.objects.visible_to(cast("User", request.user)).current()


def people(request: HttpRequest | None) -> Any:
    return User.objects.filter(is_active=True).order_by("name", "pk")


class DocumentFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Words"), method="containing")
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=DocumentKind.choices, empty_label=_("Any")
    )
    space = django_filters.ModelChoiceFilter(
        label=_("Space"), queryset=spaces, to_field_name="slug", empty_label=_("Any")
    )
    tag = django_filters.CharFilter(
        label=_("Tag"), field_name="tags__name", lookup_expr="iexact"
    )
    service = django_filters.ModelChoiceFilter(
        label=_("Service"),
        field_name="services",
        queryset=Service.objects.current(),
        to_field_name="slug",
        empty_label=_("Any"),
    )
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("Any"),
    )
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=people, empty_label=_("Anybody")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="in_state",
        choices=[("published", _("Published")), ("draft", _("Newest is a draft"))],
        empty_label=_("Any"),
    )
    overdue = django_filters.ChoiceFilter(
        label=_("To look at"),
        method="overdue_now",
        choices=[("true", _("Overdue"))],
        empty_label=_("Any"),
    )
    sort = django_filters.ChoiceFilter(
        label=_("Order"),
        method="in_order",
        choices=[("-published", _("Newest published")), ("due", _("Due first"))],
        empty_label=_("Title"),
    )

    class Meta:
        model = Document
        fields = DOCUMENT_FIELDS

    def containing(self, documents: Any, name: str, text: str) -> Any:
        return documents.containing(text)

    def in_state(self, documents: Any, name: str, value: str) -> Any:
        if value == "draft":
            return documents.awaiting_publication()
        return documents.filter(published__isnull=False)

    def overdue_now(self, documents: Any, name: str, value: str) -> Any:
        return documents.filter(freshness__due_at__lte=clock.now())

    def in_order(self, documents: Any, name: str, value: str) -> Any:
        return documents.due_first() if value == "due" else documents.newest_first()


class DocumentInSpaceFilter(DocumentFilter):
    """For a list whose documents all lie in one space."""

    space = None  # takes the filter away

    class Meta(DocumentFilter.Meta):
        fields = [name for name in DOCUMENT_FIELDS if name != "space"]


class AttachmentFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(label=_("Name"), lookup_expr="icontains")
    space = django_filters.ModelChoiceFilter(
        label=_("Space"),
        field_name="document__space",
        queryset=spaces,
        to_field_name="slug",
        empty_label=_("Any"),
    )
    used = django_filters.ChoiceFilter(
        label=_("Used"),
        method="used_nowhere",
        choices=[("no", _("Nowhere"))],
        empty_label=_("Anywhere or nowhere"),
    )

    class Meta:
        model = Attachment
        fields = ["name", "space", "used"]

    def used_nowhere(self, files: Any, name: str, value: str) -> Any:
        return files.unused()


class LinkFilter(django_filters.FilterSet):
    problem = django_filters.ChoiceFilter(
        label=_("Why"),
        field_name="why",
        choices=[choice for choice in LinkProblem.choices if choice[0]],
        empty_label=_("Any"),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Leads to"), choices=LinkKind.choices, empty_label=_("Any")
    )
    document = django_filters.CharFilter(label=_("Document"), field_name="document__slug")
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        field_name="document__team",
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("Any"),
    )
    address = django_filters.CharFilter(label=_("Address"), lookup_expr="icontains")

    class Meta:
        model = DocumentLink
        fields = ["problem", "kind", "document", "team", "address"]


class RunFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RunbookRunState.choices, empty_label=_("Any")
    )
    document = django_filters.ModelChoiceFilter(
        label=_("Runbook"),
        field_name="revision__document",
        queryset=readable,
        to_field_name="slug",
        empty_label=_("Any"),
    )
    reference = django_filters.CharFilter(label=_("Started from"))
    person = django_filters.ModelChoiceFilter(
        label=_("Started by"),
        field_name="started_by",
        queryset=people,
        empty_label=_("Anybody"),
    )
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        field_name="revision__document__team",
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("Any"),
    )
    since = django_filters.DateFilter(
        label=_("Since"), field_name="started_at", lookup_expr="date__gte", widget=DAY
    )
    until = django_filters.DateFilter(
        label=_("Until"), field_name="started_at", lookup_expr="date__lte", widget=DAY
    )

    class Meta:
        model = RunbookRun
        fields = ["state", "document", "reference", "person", "team", "since", "until"]


class RepairFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RepairState.choices, empty_label=_("Any")
    )
    reason = django_filters.ChoiceFilter(
        label=_("What it is"), choices=RepairReason.choices, empty_label=_("Any")
    )
    document = django_filters.ModelChoiceFilter(
        label=_("Document"),
        queryset=readable,
        to_field_name="slug",
        empty_label=_("Any"),
    )
    mine = YesNoFilter(label=_("Mine"), method="of_mine", empty_label=_("Anybody's"))

    class Meta:
        model = Repair
        fields = ["state", "reason", "document", "mine"]

    def of_mine(self, repairs: Any, name: str, answer: str) -> Any:
        """Those of documents that one keeps, or that belong to a team of one's own."""
        user = cast("User", self.request.user)
        teams = Team.objects.of(user).values("pk")
        mine = Q(document__owner=user) | Q(document__team__in=teams)
        return repairs.filter(mine if answer == "true" else ~mine)


class FreshnessFilter(django_filters.FilterSet):
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        field_name="document__team",
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("Any"),
    )
    overdue = YesNoFilter(label=_("Overdue"), method="overdue_now")

    class Meta:
        model = Freshness
        fields = ["team", "overdue"]

    def overdue_now(self, rows: Any, name: str, answer: str) -> Any:
        late = Q(due_at__lte=clock.now())
        return rows.filter(late if answer == "true" else ~late)


class AlertLinkFilter(django_filters.FilterSet):
    document = django_filters.CharFilter(label=_("Document"), field_name="document__slug")

    class Meta:
        model = AlertLink
        fields = ["alert_name", "document"]


class AddressFilter(django_filters.FilterSet):
    document = django_filters.CharFilter(label=_("Document"), field_name="document__slug")
    url = django_filters.CharFilter(label=_("Address"), lookup_expr="icontains")

    class Meta:
        model = DocumentAddress
        fields = ["document", "url"]


class ImportFilter(django_filters.FilterSet):
    space = django_filters.ModelChoiceFilter(
        label=_("Space"), queryset=spaces, to_field_name="slug", empty_label=_("Any")
    )

    class Meta:
        model = DocumentImport
        fields = ["state", "space"]


class SpaceFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(label=_("Name"), lookup_expr="icontains")
    team = django_filters.ModelChoiceFilter(
        label=_("Team"), queryset=Team.objects.all(), to_field_name="slug"
    )
    archived = YesNoFilter(
        label=_("Archived"), field_name="archived_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = Space
        fields = ["name", "team", "archived"]


class ActionFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=ActionState.choices, empty_label=_("Any")
    )
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=User.objects.filter(is_active=True), empty_label=_("Anybody")
    )
    service = django_filters.ModelChoiceFilter(
        label=_("Service"),
        queryset=Service.objects.current(),
        to_field_name="slug",
        empty_label=_("Any"),
    )
    origin = django_filters.ChoiceFilter(
        label=_("Came from"), choices=Origin.choices, empty_label=_("Any")
    )
    priority = django_filters.ChoiceFilter(
        label=_("Priority"), choices=Priority.choices, empty_label=_("Any")
    )
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("Any"),
        field_name="service__team",
        method="of_team",
    )
    reference = django_filters.CharFilter(widget=forms.HiddenInput)
    overdue = django_filters.ChoiceFilter(
        label=_("Due"),
        method="overdue_today",
        choices=[("true", _("Overdue"))],
        empty_label=_("Any day"),
    )
    sort = django_filters.OrderingFilter(
        label=_("Order"),
        fields=[("due_on", "due"), ("priority", "priority"), ("created_at", "created")],
        field_labels={
            "due_on": _("Due first"),
            "priority": _("Priority"),
            "created_at": _("Oldest"),
        },
        empty_label=_("Due first"),
    )

    class Meta:
        model = ActionItem
        fields = [
            *("state", "owner", "team", "service", "origin", "priority", "reference"),
            *("overdue", "sort"),
        ]

    def of_team(self, actions: Any, name: str, team: Team) -> Any:
        return actions.of_team(team)

    def overdue_today(self, actions: Any, name: str, value: str) -> Any:
        return actions.overdue_on(timezone.localdate())


class RetrospectiveFilter(django_filters.FilterSet):
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("Any"),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RetrospectiveState.choices, empty_label=_("Any")
    )

    class Meta:
        model = Retrospective
        fields = ["team", "state"]
