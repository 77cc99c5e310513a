"""
Who may do what with incidents and reviews: asked by page, API, link and bulk alike.

Everybody with access sees them and may declare one. Working on one belongs to the owner team
of its service, to whoever is on call for that team, to those who were paged for it or command
it, and to administrators: nobody else may stop a page.
"""

from typing import Literal

from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404
from django.shortcuts import get_object_or_404

from incidents.models import (
    EscalationPolicy,
    Factor,
    Incident,
    ProblemReport,
    PublicMaintenance,
    Review,
    ReviewComment,
    ReviewWaiver,
    StatusComponent,
    TimelineNote,
    TimelineNoteQuerySet,
    UpdateDraft,
    Visibility,
)
from incidents.models.reports import report_count
from incidents.room_events import newest_of_row
from maintenance.access import require_services
from operations.on_call import shown_schedules, who_is_on_call
from portal import clock
from portal.access import May, manages, require_look, require_work, works_in
from portal.mentions import AT_WORK
from portal.models import Access, Membership, Notification, Team, TeamRole, User


def incident_for(user: User, pk: int | str, may: May = "view") -> Incident:
    """The incident, with what a person's right to work on it hangs on, in one statement."""
    member = Membership.objects.filter(person=user, team=OuterRef("service__team"))
    rows = Incident.objects.with_room_columns().annotate(
        newest=newest_of_row(),
        reader_is_member=Exists(member),
        reader_was_paged=_pages_of(user),
        report_count=report_count(),
    )
    incident = get_object_or_404(rows, pk=pk)
    if not incident.is_visible_to(user):
        raise Http404
    incident.reader = user  # type: ignore[attr-defined]  # kept for `may_work_on`
    if may == "change" and not may_work_on(user, incident):
        raise PermissionDenied
    return incident


def may_work_on(user: User, incident: Incident) -> bool:
    """Whether the person may acknowledge, write in, resolve and close this incident."""
    if user.is_administrator:
        return True
    if not user.may_work:
        return False
    if incident.commander_id == user.pk:
        return True
    team = incident.service.team
    if getattr(incident, "reader", None) == user:
        entitled = incident.reader_is_member or incident.reader_was_paged  # type: ignore[attr-defined]  # columns of the query
    else:
        paged = Notification.objects.filter(person=user, topic=incident.reference, kind="page")
        entitled = works_in(user, team) or paged.exists()
    return entitled or user in who_is_on_call(team, clock.now()).people


def may_request_for(user: User, incident: Incident) -> bool:
    """Requests belong to the service's team; who only helps in the incident drafts none."""
    if incident.is_private or not user.may_work:
        return False
    if getattr(incident, "reader", None) == user and not user.is_administrator:
        return bool(incident.reader_is_member)  # type: ignore[attr-defined]  # a column of the query
    return works_in(user, incident.service.team_id)


def workers_on(incident: Incident) -> frozenset[int]:
    """
    Everybody who may work on it, for pages that many look at: as `may_work_on` decides.

    Administrators and those who may no longer work are told apart by who they are.
    """
    team, now = incident.service.team, clock.now()
    on_call = who_is_on_call(team, now, among=shown_schedules(now)).people
    paged = Notification.objects.filter(topic=incident.reference, kind="page")
    members = Membership.objects.filter(team=team)
    known = (rows.order_by().values_list("person", flat=True) for rows in (members, paged))
    people = {incident.commander_id, *(pk for pks in known for pk in pks)}
    people |= {person.pk for person in on_call}
    return frozenset(pk for pk in people if pk is not None)


def _pages_of(user: User) -> Exists:
    topic = Concat(Value("incident:"), Cast(OuterRef("pk"), CharField()))
    return Exists(Notification.objects.filter(person=user, topic=topic, kind="page"))


def people_at_work_on(incident: Incident, *, without: User | None = None) -> list[User]:
    """
    Those whom `may_work_on` allows, but administrators only where nobody else is left.

    Of a private incident only those who may see it.
    """
    team = incident.service.team
    duty = [person.pk for person in who_is_on_call(team, clock.now()).people]
    paged = Notification.objects.filter(topic=incident.reference, kind="page")
    theirs = Q(membership__team=team) | Q(pk__in=[*duty, incident.commander_id or 0])
    theirs |= Q(pk__in=paged.filter(person__isnull=False).values("person"))
    workers = User.objects.filter(is_active=True, access__in=AT_WORK)
    if without is not None:
        workers = workers.exclude(pk=without.pk)
    every = [
        person
        for person in workers.filter(theirs).distinct().order_by("name", "pk")
        if not incident.is_private or _sees(person, incident)
    ]
    return every or list(workers.filter(access=Access.ADMINISTRATOR).order_by("name", "pk"))


def _sees(person: User, incident: Incident) -> bool:
    return Incident.objects.visible_to(person).filter(pk=incident.pk).exists()


def note_for(
    user: User, pk: int, may: May = "view", *, incident: int | None = None
) -> TimelineNote:
    """An entry of a timeline; 404 for one that only those read who work on the incident."""
    where = {"pk": pk} if incident is None else {"pk": pk, "incident": incident}
    note = get_object_or_404(TimelineNote.objects.with_line_columns(), **where)
    note.incident = incident_for(user, note.incident_id, may)
    is_open = note.visibility == Visibility.ALL or note.author_id == user.pk
    if not is_open and not may_work_on(user, note.incident):
        raise Http404
    return note


def notes_visible_to(user: User) -> TimelineNoteQuerySet:
    """The entries of all timelines that this person reads, as lists and exports ask."""
    notes: TimelineNoteQuerySet = TimelineNote.objects.filter(
        incident__in=Incident.objects.visible_to(user)
    )
    if user.is_administrator:
        return notes
    theirs = Q(visibility=Visibility.ALL) | Q(author=user)
    if user.may_work:
        theirs |= Q(incident__service__team__in=Team.objects.of(user))
    return notes.filter(theirs)


MayReview = Literal["view", "comment", "change", "decide"]


def review_for(user: User, incident_pk: int | str, may: MayReview = "view") -> Review:
    """
    The review of an incident; 404 where none is owed yet.

    `comment` is for everybody who works here, `change` for those who write it, `decide`, which
    lets people off it, for those who manage the team.
    """
    require_look(user)
    reviews = Review.objects.select_related("owner", "document", "published_by")
    incident = incident_for(user, incident_pk)
    review = get_object_or_404(reviews, incident=incident)
    review.incident = incident
    if may == "comment":
        require_work(user)
    if may == "change" and not may_write(user, review):
        raise PermissionDenied
    if may == "decide" and not may_let_off(user, incident):
        raise PermissionDenied
    return review


def may_write(user: User, review: Review) -> bool:
    """Who works on the incident writes its review, and who owns it or was named for it."""
    if not user.may_work:
        return False
    if review.owner_id == user.pk or may_work_on(user, review.incident):
        return True
    return review.contributors.filter(pk=user.pk).exists()


def may_let_off(user: User, incident: Incident) -> bool:
    """Who manages the team of the service, and administrators."""
    return user.is_administrator or manages(user, incident.service.team_id)


def may_curate(user: User) -> bool:
    """Who may merge and retire words that all reviews share: whoever manages any team."""
    managed = Membership.objects.filter(person=user, role=TeamRole.MANAGER)
    return user.may_work and (user.is_administrator or managed.exists())


def comment_for(user: User, incident_pk: int | str, pk: int | str) -> ReviewComment:
    """A comment, for its author and for those who write the review."""
    review = review_for(user, incident_pk, may="comment")
    comments = ReviewComment.objects.select_related("author")
    comment = get_object_or_404(comments, review=review, pk=pk)
    if comment.author_id != user.pk and not may_write(user, review):
        raise PermissionDenied
    comment.review = review
    return comment


def factor_for(user: User, pk: int | str, may: Literal["view", "add", "curate"]) -> Factor:
    require_look(user)
    if may != "view":
        require_work(user)
    if may == "curate" and not may_curate(user):
        raise PermissionDenied
    return get_object_or_404(Factor.objects.select_related("merged_into"), pk=pk)


def waiver_for(user: User, pk: int | str) -> ReviewWaiver:
    """A waiver, for those who may grant one."""
    require_look(user)
    waivers = ReviewWaiver.objects.select_related("incident__service")
    waiver = get_object_or_404(waivers, pk=pk)
    if not may_let_off(user, waiver.incident):
        raise PermissionDenied
    return waiver


def policy_for(user: User, pk: int | str, may: May = "view") -> EscalationPolicy:
    """An escalation policy; kept by its team, those of the house by administrators."""
    seen = EscalationPolicy.objects.visible_to(user).with_steps()
    policy = get_object_or_404(seen, pk=pk)
    if may == "change":
        require_keeper(user, policy.team)
    return policy


def require_keeper(user: User, team: Team | None) -> None:
    """Raise 403 for whoever may not keep policies of this team; None: of the house."""
    require_look(user)
    if not may_keep(user, team):
        raise PermissionDenied


def may_keep(user: User, team: Team | None) -> bool:
    return user.is_administrator if team is None else works_in(user, team)


def report_for(user: User, pk: int | str, may: May = "view") -> ProblemReport:
    """
    A user's report; 404 for one of an incident that the person may not know of.

    Everybody who works here may deal with one, as everybody may declare an incident.
    """
    require_look(user)
    seen = ProblemReport.objects.visible_to(user).with_list_columns()
    report = get_object_or_404(seen, pk=pk)
    if may == "change":
        require_work(user)
    return report


def require_reporter(user: User) -> None:
    """Everybody who works here may report what they see, for any service."""
    require_work(user)


def maintenance_for(user: User, pk: int | str, may: May = "view") -> PublicMaintenance:
    """A maintenance of the status page: moved by who may change its window."""
    rows = PublicMaintenance.objects.visible_to(user).with_list_columns()
    found = get_object_or_404(rows, pk=pk)
    if may == "change":
        require_services(user, list(found.window.services.all()))
    return found


def component_for(user: User, pk: int | str) -> StatusComponent:
    """A component whose state the person may override: the team of its service may."""
    rows = StatusComponent.objects.visible_to(user).select_related("service__team", "group")
    component = get_object_or_404(rows, pk=pk)
    if not may_override(user, component):
        raise PermissionDenied
    return component


def may_override(user: User, component: StatusComponent) -> bool:
    service = component.service
    return works_in(user, service.team_id if service else None)


def draft_for(user: User, pk: int | str) -> UpdateDraft:
    """An update that is not out yet, for who works on its incident; else 403."""
    drafts = UpdateDraft.objects.visible_to(user).with_list_columns()
    draft = get_object_or_404(drafts, pk=pk)
    incident_for(user, draft.incident_id, may="change")
    return draft
