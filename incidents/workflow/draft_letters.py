"""
Who hears of a status update that waits: those who may decide about it, and then its author.

By their ways for what can wait, with a link to the page of the queue, where a button decides;
so whatever opens links, such as the scanner of a mail server, decides nothing.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from incidents.access import people_at_work_on
from incidents.models import DraftState, UpdateDraft
from portal import clock
from portal.models import Event, Notification, Urgency
from portal.notify import cancel, notify

ASKED = "approval"


def ask_for_eyes(draft: UpdateDraft, *, event: Event) -> None:
    """Tell everybody but the author that this waits for them, or went out unseen."""
    is_out = draft.state == DraftState.POSTED
    if not (draft.seen_at is None if is_out else draft.state == DraftState.WAITING):
        return
    subject = (
        _("Look at what went out: %(incident)s") if is_out else _("To let out: %(incident)s")
    )
    author = draft.author or _("Evenkeel")
    lead = (
        _("%(name)s told the public of a P0 at once; nobody else has looked at it yet.")
        if is_out
        else _("%(name)s wrote a status update. It waits until a second person lets it out.")
    )
    body = f"{lead % {'name': author}}\n\n[{draft.get_phase_display()}] {draft.text}"
    for person in people_at_work_on(draft.incident, without=draft.author):
        notify(
            person,
            key=f"draft:{draft.pk}:{draft.state}",
            urgency=Urgency.LOW,
            kind=ASKED,
            subject=subject % {"incident": draft.incident.number},
            body=body,
            url=draft.get_absolute_url(),
            topic=topic_of(draft.pk),
            event=event,
        )


def ask_no_more(draft: int) -> None:
    """Take back what is still owed about it, and take it out of everybody's inbox."""
    cancel(topic_of(draft), kind=ASKED)
    asked = Notification.objects.filter(topic=topic_of(draft), kind=ASKED)
    asked.filter(in_inbox=True, read_at=None).update(read_at=clock.now())


def tell_author(draft: UpdateDraft, *, event: Event) -> None:
    """Say what became of it to who wrote it, unless that was their own doing."""
    author = draft.author
    if author is None or event.actor_id == author.pk or not author.may_look:
        return
    subject = {
        "incident.update_approved": _("Let out: your update on %(incident)s"),
        "incident.update_rejected": _("Not let out: your update on %(incident)s"),
        "incident.update_withdrawn": _("Taken back: your update on %(incident)s"),
    }[event.kind]
    lines = [_("Decided by %(name)s.") % {"name": event.actor_label}] if event.actor_id else []
    if draft.state == DraftState.SCHEDULED:
        lines.append(_("It goes out by itself at its moment."))
    notify(
        author,
        key=f"draft:{draft.pk}:decided:{event.pk}",
        urgency=Urgency.LOW,
        kind="decision",
        subject=subject % {"incident": draft.incident.number},
        body="\n\n".join([*lines, *filter(None, [draft.reason]), draft.text]),
        url=draft.incident.get_absolute_url(),
        topic=topic_of(draft.pk),
        event=event,
    )


def topic_of(draft: int) -> str:
    return f"draft:{draft}"
