"""What the pager does for operations: the way of an alert waits for nothing else."""

from datetime import datetime

from operations import workflow
from portal.sweeping import sweep


@sweep("read receipts", every=1, order=10)
def read_receipts(now: datetime) -> int:
    return workflow.read_all_due(now)
