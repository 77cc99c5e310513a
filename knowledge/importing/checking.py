"""What the links of a file would lead to: in the archive, or among what is here."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from knowledge.importing.archive import Archive
from knowledge.importing.reading import Finding, Page
from knowledge.models import FindingLevel, LinkKind, Space
from knowledge.targets import HERE, Asked, Place, read, targets_of
from portal.markdown import Address, anchor_of

PREFIX = "s-"


def broken_links(page: Page, archive: Archive, space: Space) -> list[Finding]:
    """Return a finding for every link, picture and heading that would lead nowhere."""
    place = Place(None, space.pk, page.path)
    asked = [(address, line, read(place, address)) for address, line in page.addresses]
    unknown = {
        address for address, _line, one in asked if one.kind and not _is_in(one, archive)
    }
    targets = targets_of(place, unknown) if unknown else {}
    return [
        Finding(page.path, line, FindingLevel.WARNING, sentence)
        for address, line, one in asked
        for sentence in _problem(page, address, one, archive, targets)
    ]


def _is_in(one: Asked, archive: Archive) -> bool:
    return any(path in archive for path in one.paths)


def _problem(
    page: Page,
    address: Address,
    one: Asked,
    archive: Archive,
    targets: Mapping[Address, object],
) -> Iterator[str]:
    said = {"address": address.text[:200]}
    if one.slug == HERE:
        if one.anchor and not _has(page.anchors, one.anchor):
            yield _("There is no heading %(address)s in this text.") % said
    elif one.kind and not _is_in(one, archive) and not _leads(targets.get(address)):
        is_file = one.kind == LinkKind.ATTACHMENT
        sentence = (
            _("There is no file %(address)s.")
            if is_file
            else _("There is no document %(address)s.")
        )
        yield sentence % said


def _leads(target: object) -> bool:
    is_elsewhere = getattr(target, "kind", "") == LinkKind.EXTERNAL
    found = getattr(target, "document", None) or getattr(target, "attachment", None)
    return is_elsewhere or found is not None


def _has(anchors: set[str], anchor: str) -> bool:
    name = anchor.removeprefix(PREFIX)
    return bool({f"{PREFIX}{name}", f"{PREFIX}{anchor_of(name)}"} & anchors)
