"""What a document's page says of its use: how fresh it is, whether it helped, what is wrong."""

from typing import Any

from knowledge.access import may_change_document
from knowledge.helpfulness import counted
from knowledge.models import Document, DocumentKind, Freshness, FreshnessState, HelpfulVote
from knowledge.repair_forms import IntervalForm
from knowledge.snippets import expanded
from knowledge.structure import hints_for, map_of
from knowledge.workflow.freshness import why_not_attest
from portal import clock
from portal.models import User
from portal.slots import panel

MOST = 10
RUN = {DocumentKind.RUNBOOK, DocumentKind.PROCEDURE}


@panel("document.facts", "knowledge/panels/fresh.html", order=20)
def how_fresh(_user: User, document: Document) -> dict[str, Any] | None:
    fresh = _freshness(document)
    if fresh is None:
        return None
    state = fresh.state_at(clock.now())
    tones = {FreshnessState.FRESH: "good", FreshnessState.DUE_SOON: "busy"}
    return {"fresh": fresh, "state": state, "tone": tones.get(state, "bad")}


@panel("document.top", "knowledge/panels/parts.html", order=20)
def parts_of_runbook(user: User, document: Document) -> dict[str, Any] | None:
    """The map of a runbook: where the parts begin that it has."""
    revision = document.published
    if revision is None or document.kind != DocumentKind.RUNBOOK:
        return None
    parts = map_of(expanded(revision.body, user), revision.html)
    there = [part for part in parts if part.is_there]
    return {"parts": there} if there else None


@panel("document.detail", "knowledge/panels/hints.html", order=5)
def hints_for_authors(user: User, document: Document) -> dict[str, Any] | None:
    """What is missing, below the words: whoever only reads comes to those first."""
    revision = document.published
    if revision is None or document.kind != DocumentKind.RUNBOOK:
        return None
    if not may_change_document(user, document):
        return None
    hints = hints_for(expanded(revision.body, user))
    return {"hints": hints} if hints else None


@panel("document.top", "knowledge/panels/due.html", order=30)
def due_for_a_look(user: User, document: Document) -> dict[str, Any] | None:
    fresh = _freshness(document)
    if fresh is None or fresh.state_at(clock.now()) != FreshnessState.OVERDUE:
        return None
    return {
        "document": document,
        "fresh": fresh,
        "may_change": may_change_document(user, document),
        "why_not_attest": why_not_attest(document),
    }


@panel("document.detail", "knowledge/panels/care.html", order=30)
def care(user: User, document: Document) -> dict[str, Any] | None:
    """Whether it helped, what is to be put right, and when it is looked at again."""
    revision = document.published
    if revision is None:
        return None
    may_change = may_change_document(user, document)
    fresh = _freshness(document)
    vote = HelpfulVote.objects.filter(revision=revision, person=user).first()
    return {
        "document": document,
        "revision": revision,
        "fresh": fresh,
        "vote": vote,
        "votes": counted(revision) if may_change else None,
        "repairs": document.repairs.open().with_list_columns()[:MOST],
        "may_report": user.may_work,
        "may_change": may_change,
        "is_run": document.kind in RUN,
        "interval_form": IntervalForm(initial={"days": fresh.interval_days}) if fresh else None,
        "why_not_attest": why_not_attest(document),
    }


def _freshness(document: Document) -> Freshness | None:
    """Asked for once for all parts of the page."""
    if not hasattr(document, "_fresh"):
        found = Freshness.objects.select_related("reviewed_by").filter(document=document)
        document._fresh = found.first()  # type: ignore[attr-defined]  # lives with this page
    fresh: Freshness | None = document._fresh  # type: ignore[attr-defined]  # as above
    return fresh
