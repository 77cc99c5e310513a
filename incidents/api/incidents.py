from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from incidents import workflow
from incidents.access import incident_for, may_work_on, require_reporter
from incidents.api.clocks import ClockActions
from incidents.api.command import CommandActions
from incidents.api.drafts import UpdateDraftSerializer
from incidents.api.entries import NoteSerializer, WriteNoteSerializer, mine_or_refuse
from incidents.api.serializers import (
    AcknowledgeIncidentsSerializer,
    AskTimelineSerializer,
    ChangeSeveritySerializer,
    DeclareSerializer,
    EscalationRunSerializer,
    IncidentDetailSerializer,
    IncidentOutcomesSerializer,
    IncidentSerializer,
    MitigateIncidentSerializer,
    PagePersonSerializer,
    PinEventSerializer,
    PostUpdateSerializer,
    ReopenIncidentSerializer,
    ResolveIncidentSerializer,
    SnoozeSerializer,
    StartRunbookSerializer,
    StatusUpdateSerializer,
    TimelineSerializer,
)
from incidents.api.status_shapes import DeclareComponentsSerializer, JudgeImpactSerializer
from incidents.filters import IncidentFilter
from incidents.models import Incident, IncidentAlert, StatusUpdate, UpdateDraft
from incidents.room_events import events_of
from incidents.timeline import timeline
from knowledge.api.run_shapes import RunWithStepsSerializer
from maintenance.access import require_services
from maintenance.api.serializers import RequestSerializer
from portal import clock
from portal.access import require_work
from portal.api.bodies import given
from portal.errors import DomainError, Refusal
from portal.http import signed_in
from portal.models import User

COMMAND = [
    *("roles__person", "roles__offered_to", "tasks__assignee", "tasks__done_by"),
    *("affected__service", "assessments__made_by"),
]


class IncidentViewSet(ClockActions, CommandActions):
    """Incidents: declared here or opened by alerts, and moved by their verbs."""

    filterset_class = IncidentFilter
    queryset = Incident.objects.all()

    def get_queryset(self) -> QuerySet[Incident]:
        incidents = Incident.objects.visible_to(signed_in(self.request))
        if self.action == "list":
            return incidents.with_list_columns()
        alerts = IncidentAlert.objects.select_related("alert")
        updates = StatusUpdate.objects.select_related("author")
        return incidents.with_room_columns().prefetch_related(
            "clocks",
            Prefetch("alerts", alerts),
            Prefetch("updates", updates),
            "affected_components__component",
            *COMMAND,
        )

    def get_serializer_class(self) -> type[BaseSerializer[Incident]]:
        return IncidentSerializer if self.action == "list" else IncidentDetailSerializer

    @extend_schema(request=DeclareSerializer, responses={201: IncidentDetailSerializer})
    def create(self, request: Request) -> Response:
        """Declare an incident; P0 and P1 page at once."""
        user = signed_in(request)
        require_reporter(user)
        incident = workflow.declare_judged(**given(DeclareSerializer, request), actor=user)
        return self._answer(incident, status=201)

    @extend_schema(
        request=None,
        responses={200: IncidentDetailSerializer, 202: IncidentDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """
        Say that somebody is on it; paging stops.

        From who may not stop it, this is kept as a note, and the answer is 202: paging goes on.
        """
        user = signed_in(request)
        incident = incident_for(user, pk)
        if may_work_on(user, incident):
            return self._answer(workflow.acknowledge(incident, actor=user))
        require_work(user)
        workflow.note_acknowledgement(incident, actor=user)
        return self._answer(incident, status=202)

    @extend_schema(request=SnoozeSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: str) -> Response:
        """Acknowledge it, and have the paging start again after this many minutes."""
        incident = self._mine()
        minutes = given(SnoozeSerializer, request)["minutes"]
        until = clock.now() + timedelta(minutes=minutes)
        return self._answer(workflow.snooze(incident, until=until, actor=signed_in(request)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, pk: str) -> Response:
        """Take the next step of the escalation now, at any severity and any hour."""
        return self._do(workflow.escalate_now)

    @extend_schema(request=PagePersonSerializer)
    @action(detail=True, methods=["post"])
    def page(self, request: Request, pk: str) -> Response:
        """Page one person now; they may then acknowledge and work on it."""
        return self._do(workflow.page_person, PagePersonSerializer)

    @extend_schema(responses=EscalationRunSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def escalation(self, request: Request, pk: str) -> Response:
        """Whom the escalation told and why, climb by climb, and what is due next."""
        incident = incident_for(signed_in(request), pk)
        runs = incident.runs.order_by("-number").prefetch_related("steps")[:20]
        return Response(EscalationRunSerializer(runs, many=True).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def unacknowledge(self, request: Request, pk: str) -> Response:
        """Give it back; paging starts again."""
        return self._do(workflow.unacknowledge)

    @extend_schema(request=ChangeSeveritySerializer)
    @action(detail=True, methods=["post"])
    def severity(self, request: Request, pk: str) -> Response:
        """Judge anew how bad it is; the clocks count from detection."""
        return self._do(workflow.change_severity, ChangeSeveritySerializer)

    @extend_schema(request=MitigateIncidentSerializer)
    @action(detail=True, methods=["post"])
    def mitigate(self, request: Request, pk: str) -> Response:
        """Say that users are well again; paging stops, the resolution clock runs on."""
        return self._do(workflow.mitigate, MitigateIncidentSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def unmitigate(self, request: Request, pk: str) -> Response:
        """Take back that it is mitigated; it is acknowledged, as before."""
        return self._do(workflow.unmitigate)

    @extend_schema(request=ResolveIncidentSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        return self._do(workflow.resolve, ResolveIncidentSerializer)

    @extend_schema(request=ReopenIncidentSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        return self._do(workflow.reopen, ReopenIncidentSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Say that nothing is left to do; P0 and P1 only with their published review."""
        return self._do(workflow.close)

    @extend_schema(request=WriteNoteSerializer, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, pk: str) -> Response:
        """
        Write into the timeline.

        Send a picture first (`POST /api/v1/pictures/`), and name it here.
        """
        incident, user = self._mine(), signed_in(request)
        said = given(WriteNoteSerializer, request)
        said["picture"] = mine_or_refuse(user, said.get("picture", ""))
        note = workflow.add_note(incident, **said, actor=user)
        return Response(NoteSerializer(note).data, status=201)

    @extend_schema(
        request=PostUpdateSerializer,
        responses={201: StatusUpdateSerializer, 202: UpdateDraftSerializer},
    )
    @action(detail=True, methods=["post"])
    def updates(self, request: Request, pk: str) -> Response:
        """Tell the public; 202 where it waits for a second person or for its moment."""
        incident = self._mine()
        done = workflow.submit_update(
            incident, **given(PostUpdateSerializer, request), actor=signed_in(request)
        )
        if isinstance(done, UpdateDraft):
            return Response(UpdateDraftSerializer(done).data, status=202)
        return Response(StatusUpdateSerializer(done).data, status=201)

    @extend_schema(request=DeclareComponentsSerializer)
    @action(detail=True, methods=["post"])
    def components(self, request: Request, pk: str) -> Response:
        """Say what state components of the status page are in because of this incident."""
        incident = self._mine()
        said = given(DeclareComponentsSerializer, request)
        return self._answer(
            workflow.declare_components(incident, **said, actor=signed_in(request))
        )

    @extend_schema(request=JudgeImpactSerializer)
    @action(detail=True, methods=["post"], url_path="public-impact")
    def public_impact(self, request: Request, pk: str) -> Response:
        """Judge how bad it is for the public otherwise than its components do, and say why."""
        incident = self._mine()
        workflow.judge_impact(
            incident, **given(JudgeImpactSerializer, request), actor=signed_in(request)
        )
        return self._answer(incident)

    @extend_schema(request=StartRunbookSerializer, responses={201: RunWithStepsSerializer})
    @action(detail=True, methods=["post"], url_path="start-runbook")
    def start_runbook(self, request: Request, pk: str) -> Response:
        """Begin a run of a runbook for this incident, or get the one under way."""
        incident = self._mine()
        said = given(StartRunbookSerializer, request)
        run = workflow.start_runbook(incident, said["document"], actor=signed_in(request))
        return Response(RunWithStepsSerializer(run).data, status=201)

    @extend_schema(
        request=None, responses={200: RequestSerializer, 201: RequestSerializer}, filters=False
    )
    @action(detail=True, methods=["post"], url_path="maintenance-request")
    def maintenance_request(self, request: Request, pk: str) -> Response:
        """Make a draft that mends the cause; 200 with the open one if there is one."""
        incident = incident_for(signed_in(request), int(pk), may="change")
        require_services(signed_in(request), [incident.service])
        made, is_new = workflow.request_from_incident(incident, actor=signed_in(request))
        return Response(RequestSerializer(made).data, status=201 if is_new else 200)

    @extend_schema(
        parameters=[AskTimelineSerializer], responses=TimelineSerializer, filters=False
    )
    @action(detail=True, methods=["get"])
    def timeline(self, request: Request, pk: str) -> Response:
        """What happened, the newest first: 100 lines, and `next` for those before them."""
        incident = incident_for(signed_in(request), pk)
        by_workers = may_work_on(signed_in(request), incident)
        asked = AskTimelineSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        found = timeline(
            incident,
            group=said["show"],
            before=said["before"] or None,
            by_workers=by_workers,
            reader=signed_in(request),
        )
        following = str(found.last) if found.has_more else ""
        return Response(TimelineSerializer({**found._asdict(), "next": following}).data)

    @extend_schema(request=PinEventSerializer, responses={204: None})
    @action(detail=True, methods=["post"], url_path="pin-event")
    def pin_event(self, request: Request, pk: str) -> Response:
        """Put what was recorded by itself into the draft of the review, or take it out."""
        incident = self._mine()
        said = given(PinEventSerializer, request)
        event = get_object_or_404(events_of(incident, signed_in(request)), pk=said["event"])
        workflow.pin_event(
            incident, event, is_pinned=said["is_pinned"], actor=signed_in(request)
        )
        return Response(status=204)

    @extend_schema(
        request=AcknowledgeIncidentsSerializer,
        responses=IncidentOutcomesSerializer,
        filters=False,
        operation_id="incidents_acknowledge_many",
    )
    @action(detail=False, methods=["post"], url_path="acknowledge", url_name="acknowledge-many")
    def acknowledge_many(self, request: Request) -> Response:
        """Acknowledge several; each by itself, and the answer says what became of each."""
        user = signed_in(request)
        require_work(user)
        ids = given(AcknowledgeIncidentsSerializer, request)["ids"]
        found = Incident.objects.visible_to(user).with_room_columns().in_bulk(ids)
        outcomes = [(pk, _why_not_done(user, found.get(pk))) for pk in dict.fromkeys(ids)]
        answers = [
            {
                "id": pk,
                "is_done": not reasons,
                "reasons": [reason._asdict() for reason in reasons],
            }
            for pk, reasons in outcomes
        ]
        return Response({"outcomes": answers})

    def _do(
        self, verb: Callable[..., Incident], shape: type[BaseSerializer[Any]] | None = None
    ) -> Response:
        incident = self._mine()
        said = given(shape, self.request) if shape else {}
        return self._answer(verb(incident, actor=signed_in(self.request), **said))

    def _answer(self, incident: Incident, *, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=incident.pk)
        return Response(IncidentDetailSerializer(fresh).data, status=status)


def _why_not_done(user: User, incident: Incident | None) -> list[Refusal]:
    """Acknowledge this incident; return why it was not done, nothing if it was."""
    if incident is None:
        return [Refusal("not_found", "There is no such incident.")]
    if not may_work_on(user, incident):
        return [Refusal("not_yours", f"{incident.service.team} works on this incident.")]
    try:
        workflow.acknowledge(incident, actor=user)
    except DomainError as refused:
        return refused.refusals
    return []
