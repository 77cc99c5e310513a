"""One filter for each list, the same on the page and in the API."""

from operations.filters.alerts import AlertFilter, IntegrationFilter, ReceiptFilter
from operations.filters.choices import by_service, by_team, services
from operations.filters.daily import CheckFilter, ChecklistRunFilter, LogFilter

__all__ = [
    "AlertFilter",
    "CheckFilter",
    "ChecklistRunFilter",
    "IntegrationFilter",
    "LogFilter",
    "ReceiptFilter",
    "by_service",
    "by_team",
    "services",
]
