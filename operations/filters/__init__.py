"""One filter for each list, the same on the page and in the API."""

from operations.filters.alerts import (
    AlertFilter,
    AlertPageFilter,
    IntegrationFilter,
    ReceiptFilter,
)
from operations.filters.choices import by_service, by_team, services
from operations.filters.daily import CheckFilter, ChecklistRunFilter, LogFilter
from operations.filters.heartbeats import HeartbeatFilter
from operations.filters.noise import (
    HeldNowFilter,
    HoldFilter,
    InhibitionFilter,
    SilenceFilter,
)
from operations.filters.shifts import FindingFilter, HandoverFilter, SwapFilter

__all__ = [
    "AlertFilter",
    "AlertPageFilter",
    "CheckFilter",
    "ChecklistRunFilter",
    "FindingFilter",
    "HandoverFilter",
    "HeartbeatFilter",
    "HeldNowFilter",
    "HoldFilter",
    "InhibitionFilter",
    "IntegrationFilter",
    "LogFilter",
    "ReceiptFilter",
    "SilenceFilter",
    "SwapFilter",
    "by_service",
    "by_team",
    "services",
]
