"""Whether alerts are still believed, for the pages about them and their monitors."""

from datetime import datetime

from django import template

from operations import staleness, workflow
from operations.models import Alert, Integration
from portal import clock
from portal.errors import Refusal

register = template.Library()


@register.filter
def unconfirmed_since(alert: Alert) -> datetime | None:
    """When a firing alert was last told of, if it is not believed for that long."""
    return staleness.unconfirmed_since(alert, clock.now())


@register.filter
def why_not_ask(integration: Integration) -> list[Refusal]:
    """Every reason why its Alertmanager cannot be asked now."""
    return workflow.why_not_ask(integration)
