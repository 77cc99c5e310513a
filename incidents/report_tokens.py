"""The address under which a reporter sees what became of a report: its reference, signed."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from incidents.models import ProblemReport

_signer = signing.Signer(sep=".", salt="incidents.report")


def token_of(report: ProblemReport) -> str:
    return _signer.sign(report.reference)


def report_by(token: str) -> ProblemReport | None:
    """Return the report that the token names; None for one that is not whole, or is gone."""
    try:
        reference = _signer.unsign(token)
    except signing.BadSignature:
        return None
    return ProblemReport.objects.select_related("incident").filter(reference=reference).first()


def report_url(report: ProblemReport) -> str:
    return f"{settings.SITE_URL}{reverse('status-report-state', args=[token_of(report)])}"
