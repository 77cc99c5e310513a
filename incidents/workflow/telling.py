"""
Messages to stakeholders: internal, by severity, previewed before they are sent.

A status update is for everybody and is posted on the page; a message here goes to people by
name. What is sent is what was previewed: whoever sends gives the digest of the audience that
they saw.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.audience import Audience, Reached, audience, rule_for
from incidents.message_words import filled, left_open
from incidents.models import (
    Incident,
    IncidentState,
    Medium,
    MessageTemplate,
    StakeholderDelivery,
    StakeholderMessage,
)
from incidents.placeholders import left_in
from incidents.workflow import clocks, deadlines
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User


def preview(incident: Incident) -> Audience:
    """Return who would be told now by the rule of this severity, and who could not be."""
    return audience(incident, rule_for(incident).media)


@transaction.atomic
def tell_stakeholders(
    incident: Incident,
    *,
    subject: str,
    text: str,
    sms: str = "",
    template: MessageTemplate | None = None,
    seen: str | None,
    actor: User | None,
) -> StakeholderMessage:
    """
    Send a message to all who are to be told at this severity, each address once.

    `seen` is the digest of the audience that was previewed; None only where nobody looked,
    as when the first message goes out by itself.
    """
    locked = locked_incident(incident)
    rule = rule_for(locked)
    reasons = why_not_tell(locked)
    reasons += why_not_say(rule.media, subject, text, sms, template)
    if reasons:
        raise TransitionNotAllowed(reasons)
    found = audience(locked, rule.media)
    if seen is not None and seen != found.digest:
        raise refuse(
            "audience_changed",
            _("Who would be told has changed since you looked."),
            _("Look at the preview again, then send."),
        )
    message = StakeholderMessage.objects.create(
        incident=locked,
        author=actor,
        severity=locked.severity,
        by_email=rule.by_email,
        by_sms=rule.by_sms,
        subject=" ".join(subject.split())[:200],
        text=text,
        sms=" ".join(sms.split())[:300],
        gaps=[{"name": g.name, "medium": g.medium, "why": g.why} for g in found.gaps],
        sent_at=clock.now(),
    )
    StakeholderDelivery.objects.bulk_create(_row(message, each) for each in found.reached)
    if found.reached:
        deadlines.note_told(locked, message)
        clocks.told(locked, actor=actor)
    events.record(
        "incident.stakeholders_told",
        locked,
        actor=actor,
        message=message.pk,
        what=message.subject,
        by_email=found.by_email,
        by_sms=found.by_sms,
        gaps=len(found.gaps),
    )
    return message


def tell_by_itself(incident: Incident) -> StakeholderMessage | None:
    """
    Send the first message from the rule's template, unless one was sent or it is private.

    Where it would reach nobody there is no message, as there is no deadline; the preview names
    the gaps. Nor does it go out once the incident is over, whoever could be told by then.
    """
    template = rule_for(incident).template
    if template is None or why_not_tell(incident) or getattr(incident, "is_private", False):
        return None
    if incident.messages.filter(severity__lte=incident.severity).exists():
        return None
    if not incident.is_unresolved or not preview(incident).reached:
        return None
    return tell_stakeholders(
        incident,
        subject=filled(template.subject, incident),
        text=filled(template.text, incident),
        sms=filled(template.sms, incident),
        seen=None,
        actor=None,
    )


def why_not_tell(incident: Incident) -> list[Refusal]:
    """Return every reason why nobody can be told of this incident now."""
    reasons = []
    if incident.state == IncidentState.CLOSED:
        sentence = _("This incident is closed.")
        reasons.append(Refusal("already_closed", sentence, _("Reopen it if it is not over.")))
    if not rule_for(incident).media:
        sentence = _("At %(severity)s the status page is updated and nobody is written to.")
        remedy = _("Post an update, or change the rule for this service.")
        severity = incident.get_severity_display().partition(":")[0]
        reasons.append(Refusal("status_page_only", sentence % {"severity": severity}, remedy))
    return reasons


def why_not_say(
    media: list[Medium], subject: str, text: str, sms: str, template: MessageTemplate | None
) -> list[Refusal]:
    """Return every reason why these words cannot be sent by these ways."""
    reasons = []
    if not subject.strip() or not text.strip():
        reasons.append(Refusal("empty", _("A message needs a subject and a text.")))
    if Medium.SMS in media and not sms.strip():
        reasons.append(Refusal("sms_empty", _("The SMS has no words."), _("Write them.")))
    if template is not None:
        known = f"{template.subject}\n{template.text}\n{template.sms}"
        said = f"{subject}\n{text}\n{sms if Medium.SMS in media else ''}"
        reasons += [
            Refusal(
                "placeholder_left",
                _("The text still holds %(words)s.") % {"words": words},
                _("Write what it stands for."),
            )
            for words in left_in(said, known)
        ]
    return reasons


def why_not_by_itself(template: MessageTemplate) -> list[Refusal]:
    """A message that nobody writes can hold only what we fill in ourselves."""
    sentence = _("“%(template)s” holds %(words)s, which only a person can fill in.")
    return [
        Refusal(
            "needs_a_person",
            sentence % {"template": template, "words": words},
            _("Choose another template, or take it out of this one."),
        )
        for words in left_open(template)
    ]


def _row(message: StakeholderMessage, each: Reached) -> StakeholderDelivery:
    return StakeholderDelivery(
        message=message,
        stakeholder=each.stakeholder,
        name=str(each.stakeholder),
        medium=each.medium,
        address=each.address,
        address_hash=each.key,
        reasons=list(dict.fromkeys(each.reasons)),
        lane=each.lane,
        due_at=message.sent_at,
        wanted_at=message.sent_at,
        created_at=message.sent_at,
    )
