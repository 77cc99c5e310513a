"""
Which days and moments anybody can mean.

Near the ends of what Python counts, a moment cannot be shown in every zone, nor can anything
be added to it: one such row would break every page that shows it. So none is taken in, by no
form, no filter and no door of the API.
"""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import fields

YEARS = range(1900, 3001)


def is_plausible(moment: date) -> bool:
    return moment.year in YEARS


def check_plausible(moment: date) -> None:
    """Raise `ValidationError` for a day or moment that nobody can mean."""
    if not is_plausible(moment):
        sentence = _("The year must lie between %(first)s and %(last)s.")
        values = {"first": YEARS[0], "last": YEARS[-1]}
        raise ValidationError(sentence % values, "implausible")


def guard_fields() -> None:
    """Have every field for days and moments ask this, before any of them is made."""
    for field in (forms.DateField, forms.DateTimeField):
        field.default_validators = [check_plausible]
    for shape in (fields.DateField, fields.DateTimeField):
        shape.default_validators = [check_plausible]  # type: ignore[misc]  # generic in its stubs alone
