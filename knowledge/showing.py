"""
Words of documents as one reader sees them: links lead on, pictures are ours, snippets stand in.

What is kept is safe and the same for everybody; this puts in what depends on who looks and on
what there is today. Every surface goes through here: page, preview, revision, run, export.
"""

from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from knowledge.filling import filled_html, has_variables
from knowledge.models import Attachment, Document, LinkKind, Revision, RunbookRun, RunStep
from knowledge.snippets import Composer, Wire
from knowledge.targets import HERE, Target, place_of, readable_of, targets_of
from knowledge.texts import draw_or_refuse, drawn, ids_of, kept_html, with_mentions
from knowledge.variables import Filled
from portal.markdown import Address, Wired, addresses_of, anchor_of, rewired
from portal.models import User

PREFIX = "s-"


class Addresses:
    """How documents and files are reached; an export has addresses of its own."""

    def of_document(self, document: Document) -> str:
        return document.get_absolute_url()

    def of_attachment(self, attachment: Attachment) -> str:
        return attachment.get_absolute_url()


class Wiring(Wire):
    """Leads the addresses of a text for one reader, who must not learn of what is hidden."""

    def __init__(self, user: User, addresses: Addresses | None = None) -> None:
        self.user = user
        self.addresses = addresses or Addresses()

    def __call__(self, html: SafeString, document: Document) -> SafeString:
        found = set(addresses_of(html))
        if not found:
            return html
        targets = targets_of(place_of(document), found)
        readable = readable_of(targets.values(), self.user)
        ids = ids_of(html)

        def resolve(address: Address) -> Wired | None:
            return self._wired(targets[address], readable, ids)

        return rewired(html, resolve)

    def _wired(self, target: Target, readable: set[int], ids: set[str]) -> Wired | None:
        if target.kind not in {LinkKind.DOCUMENT, LinkKind.ATTACHMENT}:
            return None
        if target.wanted == HERE:
            return _here(target.anchor, ids)
        if target.kind == LinkKind.ATTACHMENT:
            file = target.attachment
            if file is None or file.document_id not in readable:
                return Wired(why=_("This file is missing."))
            return Wired(self.addresses.of_attachment(file))
        document = target.document
        if document is None or document.pk not in readable:
            return Wired(why=_("There is no such document."))
        anchor = f"#{PREFIX}{anchor_of(target.anchor)}" if target.anchor else ""
        return Wired(f"{self.addresses.of_document(document)}{anchor}")


def show(
    revision: Revision,
    user: User,
    addresses: Addresses | None = None,
    values: Iterable[Filled] | None = None,
) -> SafeString:
    """Return the words of a revision for this reader; `values` fill its commands."""
    if values is not None and has_variables(revision.body):
        words = filled_html(revision.body, values)
    else:
        words = kept_html(revision.html, revision.renderer, revision.body)
    return _shown(with_mentions(words)[0], revision.document, user, addresses)


def show_step(
    step: RunStep, run: RunbookRun, user: User, values: Iterable[Filled] = ()
) -> SafeString:
    """Return the words of a step, with the values of its variables in its commands."""
    if has_variables(step.text):
        html = filled_html(step.text, values, prefix=f"step-{step.order}-")
    else:
        html = kept_html(step.html, run.revision.renderer, step.text)
    return _shown(html, run.revision.document, user)


def show_text(body: str, document: Document | None, user: User) -> SafeString:
    """Draw what is not saved yet; a new document has no place yet."""
    return _shown(drawn(body), document or Document(), user)


def show_or_refuse(body: str, document: Document | None, user: User) -> SafeString:
    """Do the same, or raise `MarkdownRefused`: for the preview of who writes."""
    return _shown(draw_or_refuse(body), document or Document(), user)


def _shown(
    html: SafeString, document: Document, user: User, addresses: Addresses | None = None
) -> SafeString:
    wire = Wiring(user, addresses)
    within = (document.slug,) if document.slug else ()
    return Composer(user).compose(wire(html, document), wire, within)


def _here(anchor: str, ids: set[str]) -> Wired | None:
    """A heading of the same text, also as others would write its name."""
    name = anchor.removeprefix(PREFIX)
    for wanted in (name, anchor_of(name)):
        if f"{PREFIX}{wanted}" in ids:
            return Wired(f"#{PREFIX}{wanted}")
    return None
