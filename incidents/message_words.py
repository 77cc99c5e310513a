"""The fixed placeholders of messages to stakeholders, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.letter_words import page_zone, said
from incidents.models import Incident, MessageTemplate
from incidents.placeholders import PLACEHOLDER
from operations.models import Severity

KNOWN: dict[str, Callable[[Incident], str]] = {
    "[number]": lambda incident: incident.number,
    "[severity]": lambda incident: Severity(incident.severity).name,
    "[service]": lambda incident: incident.service.name,
    "[title]": lambda incident: incident.title,
    "[impact]": lambda incident: incident.impact or _("not known yet"),
    "[state]": lambda incident: str(incident.get_state_display()),
    "[since]": lambda incident: said(incident.detected_at.astimezone(page_zone())),
    "[status page]": lambda _incident: f"{settings.SITE_URL}{reverse('status')}",
    "[link]": lambda incident: f"{settings.SITE_URL}{incident.get_absolute_url()}",
}


def filled(text: str, incident: Incident) -> str:
    """Return the text with what we know in place of its placeholders, each read once."""
    return PLACEHOLDER.sub(
        lambda found: KNOWN[found[0]](incident) if found[0] in KNOWN else found[0], text
    )


def left_open(template: MessageTemplate) -> list[str]:
    """Return the placeholders of a template that only a person can fill in."""
    words = f"{template.subject}\n{template.text}\n{template.sms}"
    return [each for each in dict.fromkeys(PLACEHOLDER.findall(words)) if each not in KNOWN]
