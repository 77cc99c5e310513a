"""Names of what is found, and of where."""

from django import template

from portal.search.kinds import field_label, label_of

register = template.Library()


@register.filter
def kind_label(kind: str) -> str:
    return label_of(kind)


@register.filter
def where(fields: list[str]) -> str:
    """Return the fields in words; other names go without saying beside the title."""
    told = [name for name in fields if name != "names" or "title" not in fields]
    return ", ".join(field_label(name) for name in told)
