"""How an integration's alerts are confirmed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from operations.models import Integration, IntegrationKind, Severity
from operations.upstream_answers import PATH
from portal import outgoing

LONGEST = 366 * 24 * 60  # minutes
ASKING = ["poll_url", "poll_receiver", "poll_secret", "forget_secret"]


class UpstreamForm(forms.Form):
    stale_after_minutes = forms.IntegerField(
        label=_("Believed for (minutes)"),
        required=False,
        min_value=1,
        max_value=LONGEST,
        help_text=_(
            "An open alert that was not told of for longer is shown as not confirmed; it is "
            "never closed for that. Twice Alertmanager's repeat_interval is a good start. "
            "Empty: for ever."
        ),
    )
    quiet_severity = forms.TypedChoiceField(
        label=_("When it sends nothing for as long"),
        required=False,
        choices=[("", _("Only show it")), *Severity.choices],
        coerce=int,
        empty_value=None,
        help_text=_(
            "An alert suits monitors that always send something, as with a Watchdog rule."
        ),
    )
    poll_url = forms.CharField(
        label=_("Address of Alertmanager"),
        required=False,
        max_length=500,
        help_text=_(
            "Such as https://alertmanager.example:443. It is asked each minute which alerts it "
            "has, so that a resolve that never came and an alert that was lost are found."
        ),
    )
    poll_receiver = forms.CharField(
        label=_("Only alerts for the receiver"),
        required=False,
        max_length=200,
        help_text=_(
            "The name of the receiver that calls here. Empty: all alerts it has, also those "
            "that it sends to others."
        ),
    )
    poll_secret = forms.CharField(
        label=_("Token, or name:password"),
        required=False,
        max_length=1000,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty: what is kept stays, as long as the address is the same."),
    )
    forget_secret = forms.BooleanField(label=_("Forget the token that is kept"), required=False)

    def __init__(self, *args: Any, integration: Integration, **kwargs: Any) -> None:
        kwargs["initial"] = {
            name: getattr(integration, name)
            for name in ("stale_after_minutes", "quiet_severity", "poll_url", "poll_receiver")
        }
        super().__init__(*args, **kwargs)
        if integration.kind != IntegrationKind.ALERTMANAGER:
            for name in ASKING:
                del self.fields[name]
        elif not integration.poll_secret:
            del self.fields["forget_secret"]

    def clean_poll_url(self) -> str:
        """Refuse what the portal must not call, where it was typed."""
        url: str = self.cleaned_data["poll_url"].strip()
        try:
            if url:
                outgoing.check_url(url.rstrip("/").removesuffix(PATH) + PATH)
        except outgoing.UrlRefused as refused:
            raise forms.ValidationError(refused.sentence, code=refused.code) from refused
        return url

    @property
    def values(self) -> dict[str, Any]:
        """What the verb takes; no secret at all means that the one that is kept stays."""
        values = dict(self.cleaned_data)
        forget = values.pop("forget_secret", False)
        secret = values.pop("poll_secret", "")
        return values | {"poll_secret": secret or ("" if forget else None)}
