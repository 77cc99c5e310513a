"""What the links of a file would lead to: in the archive, or among what is here."""

from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _

from knowledge.importing.archive import ABOUT, MARKDOWN, Archive, suffix_of
from knowledge.importing.reading import Finding, Page, anchors_of
from knowledge.models import FindingLevel, LinkKind, Space
from knowledge.targets import HERE, Asked, Place, Target, read, readable_of, targets_of
from portal.markdown import Address, anchor_of
from portal.models import User

PREFIX = "s-"
MKDOCS = ("mkdocs.yml", "mkdocs.yaml")
OUR_OWN = {ABOUT, *MKDOCS}  # read, or told of otherwise


def about_archive(archive: Archive) -> list[Finding]:
    """Return what is told before any text is read; what a text then names is taken back."""
    found = [
        Finding(left.path, 0, FindingLevel.WARNING, left.sentence) for left in archive.left_out
    ]
    if archive.root:
        sentence = _("Paths begin inside this folder, which is around everything.")
        found.append(Finding(f"{archive.root}/", 0, FindingLevel.NOTE, sentence))
    for name in MKDOCS:
        if name in archive:
            sentence = _("The order of MkDocs' navigation is not taken over.")
            found.append(Finding(name, 0, FindingLevel.NOTE, sentence))
    found += [
        Finding(path, 0, FindingLevel.WARNING, _("No text links to it: it is left out."))
        for path in archive.paths
        if suffix_of(path) not in MARKDOWN and path not in OUR_OWN
    ]
    return found


def broken_links(
    page: Page, archive: Archive, space: Space, asker: User | None
) -> list[Finding]:
    """
    Return a finding for every link, picture and heading that would lead nowhere.

    What the asker may not read is not there for them; None is the system.
    """
    place = Place(None, space.pk, page.path)
    asked = [(address, line, read(place, address)) for address, line in page.addresses]
    unknown = {
        address for address, _line, one in asked if one.kind and not _is_in(one, archive)
    }
    led_to = _led_to(targets_of(place, unknown), asker)
    return [
        Finding(page.path, line, FindingLevel.WARNING, sentence)
        for address, line, one in asked
        for sentence in _problem(page, address, one, archive, led_to)
    ]


def files_named(page: Page, archive: Archive, space: Space) -> set[str]:
    """Return the files of the archive that would come in beside this text."""
    place = Place(None, space.pk, page.path)
    asked = (read(place, address) for address, _line in page.addresses)
    files = (one for one in asked if one.kind == LinkKind.ATTACHMENT)
    return {path for one in files for path in one.paths if path in archive}


def _is_in(one: Asked, archive: Archive) -> bool:
    return any(path in archive for path in one.paths)


def _lacks_heading(one: Asked, archive: Archive) -> bool:
    """Whether the file is there without that heading; an unreadable one tells of itself."""
    path = next((path for path in one.paths if path in archive), "")
    if not (one.anchor and path):
        return False
    if path not in archive.anchors:
        archive.anchors[path] = anchors_of(archive, path)
    headings = archive.anchors[path]
    return headings is not None and not _has(headings, one.anchor)


def _problem(
    page: Page,
    address: Address,
    one: Asked,
    archive: Archive,
    led_to: Collection[Address],
) -> Iterator[str]:
    said = {"address": address.text[:200]}
    if one.slug == HERE:
        if one.anchor and not _has(page.anchors, one.anchor):
            yield _("There is no heading %(address)s in this text.") % said
    elif _lacks_heading(one, archive):
        yield _("There is no heading %(address)s.") % said
    elif one.kind and not _is_in(one, archive) and address not in led_to:
        is_file = one.kind == LinkKind.ATTACHMENT
        sentence = (
            _("There is no file %(address)s.")
            if is_file
            else _("There is no document %(address)s.")
        )
        yield sentence % said


def _led_to(targets: Mapping[Address, Target], asker: User | None) -> set[Address]:
    """The addresses that lead somewhere, for whoever asks."""
    readable = readable_of(targets.values(), asker)
    return {
        address
        for address, target in targets.items()
        if target.kind == LinkKind.EXTERNAL
        or (target.document is not None and target.document.pk in readable)
        or (target.attachment is not None and target.attachment.document_id in readable)
    }


def _has(anchors: set[str], anchor: str) -> bool:
    name = anchor.removeprefix(PREFIX)
    return bool({f"{PREFIX}{name}", f"{PREFIX}{anchor_of(name)}"} & anchors)
