"""
The rules of requests as a text to read: the same table that refuses, in words.

Its page and docs/guide/why-not.md are written from it.
"""

import re
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from maintenance.models import RequestState
from maintenance.workflow.guards import GOES_ON, GUARDS, MOVES, Verb

PLACEHOLDER = re.compile(r"%\((\w+)\)s")

WORDS = {
    Verb.CHANGE_PLAN: _("Change the plan"),
    Verb.ANALYSE: _("Analyse"),
    Verb.RANK: _("Rank in the backlog"),
    Verb.SUBMIT: _("Hand in"),
    Verb.ASSESS: _("Assess"),
    Verb.ASK_APPROVAL: _("Send for approval"),
    Verb.WITHDRAW: _("Withdraw"),
    Verb.CANCEL: _("Cancel for good"),
    Verb.HOLD: _("Put on hold"),
    Verb.RESUME: _("Take off hold"),
    Verb.BACK_TO_DRAFT: _("Back to draft"),
    Verb.AUTHORISE: _("Authorise a standard change"),
    Verb.APPROVE: _("Approve"),
    Verb.REJECT: _("Reject"),
    Verb.SCHEDULE: _("Schedule"),
    Verb.EXPIRE: _("Let the approval run out"),
    Verb.BREAK_GLASS: _("Let an emergency begin unapproved"),
    Verb.APPROVE_AFTERWARDS: _("Approve afterwards"),
    Verb.REJECT_AFTERWARDS: _("Reject afterwards"),
    Verb.SET_GATE: _("Set a gate"),
    Verb.REMOVE_GATE: _("Remove a gate"),
    Verb.OVERRIDE_TIME: _("Let it pass a closed time"),
    Verb.START: _("Start the work"),
    Verb.ANSWER_STEP: _("Answer a step"),
    Verb.REVISE_RUNBOOK: _("Revise the runbook"),
    Verb.CONFIRM_RUNBOOK: _("Confirm the runbook"),
    Verb.FINISH_WORK: _("Finish the work"),
    Verb.BACK_TO_WORK: _("Back to work"),
    Verb.VERIFY: _("Verify"),
    Verb.REVIEW: _("Write the review"),
    Verb.FOLLOW_UP: _("Make the follow-up request"),
    Verb.CLOSE: _("Close"),
}


class Reason(NamedTuple):
    code: str
    sentence: str  # with … where the thing is named
    remedy: str


class Rule(NamedTuple):
    """One verb: from which states, where it leads, and each reason why not."""

    verb: Verb
    label: str
    sources: list[str]
    target: str
    goes_on: str  # what then happens by itself, if nothing speaks against it
    reasons: list[Reason]


def rules() -> list[Rule]:
    return [_rule(verb) for verb in Verb]


def _rule(verb: Verb) -> Rule:
    sources, target = MOVES[verb]
    back = verb == Verb.RESUME
    further = GOES_ON.get(verb)
    return Rule(
        verb,
        label_of(verb),
        [str(state.label) for state in RequestState if state in sources],
        str(_("where it was held")) if back else str(target.label) if target else "",
        label_of(further) if further else "",
        [
            Reason(guard.code, _open(guard.sentence), _open(guard.remedy))
            for guard in GUARDS[verb]
        ],
    )


def label_of(verb: Verb) -> str:
    return str(WORDS.get(verb, verb.replace("_", " ").capitalize()))


def _open(sentence: object) -> str:
    return PLACEHOLDER.sub("…", str(sentence)).replace("%%", "%")


HEAD = """# Why not? Every reason, by what is to be done

Written by `manage.py guard_table` from the one table of rules; the buttons, the API's 409 and
this page say the same. Codes are part of the API. From another state: `wrong_state`.
"""


def as_markdown() -> str:
    parts = [HEAD]
    for rule in rules():
        leads = f" It leads to **{rule.target}**." if rule.target else ""
        further = f" “{rule.goes_on}” follows by itself if nothing speaks against it."
        parts.append(
            f"## {rule.label} (`{rule.verb}`)\n\n"
            f"From {', '.join(rule.sources)}.{leads}{further if rule.goes_on else ''}\n"
        )
        rows = [f"| `{r.code}` | {r.sentence} | {r.remedy} |" for r in rule.reasons]
        head = ["| code | why not | what helps |", "|---|---|---|"]
        parts.append("\n".join([*head, *rows, ""]) if rows else "Nothing else stops it.\n")
    return "\n".join(parts)
