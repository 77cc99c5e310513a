"""One filter for each list, the same on the page and in the API."""

from operations.filters.alerts import AlertFilter, IntegrationFilter, ReceiptFilter
from operations.filters.choices import by_service, by_team, services
from operations.filters.daily import CheckFilter, ChecklistRunFilter, LogFilter
from operations.filters.shifts import FindingFilter, HandoverFilter, SwapFilter
from operations.filters.heartbeats import HeartbeatFilter

__all__ = [
    "AlertFilter",
    "CheckFilter",
    "ChecklistRunFilter",
    "FindingFilter",
    "HandoverFilter",
    "IntegrationFilter",
    "LogFilter",
    "ReceiptFilter",
    "SwapFilter",
    "by_service",
    "by_team",
    "services",
    "HeartbeatFilter",
]
