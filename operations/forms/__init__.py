"""What people fill in about operations; the verbs have the last word."""

from operations.forms.business_hours import BusinessHoursForm, NewBusinessHoursForm
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
from operations.forms.noise import (
    CloseForm,
    ExtendForm,
    InhibitionForm,
    NoiseSettingsForm,
    QuietForm,
    SilenceForm,
)
from operations.forms.on_call import LayerForm, RotationForm, ScheduleForm, places_of
from operations.forms.overrides import OverrideForm, TemporaryForm
from operations.forms.sprints import SprintForm
from operations.forms.swaps import NotesForm, SwapForm, TakeForm, TakerForm
from operations.forms.upstream import UpstreamForm

__all__ = [
    "BusinessHoursForm",
    "CalendarImportForm",
    "CheckForm",
    "CloseForm",
    "CorrectionForm",
    "DraftForm",
    "ExtendForm",
    "FeedForm",
    "HeartbeatForm",
    "InhibitionForm",
    "IntegrationForm",
    "LayerForm",
    "LeaveForm",
    "LogForm",
    "MailRulesForm",
    "MappingForm",
    "MomentField",
    "NewBusinessHoursForm",
    "NoiseSettingsForm",
    "NotesForm",
    "OverrideForm",
    "PeopleForm",
    "QuietForm",
    "RotationForm",
    "ScheduleForm",
    "SilenceForm",
    "SprintForm",
    "StartForm",
    "SwapForm",
    "TakeForm",
    "TakerForm",
    "TemporaryForm",
    "TickForm",
    "UpstreamForm",
    "days_of",
    "places_of",
    "rules_form",
]
