"""Maintenance requests in the API."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from knowledge.access import action_for, document_for
from maintenance import workflow
from maintenance.access import May, freeze_for, request_for, require_services
from maintenance.api.analysis import AnalyseSerializer, AnalysisSerializer, shown
from maintenance.api.approval import ApprovalSerializer, approval_of
from maintenance.api.backlog import (
    BacklogRowSerializer,
    RankedSerializer,
    RankSerializer,
    TriagedSerializer,
    TriageSerializer,
    why_not_triaged,
)
from maintenance.api.serializers import (
    AnswerSerializer,
    ApproveSerializer,
    BreakGlassSerializer,
    ChangePlanSerializer,
    EvidenceGateSerializer,
    FromActionSerializer,
    FromAlertSerializer,
    FromCheckSerializer,
    FromForecastSerializer,
    ImplementationReviewSerializer,
    NewRequestSerializer,
    ReasonSerializer,
    RejectSerializer,
    RemarkSerializer,
    RemoveGateSerializer,
    RequestDetailSerializer,
    RequestSerializer,
    ReviseRunbookSerializer,
    SetGateSerializer,
    StepSerializer,
    VerifySerializer,
)
from maintenance.api.times import (
    TimeOverrideSerializer,
    TimesSerializer,
    WhatIfSerializer,
    WriteTimeOverrideSerializer,
)
from maintenance.backlog import in_order
from maintenance.filters import RequestFilter
from maintenance.models import MaintenanceRequest, MaintenanceRequestQuerySet, OverrideOf
from maintenance.next_times import SHOWN, moved_to, proposals
from maintenance.time_forms import LengthForm, WhatIfForm
from maintenance.workflow.ballots import ballot_of
from maintenance.workflow.guards import objections
from maintenance.workflow.questions import Question
from operations.access import alert_for, check_for
from operations.api.shapes import given
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in

Shape = type[Serializer[Any]]


class RequestViewSet(RecordViewSet[MaintenanceRequest]):
    """Maintenance requests; state moves by the verbs, each refusal with all its reasons."""

    filterset_class = RequestFilter
    queryset = MaintenanceRequest.objects.all()

    def get_queryset(self) -> QuerySet[MaintenanceRequest]:
        requests = MaintenanceRequest.objects.visible_to(signed_in(self.request))
        if self.action == "list":
            return requests.with_list_columns()
        return _with_votes(requests)

    def get_serializer_class(self) -> type[RequestSerializer]:
        return RequestSerializer if self.action == "list" else RequestDetailSerializer

    @extend_schema(request=NewRequestSerializer, responses={201: RequestDetailSerializer})
    def create(self, request: Request) -> Response:
        """Make a draft."""
        user = signed_in(request)
        require_work(user)
        said = given(NewRequestSerializer, request)
        require_services(user, [said["service"]])
        made = workflow.ask_for_change(**said, actor=user)
        return Response(self._shown(made), status=201)

    @extend_schema(request=ChangePlanSerializer, responses=RequestDetailSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Edit what is given; another plan needs another decision."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        said = given(ChangePlanSerializer, request, item)
        if "service" in said:
            require_services(user, [said["service"]])
        return Response(self._shown(workflow.change_plan(item, actor=user, **said)))

    @extend_schema(
        request=FromActionSerializer,
        responses={200: RequestDetailSerializer, 201: RequestDetailSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="from-action")
    def from_action(self, request: Request) -> Response:
        """Make a draft that carries out an action item; 200 with the open one if it has one."""
        user = signed_in(request)
        require_work(user)
        said = given(FromActionSerializer, request)
        found = action_for(user, said["action"].pk)
        if found.service is not None:
            require_services(user, [found.service])
        known = MaintenanceRequest.objects.open().filter(action_item=found).exists()
        made = workflow.request_from_action(found, category=said["category"], actor=user)
        return Response(self._shown(made), status=200 if known else 201)

    @extend_schema(request=SetGateSerializer, responses=EvidenceGateSerializer)
    @action(detail=True, methods=["post"], url_path="gates/set")
    def set_gate(self, request: Request, pk: str) -> Response:
        """Set a piece of evidence to green or red; the work begins only if all are green."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        gate = workflow.set_gate(item, actor=user, **given(SetGateSerializer, request))
        return Response(EvidenceGateSerializer(gate).data)

    @extend_schema(request=RemoveGateSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="gates/remove")
    def remove_gate(self, request: Request, pk: str) -> Response:
        """Take a piece of evidence off, with a reason."""
        return self._do(workflow.remove_gate, RemoveGateSerializer)

    @extend_schema(methods=["GET"], responses=AnalysisSerializer, filters=False)
    @extend_schema(
        methods=["PATCH"],
        request=AnalyseSerializer,
        responses=AnalysisSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get", "patch"])
    def analysis(self, request: Request, pk: str) -> Response:
        """What it is about, touches and risks; another estimate of the risk is another plan."""
        user = signed_in(request)
        may: May = "view" if request.method == "GET" else "change"
        item = request_for(user, int(pk), may=may)
        if request.method == "PATCH":
            said = given(AnalyseSerializer, request)
            item = workflow.analyse(item, actor=user, **said).request
        return Response(shown(item))

    @extend_schema(responses=BacklogRowSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def backlog(self, request: Request) -> Response:
        """What waits: as people ranked it, then by the proposed score; 300 at most."""
        visible = MaintenanceRequest.objects.visible_to(signed_in(request))
        rows = in_order(visible, clock.now())
        return Response(BacklogRowSerializer(rows, many=True).data)

    @extend_schema(request=RankSerializer, responses=RankedSerializer)
    @action(detail=True, methods=["post"])
    def rank(self, request: Request, pk: str) -> Response:
        """Move it within the backlog."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        rank = workflow.rank(item, actor=user, **given(RankSerializer, request))
        return Response({"rank": rank})

    @extend_schema(request=TriageSerializer, responses=TriagedSerializer, filters=False)
    @action(detail=False, methods=["post"])
    def triage(self, request: Request) -> Response:
        """Do the same to many; each answers on its own, those refused with why."""
        user = signed_in(request)
        require_work(user)
        said = given(TriageSerializer, request)
        told: dict[str, list[Any]] = {"done": [], "refused": []}
        for pk in said.pop("requests"):
            reasons = why_not_triaged(user, pk, said)
            if reasons is None:
                told["done"].append(pk)
            else:
                told["refused"].append({"request": pk, "reasons": reasons})
        return Response(told)

    @extend_schema(
        request=FromAlertSerializer,
        responses={200: RequestDetailSerializer, 201: RequestDetailSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="from-alert")
    def from_alert(self, request: Request) -> Response:
        """Make a draft that mends what an alert tells of; 200 with the open one."""
        user = signed_in(request)
        require_work(user)
        alert = alert_for(user, given(FromAlertSerializer, request)["alert"].pk)
        if alert.service is not None:
            require_services(user, [alert.service])
        made, is_new = workflow.request_from_alert(alert, actor=user)
        return Response(self._shown(made), status=201 if is_new else 200)

    @extend_schema(
        request=FromCheckSerializer,
        responses={200: RequestDetailSerializer, 201: RequestDetailSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="from-check")
    def from_check(self, request: Request) -> Response:
        """Make a draft that mends what a check found; 200 with the open one."""
        user = signed_in(request)
        require_work(user)
        check = check_for(user, given(FromCheckSerializer, request)["check"].pk)
        require_services(user, [check.service])
        made, is_new = workflow.request_from_check(check, actor=user)
        return Response(self._shown(made), status=201 if is_new else 200)

    @extend_schema(
        request=FromForecastSerializer,
        responses={200: RequestDetailSerializer, 201: RequestDetailSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="from-forecast")
    def from_forecast(self, request: Request) -> Response:
        """Make a preventive draft before something is full; 200 with the open one."""
        user = signed_in(request)
        require_work(user)
        said = given(FromForecastSerializer, request)
        require_services(user, [said["service"]])
        made, is_new = workflow.request_from_forecast(**said, actor=user)
        return Response(self._shown(made), status=201 if is_new else 200)

    @extend_schema(
        responses=TimesSerializer,
        parameters=[
            OpenApiParameter("minutes", int, description="How long it takes, if not planned."),
            OpenApiParameter("most", int, description="How many times, at most 100."),
        ],
        filters=False,
    )
    @action(detail=True, methods=["get"])
    def times(self, request: Request, pk: str) -> Response:
        """What stands in the way of its time, and the next times that would fit."""
        item = request_for(signed_in(request), int(pk))
        length = LengthForm(request.query_params)
        if not length.is_valid():
            raise _wrong(length)
        minutes = length.cleaned_data["minutes"]
        lasts = timedelta(minutes=minutes) if minutes else None
        most = length.cleaned_data["most"] or SHOWN
        question = Question(item, signed_in(request), clock.now())
        found = {
            "code": question.time.code,
            "reasons": objections(question),
            "warnings": question.warnings,
            "conflicts": question.conflicts,
            "checks": item.conflict_checks.all()[:20],
            "overrides": item.time_overrides.select_related("person"),
            "proposals": proposals(item, now=question.now, lasts=lasts, most=most),
        }
        return Response(TimesSerializer(found).data)

    @extend_schema(
        responses=WhatIfSerializer,
        parameters=[
            OpenApiParameter("start", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("end", OpenApiTypes.DATETIME),
        ],
        filters=False,
    )
    @action(detail=True, methods=["get"], url_path="what-if")
    def what_if(self, request: Request, pk: str) -> Response:
        """What would stand in the way then; without an end it takes as long as planned."""
        user = signed_in(request)
        item = request_for(user, int(pk))
        form = WhatIfForm(request.query_params, item=item)
        if not form.is_valid():
            raise ValidationError(
                {name: [str(each) for each in told] for name, told in form.errors.items()}
            )
        moved = moved_to(item, **form.cleaned_data)
        question = Question(moved, user, clock.now())
        found = {
            **form.cleaned_data,
            "code": question.time.code,
            "reasons": objections(question),
            "warnings": question.warnings,
            "conflicts": question.conflicts,
        }
        return Response(WhatIfSerializer(found).data)

    @extend_schema(request=WriteTimeOverrideSerializer, responses={201: TimeOverrideSerializer})
    @action(detail=True, methods=["post"], url_path="override-time")
    def override_time(self, request: Request, pk: str) -> Response:
        """Let this exact plan pass a freeze, or the permitted times."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="decide")
        said = given(WriteTimeOverrideSerializer, request)
        number = said.pop("freeze", None)
        freeze = None
        if said["of"] == OverrideOf.FREEZE:
            freeze = freeze_for(user, number or 0)
        row = workflow.override_time(item, freeze=freeze, actor=user, **said)
        return Response(TimeOverrideSerializer(row).data, status=201)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Hand the draft in; it goes on to approval at once if nothing is missing."""
        return self._do(workflow.submit)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def assess(self, request: Request, pk: str) -> Response:
        """Take up the analysis."""
        return self._do(workflow.assess)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="ask-approval")
    def ask_approval(self, request: Request, pk: str) -> Response:
        """Send the plan for approval."""
        return self._do(workflow.ask_approval)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, pk: str) -> Response:
        """Take the planned time."""
        return self._do(workflow.schedule)

    @extend_schema(request=ReasonSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Let it rest where it is."""
        return self._do(workflow.hold, ReasonSerializer)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on where it was held."""
        return self._do(workflow.resume)

    @extend_schema(request=ReasonSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give it up for good."""
        return self._do(workflow.cancel, ReasonSerializer)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def authorise(self, request: Request, pk: str) -> Response:
        """Let a standard change go ahead without a vote, while its template allows it."""
        return self._do(workflow.authorise)

    @extend_schema(request=RemarkSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self._do(workflow.withdraw, RemarkSerializer)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="back-to-draft")
    def back_to_draft(self, request: Request, pk: str) -> Response:
        return self._do(workflow.back_to_draft)

    @extend_schema(request=ApproveSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Say yes to the plan of this digest, and to no other."""
        return self._do(workflow.approve, ApproveSerializer, may="vote")

    @extend_schema(request=RejectSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say no to the plan of this digest, and why."""
        return self._do(workflow.reject, RejectSerializer, may="vote")

    @extend_schema(request=BreakGlassSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="break-glass")
    def break_glass(self, request: Request, pk: str) -> Response:
        """Let an emergency begin before it is approved; it is decided afterwards."""
        return self._do(workflow.break_glass, BreakGlassSerializer)

    @extend_schema(responses=ApprovalSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def approval(self, request: Request, pk: str) -> Response:
        """Who has to agree, who has, who is still needed, and which votes you may give."""
        user = signed_in(request)
        ballot = ballot_of(request_for(user, int(pk)), clock.now())
        return Response(ApprovalSerializer(approval_of(ballot, user)).data)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Begin the work; every rule is asked again."""
        return self._do(workflow.start)

    @extend_schema(
        request=AnswerSerializer,
        responses=StepSerializer,
        parameters=[OpenApiParameter("order", int, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path=r"steps/(?P<order>\d{1,4})/answer")
    def answer_step(self, request: Request, pk: str, order: str) -> Response:
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        said = given(AnswerSerializer, request)
        step = workflow.answer_step(item, order=int(order), actor=user, **said)
        return Response(StepSerializer(step).data)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="finish-work")
    def finish_work(self, request: Request, pk: str) -> Response:
        return self._do(workflow.finish_work)

    @extend_schema(request=RemarkSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="back-to-work")
    def back_to_work(self, request: Request, pk: str) -> Response:
        return self._do(workflow.back_to_work, RemarkSerializer)

    @extend_schema(request=VerifySerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """Say what came of it; it closes at once if nothing is left to do."""
        return self._do(workflow.verify, VerifySerializer)

    @extend_schema(request=ImplementationReviewSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """Write the post-implementation review."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        workflow.write_review(
            item, actor=user, **given(ImplementationReviewSerializer, request)
        )
        return Response(self._shown(item))

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="follow-up")
    def follow_up(self, request: Request, pk: str) -> Response:
        """Make the request that follows an emergency up, and answer with it."""
        return self._do(workflow.follow_up)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        return self._do(workflow.close)

    @extend_schema(request=ReviseRunbookSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="revise-runbook")
    def revise_runbook(self, request: Request, pk: str) -> Response:
        """Publish a new revision of the linked runbook."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        said = given(ReviseRunbookSerializer, request)
        if item.runbook is not None:
            document_for(user, may="change", pk=item.runbook.pk)
        workflow.revise_runbook(item, actor=user, **said)
        return Response(self._shown(item))

    @extend_schema(request=ReasonSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="confirm-runbook")
    def confirm_runbook(self, request: Request, pk: str) -> Response:
        """Say how you know that the linked runbook is right as it is."""
        return self._do(workflow.confirm_runbook, ReasonSerializer)

    def _do(self, verb: Any, shape: Shape | None = None, *, may: May = "change") -> Response:
        user = signed_in(self.request)
        item = request_for(user, int(self.kwargs["pk"]), may=may)
        said = given(shape, self.request) if shape else {}
        return Response(self._shown(verb(item, actor=user, **said)))

    def _shown(self, item: MaintenanceRequest) -> Any:
        fresh = _with_votes(MaintenanceRequest.objects.all()).get(pk=item.pk)
        context = self.get_serializer_context()
        return RequestDetailSerializer(fresh, context=context).data


def _with_votes(requests: MaintenanceRequestQuerySet) -> QuerySet[MaintenanceRequest]:
    return requests.with_details().prefetch_related("votes__person", "votes__on_behalf_of")


def _wrong(form: Form) -> ValidationError:
    """Say of each field what is wrong with it."""
    told = form.errors.items()
    return ValidationError({name: [str(each) for each in all_of] for name, all_of in told})
