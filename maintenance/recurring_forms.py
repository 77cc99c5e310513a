"""What people fill in about recurring work; the verbs have the last word."""

from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from maintenance.access import own_services
from maintenance.forms import RunbookField, rows, workers
from maintenance.models import LONGEST
from maintenance.models.recurring import FARTHEST
from maintenance.time_forms import RecurrenceForm
from portal.models import Service, User


class RecurringForm(RecurrenceForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a service"),
    )
    other_services = forms.ModelMultipleChoiceField(
        label=_("Services also touched"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
    )
    reason = forms.CharField(label=_("Why"), max_length=5000, widget=rows(3))
    plan = forms.CharField(label=_("Plan"), max_length=20000, required=False, widget=rows(6))
    test_evidence = forms.CharField(
        label=_("Test evidence"), max_length=5000, required=False, widget=rows(2)
    )
    rollback_plan = forms.CharField(
        label=_("Rollback plan"), max_length=10000, required=False, widget=rows(3)
    )
    prepare_minutes = forms.IntegerField(
        label=_("Preparation (minutes)"), required=False, min_value=0, max_value=LONGEST
    )
    rollback_minutes = forms.IntegerField(
        label=_("Time to roll back (minutes)"), required=False, min_value=0, max_value=LONGEST
    )
    implementers = forms.ModelMultipleChoiceField(
        label=_("Who takes turns"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("By name, one after the other; without anybody it is decided each time."),
    )
    runbook = RunbookField()
    announces = forms.BooleanField(
        label=_("Announce it on the status page, and hold alerts meanwhile"), required=False
    )
    lead_days = forms.IntegerField(
        label=_("Make each draft so many days ahead"),
        min_value=1,
        max_value=FARTHEST,
        initial=14,
        help_text=_("So that there is time to plan, approve and announce it."),
    )
    field_order = [
        *("title", "service", "other_services", "reason", "plan", "test_evidence"),
        *("rollback_plan", "prepare_minutes", "rollback_minutes", "implementers", "runbook"),
        "announces",
    ]

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, queryset in [
            ("service", own_services(user)),
            ("other_services", Service.objects.visible_to(user).current()),
            ("implementers", workers()),
        ]:
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a field of choices
        self.fields["runbook"].offer(user, self.initial.get("runbook"))  # type: ignore[attr-defined]  # as above

    def clean_prepare_minutes(self) -> int:
        return self.cleaned_data["prepare_minutes"] or 0

    def clean_rollback_minutes(self) -> int:
        return self.cleaned_data["rollback_minutes"] or 0


class ChangeRecurringForm(RecurringForm):
    """For all that is ahead, or from a day on; its service stays."""

    since = forms.DateField(
        label=_("From this day on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: for all that is ahead. What is past never changes."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["service"]


class Preset(NamedTuple):
    """Preventive work of the usual kind, to start from."""

    key: str
    title: Any
    reason: Any
    plan: Any
    rollback_plan: Any
    minutes: int
    rule: dict[str, Any]


MONTHLY = {"frequency": "monthly", "nth": 1, "weekdays": [0], "interval": 1}  # first Monday
WEEKLY = {"frequency": "weekly", "weekdays": [2], "interval": 1}  # Wednesdays
QUARTERLY = {"frequency": "monthly", "nth": 2, "weekdays": [1], "interval": 3}

PRESETS = [
    Preset(
        "vacuum",
        _("Vacuum and reindex the database"),
        _("Dead rows and swollen indexes slow queries down long before a disk is full."),
        _("1. Note table and index sizes\n2. Vacuum and analyze\n3. Reindex concurrently"),
        _("Stop the reindex; drop indexes that were left invalid."),
        120,
        MONTHLY,
    ),
    Preset(
        "logs",
        _("Rotate and clean up logs"),
        _("Logs older than their retention fill disks and hold what should be gone."),
        _("1. Check that rotation ran\n2. Delete what is older than its retention"),
        _("Restore from the copy of the day before."),
        30,
        WEEKLY,
    ),
    Preset(
        "certificates",
        _("Renew certificates"),
        _("A certificate that runs out is an outage that was known for months."),
        _("1. List those that end within 60 days\n2. Renew\n3. Look at each from outside"),
        _("Put the former certificate back while it is still valid."),
        60,
        MONTHLY,
    ),
    Preset(
        "scan",
        _("Scan for security holes"),
        _("What is known to be vulnerable is found by others as well."),
        _("1. Scan hosts, images and dependencies\n2. Make a request for each finding"),
        _("Nothing is changed; stop the scan."),
        60,
        WEEKLY,
    ),
    Preset(
        "dependencies",
        _("Update dependencies"),
        _("Small steps often are safer than a large one late."),
        _("1. Update on staging\n2. Run all tests\n3. Roll out one instance at a time"),
        _("Deploy the former version."),
        120,
        MONTHLY,
    ),
    Preset(
        "tuning",
        _("Tune performance"),
        _("Load grows unseen; what was fast a quarter ago may not be."),
        _("1. Look at the ten slowest queries\n2. Change one thing\n3. Measure again"),
        _("Take the change back."),
        120,
        QUARTERLY,
    ),
]


def preset(key: str) -> dict[str, Any]:
    """Return what a form is filled with; nothing for a key that is none."""
    for each in PRESETS:
        if each.key == key:
            texts = {
                name: str(getattr(each, name))
                for name in ("title", "reason", "plan", "rollback_plan")
            }
            return {**texts, **each.rule, "minutes": each.minutes}
    return {}
