"""Verbs on permitted times; none is ever deleted, since plans went by them."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import ChangeWindow
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User


@transaction.atomic
def set_up_change_window(
    *, services: Iterable[Service] = (), actor: User | None, **fields: Any
) -> ChangeWindow:
    """Say when these services may be changed. Raises `ValidationError` for a wrong rule."""
    return _keep(ChangeWindow(**fields), list(services), actor, "set_up")


@transaction.atomic
def change_change_window(
    window: ChangeWindow,
    *,
    actor: User | None,
    services: Iterable[Service] | None = None,
    **fields: Any,
) -> ChangeWindow:
    """Change the rule for what is approved and begun from now on."""
    window = ChangeWindow.objects.select_for_update().get(pk=window.pk)
    _require_in_use(window)
    for name, value in fields.items():
        setattr(window, name, value)
    chosen = list(window.services.all() if services is None else services)
    return _keep(window, chosen, actor, "changed")


@transaction.atomic
def retire_change_window(window: ChangeWindow, *, actor: User | None) -> ChangeWindow:
    """Restrict nothing by it any more."""
    window = ChangeWindow.objects.select_for_update().get(pk=window.pk)
    _require_in_use(window)
    window.retired_at = clock.now()
    window.changed_by = actor
    window.save(update_fields=["retired_at"])
    events.record("change_window.retired", window, actor=actor)
    return window


def why_not_change_window(window: ChangeWindow) -> list[Refusal]:
    if window.retired_at is None:
        return []
    return [Refusal("retired", _("This permitted time is not in use any more."))]


def _require_in_use(window: ChangeWindow) -> None:
    if refused := why_not_change_window(window):
        raise TransitionNotAllowed(refused)


def _keep(
    window: ChangeWindow, services: list[Service], actor: User | None, event: str
) -> ChangeWindow:
    chosen = [] if window.covers_all else services
    if not window.covers_all and not chosen:
        sentence = _("A permitted time is for at least one service, or for all.")
        raise TransitionNotAllowed(
            [Refusal("no_services", sentence, _("Choose what it is for."))]
        )
    window.full_clean()
    window.changed_by = actor
    window.save()
    window.services.set(chosen)
    slugs = [service.slug for service in chosen]
    events.record(
        f"change_window.{event}", window, actor=actor, services=slugs, all=window.covers_all
    )
    return window
