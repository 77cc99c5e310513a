"""Verbs on how the status page looks and who reads it."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import StatusPageSettings
from incidents.page_settings import page_settings
from portal import events
from portal.errors import refuse
from portal.models import User
from portal.pictures import cleaned

FIELDS = {
    *("name", "accent", "accent_dark", "footer_links", "zone"),
    *("needs_approval", "remind_minutes", "logo", "logo_alt", "private_key"),
    *("takes_reports", "report_team", "reports_wake_from"),
}

LOGO_WITHIN = (384, 64)  # pixels: twice as large as it is shown
LOGO_BYTES = 20_000


@transaction.atomic
def change_page_settings(*, actor: User | None, **fields: Any) -> StatusPageSettings:
    """Change what is given."""
    assert fields.keys() <= FIELDS, fields
    rows = StatusPageSettings.objects.select_for_update().order_by("pk")
    kept = rows.first() or StatusPageSettings()
    for name, value in fields.items():
        setattr(kept, name, value)
    kept.full_clean()
    kept.changed_by = actor
    kept.save()
    events.record("status_page.changed", kept, actor=actor, fields=sorted(fields))
    return kept


def set_logo(sent: bytes, *, alt: str = "", actor: User | None) -> StatusPageSettings:
    """
    Show this picture beside the name, written anew and small enough to travel in every page.

    Raises `DomainError` with what is wrong with it.
    """
    found = cleaned(sent, within=LOGO_WITHIN)
    if len(found.content) > LOGO_BYTES:
        sizes = {"n": len(found.content) // 1000, "most": LOGO_BYTES // 1000}
        raise refuse(
            "logo_too_large",
            _("Made small, this logo still has %(n)d KB, and travels in every page.") % sizes,
            _("Up to %(most)d KB fit; take a plainer one, or save it as a JPEG.") % sizes,
        )
    data = base64.b64encode(found.content).decode()
    logo = f"data:{found.media_type};base64,{data}"
    return change_page_settings(logo=logo, logo_alt=alt, actor=actor)


def remove_logo(*, actor: User | None) -> StatusPageSettings:
    """Show the portal's own mark again."""
    if not page_settings().logo:
        raise refuse("no_logo", _("The page has no logo of its own."))
    return change_page_settings(logo="", logo_alt="", actor=actor)


def renew_private_key(*, actor: User | None) -> StatusPageSettings:
    """Make a new private address; the old one opens nothing any more."""
    return change_page_settings(private_key=secrets.token_urlsafe(24), actor=actor)


def shut_private_address(*, actor: User | None) -> StatusPageSettings:
    """Have no private address: private components are for who is signed in alone."""
    return change_page_settings(private_key="", actor=actor)
