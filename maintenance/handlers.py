"""Who is told what when a request moves; run after commit, at least once."""

from django.db.models import Q
from django.utils.translation import gettext as _

from maintenance.approving import State
from maintenance.models import (
    ApprovalDelegation,
    BreakGlass,
    Deployment,
    DeploymentSource,
    Freeze,
    MaintenanceRequest,
    MaintenanceWindow,
    RecurringWork,
    StandardChange,
)
from maintenance.policies import step_names
from maintenance.workflow import ask_those_needed
from maintenance.workflow.ballots import ballot_of
from maintenance.workflow.standards import suspend_if_it_fails
from maintenance.workflow.windows import attach_alert, hold_alerts
from operations.models import Alert, Behaviour
from operations.spans import moment_text, span_text
from portal import clock, events, notify
from portal.access import managers_of
from portal.models import Access, Event, Notification, SendState, Urgency, User
from portal.subscribers import on


@on("window.announced", "window.changed", "window.ended", "window.cancelled")
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


# Each of these asks everybody who decides; what comes between asks those who are new.
ROUNDS = (
    *("request.approval_asked", "request.resumed"),
    *("request.plan_changed", "request.glass_broken"),
)


@on(*ROUNDS)
def ask_those_who_decide(event: Event) -> None:
    if not event.data.get("material", True):  # words alone do not ask again
        return
    request = _request(event)
    for person in deciders_of(request):
        ask(person, request, key=f"request:{request.pk}:{event.pk}", event=event)


@on("request.voted")
def ask_the_next(event: Event) -> None:
    """Those whose step has opened are asked, and who is not needed any more is not."""
    _ask_who_is_new(_request(event), event)


@on("team.member_added", "team.member_removed", "team.role_changed")
@on("person.deactivated", "person.reactivated", "person.access_changed")
@on("approval_delegation.delegated", "approval_delegation.revoked")
def find_those_who_decide(event: Event) -> None:
    """Who joins, leaves or stands in for somebody changes whose word is wanted."""
    for request in MaintenanceRequest.objects.voted_on().with_details():
        _ask_who_is_new(ask_those_needed(request), event)


def _ask_who_is_new(request: MaintenanceRequest, event: Event) -> None:
    wanted = {person.pk: person for person in deciders_of(request)}
    asks = Q(data__material=True) | ~Q(kind="request.plan_changed")
    rounds = events.about(request).filter(asks, kind__in=ROUNDS)
    began = rounds.order_by("-pk").first()
    if began and event.pk < began.pk:
        return  # everybody is asked since
    asked = Notification.objects.filter(topic=topic_of(request), kind="approval")
    asked = asked.exclude(state=SendState.CANCELLED)
    told = set(asked.filter(event__gte=began or event).values_list("person", flat=True))
    for person in User.objects.filter(pk__in=told - wanted.keys()):
        notify.cancel(topic_of(request), kind="approval", person=person)
    for pk in wanted.keys() - told:
        ask(wanted[pk], request, key=f"request:{request.pk}:{event.pk}", event=event)


@on("request.approved_afterwards", "request.rejected_afterwards")
@on("request.approved", "request.rejected")
def tell_the_requester(event: Event) -> None:
    request = _request(event)
    notify.cancel(topic_of(request), kind="approval")
    if event.actor_id == request.requester_id:
        return
    approved = event.kind.startswith("request.approved")
    subject = _("Approved: %(request)s") if approved else _("Rejected: %(request)s")
    lines = [_("Decided by %(name)s.") % {"name": event.actor_label}]
    if giver := event.data.get("for"):
        lines = [
            _("Decided by %(name)s for %(giver)s.")
            % {"name": event.actor_label, "giver": giver}
        ]
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


@on("request.expired")
def tell_that_it_ran_out(event: Event) -> None:
    """Whoever asked for it, and whoever was to carry it out, hear that it needs new votes."""
    request = _request(event)
    people = {
        person.pk: person for person in (request.requester, request.implementer) if person
    }
    for person in people.values():
        notify.notify(
            person,
            key=f"request:{request.pk}:expired:{event.pk}",
            urgency=Urgency.LOW,
            kind="decision",
            subject=_("The approval ran out: %(request)s") % {"request": request},
            body=_(
                "It was not used in time. Back in draft, it can be sent for approval again."
            ),
            url=request.get_absolute_url(),
            topic=topic_of(request),
            event=event,
        )


@on("approval_delegation.delegated", "approval_delegation.revoked")
def tell_the_delegate(event: Event) -> None:
    """Nobody votes for another without knowing it, nor goes on believing that they do."""
    row = event.subject
    if not isinstance(row, ApprovalDelegation):
        return
    names = {"name": row.giver}
    if event.kind == "approval_delegation.revoked":
        subject = _("You do not vote for %(name)s any more") % names
    else:
        subject = _("You vote for %(name)s on changes") % names
    time = span_text(row.starts_at, row.closes_at, row.taker.time_zone)
    notify.notify(
        row.taker,
        key=f"delegation:{row.pk}:{event.pk}",
        urgency=Urgency.LOW,
        kind="delegation",
        subject=subject,
        body=f"{time}\n\n{row.reason}",
        url=row.get_absolute_url(),
        topic=f"delegation:{row.pk}",
        event=event,
    )


@on("request.withdrawn", "request.returned_to_draft", "request.cancelled", "request.held")
def ask_no_more(event: Event) -> None:
    notify.cancel(f"request:{event.object_id}", kind="approval")


@on("deployment.recorded", "deployment.updated", "deployment.accepted")
def ask_to_look_at(event: Event) -> None:
    """The managers hear once of what reached production although nobody had approved it."""
    deployment = event.subject
    if not isinstance(deployment, Deployment):
        return
    topic = f"deployment:{deployment.pk}"
    if deployment.accepted_at is not None or not deployment.is_unauthorised:
        notify.cancel(topic, kind="approval")
        return
    for manager in managers_of(deployment.service.team_id):
        if manager.may_work and manager.pk != deployment.actor_id:
            notify.notify(
                manager,
                key=f"{topic}:unauthorised",
                urgency=Urgency.LOW,
                kind="approval",
                subject=_("Without approval: %(deployment)s") % {"deployment": deployment},
                body=_("It reached production, and no approved request stands behind it."),
                url=deployment.get_absolute_url(),
                topic=topic,
                event=event,
            )


@on("source.misunderstood")
def tell_of_misunderstood_calls(event: Event) -> None:
    """The managers hear once a day of a forge whose calls are not understood."""
    source = event.subject
    if not isinstance(source, DeploymentSource):
        return
    for manager in managers_of(source.team_id):
        if manager.may_work:
            notify.notify(
                manager,
                key=f"source:{source.pk}:misunderstood:{event.recorded_at:%Y-%m-%d}",
                urgency=Urgency.LOW,
                kind="notice",
                subject=_("Not understood: a call of %(source)s") % {"source": source},
                body=event.data["note"],
                url=source.get_absolute_url(),
                topic=f"source:{source.pk}",
                event=event,
            )


def deciders_of(request: MaintenanceRequest) -> list[User]:
    """Whose word is wanted now: of those who may give it, and their delegates."""
    return list(User.objects.filter(pk__in=request.asked.values("person")))


def ask(
    person: User, request: MaintenanceRequest, *, key: str, event: Event | None = None
) -> None:
    body = _("%(name)s asks for your decision.\n\nService: %(service)s\n\n%(reason)s") % {
        "name": request.requester,
        "service": request.service,
        "reason": request.reason,
    }
    if givers := _stands_in_for(person, request):
        body += "\n\n" + _("You may decide this for %(names)s.") % {"names": givers}
    notify.notify(
        person,
        key=key,
        urgency=Urgency.LOW,
        kind="approval",
        subject=_("For your decision: %(request)s") % {"request": request},
        body=body,
        url=request.get_absolute_url() + "approval/",
        topic=topic_of(request),
        event=event,
    )


def tell_that_it_cannot_be(request: MaintenanceRequest) -> int:
    """Whoever asked for it hears once when too few are left who could agree to the plan."""
    ballot = ballot_of(request, clock.now())
    short = ballot.judgement.having(State.UNREACHABLE)
    if not short:
        return 0
    names = step_names(ballot.rule, request.service)
    steps = ", ".join(names[each.step.key] for each in short)
    notify.notify(
        request.requester,
        key=f"request:{request.pk}:unreachable:{request.plan_digest}",
        urgency=Urgency.LOW,
        kind="approval_late",
        subject=_("Too few can decide: %(request)s") % {"request": request},
        body=_("Nobody is left who could give the votes that are missing: %(steps)s.")
        % {"steps": steps},
        url=request.get_absolute_url() + "approval/",
        topic=topic_of(request),
    )
    return 1


def _stands_in_for(person: User, request: MaintenanceRequest) -> str:
    """Name those whose word is wanted on this, and who have delegated it to this person."""
    holding = ApprovalDelegation.objects.holding_at(clock.now()).filter(
        taker=person, giver__in=request.asked.values("person")
    )
    names = holding.order_by("giver__name").values_list("giver__name", flat=True)
    return ", ".join(dict.fromkeys(names))


def tell_that_it_waits(request: MaintenanceRequest, hours: int) -> int:
    """Tell those whom the policy names that nobody has decided yet; once for each plan."""
    people = _escalated_to(request)
    names = ", ".join(str(person) for person in deciders_of(request)) or _("nobody")
    for person in people:
        notify.notify(
            person,
            key=f"request:{request.pk}:escalated:{request.plan_digest}",
            urgency=Urgency.LOW,
            kind="approval_late",
            subject=_("Not decided for %(hours)s h: %(request)s")
            % {"hours": hours, "request": request},
            body=_("It waits for: %(names)s.") % {"names": names},
            url=request.get_absolute_url() + "approval/",
            topic=topic_of(request),
        )
    return len(people)


def tell_that_it_is_overdue(request: MaintenanceRequest, glass: BreakGlass) -> None:
    administrators = User.objects.filter(is_active=True, access=Access.ADMINISTRATOR)
    people = {person.pk: person for person in [*deciders_of(request), *administrators]}
    for person in people.values():
        notify.notify(
            person,
            key=f"request:{request.pk}:overdue:{clock.now():%Y-%m-%d}",
            urgency=Urgency.LOW,
            kind="approval_late",
            subject=_("An emergency is still to be decided: %(request)s")
            % {"request": request},
            body=_("%(name)s let it begin unapproved: %(reason)s")
            % {"name": glass.person, "reason": glass.reason},
            url=request.get_absolute_url() + "approval/",
            topic=topic_of(request),
        )


def _escalated_to(request: MaintenanceRequest) -> list[User]:
    team = request.approval_rule.get("escalate_to")
    if team:
        return [person for person in managers_of(team) if person.may_work]
    return list(User.objects.filter(is_active=True, access=Access.ADMINISTRATOR))


def _request(event: Event) -> MaintenanceRequest:
    return MaintenanceRequest.objects.with_details().get(pk=event.object_id)


@on("request.verified")
def count_failures_of_standard(event: Event) -> None:
    """The second failure in ten suspends the standard change that it was made from."""
    request = _request(event)
    if request.standard_version is not None:
        suspend_if_it_fails(request.standard_version.standard)


@on("standard.suspended")
def tell_the_owner(event: Event) -> None:
    """It says so also to an owner who is no manager: somebody has to mend it."""
    standard = StandardChange.objects.select_related("owner").get(pk=event.object_id)
    if event.actor_id == standard.owner_id:
        return
    notify.notify(
        standard.owner,
        key=f"standard:{standard.pk}:suspended:{event.pk}",
        urgency=Urgency.LOW,
        kind="decision",
        subject=_("Suspended: %(name)s") % {"name": standard},
        body=_("%(why)s\n\nIts next changes need an approval each.")
        % {"why": standard.suspended_because},
        url=standard.get_absolute_url(),
        topic=f"standard:{standard.pk}",
        event=event,
    )


@on("freeze.enforced", "freeze.released")
def tell_whom_a_lockdown_holds(event: Event) -> None:
    """Who asked for a change, and who is to carry it out, hear that it waits or goes on."""
    freeze = event.subject
    if not isinstance(freeze, Freeze):
        return
    enforced = event.kind == "freeze.enforced"
    numbers = event.data.get("held" if enforced else "released", [])
    keys = [int(number.removeprefix("CHG-")) for number in numbers]
    subject = _("On hold: %(request)s") if enforced else _("Goes on: %(request)s")
    body = _("Lockdown “%(name)s”: %(why)s") % {"name": freeze.name, "why": freeze.reason}
    for request in MaintenanceRequest.objects.with_details().filter(pk__in=keys):
        for person in {request.requester, request.implementer} - {None}:
            assert person is not None
            notify.notify(
                person,
                key=f"freeze:{freeze.pk}:{event.kind}:{request.pk}",
                urgency=Urgency.LOW,
                kind="lockdown",
                subject=subject % {"request": request},
                body=body,
                url=request.get_absolute_url(),
                topic=topic_of(request),
                event=event,
            )


@on("recurring.drafted")
def tell_the_owner_of_drafts(event: Event) -> None:
    """A draft is nobody's errand until somebody hears of it."""
    work = event.subject
    if not isinstance(work, RecurringWork):
        return
    notify.notify(
        work.owner,
        key=f"recurring:{work.pk}:{event.pk}",
        urgency=Urgency.LOW,
        kind="recurring",
        subject=_("Drafted: %(work)s") % {"work": work},
        body=_("Look at it and send it for approval: %(made)s.")
        % {"made": ", ".join(event.data.get("made", []))},
        url=work.get_absolute_url(),
        topic=f"recurring:{work.pk}",
        event=event,
    )


def tell_that_it_ends(standard: StandardChange) -> None:
    version = standard.approved
    assert version is not None
    assert version.expires_at is not None
    notify.notify(
        standard.owner,
        key=f"standard:{standard.pk}:ends:{version.number}",
        urgency=Urgency.LOW,
        kind="decision",
        subject=_("Soon to be approved again: %(name)s") % {"name": standard},
        body=_("Its approval is over at %(end)s. Propose it again, so that it goes on.")
        % {"end": moment_text(version.expires_at, standard.owner.time_zone)},
        url=standard.get_absolute_url(),
        topic=f"standard:{standard.pk}",
    )
