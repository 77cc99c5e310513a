"""Who is told what when a request moves; run after commit, at least once."""

from django.utils.translation import gettext as _

from maintenance.models import MaintenanceRequest, MaintenanceWindow, RequestState
from maintenance.workflow.windows import attach_alert, hold_alerts
from operations.models import Alert, Behaviour
from portal import notify
from portal.access import managers_of
from portal.models import Event, Urgency, User
from portal.subscribers import on


@on("window.announced", "window.changed", "window.cancelled")
def follow_window(event: Event) -> None:
    """The alerts of a window's services are held by a silence that follows the window."""
    window = event.subject
    if isinstance(window, MaintenanceWindow):
        hold_alerts(window, actor=event.actor)


@on("alert.opened")
def attach_to_window(event: Event) -> None:
    """Keep an alert that came during the work with it, where the window says so."""
    if not event.data.get("held_by"):  # asked first: most are not, and their alert is not read
        return
    alert = event.subject
    if not isinstance(alert, Alert):
        return
    held = alert.holds.filter(silence__behaviour=Behaviour.ATTACH).select_related("silence")
    for hold in held.exclude(silence__reference=""):
        assert hold.silence is not None
        attach_alert(hold.silence.reference, alert, started_at=hold.occurrence_started_at)


def topic_of(request: MaintenanceRequest) -> str:
    return f"request:{request.pk}"


@on("request.submitted", "request.plan_changed")
def ask_the_managers(event: Event) -> None:
    request = _request(event)
    if request.state != RequestState.AWAITING_APPROVAL:
        return
    for manager in deciders_of(request):
        ask(manager, request, key=f"request:{request.pk}:{request.plan_digest}", event=event)


@on("request.approved", "request.rejected")
def tell_the_requester(event: Event) -> None:
    request = _request(event)
    notify.cancel(topic_of(request), kind="approval")
    if event.actor_id == request.requester_id:
        return
    approved = event.kind == "request.approved"
    subject = _("Approved: %(request)s") if approved else _("Rejected: %(request)s")
    lines = [_("Decided by %(name)s.") % {"name": event.actor_label}]
    if reason := event.data.get("reason"):
        lines.append(reason)
    notify.notify(
        request.requester,
        key=f"request:{request.pk}:decided:{event.pk}",
        urgency=Urgency.LOW,
        kind="decision",
        subject=subject % {"request": request},
        body="\n\n".join(lines),
        url=request.get_absolute_url(),
        topic=topic_of(request),
        event=event,
    )


@on("request.withdrawn", "request.returned_to_draft")
def ask_no_more(event: Event) -> None:
    notify.cancel(f"request:{event.object_id}", kind="approval")


def deciders_of(request: MaintenanceRequest) -> list[User]:
    """The managers who could decide about it: those without a part in it."""
    managers = managers_of(request.service.team_id)
    bound = [request.requester_id, request.implementer_id]
    return [manager for manager in managers if manager.may_work and manager.pk not in bound]


def ask(
    manager: User, request: MaintenanceRequest, *, key: str, event: Event | None = None
) -> None:
    body = _("%(name)s asks for your decision.\n\nService: %(service)s\n\n%(reason)s") % {
        "name": request.requester,
        "service": request.service,
        "reason": request.reason,
    }
    notify.notify(
        manager,
        key=key,
        urgency=Urgency.LOW,
        kind="approval",
        subject=_("For your decision: %(request)s") % {"request": request},
        body=body,
        url=request.get_absolute_url() + "approval/",
        topic=topic_of(request),
        event=event,
    )


def _request(event: Event) -> MaintenanceRequest:
    return MaintenanceRequest.objects.with_details().get(pk=event.object_id)
