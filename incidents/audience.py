"""
Who is told of an incident by which way, and why; and who should be and cannot.

The same answer is previewed and sent: `digest` names it, so that nothing else goes out than
what somebody has seen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from incidents.models import (
    CommunicationRule,
    Incident,
    Medium,
    Stakeholder,
    StakeholderGroup,
)
from operations.models import Severity
from portal.models import ContactMethod
from portal.natures import HIDDEN, Nature, lane_of, mail_lane, mask, nature_of

PHONE = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class Gap:
    """Somebody, or a whole group, who should be told by this way and cannot."""

    name: str
    medium: str
    why: str


@dataclass
class Reached:
    """One address that gets one message, and every reason why it does."""

    stakeholder: Stakeholder
    medium: Medium
    address: str
    lane: str
    reasons: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Two people with one address, or one person in two groups, are told once."""
        said = f"{self.medium}\n{self.address.strip().lower()}"
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def masked(self) -> str:
        if self.medium == Medium.EMAIL:
            return mask("email", self.address)
        return (
            f"{HIDDEN}{self.address[-4:]}"
            if self.address.startswith("+")
            else mask("apprise", self.address)
        )


@dataclass(frozen=True)
class Audience:
    """Everybody who is told, and every gap."""

    reached: list[Reached]
    gaps: list[Gap]

    def count(self, medium: str) -> int:
        return sum(each.medium == medium for each in self.reached)

    @property
    def by_email(self) -> int:
        return self.count(Medium.EMAIL)

    @property
    def by_sms(self) -> int:
        return self.count(Medium.SMS)

    @property
    def digest(self) -> str:
        said = sorted(each.key for each in self.reached)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def rule_for(incident: Incident) -> CommunicationRule:
    """The rule of its service, else that of the house, else: the status page is enough."""
    rules = CommunicationRule.objects.filter(severity=incident.severity)
    rules = rules.filter(Q(service=incident.service_id) | Q(service=None))
    found = rules.order_by(F("service").asc(nulls_last=True)).first()
    return found or CommunicationRule(severity=incident.severity)


def audience(incident: Incident, media: Iterable[Medium]) -> Audience:
    """Return who is told by these ways, in four queries whatever their number."""
    groups = [group for group in _groups() if _cares(group, incident)]
    reached: dict[str, Reached] = {}
    gaps: list[Gap] = []
    severity = Severity(incident.severity).name
    ways = list(media)
    if ways and not groups:
        why = _("No group asks to be told of %(severity)s of %(service)s.")
        said = why % {"severity": severity, "service": incident.service}
        gaps.append(Gap(_("Nobody"), "", said))
    phones = _phones_of_members() if Medium.SMS in ways else {}
    for group in groups:
        people = list(group.people.all())
        if not people:
            gaps.append(Gap(group.name, "", _("The group has nobody in it.")))
        reason = _("group %(group)s: %(severity)s") % {"group": group, "severity": severity}
        for person in people:
            for medium in ways:
                found = _way(person, medium, phones)
                if isinstance(found, Gap):
                    gaps.append(found)
                else:
                    kept = reached.setdefault(found.key, found)
                    kept.reasons.append(reason)
    ordered = sorted(reached.values(), key=lambda each: (str(each.stakeholder), each.medium))
    return Audience(ordered, list(dict.fromkeys(gaps)))


def sms_is_possible() -> bool:
    """Whether numbers can be reached at all."""
    return "{phone}" in settings.SMS_URL


def sms_address(address: str) -> str:
    """Return the Apprise address for a number; a member's own way is one already."""
    return settings.SMS_URL.replace("{phone}", address) if PHONE.fullmatch(address) else address


def _groups() -> Iterator[StakeholderGroup]:
    found = StakeholderGroup.objects.filter(is_active=True)
    yield from found.prefetch_related("services", "people__person")


def _cares(group: StakeholderGroup, incident: Incident) -> bool:
    if incident.severity not in group.severities or group.is_demo != incident.is_demo:
        return False
    services = list(group.services.all())
    return not services or any(service.pk == incident.service_id for service in services)


def _phones_of_members() -> dict[int, str]:
    """The first sound way by SMS of each member who is a stakeholder."""
    members = Stakeholder.objects.filter(person__isnull=False).values("person")
    ways = ContactMethod.objects.filter(person__in=members, is_broken=False)
    found: dict[int, str] = {}
    for way in ways.exclude(verified_at=None).order_by("-pk"):
        if nature_of(way.kind, way.destination) == Nature.SMS:
            found[way.person_id] = way.destination
    return found


def _way(who: Stakeholder, medium: Medium, phones: dict[int, str]) -> Reached | Gap:
    member = who.person
    if member is not None and not member.is_active:
        return Gap(str(who), medium, _("They have left."))
    if medium == Medium.EMAIL:
        address = member.email if member else who.email
        if not address:
            return Gap(str(who), medium, _("No e-mail address is known."))
        return Reached(who, medium, address, mail_lane())
    own = phones.get(member.pk, "") if member else ""
    if own:
        return Reached(who, medium, own, lane_of("apprise", own))
    if not who.phone:
        return Gap(str(who), medium, _("No mobile number is known."))
    if not sms_is_possible():
        return Gap(str(who), medium, _("No SMS service is set up (EVENKEEL_SMS_URL)."))
    return Reached(who, medium, who.phone, lane_of("apprise", settings.SMS_URL))
