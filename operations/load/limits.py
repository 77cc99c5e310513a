"""The limits that load is measured against; the defaults are those of the playbook."""

from datetime import timedelta
from typing import NamedTuple


class Limits(NamedTuple):
    incidents: int = 2  # within 12 hours
    on_call_percent: int = 25
    operational_percent: int = 50
    target_hours: int = 40
    warn_hours: int = 48  # two weeks running
    alarm_hours: int = 55
    rest_hours: int = 11
    weeks_running: int = 2
    balanced_percent: int = 95
    lead_after_days: int = 3

    @property
    def rest(self) -> timedelta:
        return timedelta(hours=self.rest_hours)
