"""
The loop, once around, as people and programs go it.

An alert wakes Olivia, she answers, the public is told, the review demands a change, Max
approves it, a pipeline deploys it, and the runbook says what was learned. Nothing stands in
for a part of the product, and what a page shows is read from it and not typed again.
"""

import re
import time
import urllib.request

from tests.loop.house import get, text_of, wait_for
from tests.loop.story import Story

DOMAIN = "harbour.example"
PASSWORD = "a lamp, a rope, a compass"  # noqa: S105


def test_ada_opens_an_empty_portal(story: Story) -> None:
    ada = story.person("Ada")
    ada.open("/")
    ada.reads("Welcome to Evenkeel")
    ada.write("Your name", "Ada")
    ada.write("Your e-mail address", f"ada@{DOMAIN}")
    ada.write("A password", PASSWORD)
    ada.write("Your first team", "Payments")
    ada.write("Your first service", "Checkout")
    ada.press("Set up and sign in")

    ada.reads("Checkout")
    ada.open("/services/checkout/edit/")
    ada.tick("Shown on the status page")
    ada.press("Save")


def test_her_team_signs_in_with_one_time_passwords(story: Story) -> None:
    for name, role in [("Olivia", "Member"), ("Max", "Manager")]:
        given = _invite(story, name, role)
        person = story.person(name)
        person.sign_in(f"{name.lower()}@{DOMAIN}", given)
        person.write("Old password", given)
        person.write("New password", f"{PASSWORD} of {name}")
        person.write("New password confirmation", f"{PASSWORD} of {name}")
        person.press("Change my password")
        person.open("/")
        person.reads(f", {name}")  # good morning, or night
        person.takes_the_session_to(story.person(name, phone=True))


def _invite(story: Story, name: str, role: str) -> str:
    """Ada invites somebody into the team and reads the password out."""
    ada = story.person("Ada")
    ada.open("/people/invite/")
    ada.write("Name", name)
    ada.write("E-mail address", f"{name.lower()}@{DOMAIN}")
    ada.press("Invite")
    given = ada.field(f"Password for {name.lower()}@{DOMAIN}").input_value()
    ada.open("/teams/payments/")
    ada.unfold("Add a person")
    ada.choose("Person", name)
    ada.choose("Role", role)
    ada.press("Add")
    return given


def test_olivia_is_on_call(story: Story) -> None:
    olivia = story.person("Olivia")
    olivia.open("/operate/on-call/")
    olivia.follow("Set a schedule")
    olivia.write("Olivia", "1")
    olivia.press("Save")
    olivia.reads("Olivia")

    olivia.open("/services/checkout/")
    olivia.reads("Olivia")


def test_a_monitor_a_program_and_a_pipeline_are_let_in(story: Story) -> None:
    ada = story.person("Ada")
    ada.open("/operate/integrations/new/")
    ada.write("Name", "Prometheus")
    ada.press("Save")
    configuration = ada.page.locator("main pre").inner_text()
    key = ada.field("The key of this integration").input_value()
    assert key in configuration
    story.starts_alertmanager(configuration)

    ada.open("/webhooks/new/")
    ada.write("Name", "Chronicle")
    ada.write("Address", story.receiver.url)
    ada.press("Save")
    story.known["signing secret"] = ada.field("Signing secret").input_value()

    story.known["token"] = story.portal.manage(
        "create_token", "--person", f"olivia@{DOMAIN}", "--name", "CI", "--scopes", "deploy"
    ).strip()


def test_an_alert_pages_olivia_within_seconds(story: Story) -> None:
    fired_at = time.monotonic()
    story.alertmanager.fire(alertname="HighErrorRate", severity="p0", service="checkout")
    mail = story.mailbox.wait(f"olivia@{DOMAIN}", about="P0 Checkout")
    print(f"\nalert -> mail: {time.monotonic() - fired_at:.2f} s")
    story.known["mail"] = text_of(mail)


def test_a_mail_scanner_changes_nothing(story: Story) -> None:
    links = re.findall(r"https?://\S+", story.known["mail"])
    assert links
    for link in links:
        for method in ["GET", "HEAD"]:
            with urllib.request.urlopen(urllib.request.Request(link, method=method)) as answer:
                assert answer.status == 200
    incident = story.person("Olivia")
    incident.open("/respond/incidents/")
    incident.reads("Triggered")
    story.known["acknowledge"] = next(link for link in links if "/ack/" in link)


def test_olivia_acknowledges_on_her_phone(story: Story) -> None:
    stranger = story.person("Somebody with the link", phone=True)
    stranger.open(story.known["acknowledge"])
    stranger.press("Acknowledge as Olivia")
    stranger.reads("Acknowledged")

    olivia = story.person("Olivia", phone=True)
    olivia.open(story.known["acknowledge"])
    olivia.follow("Open the incident room")
    story.known["incident"] = olivia.path
    olivia.reads("Acknowledged")


def test_she_follows_the_suggested_runbook(story: Story) -> None:
    olivia = story.person("Olivia", phone=True)
    olivia.open(story.known["incident"])
    olivia.follow("High error rate")
    olivia.reads("Check the error logs")
    story.known["runbook"] = olivia.path
    olivia.open(story.known["incident"])
    olivia.press("Start")

    olivia.reads("Revision 1")
    story.known["run"] = olivia.path
    steps = olivia.page.locator(".run-steps > li")
    assert steps.count() > 3
    for number in range(steps.count()):
        olivia.press("Done", within=steps.nth(number))
    olivia.press("It worked")
    olivia.open(story.known["incident"])
    olivia.reads("revision 1, Succeeded")


UPDATES = {
    "Investigating": ("issue description", "failed payments"),
    "Identified": ("root cause", "a full connection pool"),
    "Monitoring": None,
}


def test_she_tells_the_public_in_the_words_of_the_templates(story: Story) -> None:
    olivia = story.person("Olivia", phone=True)
    for phase, said in UPDATES.items():
        olivia.open(story.known["incident"])
        place = olivia.unfold(phase)
        words = olivia.field("What everybody reads", place)
        if said:
            words.fill(words.input_value().replace(f"[{said[0]}]", said[1]))
        olivia.press("Post it", place)
    public = story.person("Somebody")
    public.open("/status/")
    public.reads("[Investigating] We are investigating reports of failed payments.")
    public.reads("[Identified] The issue has been identified as a full connection pool.")
    public.reads("[Monitoring] A fix has been implemented")
    for path in ["/status/status.json", "/status/feed.atom"]:
        assert "a full connection pool" in get(story.portal.url + path)


def test_the_alert_ends_and_she_resolves(story: Story) -> None:
    story.alertmanager.fire(
        ended=True, alertname="HighErrorRate", severity="p0", service="checkout"
    )
    olivia = story.person("Olivia")
    olivia.open("/operate/alerts/")
    olivia.follow("HighErrorRate")
    story.known["alert"] = olivia.path
    wait_for(
        lambda: olivia.sees("Cleared", at=story.known["alert"]), seconds=20, what="its end"
    )
    olivia.open(story.known["incident"])
    place = olivia.unfold("Resolve")
    olivia.write("What ended it", "A larger connection pool.", place)
    olivia.press("Resolve", place)
    olivia.reads("A larger connection pool.")
    place = olivia.unfold("Resolved")
    olivia.press("Post it", place)
    public = story.person("Somebody")
    public.open("/status/")
    public.reads("[Resolved] The issue has been resolved. All systems operational.")
