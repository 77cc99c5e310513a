"""
A review on its way: reviewers are asked by name and answer, then it is published.

Publishing makes a document that everybody finds, and takes up again what was promised against
a factor that has come back.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import review_text
from incidents.models import (
    Phase,
    Review,
    ReviewComment,
    ReviewRequest,
    ReviewRules,
    ReviewState,
    Verdict,
    is_required,
)
from incidents.review_text import NO_ACTION
from incidents.workflow import clocks
from incidents.workflow.drafts import submit_update
from incidents.workflow.recurrence import reopen_what_recurred
from incidents.workflow.review_saving import (
    contributes,
    ensure_written,
    locked_review,
    record_review,
    rules,
    set_review,
    topic_of,
    why_not_write,
)
from incidents.workflow.reviews import actions_of
from incidents.workflow.saving import locked_incident
from knowledge.models import ActionItem, Document, DocumentKind
from knowledge.workflow import create_document, publish, save_revision
from portal import clock, notify
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.markdown import MarkdownRefused
from portal.models import Urgency, User


@transaction.atomic
def send_for_review(review: Review, *, reviewers: Iterable[User], actor: User | None) -> Review:
    """Ask these people by name to look it over; who was asked before is asked anew."""
    locked = locked_review(review)
    ensure_written(locked)
    people = list(dict.fromkeys(reviewers))
    if reasons := _why_not_ask(locked, people):
        raise TransitionNotAllowed(reasons)
    now = clock.now()
    for person in people:
        ReviewRequest.objects.update_or_create(
            review=locked,
            person=person,
            defaults={
                "asked_by": actor,
                "asked_at": now,
                "verdict": Verdict.ASKED,
                "remark": "",
                "answered_at": None,
                "about_version": None,
            },
        )
    set_review(locked, actor, state=ReviewState.IN_REVIEW)
    record_review("review.sent", locked, actor, people=[person.name for person in people])
    subject = _("Look over the review of %(number)s") % {"number": locked.incident.number}
    for person in people:
        _tell(locked, person, f"asked:{person.pk}:{now.isoformat()}", subject, actor)
    return locked


@transaction.atomic
def withdraw_review(review: Review, *, actor: User | None) -> Review:
    """Back to its writers before everybody has answered."""
    locked = locked_review(review)
    ensure_written(locked)
    if locked.state != ReviewState.IN_REVIEW:
        raise refuse("not_in_review", _("Nobody is looking this review over."))
    set_review(locked, actor, state=ReviewState.DRAFT)
    notify.cancel(topic_of(locked))
    record_review("review.withdrawn", locked, actor)
    return locked


def why_not_answer(review: Review, actor: User | None) -> list[Refusal]:
    """Return why this person cannot approve, or ask for changes, now."""
    if reasons := why_not_write(review):
        return reasons
    asked = actor is not None and review.requests.filter(person=actor).exists()
    if not asked:
        sentence = _("You were not asked to look this review over.")
        return [Refusal("not_asked", sentence, _("Whoever writes it can ask you."))]
    if review.state != ReviewState.IN_REVIEW:
        return [Refusal("not_in_review", _("It is not in review."))]
    return []


@transaction.atomic
def answer_review(
    review: Review, *, verdict: str, remark: str = "", actor: User | None
) -> ReviewRequest:
    """Approve this version, or ask for changes, which gives it back to its writers."""
    locked = locked_review(review)
    if reasons := why_not_answer(locked, actor):
        raise TransitionNotAllowed(reasons)
    if verdict == Verdict.CHANGES and not remark.strip():
        raise refuse("remark_missing", _("Say what should change."))
    asked = ReviewRequest.objects.select_for_update().get(review=locked, person=actor)
    asked.verdict = Verdict(verdict)
    asked.remark = remark.strip()
    asked.answered_at = clock.now()
    asked.about_version = locked.version
    asked.save()
    kind = "review.approved" if verdict == Verdict.APPROVED else "review.changes_asked"
    if verdict == Verdict.CHANGES:
        set_review(locked, actor, state=ReviewState.DRAFT)
    record_review(kind, locked, actor, version=locked.version, remark=asked.remark)
    if locked.owner is not None and locked.owner != actor:
        words = {
            Verdict.APPROVED: _("%(person)s approves the review of %(number)s"),
            Verdict.CHANGES: _("%(person)s asks for changes in the review of %(number)s"),
        }[Verdict(verdict)]
        subject = words % {"person": actor, "number": locked.incident.number}
        key = f"answer:{asked.pk}:{asked.answered_at.isoformat()}"
        _tell(locked, locked.owner, key, subject, actor, asked.remark)
    return asked


def why_not_publish(review: Review, actions: list[ActionItem]) -> list[Refusal]:
    """Return every reason why this review cannot be published now."""
    if reasons := why_not_write(review):
        return reasons
    asked = rules()
    reasons = []
    if review.incident.is_unresolved:
        reasons.append(Refusal("not_resolved", _("The incident is not resolved.")))
    reasons += _empty_sections(review)
    reasons += _actions_amiss(review, actions, asked)
    reasons += _not_looked_over(review, asked)
    return reasons


@transaction.atomic
def publish_review(review: Review, *, actor: User | None) -> Review:
    """
    Make it a document of the knowledge base; the incident may then be closed.

    Of a private incident no document is made: everybody would find it.
    """
    locked_incident(review.incident)  # before the review, as the verbs of incidents do
    locked = locked_review(review)
    actions = actions_of(locked.incident)
    if reasons := why_not_publish(locked, actions):
        raise TransitionNotAllowed(reasons)
    try:
        document = _document_of(locked, review_text.body(locked, actions), actor)
    except MarkdownRefused as error:
        raise refuse("text_refused", str(error)) from error
    set_review(
        locked,
        actor,
        state=ReviewState.PUBLISHED,
        published_at=clock.now(),
        published_by=actor,
        document=document,
        remind_at=None,
        version=locked.version + 1,
    )
    contributes(locked, actor)
    notify.cancel(topic_of(locked))
    clocks.follow(locked.incident, actor=actor)
    url = (document or locked).get_absolute_url()
    record_review("review.published", locked, actor, url=url)
    _tell_the_public(locked, actor)
    reopen_what_recurred(locked, actor=actor)
    return locked


def _tell_the_public(review: Review, actor: User | None) -> None:
    """Post the text for the public once, if one is written, as any other update is posted."""
    incident, text = review.incident, review.public_text.strip()
    posted = incident.updates.filter(phase=Phase.POSTMORTEM, text=text)
    if text and not incident.is_private and not posted.exists():
        submit_update(incident, phase=Phase.POSTMORTEM, text=text, actor=actor)


def _document_of(review: Review, body: str, actor: User | None) -> Document | None:
    return None if review.incident.is_private else _as_document(review, body, actor)


def _why_not_ask(review: Review, people: list[User]) -> list[Refusal]:
    if not people:
        return [Refusal("reviewer_missing", _("Name at least one person who looks it over."))]
    reasons = []
    for person in people:
        if not person.may_work:
            sentence = _("%(person)s may not work here.") % {"person": person}
            reasons.append(Refusal("reviewer_may_not_work", sentence))
        if person.pk == review.owner_id:
            sentence = _("%(person)s owns this review.") % {"person": person}
            reasons.append(Refusal("own_review", sentence, _("Ask somebody else.")))
    return reasons


def _empty_sections(review: Review) -> list[Refusal]:
    return [
        Refusal(
            "section_empty",
            _("The section “%(title)s” is empty.") % {"title": section["title"]},
        )
        for section in review.outline
        if is_required(section) and not review.sections.get(section["key"], "").strip()
    ]


def _actions_amiss(
    review: Review, actions: list[ActionItem], asked: ReviewRules
) -> list[Refusal]:
    if not actions and not review.sections.get(NO_ACTION, "").strip():
        sentence = _("There is no action item.")
        return [Refusal("action_missing", sentence, _("Add one, or say why none is needed."))]
    reasons = []
    for action in actions:
        name = {"title": action.title, "owner": action.owner}
        if action.closed_at is None and not action.owner.may_work:
            sentence = _("“%(title)s” is owned by %(owner)s, who does not work here any more.")
            remedy = _("Give it to somebody else.")
            reasons.append(Refusal("action_unowned", sentence % name, remedy))
        if asked.verification_needed and not action.verification.strip():
            sentence = _("“%(title)s” does not say how we will know that it worked.")
            reasons.append(Refusal("action_unverifiable", sentence % name))
    return reasons


def _not_looked_over(review: Review, asked: ReviewRules) -> list[Refusal]:
    reasons = []
    if asked.comments_block and (open_count := _open_comments(review)):
        sentence = ngettext(
            "%(n)d comment is not resolved.", "%(n)d comments are not resolved.", open_count
        )
        remedy = _("Answer it and mark it as resolved.")
        reasons.append(Refusal("comments_open", sentence % {"n": open_count}, remedy))
    answers = list(review.requests.select_related("person"))
    for answer in answers:
        if answer.verdict == Verdict.CHANGES:
            sentence = _("%(person)s asks for changes.") % {"person": answer.person}
            remedy = _("Make them and ask again.")
            reasons.append(Refusal("changes_asked", sentence, remedy))
    missing = asked.approvals_needed - sum(approves(review, one) for one in answers)
    if missing > 0:
        sentence = ngettext(
            "%(n)d approval of this version is missing.",
            "%(n)d approvals of this version are missing.",
            missing,
        )
        remedy = _("Ask somebody to look it over.")
        reasons.append(Refusal("approval_missing", sentence % {"n": missing}, remedy))
    return reasons


def approves(review: Review, answer: ReviewRequest) -> bool:
    """Whether this answer approves of what the review says now."""
    return answer.verdict == Verdict.APPROVED and answer.about_version == review.version


def _open_comments(review: Review) -> int:
    return ReviewComment.objects.filter(review=review, resolved_at__isnull=True).count()


def _as_document(review: Review, body: str, actor: User | None) -> Document:
    incident = review.incident
    title = _("Post-incident review: %(incident)s") % {"incident": incident}
    if review.document is None:
        document = create_document(
            kind=DocumentKind.REVIEW,
            title=title[:200],
            body=body,
            team=incident.service.team,
            is_team_only=incident.is_private,
            services=[incident.service],
            message=_("Published"),
            actor=actor,
        )
        publish(document.revisions.get(number=1), actor=actor)
        return document
    document = review.document
    revision = save_revision(
        document,
        base_number=document.latest_number,
        title=title[:200],
        body=body,
        message=_("Published again"),
        actor=actor,
    )
    if document.published_id != revision.pk:
        publish(revision, actor=actor)
    return document


def _tell(
    review: Review, person: User, key: str, subject: str, actor: User | None, body: Any = ""
) -> None:
    if person == actor:
        return
    notify.notify(
        person,
        key=f"review:{review.pk}:{key}",
        urgency=Urgency.LOW,
        kind="notice",
        subject=subject,
        body=body or str(review.incident),
        url=review.get_absolute_url(),
        topic=topic_of(review),
    )
