"""
The outline of reviews: each save is a version, restoring one makes a new one.

A review keeps the version that it began with, so that nothing moves under its writers.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import ReviewRules, ReviewTemplate, ReviewTemplateVersion, Section
from incidents.models.review_templates import check_sections
from portal import clock, events
from portal.errors import DomainError, Refusal, refuse
from portal.models import User


class TemplateConflict(DomainError):
    """Somebody saved the template meanwhile; nothing was overwritten."""

    def __init__(self, current: ReviewTemplate) -> None:
        self.current = current
        sentence = _("Somebody saved this template while you were changing it.")
        remedy = _("Look at the newest version and save again.")
        super().__init__([Refusal("newer_version", sentence, remedy)])


def the_template() -> ReviewTemplate | None:
    """The template that reviews are made from."""
    return ReviewTemplate.objects.order_by("pk").first()


def newest_version() -> ReviewTemplateVersion | None:
    template = the_template()
    return template.versions.first() if template else None


@transaction.atomic
def save_template(
    template: ReviewTemplate,
    *,
    base_number: int,
    sections: list[Section],
    actor: User | None,
    message: str = "",
    restored_from: int | None = None,
) -> ReviewTemplate:
    """
    Keep these sections as the next version; reviews that have begun stay as they are.

    Raises `TemplateConflict` if `base_number` is not the newest, and `ValidationError` for
    sections that no review could be made from. The same sections again make no version.
    """
    locked = ReviewTemplate.objects.select_for_update().get(pk=template.pk)
    if locked.latest_number != base_number:
        raise TemplateConflict(locked)
    try:
        check_sections(sections)
    except ValidationError as error:
        raise ValidationError({"sections": error.messages}) from error
    if sections == locked.sections:
        return locked
    locked.sections = sections
    locked.latest_number += 1
    locked.changed_by = actor
    locked.save(update_fields=["sections", "latest_number"])
    ReviewTemplateVersion.objects.create(
        template=locked,
        number=locked.latest_number,
        sections=sections,
        message=message[:200],
        restored_from=restored_from,
        author=actor,
        created_at=clock.now(),
    )
    events.record(
        "review_template.saved", locked, actor=actor, number=locked.latest_number, what=message
    )
    return locked


@transaction.atomic
def restore_template(
    template: ReviewTemplate, *, number: int, actor: User | None
) -> ReviewTemplate:
    """Make what an older version said the newest one; numbers never go back."""
    locked = ReviewTemplate.objects.select_for_update().get(pk=template.pk)
    old = ReviewTemplateVersion.objects.filter(template=locked, number=number).first()
    if old is None:
        raise refuse("version_unknown", _("There is no version %(n)d.") % {"n": number})
    if old.sections == locked.sections:
        sentence = _("Version %(n)d says what the newest one says.") % {"n": number}
        raise refuse("nothing_to_restore", sentence)
    return save_template(
        locked,
        base_number=locked.latest_number,
        sections=old.sections,
        message=_("As in version %(n)d") % {"n": number},
        restored_from=number,
        actor=actor,
    )


@transaction.atomic
def change_review_rules(*, actor: User | None, **fields: Any) -> ReviewRules:
    """Say what is asked of each review before it is published."""
    rules, _is_new = _the_rules(actor)
    changes = {name: value for name, value in fields.items() if getattr(rules, name) != value}
    if not changes:
        return rules
    before = {name: getattr(rules, name) for name in changes}
    for name, value in changes.items():
        setattr(rules, name, value)
    rules.full_clean()
    rules.changed_by = actor
    rules.save(update_fields=list(changes))
    events.record("review_rules.changed", rules, actor=actor, before=before, after=changes)
    return rules


def _the_rules(actor: User | None) -> tuple[ReviewRules, bool]:
    found = ReviewRules.objects.select_for_update().first()
    if found is not None:
        return found, False
    rules = ReviewRules()
    rules.changed_by = actor
    rules.save()
    return rules, True
