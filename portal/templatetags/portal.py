"""Template tags of ours; everything else comes from Django."""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from portal.markdown import render
from portal.slots import panels_in

register = template.Library()

LONGEST_NAME = 27  # characters of what stands in a prefix


@register.simple_tag(takes_context=True)
def panels(context: dict[str, Any], slot: str, subject: object = None) -> SafeString:
    """Show what the apps above have to say here; see `portal.slots`."""
    request = context["request"]
    filled = (
        (panel.template, panel.context(request.user, subject)) for panel in panels_in(slot)
    )
    return format_html_join(
        "",
        "{}",
        (
            [render_to_string(name, shown, request)]
            for name, shown in filled
            if shown is not None
        ),
    )


@register.filter
def markdown(source: str, name: str = "") -> SafeString:
    """
    Return safe HTML for short text that people wrote; documents keep theirs rendered.

    Where several texts share a page each takes a name, so that their headings and footnotes
    have addresses of their own.
    """
    own = slugify(name).replace("_", "-")[:LONGEST_NAME]
    return render(source, prefix=f"s-{own}-" if own else "s-")
