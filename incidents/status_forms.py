"""The forms of the status page's components and groups."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.models import (
    MAINTENANCE_TRANSITIONS,
    ComponentGroup,
    ComponentState,
    Follows,
    Impact,
    MaintenanceState,
)
from portal.forms import zones
from portal.models import Service, Team
from portal.pictures import MOST_BYTES, too_large


class GroupForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    order = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=30_000,
        initial=100,
        help_text=_("Lower numbers stand first."),
    )


class ComponentForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("In words that the public knows.")
    )
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    group = forms.ModelChoiceField(
        queryset=ComponentGroup.objects.all(),
        label=_("Group"),
        required=False,
        empty_label=_("No group"),
    )
    order = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=30_000,
        initial=100,
        help_text=_("Within the group; lower numbers stand first."),
    )
    service = forms.ModelChoiceField(
        queryset=Service.objects.current(),
        to_field_name="slug",
        label=_("Service"),
        required=False,
        empty_label=_("No service: people declare its state"),
        help_text=_("A service that is not for the public keeps its components inside."),
    )
    follows = forms.ChoiceField(
        label=_("Shows"), choices=Follows.choices, initial=Follows.INCIDENTS
    )
    is_public = forms.BooleanField(
        label=_("For everybody"),
        required=False,
        initial=True,
        help_text=_("Otherwise only for who is signed in or has the private address."),
    )


class NewComponentForm(ComponentForm):
    slug = forms.CharField(
        label=_("Short name"),
        max_length=60,
        required=False,
        help_text=_("Stands in addresses and badges, and stays. Empty: made from the name."),
    )


class MaintenanceMoveForm(forms.Form):
    """Where a maintenance may go; from `after` only where that leads."""

    to = forms.ChoiceField(label=_("It is now"), choices=MaintenanceState.choices)
    text = forms.CharField(
        label=_("What everybody reads"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, after: MaintenanceState | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if after is not None:
            field = self.fields["to"]
            assert isinstance(field, forms.ChoiceField)
            follow = MAINTENANCE_TRANSITIONS[after]
            field.choices = [
                (to.value, str(to.label)) for to in MaintenanceState if to in follow
            ]


class MaintenancePostForm(forms.Form):
    text = forms.CharField(
        label=_("What everybody reads"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MaintenanceClockForm(forms.Form):
    starts_itself = forms.BooleanField(label=_("Begins by itself"), required=False)
    ends_itself = forms.BooleanField(label=_("Ends by itself"), required=False)


class OverrideForm(forms.Form):
    state = forms.ChoiceField(label=_("It shows"), choices=ComponentState.choices)
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For colleagues; the public does not read it."),
    )
    ends_at = forms.DateTimeField(
        label=_("Until"),
        help_text=_("Then it shows again what is known of it; seven days at the most."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class JudgeForm(forms.Form):
    impact = forms.ChoiceField(
        label=_("For the public it is"),
        choices=[("", _("What its components say")), *Impact.choices],
        required=False,
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For colleagues; the public does not read it."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("impact") and not said.get("reason", "").strip():
            sentence = _("Say why it is judged otherwise than its components say.")
            self.add_error("reason", sentence)
        return said


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Why not"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


LINK = re.compile(r"(?P<label>[^|]{1,60})\|\s*(?P<url>https?://\S{1,300})")
LIGHT, DARK = "#fcfbf8", "#191816"  # the page's ground in both themes, as in tokens.css
READABLE = 4.5  # WCAG 2.2, 1.4.3


class LogoForm(forms.Form):
    file = forms.FileField(
        label=_("Picture"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        help_text=_("PNG, JPEG, WebP or GIF; it is made 64 pixels high, twice what is shown."),
    )
    alt = forms.CharField(
        label=_("What it shows"),
        max_length=100,
        required=False,
        help_text=_("For who cannot see it; empty where the name beside it says as much."),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(str(too_large()), "picture_too_large")
        content: bytes = file.read()
        return content


class PageSettingsForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, required=False, help_text=_("Empty: the portal's.")
    )
    accent = forms.CharField(
        label=_("Accent colour"), max_length=7, required=False, help_text=_("Such as #0f6b6b.")
    )
    accent_dark = forms.CharField(
        label=_("Accent colour in the dark"), max_length=7, required=False
    )
    footer_links = forms.CharField(
        label=_("Links at the foot"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: Imprint | https://example.com/imprint"),
    )
    zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    remind_minutes = forms.IntegerField(
        label=_("Remind of maintenance (minutes before)"), min_value=1, max_value=10_080
    )
    needs_approval = forms.BooleanField(
        label=_("Updates need a second person"),
        required=False,
        help_text=_("Who wrote one cannot let it out; one about a P0 is looked at afterwards."),
    )

    takes_reports = forms.BooleanField(
        label=_("Users may report problems"),
        required=False,
        help_text=_("A form for everybody, linked from the page; what comes waits in a queue."),
    )
    report_team = forms.ModelChoiceField(
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Reports about no component go to"),
        required=False,
        empty_label=_("The administrators"),
    )
    reports_wake_from = forms.IntegerField(
        label=_("Reports that tell at once"),
        min_value=0,
        max_value=1000,
        required=False,
        help_text=_(
            "So many of “I cannot work” about one component within 15 minutes tell who is on "
            "call at once, also at night. 0: never; they are told outside of quiet hours."
        ),
    )

    def clean_reports_wake_from(self) -> int:
        return self.cleaned_data["reports_wake_from"] or 0

    def clean_accent(self) -> str:
        return _legible(self.cleaned_data["accent"], LIGHT)

    def clean_accent_dark(self) -> str:
        return _legible(self.cleaned_data["accent_dark"], DARK)

    def clean_footer_links(self) -> list[dict[str, str]]:
        lines = [line.strip() for line in self.cleaned_data["footer_links"].splitlines()]
        found = [LINK.fullmatch(line) for line in lines if line]
        if not all(found) or len(found) > 10:
            raise forms.ValidationError(
                _("Write up to ten lines, each with words, a bar and an address."), "links"
            )
        return [{"label": link["label"].strip(), "url": link["url"]} for link in found if link]


def _legible(colour: str, ground: str) -> str:
    """Return the colour if text in it can be read on this ground, by WCAG 2.2."""
    colour = colour.strip().lower()
    if not colour:
        return ""
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise forms.ValidationError(_("Write the colour as #1a2b3c."), "colour")
    found = contrast(colour, ground)
    if found < READABLE:
        raise forms.ValidationError(
            _("It cannot be read on the page: %(found).1f to 1, and 4.5 to 1 is needed."),
            "contrast",
            {"found": found},
        )
    return colour


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light[0] + 0.05) / (light[1] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def as_lines(links: Any) -> str:
    """Return links as the form takes them; what is no link makes a line that is refused."""
    rows = links if isinstance(links, list) else [links]
    return "\n".join(
        f"{row.get('label', '')} | {row.get('url', '')}" if isinstance(row, dict) else str(row)
        for row in rows
    )
