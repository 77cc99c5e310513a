"""What the answers to the five questions speak for, in words; a person decides."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from incidents.models import Answer, Core, Users
from operations.models import Severity

QUESTIONS = ["users", "core", "data_at_risk", "sla", "security"]


class Suggestion(NamedTuple):
    """A severity, or None where nothing was answered; each reason a sentence."""

    severity: Severity | None
    reasons: list[str]


def suggestion(answers: Mapping[str, str]) -> Suggestion:
    """
    Return the gravest severity that any answer speaks for, with the answers that do.

    What is not known yet speaks for nothing, and is said: it may become worse.
    """
    spoken = [each for each in _spoken(answers) if each is not None]
    unknown = [name for name in QUESTIONS if answers.get(name, "unknown") == "unknown"]
    if not spoken:
        return Suggestion(None, [_("None of the five questions is answered yet.")])
    gravest = min(severity for severity, _sentence in spoken)
    reasons = [sentence for severity, sentence in spoken if severity == gravest]
    if unknown:
        reasons.append(_("%(n)d of 5 answers are not known yet.") % {"n": len(unknown)})
    return Suggestion(gravest, reasons)


def _spoken(answers: Mapping[str, str]) -> list[tuple[Severity, str] | None]:
    core, users = answers.get("core", ""), answers.get("users", "")
    return [
        _yes(answers, "data_at_risk", Severity.P0, _("Data is at risk.")),
        _yes(answers, "security", Severity.P0, _("Security is compromised.")),
        _yes(answers, "sla", Severity.P1, _("SLAs are breached.")),
        _of_core(core, users),
        _of_users(core, users),
    ]


def _yes(
    answers: Mapping[str, str], name: str, severity: Severity, sentence: str
) -> tuple[Severity, str] | None:
    return (severity, sentence) if answers.get(name) == Answer.YES else None


def _of_core(core: str, users: str) -> tuple[Severity, str] | None:
    said: dict[str, tuple[Severity, str]] = {
        Core.DOWN: (Severity.P0, _("Nothing works.")),
        Core.MAJOR: (Severity.P1, _("A major function fails or is very slow.")),
        Core.MINOR: (Severity.P2, _("Only minor functions are impacted.")),
        Core.WORKS: (Severity.P3, _("Core functions work.")),
    }
    if core == Core.DOWN and users in {Users.SOME, Users.NONE}:
        return Severity.P1, _("Nothing works, for some users.")
    return said.get(core)


def _of_users(core: str, users: str) -> tuple[Severity, str] | None:
    if users == Users.ALL:
        grave = core in {Core.MAJOR, Core.DOWN}
        return (Severity.P0 if grave else Severity.P2), _("All users are affected.")
    if users == Users.MANY:
        return Severity.P2, _("Many users are affected.")
    if users in {Users.SOME, Users.NONE}:
        return Severity.P3, _("Few users are affected, or none.")
    return None
