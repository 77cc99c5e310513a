"""Which runbooks may help with an alert: those that name it, else those of its service."""

from knowledge.models import Document
from portal.models import Service

ENOUGH = 5


def suggested_runbooks(alert_name: str, service: Service | None) -> list[Document]:
    """
    Return published runbooks, the likeliest first.

    Those that answer this alert by name come first, and among them those of the service;
    without any, the service's own runbooks.
    """
    runbooks = Document.objects.runnable().with_list_columns()
    named = [
        runbook
        for runbook in runbooks.filter(alert_words__contains=f"\n{alert_name}\n")
        if alert_name in runbook.alert_names
    ]
    if named:
        return sorted(named, key=lambda runbook: not _is_about(runbook, service))[:ENOUGH]
    if service is None:
        return []
    return list(runbooks.filter(services=service)[:ENOUGH])


def runbooks_of(service: Service) -> list[Document]:
    """The published runbooks of a service."""
    return list(Document.objects.runnable().filter(services=service).with_list_columns())


def _is_about(runbook: Document, service: Service | None) -> bool:
    return service is not None and service in runbook.services.all()
