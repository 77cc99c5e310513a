"""What the portal knows that commands may be filled with: of the alert, service or incident."""

from collections.abc import Mapping

from knowledge.models import Document, RunbookRun
from knowledge.run_subjects import service_of
from knowledge.variables import Filled, declared_in, filled
from operations.models import Alert
from portal.models import Service, User
from portal.slots import gather


def known_values(user: User | None, reference: str, service: Service | None) -> dict[str, str]:
    """
    Return the values by their source, such as "alert.labels.pod" or "service.slug".

    Whoever knows more of what a reference names fills the slot "run.values".
    """
    known = _of_service(service)
    if user is not None and reference:
        for values in gather("run.values", user, reference):
            known |= values
    return known


def values_of_alert(alert: Alert) -> dict[str, str]:
    known = {
        "alert.name": alert.name,
        "alert.summary": alert.summary,
        "alert.severity": alert.get_severity_display().partition(" ")[0],
    }
    for part, words in (("labels", alert.labels), ("annotations", alert.annotations)):
        known |= {f"alert.{part}.{name}": str(value) for name, value in words.items()}
    return known


def filled_for(run: RunbookRun, user: User) -> list[Filled]:
    """The variables of a run with what it kept when it began, or what is known by now."""
    variables = declared_in(run.revision.body)
    if not variables:
        return []
    return filled(variables, run.variables, known_values(user, run.reference, run.service))


def filled_for_reading(
    document: Document, user: User, by_hand: Mapping[str, str], reference: str
) -> list[Filled]:
    """The variables of what readers get, filled by hand and by what `reference` names."""
    variables = declared_in(document.published.body) if document.published else []
    if not variables:
        return []
    service = service_of(user, reference) or _only_service(document)
    return filled(variables, by_hand, known_values(user, reference, service))


def _only_service(document: Document) -> Service | None:
    services = list(document.services.all()[:2])
    return services[0] if len(services) == 1 else None


def kept_at_start(
    body: str, by_hand: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, str]:
    """What a run keeps when it begins: alerts change, what was run must not."""
    return {
        value.variable.name: value.value
        for value in filled(declared_in(body), by_hand, known)
        if value.value and not value.problem and value.comes_from != "default"
    }


def _of_service(service: Service | None) -> dict[str, str]:
    if service is None:
        return {}
    return {
        "service.name": service.name,
        "service.slug": service.slug,
        "service.team": service.team.name,
        "service.tier": str(service.tier),
    }
