"""Schedules that other programs exported, read into one shape."""

from operations.importers import grafana, opsgenie, pagerduty
from operations.importers.shape import Export, NotAnExport
from operations.models import ExportKind
from portal.strict import BadBody, parse_json

LARGEST = 5_000_000  # bytes
READERS = {
    ExportKind.PAGERDUTY: pagerduty.read,
    ExportKind.OPSGENIE: opsgenie.read,
    ExportKind.GRAFANA: grafana.read,
}


def read_export(kind: str, content: str) -> Export:
    """Return what an exported file says; raise `NotAnExport` with a sentence for people."""
    if kind == ExportKind.GRAFANA and content.lstrip("\ufeff \r\n").startswith(
        "BEGIN:VCALENDAR"
    ):
        return grafana.read_calendar(content)
    try:
        body = parse_json(content.encode(), limit=LARGEST)
    except BadBody as error:
        raise NotAnExport(f"The file is not JSON: {error.sentence}") from None
    try:
        export = READERS[ExportKind(kind)](body)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NotAnExport(f"The file has not the shape of this program: {error!r}") from None
    if not export.schedules:
        raise NotAnExport("There is no schedule in this file.")
    return export
