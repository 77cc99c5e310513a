"""What the page of a review shows: its sections, its people, and each step with its reasons."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import workflow
from incidents.access import may_let_off, may_write
from incidents.causal_tree import Branch, tree_of
from incidents.clock_words import shown_review
from incidents.models import (
    CausalNode,
    Review,
    ReviewComment,
    ReviewFactor,
    ReviewState,
    Section,
    Verdict,
    is_required,
)
from incidents.review_facts import SOURCES
from incidents.review_forms import (
    AnswerForm,
    ChangeCauseForm,
    CommentForm,
    FoundFactorForm,
    HangForm,
    PeopleForm,
    PublicTextForm,
    ReviewActionForm,
    ReviewersForm,
    ReviewForm,
    WhyForm,
    WhysForm,
)
from incidents.tree_drawing import draw
from incidents.wording import tone_of_review
from knowledge.models import ActionItem
from portal import clock
from portal.models import User
from portal.thread import thread

VERDICT_TONES = {Verdict.ASKED: "neutral", Verdict.APPROVED: "good", Verdict.CHANGES: "busy"}


def facts(user: User, review: Review) -> dict[str, Any]:
    """What the page and the print-out have alike."""
    tree = tree_of(CausalNode.objects.filter(review=review))
    has_causes = tree is not None and bool(tree.causes)
    return {
        "review": review,
        "incident": review.incident,
        "tone": tone_of_review(review),
        "sections": _sections(review),
        "factors": _factors(user, review),
        "tree": tree,
        "drawing": draw(tree) if tree is not None and has_causes else None,
        "actions": workflow.actions_of(review.incident),
        "today": timezone.localdate(),
    }


def page(user: User, review: Review, sent: dict[str, forms.Form]) -> dict[str, Any]:
    """Everything; `sent` are the forms, by name, that came with something to correct."""
    known = facts(user, review)
    actions: list[ActionItem] = known["actions"]
    tree: Branch | None = known["tree"]
    form = sent.get("form") or ReviewForm(review=review)
    open_comments = _comments(user, review)
    return {
        **known,
        **_steps(user, review, actions),
        "clock": shown_review(review, clock.now()),
        "form": form,
        "fields": _fields(review, form, open_comments),
        "comments": open_comments,
        "contributors": list(review.contributors.all()),
        "answers": _answers(review),
        "thread": thread(user, review),
        "title": _("Review of %(number)s") % {"number": review.incident.number},
        "draft": f"review-{review.incident_id}-{review.version}",
        "sent": next(iter(sent), ""),
        **_forms(review, actions, tree, sent),
    }


def _steps(user: User, review: Review, actions: list[ActionItem]) -> dict[str, Any]:
    """What this person may do with it, and why not what cannot be done now."""
    incident = review.incident
    is_asked = review.requests.filter(person=user).exists()
    return {
        "is_published": review.state == ReviewState.PUBLISHED,
        "is_written": review.is_being_written,
        "may_change": may_write(user, review),
        "may_decide": may_let_off(user, incident),
        "may_comment": user.may_work and review.is_being_written,
        "is_asked": is_asked,
        "why_not_publish": workflow.why_not_publish(review, actions),
        "why_not_answer": workflow.why_not_answer(review, user),
        "why_not_waive": workflow.why_not_waive(incident, user),
        "waiver": workflow.standing_waiver(incident),
    }


def _forms(
    review: Review,
    actions: list[ActionItem],
    tree: Branch | None,
    sent: dict[str, forms.Form],
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "action_form": ReviewActionForm(auto_id="id_action_%s"),
        "people_form": PeopleForm(review=review, auto_id="id_people_%s"),
        "reviewers_form": ReviewersForm(review=review, auto_id="id_reviewers_%s"),
        "answer_form": AnswerForm(auto_id="id_answer_%s"),
        "comment_form": CommentForm(review=review, auto_id="id_comment_%s"),
        "factor_form": FoundFactorForm(actions=actions, auto_id="id_factor_%s"),
        "whys_form": WhysForm(review=review, tree=tree, auto_id="id_whys_%s"),
        "waive_form": WhyForm(auto_id="id_waive_%s"),
        "not_needed_form": WhyForm(auto_id="id_not_needed_%s"),
        "public_form": PublicTextForm(
            initial={"text": review.public_text}, auto_id="id_public_%s"
        ),
    }
    return {name: sent.get(name, form) for name, form in made.items()}


def _sections(review: Review) -> list[dict[str, Any]]:
    """What is written, for those who only read."""
    return [
        {**section, "text": review.sections.get(section["key"], "")}
        for section in review.outline
    ]


def _fields(
    review: Review, form: forms.Form, comments: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each section as a field, with what it was filled in from and what is said about it."""
    outline: dict[str, Section] = {section["key"]: section for section in review.outline}
    return [
        {
            "field": field,
            "key": field.name,
            "is_required": field.name in outline and is_required(outline[field.name]),
            "filled": _filled(review, field.name),
            "comment_count": sum(
                row["comment"].section == field.name and not row["comment"].resolved_at
                for row in comments
            ),
        }
        for field in form.visible_fields()
    ]


def _filled(review: Review, key: str) -> dict[str, Any] | None:
    """The lines that the portal filled in, each with its source and whether it still stands."""
    known = review.filled.get(key)
    if not known:
        return None
    standing = set(review.sections.get(key, "").splitlines())
    return {
        "at": datetime.fromisoformat(known["at"]),
        "lines": [
            {
                "text": line["text"],
                "source": SOURCES.get(line["source"], line["source"]),
                "url": line["url"],
                "is_there": line["text"] in standing,
            }
            for line in known["lines"]
        ],
    }


def _comments(user: User, review: Review) -> list[dict[str, Any]]:
    """Those that are open first, each with what it is about."""
    titles = {section["key"]: section["title"] for section in review.outline}
    may = may_write(user, review)
    rows = ReviewComment.objects.filter(review=review).select_related("author", "resolved_by")
    found = [
        {
            "comment": comment,
            "about": titles.get(comment.section, _("The whole")),
            "may_resolve": may or comment.author_id == user.pk,
        }
        for comment in rows
    ]
    return sorted(found, key=lambda row: row["comment"].resolved_at is not None)


def _answers(review: Review) -> list[dict[str, Any]]:
    return [
        {
            "request": asked,
            "tone": VERDICT_TONES[Verdict(asked.verdict)],
            "is_stale": asked.verdict == Verdict.APPROVED
            and not workflow.approves(review, asked),
        }
        for asked in review.requests.select_related("person")
    ]


def _factors(user: User, review: Review) -> list[dict[str, Any]]:
    """Each factor with its evidence, what is done against it, and where it was before."""
    rows = ReviewFactor.objects.filter(review=review).select_related("factor")
    recurred = workflow.recurrences_of(review, reader=user)
    return [
        {
            "found": found,
            "actions": list(found.actions.all()),
            "before": [one for one in recurred if one.found.pk == found.pk],
        }
        for found in rows.prefetch_related("actions__owner")
    ]


def cause_page(review: Review, node: CausalNode) -> dict[str, Any]:
    """One box of the tree by itself, with all that can be done with it."""
    tree = tree_of(CausalNode.objects.filter(review=review))
    branches = list(tree or ())
    own = next(branch for branch in branches if branch.node.pk == node.pk)
    below = {branch.node.pk for branch in own}
    hang = HangForm(review=review, auto_id="id_hang_%s")
    others = CausalNode.objects.filter(review=review).exclude(pk__in=below)
    hang.fields["under"].queryset = others  # type: ignore[attr-defined]  # a field of choices
    initial = {"text": node.text}
    return {
        "review": review,
        "incident": review.incident,
        "node": node,
        "branch": own,
        "is_top": own.depth == 0,
        "change_form": ChangeCauseForm(initial=initial, auto_id="id_change_%s"),
        "whys_form": WhysForm(review=review, tree=None, auto_id="id_whys_%s"),
        "hang_form": hang,
    }
