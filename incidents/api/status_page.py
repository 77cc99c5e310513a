"""The status page's components and groups: read by all, written by administrators."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents import workflow
from incidents.access import component_for
from incidents.filters import ComponentFilter, ComponentGroupFilter
from incidents.models import (
    ComponentGroup,
    Follows,
    StateOverride,
    StatusComponent,
    StatusPageSettings,
)
from incidents.page_settings import page_settings
from incidents.status_forms import PageSettingsForm, as_lines
from operations.api.shapes import given, service_field, team_field
from portal.access import require_administrator
from portal.api.base import RecordViewSet, View
from portal.http import signed_in
from portal.pictures import MOST_BYTES, too_large


class ComponentGroupSerializer(serializers.ModelSerializer[ComponentGroup]):
    class Meta:
        model = ComponentGroup
        fields = ["id", "name", "order"]


class StatusComponentSerializer(serializers.ModelSerializer[StatusComponent]):
    service: Any = service_field(required=False, allow_null=True)
    follows: Any = serializers.ChoiceField(choices=Follows.choices, required=False)
    slug = serializers.CharField(
        max_length=60, required=False, help_text="Set once; left out, the name makes it."
    )

    class Meta:
        model = StatusComponent
        fields = [
            "id",
            "name",
            "slug",
            "description",
            "group",
            "order",
            "service",
            "follows",
            "is_public",
            "is_open_to_all",
            "known_since",
            "retired_at",
        ]
        read_only_fields = ["is_open_to_all", "known_since", "retired_at"]
        extra_kwargs = {"group": {"required": False, "allow_null": True}}


class ComponentGroupViewSet(RecordViewSet[ComponentGroup]):
    """The headings of the status page."""

    serializer_class = ComponentGroupSerializer
    filterset_class = ComponentGroupFilter
    queryset = ComponentGroup.objects.all()

    def get_queryset(self) -> QuerySet[ComponentGroup]:
        signed_in(self.request)
        return ComponentGroup.objects.order_by("order", "pk")

    @extend_schema(responses={201: ComponentGroupSerializer})
    def create(self, request: Request) -> Response:
        """Add a heading."""
        user = _administrator(request)
        made = workflow.make_group(**given(ComponentGroupSerializer, request), actor=user)
        return Response(self.get_serializer(made).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        user = _administrator(request)
        group = get_object_or_404(ComponentGroup, pk=int(pk))
        said = given(ComponentGroupSerializer, request, group)
        changed = workflow.change_group(group, actor=user, **said)
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take the heading away; its components stay on the page, without one."""
        user = _administrator(request)
        workflow.remove_group(get_object_or_404(ComponentGroup, pk=int(pk)), actor=user)
        return Response(status=204)


class StateOverrideSerializer(serializers.ModelSerializer[StateOverride]):
    """What a component shows by hand, why, and until when: seven days at the most."""

    class Meta:
        model = StateOverride
        fields = ["state", "reason", "started_at", "ends_at", "ended_at"]
        read_only_fields = ["started_at", "ended_at"]


class StatusComponentViewSet(RecordViewSet[StatusComponent]):
    """What the status page shows the state of; for everybody or for some."""

    serializer_class = StatusComponentSerializer
    filterset_class = ComponentFilter
    queryset = StatusComponent.objects.all()

    def get_queryset(self) -> QuerySet[StatusComponent]:
        components = StatusComponent.objects.visible_to(signed_in(self.request))
        return components.select_related("service", "group").order_by("order", "pk")

    @extend_schema(responses={201: StatusComponentSerializer})
    def create(self, request: Request) -> Response:
        """Put something on the page."""
        user = _administrator(request)
        said = given(StatusComponentSerializer, request)
        made = workflow.make_component(**said, actor=user)
        return Response(self.get_serializer(made).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given; the short name stays as it is."""
        component = self._one(pk, request)
        said: dict[str, Any] = given(StatusComponentSerializer, request, component)
        said.pop("slug", None)
        changed = workflow.change_component(component, actor=signed_in(request), **said)
        return Response(self.get_serializer(changed).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Take it off the page; what it showed is kept."""
        component = self._one(pk, request)
        done = workflow.retire_component(component, actor=signed_in(request))
        return Response(self.get_serializer(done).data)

    @extend_schema(request=StateOverrideSerializer, responses=StateOverrideSerializer)
    @action(detail=True, methods=["post"])
    def override(self, request: Request, pk: str) -> Response:
        """Have it show this state until then, whatever is known of it; the team may."""
        component = component_for(signed_in(request), int(pk))
        said = given(StateOverrideSerializer, request)
        made = workflow.override_state(component, **said, actor=signed_in(request))
        return Response(StateOverrideSerializer(made).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="end-override")
    def end_override(self, request: Request, pk: str) -> Response:
        """Let it show again what is known of it."""
        component = component_for(signed_in(request), int(pk))
        workflow.end_override(component, actor=signed_in(request))
        return Response(self.get_serializer(component).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Put it back on the page."""
        component = self._one(pk, request)
        done = workflow.restore_component(component, actor=signed_in(request))
        return Response(self.get_serializer(done).data)

    def _one(self, pk: str, request: Request) -> StatusComponent:
        _administrator(request)
        return get_object_or_404(self.get_queryset(), pk=int(pk))


def _administrator(request: Request) -> Any:
    user = signed_in(request)
    require_administrator(user)
    return user


class PageSettingsSerializer(serializers.ModelSerializer[StatusPageSettings]):
    """How the page looks; the private address is made on its page alone."""

    report_team = team_field(required=False, allow_null=True)

    class Meta:
        model = StatusPageSettings
        fields = [
            "name",
            "accent",
            "accent_dark",
            "footer_links",
            "zone",
            "remind_minutes",
            "needs_approval",
            "takes_reports",
            "report_team",
            "reports_wake_from",
            "logo",
            "logo_alt",
        ]
        read_only_fields = ["logo", "logo_alt"]


class SendLogoSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="PNG, JPEG, WebP or GIF, up to 10 MB.")
    alt = serializers.CharField(
        max_length=100,
        default="",
        allow_blank=True,
        help_text="What it shows, for who cannot see it.",
    )


class LogoView(APIView):
    """The logo of the status page, written anew and small."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=SendLogoSerializer, responses=PageSettingsSerializer)
    def post(self, request: Request) -> Response:
        """Show this picture beside the name, on the live page and in its copies."""
        user = _administrator(request)
        said = given(SendLogoSerializer, request)
        if said["file"].size > MOST_BYTES:
            raise too_large()
        kept = workflow.set_logo(said["file"].read(), alt=said["alt"], actor=user)
        return Response(PageSettingsSerializer(kept).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Show the portal's own mark again."""
        workflow.remove_logo(actor=_administrator(request))
        return Response(status=204)


class PageSettingsView(View):
    """How the status page looks, and whether updates need a second person."""

    @extend_schema(responses=PageSettingsSerializer)
    def get(self, request: Request) -> Response:
        """Return what is kept."""
        _administrator(request)
        return Response(PageSettingsSerializer(page_settings()).data)

    @extend_schema(request=PageSettingsSerializer, responses=PageSettingsSerializer)
    def patch(self, request: Request) -> Response:
        """Change what is given; colours that cannot be read are refused."""
        user = _administrator(request)
        kept = page_settings()
        body = PageSettingsSerializer(kept, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        shown = {**PageSettingsSerializer(kept).data, **body.validated_data}
        shown["footer_links"] = as_lines(shown["footer_links"])
        form = PageSettingsForm(shown)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: list(map(str, errors)) for name, errors in form.errors.items()}
            )
        wanted = {name: form.cleaned_data[name] for name in body.validated_data}
        changed = workflow.change_page_settings(actor=user, **wanted)
        return Response(PageSettingsSerializer(changed).data)
