"""
Who may do what in knowledge: asked by the pages and by the API.

A document is read by whoever may read its space, and by its owner team alone where it says
so. It changes by the hands of its owner, of its owner team, or of any member where no team
owns it, unless its space names those who write there; whoever is named writes anywhere in
it. A run is worked by any member: whoever is at hand in an incident may help, and it changes
nothing but its own record. An action item changes by its owner and the team of its service;
a retrospective by its team.
"""

from collections.abc import Iterable
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from knowledge.models import (
    WRITES,
    ActionItem,
    AlertLink,
    Attachment,
    Document,
    DocumentAddress,
    DocumentComment,
    DocumentImport,
    Reading,
    ReadingDuty,
    ReadingRequest,
    Repair,
    Retrospective,
    Revision,
    RunbookRun,
    Space,
    Writing,
    first_space,
)
from portal.access import May, manages, members_of, require_work, works_in
from portal.errors import DomainError, Refusal
from portal.models import Access, Membership, Team, User


class Archived(DomainError):
    """The document was there and is not any more; its title stays hidden."""

    status_code = 410

    def __init__(self, document: Document) -> None:
        self.document = document
        sentence = _("This document was archived and is not shown any more.")
        super().__init__([Refusal("document_archived", sentence)])


class Moved(Exception):
    """The document has another address now; whoever asks may know it."""

    def __init__(self, slug: str) -> None:
        self.slug = slug


def may_change_document(user: User, document: Document) -> bool:
    """For somebody who may read it."""
    if not user.may_work:
        return False
    if document.space.writing == Writing.OWNERS and _is_theirs(user, document):
        return True
    return Space.objects.named_writer(user).filter(pk=document.space_id).exists()


def _is_theirs(user: User, document: Document) -> bool:
    if document.owner_id == user.pk or document.team_id is None:
        return True
    return works_in(user, document.team_id)


def writers_for(document: Document) -> QuerySet[User]:
    """The active people who may change it, the counterpart of `may_change_document`."""
    space = document.space
    workers = User.objects.filter(
        is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR]
    )
    named = space.named(*WRITES)
    if space.writing == Writing.OWNERS:
        if document.team_id is None:
            theirs = space.named() if space.reading == Reading.NAMED else Q()
        else:
            theirs = Q(membership__team=document.team_id) | Q(pk=document.owner_id)
            if space.reading == Reading.NAMED:
                theirs &= space.named()
        named = named | theirs if theirs else Q()
    people = workers.filter(named).distinct()
    if document.is_team_only:
        in_team = Membership.objects.filter(team=document.team_id).values("person")
        people = people.filter(Q(pk__in=in_team) | Q(access=Access.ADMINISTRATOR))
    return people


def reviewers_for(document: Document, user: User) -> QuerySet[User]:
    """Those whom the person may ask to review it: who may change it, and are somebody else."""
    return writers_for(document).exclude(pk=user.pk)


def space_for(user: User, *, may: May = "view", **which: Any) -> Space:
    """The space named by `slug=` or `pk=`; its rules change by those who manage it."""
    spaces = Space.objects.visible_to(user).select_related("team")
    space = get_object_or_404(spaces, **which)
    if may == "change" and not Space.objects.managed_by(user).filter(pk=space.pk).exists():
        raise PermissionDenied
    return space


def require_space(user: User, space: Space | None) -> None:
    """Raise 403 for whoever may not put a document there; `None` is the first space."""
    require_work(user)
    wanted = space or first_space()
    if not Space.objects.current().open_to(user).filter(pk=wanted.pk).exists():
        raise PermissionDenied


def may_read(user: User, document: Document) -> bool:
    return Document.objects.visible_to(user).filter(pk=document.pk).exists()


def may_read_and_change(actor: User | None, document: Document) -> bool:
    """For whoever has not been let in to it yet; None is the system, which may."""
    if actor is None:
        return True
    return may_read(actor, document) and may_change_document(actor, document)


def shown_to(user: User, document: Document | None) -> Document | None:
    """A document that something names, for whoever may read it; nothing for others."""
    return document if document is not None and may_read(user, document) else None


def readers_of(document: Document) -> QuerySet[User]:
    """The active people who may read it, the counterpart of `Document.objects.visible_to`."""
    people = User.objects.filter(is_active=True).exclude(access=Access.NONE)
    if document.space.reading == Reading.NAMED:
        people = people.filter(document.space.named())
    if document.is_team_only:
        in_team = Membership.objects.filter(team=document.team_id).values("person")
        people = people.filter(Q(pk__in=in_team) | Q(access=Access.ADMINISTRATOR))
    return people


def readers_among(document: Document, people: Iterable[User]) -> list[User]:
    """Return those of the people who may see the document at all, in their order."""
    asked = list(people)
    readers = readers_of(document).filter(pk__in=[person.pk for person in asked])
    readable = set(readers.values_list("pk", flat=True))
    return [person for person in asked if person.pk in readable]


def keepers_of(document: Document) -> list[User]:
    """Whoever keeps the document right: its owner while they are here, else its team."""
    owner = document.owner
    if owner is not None and owner.is_active:
        return readers_among(document, [owner])
    return readers_among(document, members_of(document.team_id) if document.team_id else [])


def link_for(user: User, pk: int, may: May = "view") -> AlertLink:
    """`change` is for whoever may change the document that answers."""
    links = AlertLink.objects.visible_to(user).select_related("document__space")
    link = get_object_or_404(links, pk=pk)
    if may == "change" and not may_change_document(user, link.document):
        raise PermissionDenied
    return link


def address_for(user: User, pk: int) -> DocumentAddress:
    """An address of a document that the person may change."""
    addresses = DocumentAddress.objects.visible_to(user).select_related("document__space")
    address = get_object_or_404(addresses, pk=pk)
    if not may_change_document(user, address.document):
        raise PermissionDenied
    return address


def repair_for(user: User, pk: int, may: May = "view") -> Repair:
    """`change` is to deal with it, for whoever may change the document."""
    repairs = Repair.objects.visible_to(user).with_list_columns()
    repair = get_object_or_404(repairs, pk=pk)
    if may == "change" and not may_change_document(user, repair.document):
        raise PermissionDenied
    return repair


def require_owner(user: User, team: Team | None) -> None:
    """Raise 403 for whoever may not give a document to this team."""
    require_work(user)
    if team is not None and not works_in(user, team):
        raise PermissionDenied


def document_for(
    user: User, *, may: May = "view", archived: bool = False, **which: Any
) -> Document:
    """
    Return the document named by `slug=` or `pk=`.

    Raises `Archived`, which answers 410, for one that readers do not get any more, unless
    `archived` ones are wanted.
    """
    documents = Document.objects.visible_to(user).with_header()
    document = documents.filter(**which).first()
    is_moved = document is None and "slug" in which
    if document is None:
        named = {"redirects__slug": which["slug"]} if is_moved else which
        document = get_object_or_404(documents, **named)
    if may == "change" and not may_change_document(user, document):
        raise PermissionDenied
    if document.archived_at and not archived:
        raise Archived(document)
    if is_moved:
        raise Moved(document.slug)
    return document


def revision_of(document: Document, number: int) -> Revision:
    revisions = document.revisions.select_related("author", "published_by", "document")
    return get_object_or_404(revisions, number=number)


def comment_for(
    user: User,
    pk: int,
    may: Literal["view", "answer", "settle", "edit", "remove"] = "view",
    *,
    document: Document,
) -> DocumentComment:
    """
    Return what somebody said about the document.

    Whoever works here answers; its writer edits it, and deletes it, as administrators may;
    it is settled by its writer and by those who may change the document.
    """
    comments = document.comments.select_related("author", "parent").filter(removed_at=None)
    comment: DocumentComment = get_object_or_404(comments, pk=pk)
    comment.document = document
    if may != "view":
        require_work(user)
    is_own = comment.author_id == user.pk
    allowed = {
        "view": True,
        "answer": True,
        "settle": is_own or may_change_document(user, document),
        "edit": is_own,
        "remove": is_own or user.is_administrator,
    }
    if not allowed[may]:
        raise PermissionDenied
    return comment


def attachment_for(
    document: Document | None, key: str, *, user: User | None = None
) -> Attachment:
    """Return a file of this document, or, for `user`, one of any that they may read."""
    if document is not None:
        return get_object_or_404(document.attachments.current(), key=key)
    assert user is not None
    files = Attachment.objects.visible_to(user).select_related("document")
    return get_object_or_404(files, key=key)


def reading_request_for(user: User, pk: int) -> ReadingRequest:
    """A request to read a document, for those who may change that."""
    requests = ReadingRequest.objects.filter(document__in=Document.objects.visible_to(user))
    request = get_object_or_404(requests.select_related("document__space"), pk=pk)
    if not may_change_document(user, request.document):
        raise PermissionDenied
    return request


def reading_duty_for(user: User, pk: int) -> ReadingDuty:
    """What somebody is asked to read: for that person, while they may."""
    readable = Document.objects.visible_to(user)
    mine = ReadingDuty.objects.filter(person=user, request__document__in=readable)
    return get_object_or_404(mine, pk=pk)


def import_for(user: User, pk: int) -> DocumentImport:
    """An import of one's own; administrators see all."""
    require_work(user)
    imports = DocumentImport.objects.visible_to(user).select_related("space", "started_by")
    return get_object_or_404(imports, pk=pk)


def run_for(user: User, pk: int, may: May = "view") -> RunbookRun:
    runs = RunbookRun.objects.visible_to(user).with_list_columns()
    run = get_object_or_404(runs, pk=pk)
    if may == "change":
        require_work(user)
    return run


def may_change_action(user: User, action: ActionItem) -> bool:
    if not user.may_work:
        return False
    if action.owner_id == user.pk or user.is_administrator:
        return True
    return action.service is not None and works_in(user, action.service.team_id)


def changeable(user: User, actions: Iterable[ActionItem]) -> set[int]:
    """Return the keys of those that the person may change; one query for all of them."""
    if not user.may_work:
        return set()
    teams = set(Team.objects.of(user).values_list("pk", flat=True))
    return {
        action.pk
        for action in actions
        if user.is_administrator
        or action.owner_id == user.pk
        or (action.service is not None and action.service.team_id in teams)
    }


def action_for(user: User, pk: int, may: May = "view") -> ActionItem:
    actions = ActionItem.objects.visible_to(user).with_list_columns()
    action = get_object_or_404(actions, pk=pk)
    if may == "change" and not may_change_action(user, action):
        raise PermissionDenied
    return action


def retrospective_for(
    user: User, pk: int, may: Literal["view", "change", "close"] = "view"
) -> Retrospective:
    """`change` is to write cards and agree on actions; `close` is for who leads it."""
    retrospectives = Retrospective.objects.visible_to(user).with_list_columns()
    retrospective = get_object_or_404(retrospectives, pk=pk)
    if may == "change" and not works_in(user, retrospective.team_id):
        raise PermissionDenied
    if may == "close" and not may_close(user, retrospective):
        raise PermissionDenied
    return retrospective


def may_close(user: User, retrospective: Retrospective) -> bool:
    """The facilitator closes, or somebody who manages the team."""
    return user.may_work and (
        retrospective.facilitator_id == user.pk
        or user.is_administrator
        or manages(user, retrospective.team_id)
    )
