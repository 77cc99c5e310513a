"""The ground floor's records; import them from here."""

from portal.models.access_keys import AnsweredRequest, ApiToken, Scope
from portal.models.events import UNSEALED, Event, Reaction
from portal.models.messages import (
    NULL_LANE,
    OWED,
    Notification,
    Outgoing,
    SendState,
    Webhook,
    WebhookDelivery,
)
from portal.models.people import (
    Access,
    Membership,
    Team,
    TeamRole,
    Urgency,
    User,
    zone_names,
)
from portal.models.pictures import UNUSED, MediaType, Picture
from portal.models.reaching import (
    Channel,
    ChannelKind,
    ContactKind,
    ContactMethod,
    NotificationRule,
)
from portal.models.reference import ImprovementTarget, PracticeKind, PracticeRule
from portal.models.running import Finding, Gravity, Heartbeat
from portal.models.searching import (
    LONGEST_WORD,
    IndexChange,
    IndexEntry,
    IndexState,
    IndexText,
    Posting,
    SearchGap,
    Word,
)
from portal.models.services import (
    Service,
    ServiceDependency,
    ServiceLabel,
    ServiceLink,
    Tier,
)
from portal.models.tracked import Tracked, Unattributed

__all__ = [
    "LONGEST_WORD",
    "NULL_LANE",
    "OWED",
    "UNSEALED",
    "UNUSED",
    "Access",
    "AnsweredRequest",
    "ApiToken",
    "Channel",
    "ChannelKind",
    "ContactKind",
    "ContactMethod",
    "Event",
    "Finding",
    "Gravity",
    "Heartbeat",
    "ImprovementTarget",
    "IndexChange",
    "IndexEntry",
    "IndexState",
    "IndexText",
    "MediaType",
    "Membership",
    "Notification",
    "NotificationRule",
    "Outgoing",
    "Picture",
    "Posting",
    "PracticeKind",
    "PracticeRule",
    "Reaction",
    "Scope",
    "SearchGap",
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
    "Word",
    "zone_names",
]
