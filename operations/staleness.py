"""How long an alert is believed, and since when it was not confirmed; nothing closes by it."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery

from operations.models import Alert, Integration, Receipt, ReceiptState


def unconfirmed_since(alert: Alert, now: datetime) -> datetime | None:
    """Return when a firing alert was last told of, if it is not believed for that long."""
    believed = alert.integration.stale_after_minutes
    if believed is None or not alert.is_firing:
        return None
    is_stale = now - alert.last_seen_at > timedelta(minutes=believed)
    return alert.last_seen_at if is_stale else None


def with_last_call(integrations: QuerySet[Integration]) -> QuerySet[Integration]:
    """Annotate `last_call`: when each last sent something that was not turned away."""
    calls = Receipt.objects.filter(integration=OuterRef("pk")).exclude(
        state=ReceiptState.REJECTED
    )
    return integrations.annotate(
        last_call=Subquery(calls.order_by("-pk").values("received_at")[:1])
    )
