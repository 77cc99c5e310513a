"""One FilterSet for each list, for the page and for the API alike."""

from typing import Any, cast

import django_filters
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models import (
    ActionItem,
    ActionState,
    Attachment,
    Document,
    DocumentKind,
    DocumentLink,
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
from portal.models import Service, Team, User


def readable(request: HttpRequest | None) -> Any:
    """The documents to choose from; for the API's description nobody asks."""
    if request is None:
        return Document.objects.none()
    return Document.objects.visible_to(cast("User", request.user)).current()


def spaces(request: HttpRequest | None) -> Any:
    if request is None:
        return Space.objects.none()
    return Space.objects.visible_to(cast("User", request.user)).current()


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

    class Meta:
        model = Document
        fields = ["text", "kind", "space", "tag", "service", "team"]

    def containing(self, documents: Any, name: str, text: str) -> Any:
        return documents.containing(text)


class DocumentInSpaceFilter(DocumentFilter):
    """For a list whose documents all lie in one space."""

    space = None  # takes the filter away

    class Meta(DocumentFilter.Meta):
        fields = ["text", "kind", "tag", "service", "team"]


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

    class Meta:
        model = RunbookRun
        fields = ["state", "document", "reference"]


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

    class Meta:
        model = Repair
        fields = ["state", "reason", "document"]


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
