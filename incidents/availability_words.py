"""The words in which availability is said."""

from decimal import Decimal

from django.utils.translation import gettext as _


def percent(value: Decimal) -> str:
    """Return "99.95 %"; without zeros that say nothing."""
    return f"{value.normalize():f} %"


def said(plain: Decimal | None, full: Decimal | None) -> str:
    """Return "99.95 % (99.8 % with planned work)", or one figure where they are the same."""
    if plain is None:
        return _("Under planned work all the time") if full is not None else _("No figure")
    if full is None or full == plain:
        return percent(plain)
    return _("%(plain)s (%(full)s with planned work)") % {
        "plain": percent(plain),
        "full": percent(full),
    }
