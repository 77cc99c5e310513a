"""What people fill in about operations; the verbs have the last word."""

from operations.forms.calendars import (
    CalendarImportForm,
    DraftForm,
    FeedForm,
    PeopleForm,
)
from operations.forms.checks import CheckForm
from operations.forms.daily import CorrectionForm, LogForm, StartForm, TickForm
from operations.forms.heartbeats import HeartbeatForm
from operations.forms.integrations import IntegrationForm
from operations.forms.leave import LeaveForm, days_of
from operations.forms.mappings import MailRulesForm, MappingForm, rules_form
from operations.forms.moments import MomentField
from operations.forms.on_call import LayerForm, RotationForm, ScheduleForm, places_of
from operations.forms.overrides import OverrideForm, TemporaryForm
from operations.forms.swaps import NotesForm, SwapForm, TakeForm, TakerForm

__all__ = [
    "CalendarImportForm",
    "CheckForm",
    "CorrectionForm",
    "DraftForm",
    "FeedForm",
    "HeartbeatForm",
    "IntegrationForm",
    "LayerForm",
    "LeaveForm",
    "LogForm",
    "MailRulesForm",
    "MappingForm",
    "MomentField",
    "NotesForm",
    "OverrideForm",
    "PeopleForm",
    "RotationForm",
    "ScheduleForm",
    "StartForm",
    "SwapForm",
    "TakeForm",
    "TakerForm",
    "TemporaryForm",
    "TickForm",
    "days_of",
    "places_of",
    "rules_form",
]
