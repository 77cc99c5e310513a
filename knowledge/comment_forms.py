"""Forms for what people say about documents."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from knowledge.models.comments import LONGEST_QUOTE
from knowledge.texts import check_comment, sections_of


class CommentWordsForm(forms.Form):
    """An answer, or other words for what was said."""

    text = forms.CharField(
        label=_("Comment"),
        max_length=10_000,
        validators=[check_comment],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Markdown. Name somebody as “@Olivia” to have them told."),
    )


class CommentForm(CommentWordsForm):
    """A new thread, about the whole or about a place."""

    quote = forms.CharField(
        label=_("About these words"),
        max_length=LONGEST_QUOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "data-quote": "true"}),
        help_text=_("Words of the text, copied or selected; empty: about the whole."),
    )
    heading = forms.ChoiceField(label=_("About the section"), required=False)
    is_blocking = forms.BooleanField(
        label=_("Has to be settled before approval"), required=False
    )

    field_order = ["quote", "heading", "text", "is_blocking"]

    def __init__(self, *args: Any, html: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["heading"]
        assert isinstance(field, forms.ChoiceField)
        parts = [(heading.anchor, heading.text) for heading in sections_of(html)]
        field.choices = [("", _("The whole")), *parts]
