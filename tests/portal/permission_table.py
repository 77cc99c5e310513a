"""Who may do what at the URLs of the ground floor."""

from datetime import timedelta
from typing import Any

from portal import clock, events, seeds
from portal.models import PracticeRule, Urgency, WebhookDelivery
from portal.notify import notify
from portal.workflow import (
    channels,
    contacts,
    pictures,
    reaching,
    services,
    tokens,
    webhooks,
)
from tests.make import make_service, png
from tests.permissions import (
    ADMINISTER,
    DONE,
    LOOK,
    MANAGE,
    OLIVIAS,
    OLIVIAS_ALONE,
    TEAM,
    WORK,
    Answers,
    Rule,
    api,
    form,
    opened,
    page,
    verb,
)

OWN_OR_ADMINISTER: Answers = (403, 403, DONE, 403, DONE)
PERSON: dict[str, Any] = {"pk": "olivia.pk"}
PAYMENTS: dict[str, Any] = {"slug": "payments.slug"}
CHECKOUT: dict[str, Any] = {"slug": "checkout.slug"}
CONTACT: dict[str, Any] = {"pk": "contact.pk"}
TOKEN: dict[str, Any] = {"pk": "token.pk"}
WEBHOOK: dict[str, Any] = {"pk": "webhook.pk"}
RULE: dict[str, Any] = {"pk": "contact_rule.pk"}
CHANNEL: dict[str, Any] = {"pk": "channel.pk"}
THEIR_LOG: Answers = (403, 403, DONE, DONE, DONE)


def furnish(world: dict[str, Any]) -> None:
    """Make a contact, a message and a token of Olivia's, a webhook, and parts of Checkout."""
    olivia, checkout = world["olivia"], world["checkout"]
    seeds.seed()
    world["contact"] = contacts.add_contact(
        olivia, kind="email", label="Work", destination="o@example.com", actor=olivia
    )
    world["contact_rule"] = reaching.add_rule(
        olivia, urgency="low", contact=None, after_minutes=3, actor=olivia
    )
    world["channel"], _secret = channels.create_channel(
        name="Payments room",
        team=checkout.team,
        kind="email",
        destination="room@example.com",
        actor=None,
    )
    world["picture"] = pictures.keep_picture(png(), actor=olivia)
    world["message"] = notify(
        olivia, key="a", urgency=Urgency.LOW, kind="report", subject="x", body="y"
    )[0]
    ends = clock.now() + timedelta(days=1)
    world["token"], _secret = tokens.create_token(
        olivia, name="CI", scopes=["read"], expires_at=ends, actor=olivia
    )
    world["webhook"], _secret = webhooks.create_webhook(
        name="Chat", url="https://example.com", kinds=[], actor=None
    )
    world["event"] = events.record("service.changed", checkout, actor=olivia)
    world["delivery"] = WebhookDelivery.objects.create(
        webhook=world["webhook"], event=world["event"]
    )
    world["rule"] = PracticeRule.objects.first()
    queue = make_service("Queue", team=checkout.team)
    world["link"] = services.add_link(
        checkout, label="Source", url="https://example.com", actor=None
    )
    world["label"] = services.add_label(checkout, name="app", value="checkout", actor=None)
    world["dependency"] = services.add_dependency(checkout, needs=queue, actor=None)


ACCOUNT = (302, DONE, DONE, DONE, DONE, DONE, DONE)

TABLE: dict[str, Rule] = {
    # Open to machines and to those without a name.
    "health-live": opened(),
    "health-ready": opened(),
    "health-paging": opened(answer=503),
    "metrics": opened(),
    "sign-in": opened("GET", "POST", "PUT"),
    "sign-out": Rule({"POST": ACCOUNT}),
    "setup": opened("GET", "POST", answer=404),
    "password_reset": opened("GET", "POST", "PUT"),
    "password_reset_done": opened(),
    "password_reset_confirm": opened(
        "GET", "POST", "PUT", "PATCH", "DELETE", uidb64="MQ", token="a-b"
    ),
    "password_reset_complete": opened(),
    # Anybody who is signed in.
    "password_change": Rule({"GET": ACCOUNT, "POST": ACCOUNT, "PUT": ACCOUNT}),
    "password_change_done": Rule({"GET": ACCOUNT}),
    # Today.
    "home": page(),
    "inbox": page(),
    "inbox-read": verb(LOOK),
    "inbox-item-read": verb(LOOK, pk="message.pk"),
    "diagram-frame": page(),
    "search": page(query="q=x"),
    "search-suggestions": page(query="q=x"),
    "improve": page(),
    "health": page(),
    "styleguide": page(),
    "events": page(),
    "events-csv": page(),
    "history": page(label="portal.service", pk="checkout.pk"),
    # People and teams.
    "people": page(),
    "person": page(**PERSON),
    "person-invite": form(ADMINISTER),
    "person-edit": form(OWN_OR_ADMINISTER, **PERSON),
    "person-access": verb(ADMINISTER, **PERSON),
    "person-deactivate": verb(ADMINISTER, **PERSON),
    "person-reactivate": verb(ADMINISTER, **PERSON),
    "person-password": verb(ADMINISTER, **PERSON),
    "teams": page(),
    "team": page(**PAYMENTS),
    "team-create": form(ADMINISTER),
    "team-edit": form(MANAGE, **PAYMENTS),
    "team-member-add": verb(MANAGE, **PAYMENTS),
    "team-role": verb(MANAGE, **PAYMENTS, **PERSON),
    "team-member-remove": verb(MANAGE, **PAYMENTS, **PERSON),
    # Services.
    "services": page(),
    "service": page(**CHECKOUT),
    "service-create": form(MANAGE),
    "service-edit": form(TEAM, **CHECKOUT),
    "service-retire": verb(TEAM, **CHECKOUT),
    "service-restore": verb(TEAM, **CHECKOUT),
    "service-link-add": verb(TEAM, **CHECKOUT),
    "service-label-add": verb(TEAM, **CHECKOUT),
    "service-dependency-add": verb(TEAM, **CHECKOUT),
    "service-part-remove": verb(TEAM, **CHECKOUT, part="labels", pk="label.pk"),
    # My own affairs.
    "preferences": form(LOOK),
    "notification-preferences": page(),
    "contact-add": verb(LOOK),
    "contact-edit": form(OLIVIAS, **CONTACT),
    "contact-remove": verb(OLIVIAS, **CONTACT),
    "contact-test": verb(OLIVIAS, **CONTACT),
    "contact-verify": form(OLIVIAS, **CONTACT),
    "rule-add": verb(LOOK),
    "rule-change": verb(OLIVIAS, **RULE),
    "rule-remove": verb(OLIVIAS, **RULE),
    "quiet-hours": verb(LOOK),
    "deliveries": page(THEIR_LOG, **PERSON),
    "deliveries-csv": page(THEIR_LOG, **PERSON),
    "band": page(),
    "reachability": page(),
    # Channels.
    "channels": page(),
    "channel": page(**CHANNEL),
    "channel-create": form(WORK),
    **{
        f"channel-{name}": verb(TEAM, **CHANNEL)
        for name in ("switch-on", "switch-off", "remove", "test")
    },
    "channel-edit": form(TEAM, **CHANNEL),
    "tokens": page(),
    "token-create": verb(LOOK),
    "token-revoke": verb(OLIVIAS, **TOKEN),
    # Webhooks.
    # Not used yet: its sender's alone.
    "picture": page(OLIVIAS_ALONE, name="picture.name"),
    "api-pictures": api(post=WORK),
    "api-markdown": api(post=LOOK),
    "webhooks": page(ADMINISTER),
    "webhook": page(ADMINISTER, **WEBHOOK),
    "webhook-create": form(ADMINISTER),
    "webhook-edit": form(ADMINISTER, **WEBHOOK),
    "webhook-switch-on": verb(ADMINISTER, **WEBHOOK),
    "webhook-switch-off": verb(ADMINISTER, **WEBHOOK),
    "webhook-delete": verb(ADMINISTER, **WEBHOOK),
    "webhook-test": verb(ADMINISTER, **WEBHOOK),
    "webhook-delivery-retry": verb(ADMINISTER, **WEBHOOK, delivery="delivery.pk"),
    # The API.
    "api-docs": page(),
    "api-schema": api(LOOK),
    "api-search": api(LOOK, query="q=x"),
    "api-search-gaps": api(WORK),
    "api-targets": api(LOOK),
    "api-rule-list": api(LOOK),
    "api-rule-detail": api(LOOK, key="rule.key"),
    "api-event-list": api(LOOK),
    "api-event-detail": api(LOOK, pk="event.pk"),
    "api-person-list": api(LOOK, post=ADMINISTER),
    "api-person-me": api(LOOK),
    "api-person-detail": api(LOOK, patch=OWN_OR_ADMINISTER, **PERSON),
    **{
        f"api-person-{name}": api(post=ADMINISTER, **PERSON)
        for name in ("access", "deactivate", "reactivate", "password")
    },
    "api-team-list": api(LOOK, post=ADMINISTER),
    "api-team-detail": api(LOOK, patch=MANAGE, **PAYMENTS),
    **{
        f"api-team-{name}": api(post=MANAGE, **PAYMENTS)
        for name in ("add-member", "change-role", "remove-member")
    },
    # Who works may ask; whose team it is, the body says.
    "api-service-list": api(LOOK, post=WORK),
    "api-service-detail": api(LOOK, patch=TEAM, **CHECKOUT),
    **{
        f"api-service-{name}": api(post=TEAM, **CHECKOUT)
        for name in (
            *("retire", "restore", "add-link", "add-label", "add-dependency"),
            *("remove-link", "remove-label", "remove-dependency"),
        )
    },
    "api-contact-list": api(LOOK, post=LOOK),
    "api-contact-detail": api(OLIVIAS_ALONE, patch=OLIVIAS, delete=OLIVIAS, **CONTACT),
    "api-contact-test": api(post=OLIVIAS, **CONTACT),
    "api-contact-verify": api(post=OLIVIAS, **CONTACT),
    "api-notification-rule-list": api(LOOK, post=LOOK),
    "api-notification-rule-detail": api(OLIVIAS_ALONE, patch=OLIVIAS, delete=OLIVIAS, **RULE),
    "api-reach": api(LOOK, patch=LOOK),
    "api-delivery-log-list": api(LOOK),
    "api-delivery-log-detail": api((404, 404, DONE, DONE, DONE), pk="message.pk"),
    "api-channel-list": api(LOOK, post=WORK),
    "api-channel-detail": api(LOOK, patch=TEAM, delete=TEAM, **CHANNEL),
    **{
        f"api-channel-{name}": api(post=TEAM, **CHANNEL)
        for name in ("switch-on", "switch-off", "test")
    },
    "api-notification-list": api(LOOK),
    "api-notification-detail": api(OLIVIAS_ALONE, pk="message.pk"),
    "api-notification-mark-read": api(post=OLIVIAS_ALONE, pk="message.pk"),
    "api-token-list": api(LOOK, post=LOOK),
    "api-token-detail": api(OLIVIAS_ALONE, **TOKEN),
    "api-token-revoke": api(post=OLIVIAS, **TOKEN),
    "api-webhook-list": api(ADMINISTER, post=ADMINISTER),
    "api-webhook-detail": api(ADMINISTER, patch=ADMINISTER, delete=ADMINISTER, **WEBHOOK),
    **{
        f"api-webhook-{name}": api(post=ADMINISTER, **WEBHOOK)
        for name in ("switch-on", "switch-off", "test")
    },
    "api-delivery-list": api(ADMINISTER),
    "api-delivery-detail": api(ADMINISTER, pk="delivery.pk"),
    "api-delivery-retry": api(post=ADMINISTER, pk="delivery.pk"),
}
