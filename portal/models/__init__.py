"""The ground floor's records; import them from here."""

from portal.models.access_keys import AnsweredRequest, ApiToken, Scope
from portal.models.events import UNSEALED, Event, Reaction
from portal.models.messages import (
    OWED,
    Notification,
    Outgoing,
    SendState,
    Webhook,
    WebhookDelivery,
    contacts_of,
)
from portal.models.people import (
    Access,
    ContactKind,
    ContactMethod,
    Membership,
    Team,
    TeamRole,
    Urgency,
    User,
    zone_names,
)
from portal.models.reference import ImprovementTarget, PracticeKind, PracticeRule
from portal.models.running import Finding, Heartbeat
from portal.models.services import (
    Service,
    ServiceDependency,
    ServiceLabel,
    ServiceLink,
    Tier,
)
from portal.models.tracked import Tracked, Unattributed

__all__ = [
    "OWED",
    "UNSEALED",
    "Access",
    "AnsweredRequest",
    "ApiToken",
    "ContactKind",
    "ContactMethod",
    "Event",
    "Finding",
    "Heartbeat",
    "ImprovementTarget",
    "Membership",
    "Notification",
    "Outgoing",
    "PracticeKind",
    "PracticeRule",
    "Reaction",
    "Scope",
    "SendState",
    "Service",
    "ServiceDependency",
    "ServiceLabel",
    "ServiceLink",
    "Team",
    "TeamRole",
    "Tier",
    "Tracked",
    "Unattributed",
    "Urgency",
    "User",
    "Webhook",
    "WebhookDelivery",
    "contacts_of",
    "zone_names",
]
