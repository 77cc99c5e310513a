"""
Who may do what in knowledge: asked by the pages and by the API.

Everybody with access reads. A document changes by the hands of its owner team, or by any
member where no team owns it. A run is worked by any member: whoever is at hand in an
incident may help, and it changes nothing but its own record. An action item changes by its
owner and the team of its service; a retrospective by its team.
"""

from collections.abc import Iterable
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from knowledge.models import (
    ActionItem,
    Document,
    DocumentComment,
    Retrospective,
    Revision,
    RunbookRun,
)
from portal.access import May, manages, require_work, works_in
from portal.errors import DomainError, Refusal
from portal.models import Access, Team, User


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
    if document.team_id is None:
        return user.may_work
    return works_in(user, document.team_id)


def reviewers_for(document: Document, user: User) -> QuerySet[User]:
    """Those whom the person may ask to review it: who may change it, and are somebody else."""
    people = User.objects.filter(
        is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR]
    )
    if document.team_id is not None:
        people = people.filter(
            Q(membership__team=document.team_id) | Q(access=Access.ADMINISTRATOR)
        ).distinct()
    return people.exclude(pk=user.pk)


def may_read(user: User, document: Document) -> bool:
    return Document.objects.visible_to(user).filter(pk=document.pk).exists()


def readers_among(document: Document, people: Iterable[User]) -> list[User]:
    """Return those of the people who may see the document at all."""
    return [person for person in people if may_read(person, document)]


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
