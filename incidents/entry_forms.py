"""What people fill in to write into the timeline, and to correct what stands there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from incidents.models import EntryKind, TimelineNote, Visibility
from portal import clock
from portal.errors import DomainError
from portal.models import UNUSED, Picture, User
from portal.pictures import MOST_BYTES, too_large
from portal.workflow.pictures import keep_picture

TEXT = 4000  # characters
WRITTEN_KINDS = [
    (EntryKind.NOTE, EntryKind.NOTE.label),
    (EntryKind.DECISION, EntryKind.DECISION.label),
    (EntryKind.LINK, EntryKind.LINK.label),
]


class EntryForm(forms.Form):
    """
    One entry: words, an address or a picture, and when it happened.

    A picture that came with something to correct is kept: `kept` names it, so that it need
    not be sent again.
    """

    text = forms.CharField(
        label=_("What happened"),
        max_length=TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A picture may be pasted or dropped here."),
    )
    file = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        help_text=_("PNG, JPEG, WebP or GIF, up to 10 MB."),
    )
    kept = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=WRITTEN_KINDS, required=False, initial=EntryKind.NOTE
    )
    url = forms.URLField(
        label=_("Address"), max_length=1000, required=False, assume_scheme="https"
    )
    happened_at = forms.DateTimeField(
        label=_("When it happened"),
        required=False,
        help_text=_("Only if that was earlier than now. Both times are shown."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    visibility = forms.ChoiceField(
        label=_("Who reads it"),
        choices=Visibility.choices,
        required=False,
        initial=Visibility.ALL,
    )
    is_pinned = forms.BooleanField(label=_("Pin it: it goes into the review"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.picture: Picture | None = None

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or EntryKind.NOTE

    def clean_visibility(self) -> str:
        return self.cleaned_data["visibility"] or Visibility.ALL

    def clean_happened_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["happened_at"]
        if at is not None and at > clock.now():
            raise forms.ValidationError(
                _("A note cannot be about the future."), "in_the_future"
            )
        return at

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is None:
            return None
        try:
            if (file.size or 0) > MOST_BYTES:
                raise too_large()
            self.picture = keep_picture(file.read(), label=file.name or "", actor=self.user)
        except DomainError as refused:
            first = refused.refusals[0]
            raise forms.ValidationError(
                f"{first.sentence} {first.remedy}".strip(), first.code
            ) from None
        # So that the form, shown again, names it.
        self.data = {**self.data.dict(), "kept": self.picture.name}  # type: ignore[attr-defined]  # a QueryDict of the request
        return file

    def clean_kept(self) -> str:
        name: str = self.cleaned_data["kept"]
        if name and self.picture is None:
            mine = Picture.objects.filter(UNUSED, uploaded_by=self.user)
            self.picture = mine.filter(name=name).first()
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if kind == EntryKind.LINK and not cleaned.get("url") and "url" not in self.errors:
            self.add_error("url", _("A link needs the address it leads to."))
        has_more = self.picture or kind == EntryKind.LINK
        if not cleaned.get("text") and not has_more and not self.errors:
            self.add_error("text", _("An entry needs words, a picture or an address."))
        return cleaned

    @property
    def words(self) -> dict[str, Any]:
        """What `add_note` takes."""
        names = ["text", "kind", "url", "happened_at", "visibility", "is_pinned"]
        return {name: self.cleaned_data[name] for name in names} | {"picture": self.picture}


class EditEntryForm(EntryForm):
    """The same for an entry that stands there, with the version that was read."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    field_order = ["version", "text", "kind", "url", "happened_at", "visibility"]

    def __init__(self, *args: Any, note: TimelineNote, **kwargs: Any) -> None:
        words = ["version", "text", "kind", "url", "happened_at", "visibility"]
        initial = {name: getattr(note, name) for name in words}
        initial["happened_at"] = note.happened_at.replace(second=0, microsecond=0)
        super().__init__(*args, initial=initial, **kwargs)
        self.note = note
        self.picture = note.picture
        del self.fields["is_pinned"], self.fields["file"], self.fields["kept"]
        self.fields["text"].help_text = ""
        self.fields["happened_at"].help_text = ""
        if note.picture is not None:
            del self.fields["kind"]

    @property
    def words(self) -> dict[str, Any]:
        """What `edit_note` takes."""
        said: dict[str, Any] = {
            name: self.cleaned_data[name]
            for name in ("text", "kind", "url", "visibility")
            if name in self.fields
        }
        # The field shows minutes: untouched, it must not cut off the seconds.
        if "happened_at" in self.changed_data and self.cleaned_data["happened_at"]:
            said["happened_at"] = self.cleaned_data["happened_at"]
        return said


class RemoveEntryForm(forms.Form):
    because = forms.CharField(
        label=_("Why"),
        max_length=300,
        help_text=_("The line stays, struck out, with your name and this reason."),
    )
