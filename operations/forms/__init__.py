"""What people fill in about operations; the verbs have the last word."""

from operations.forms.checks import CheckForm
from operations.forms.daily import CorrectionForm, LogForm, StartForm, TickForm
from operations.forms.integrations import IntegrationForm
from operations.forms.moments import MomentField
from operations.forms.on_call import OverrideForm, ScheduleForm

__all__ = [
    "CheckForm",
    "CorrectionForm",
    "IntegrationForm",
    "LogForm",
    "MomentField",
    "OverrideForm",
    "ScheduleForm",
    "StartForm",
    "TickForm",
]
