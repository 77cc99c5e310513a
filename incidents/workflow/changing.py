"""A maintenance request from an incident, or from what a user reported."""

from django.utils.translation import gettext as _

from incidents.models import Incident, ProblemReport
from maintenance import workflow as maintenance
from maintenance.models import MaintenanceRequest, OriginKind
from maintenance.workflow.origins import Origin
from operations.models import Severity
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User

Made = tuple[MaintenanceRequest, bool]


def request_from_incident(incident: Incident, *, actor: User) -> Made:
    """
    Make a draft that mends what the incident came from; or return the open one, with False.

    Everybody reads requests, so a private incident gives none its words.
    """
    if refused := why_not_request(incident):
        raise TransitionNotAllowed(refused)
    reason = _("%(number)s asks for it: %(title)s.") % {
        "number": incident.number,
        "title": incident.title,
    }
    told = "\n\n".join(text for text in (reason, incident.impact, incident.resolution) if text)
    return maintenance.request_from(
        Origin(
            OriginKind.INCIDENT,
            incident.reference,
            str(incident),
            incident.get_absolute_url(),
        ),
        title=incident.title,
        service=incident.service,
        reason=told,
        priority=incident.severity,
        actor=actor,
    )


def why_not_request(incident: Incident) -> list[Refusal]:
    if not incident.is_private:
        return []
    sentence = _("It is private, and everybody reads maintenance requests.")
    remedy = _("Write the request by hand, in words that everybody may read.")
    return [Refusal("private_incident", sentence, remedy)]


def request_from_report(report: ProblemReport, *, actor: User) -> Made:
    """Make a draft that mends what a user reported; or return the open one, with False."""
    if refused := why_not_request_from(report):
        raise TransitionNotAllowed(refused)
    assert report.component is not None
    assert report.component.service is not None
    reason = _("A user reports: %(text)s") % {"text": report.text}
    return maintenance.request_from(
        Origin(
            OriginKind.REPORT,
            f"problemreport:{report.pk}",
            report.reference,
            report.get_absolute_url(),
        ),
        title=report.headline,
        service=report.component.service,
        reason=reason,
        priority=Severity.P3,
        actor=actor,
    )


def why_not_request_from(report: ProblemReport) -> list[Refusal]:
    refused = list(why_not_request(report.incident)) if report.incident else []
    if report.component is None or report.component.service is None:
        sentence = _("The report names no service, so nobody knows whose request it would be.")
        refused.append(Refusal("no_service", sentence, _("Write the request by hand.")))
    return refused
