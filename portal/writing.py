"""The field in which people write Markdown; templates/components/editor.html dresses it."""

from typing import Any

from django import forms


class MarkdownArea(forms.Textarea):
    """
    A text area with tools, shortcuts and a preview; without scripts it is a plain one.

    `preview` and `links` name the addresses in the API that draw a text and find what to link
    to. `is_large` is for whole documents: the preview stands beside the text, and every tool is
    at hand. The page may give `upload`, an address that takes files which are dropped, and
    `subject`, the key of what the text is of.
    """

    is_markdown = True
    preview = "api-markdown"
    links = ""
    is_large = False
    upload = ""
    subject: int | None = None

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"spellcheck": "true", **(attrs or {})})
