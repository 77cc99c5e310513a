"""
The loop, once around, as people and programs go it.

An alert wakes Olivia, she answers, the public is told, the review demands a change, Max
approves it, a pipeline deploys it, and the runbook says what was learned. Nothing stands in
for a part of the product, and what a page shows is read from it and not typed again.
"""

import json
import re
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial

from tests.house import get, post, text_of, wait_for
from tests.loop.story import Story

DOMAIN = "harbour.example"
PASSWORD = "a lamp, a rope, a compass"
SUMMARY = "7 % of payments fail"


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
    story.receiver.secret = ada.field("Signing secret").input_value()

    story.known["token"] = story.portal.manage(
        "create_token", "--person", f"olivia@{DOMAIN}", "--name", "CI", "--scopes", "deploy"
    ).strip()


def test_an_alert_pages_olivia_within_seconds(story: Story) -> None:
    fired_at = time.monotonic()
    story.alertmanager.fire(
        SUMMARY, alertname="HighErrorRate", severity="p0", service="checkout"
    )
    mail = story.mailbox.wait(f"olivia@{DOMAIN}", about=f"P0 Checkout: {SUMMARY}")
    story.measured.append(f"From alert to mail: {time.monotonic() - fired_at:.2f} s")
    story.links = links_in(mail)


def links_in(mail: EmailMessage) -> list[str]:
    return re.findall(r"https?://\S+", text_of(mail))


def test_a_mail_scanner_changes_nothing(story: Story) -> None:
    assert story.links
    for link in story.links:
        for method in ["GET", "HEAD"]:
            with urllib.request.urlopen(urllib.request.Request(link, method=method)) as answer:
                assert answer.status == 200
    incident = story.person("Olivia")
    incident.open("/respond/incidents/")
    incident.reads("Triggered")
    story.known["acknowledge"] = next(link for link in story.links if "/ack/" in link)


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
    assert "```" not in olivia.page.locator("main").inner_text()


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
        SUMMARY, ended=True, alertname="HighErrorRate", severity="p0", service="checkout"
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
    public = story.person("Somebody else")
    public.open("/status/")
    public.reads("[Resolved] The issue has been resolved. All systems operational.")


def test_nothing_is_lost_when_processes_are_killed(story: Story) -> None:
    portal, mailbox = story.portal, story.mailbox

    def kill_those_who_page() -> None:
        portal.kill("manage.py", "pager")
        portal.kill("celery", "worker")

    for person in story.people.values():
        person.page.goto("about:blank")  # nobody looks while the pages are away
    mailbox.before_answering = kill_those_who_page  # the page is sent and not yet noted
    portal.kill("granian")
    fired = {"HighLatency": "p1", "DiskFillsUp": "p2"}
    for name, severity in fired.items():
        story.alertmanager.fire(name, alertname=name, severity=severity, service="checkout")

    mail = mailbox.wait(f"olivia@{DOMAIN}", about="P1 Checkout", seconds=60)
    for program in ["web", "worker", "pager"]:
        wait_for(
            lambda: portal.restarts(program) == 1,  # noqa: B023 (asked at once)
            seconds=30,
            what=f"{program} is started again",
        )
    wait_for(lambda: _is_all_paged(story), seconds=60, what="all pages are sent")
    pages = mailbox.to(f"olivia@{DOMAIN}", about="P1 Checkout")
    assert len(pages) in {1, 2}
    story.measured.append(f"Sent when who sends is killed: {len(pages)} mails for one page")

    ada = story.person("Ada")
    alerts = ada.api("/alerts/")["results"]
    assert sorted(alert["name"] for alert in alerts) == sorted(["HighErrorRate", *fired])
    # They concern one service at one time, so they are one incident.
    second, _first = ada.api("/incidents/")["results"]
    joined = ada.api(f"/incidents/{second['id']}/")["alerts"]
    assert sorted(alert["name"] for alert in joined) == sorted(fired)
    olivia = story.person("Olivia", phone=True)
    olivia.open(next(link for link in links_in(mail) if "/ack/" in link))
    olivia.press("Acknowledge as Olivia")
    olivia.reads("Acknowledged")


def _is_all_paged(story: Story) -> bool:
    try:
        paging = json.loads(get(f"{story.portal.url}/health/paging"))
    except urllib.error.URLError:  # 503, or not there yet
        return False
    return bool(paging["status"] == "ok" and paging["oldest_due_page_seconds"] == 0)


def test_the_review_is_demanded_and_begun(story: Story) -> None:
    olivia = story.person("Olivia")
    olivia.open(story.known["incident"])
    assert "review is not published" in olivia.disabled("Close")
    number = story.known["incident"].split("/")[-2]
    refused = olivia.call(f"/incidents/{number}/close/")
    assert refused.status == 409
    assert [each["code"] for each in refused.json()["reasons"]] == ["review_missing"]

    olivia.follow("Write the review")
    story.known["review"] = olivia.path
    olivia.reads("47 h")
    timeline = olivia.field("Timeline").input_value()
    for said in ["Paged Olivia", "Olivia acknowledged it", "full connection pool"]:
        assert said in timeline
    assert olivia.field("Resolution").input_value() == "A larger connection pool."


LEARNED = {
    "Root cause": "The pool was sized for half the load, and nothing watched it.",
    "What went well": "The page came within seconds.",
    "What went wrong": "The runbook says nothing about the pool.",
    "Prevention": "Size the pool for the peak, and say so in the runbook.",
}


def test_it_is_written_and_published_and_the_incident_closed(story: Story) -> None:
    olivia = story.person("Olivia")
    olivia.open(story.known["review"])
    for section, words in LEARNED.items():
        olivia.write(section, words)
    olivia.press("Save")
    assert "no action item" in olivia.disabled("Publish")

    olivia.unfold("Add an action item")
    olivia.write("What is to be done", "Size the connection pool for the peak")
    olivia.choose("Owner", "Olivia")
    olivia.write("Due", f"{datetime.now(UTC) + timedelta(days=14):%Y-%m-%d}")
    olivia.press("Add the action")
    olivia.press("Publish")
    olivia.reads("Published")
    olivia.follow("Size the connection pool for the peak")
    story.known["action"] = olivia.path

    olivia.open(story.known["incident"])
    olivia.press("Close")
    olivia.reads("Closed")


def test_the_action_becomes_a_change_in_one_step(story: Story) -> None:
    olivia = story.person("Olivia")
    olivia.open(story.known["action"])
    olivia.press("Make a maintenance request")
    story.known["request"] = olivia.path
    olivia.reads("Size the connection pool for the peak")
    olivia.follow("Edit")
    olivia.write("Plan", "1. Raise `pool_size` to 60\n2. Watch the waiting time for an hour")
    olivia.write("Test evidence", "Load test on staging: no waiting at twice the peak.")
    olivia.write("Rollback plan", "Set `pool_size` back to 30.")
    olivia.choose("Runbook to update", "High error rate")
    olivia.press("Save")
    olivia.follow("Write the analysis")
    olivia.choose("Reproduced", "Yes")
    olivia.write("How, or why not", "With twice the peak on staging.")
    olivia.write("Users", "Half a minute of slow answers while it restarts.")
    olivia.press("Save the analysis")
    olivia.press("Send for approval")
    olivia.reads("Awaiting approval")


def test_who_asked_cannot_approve(story: Story) -> None:
    olivia = story.person("Olivia")
    olivia.open(f"{story.known['request']}approval/")
    assert olivia.disabled("Approve this plan")
    number = story.known["request"].split("/")[-2]
    digest = olivia.api(f"/maintenance-requests/{number}/")["plan_digest"]
    refused = olivia.call(f"/maintenance-requests/{number}/approve/", digest=digest)
    assert refused.status in {403, 409}


def test_max_approves_on_his_phone(story: Story) -> None:
    mail = story.mailbox.wait(f"max@{DOMAIN}", about="For your decision")
    max_ = story.person("Max", phone=True)
    max_.open(links_in(mail)[0])
    max_.reads("Raise `pool_size` to 60")
    max_.press("Approve this plan")
    max_.reads("Approved")


def answer(story: Story, place: int) -> None:
    """Olivia answers a step, with evidence where it asks for some; Max reviews her work."""
    person = story.person("Olivia")
    if "For a reviewer" in person.page.locator(".steps > li").nth(place).inner_text():
        person = story.person("Max", phone=True)
        person.open(story.known["request"])
    step = person.page.locator(".steps > li").nth(place)
    with_evidence = "Done with evidence, or skip"
    if step.locator("summary").filter(has_text=with_evidence).count():
        more = person.unfold(with_evidence, within=step)
        person.write("Evidence", "No waiting at twice the peak.", within=more)
        person.press("Done", within=more)
    else:
        person.press("Done", within=step, exact=False)


def test_olivia_carries_it_out_and_the_pipeline_deploys(story: Story) -> None:
    olivia = story.person("Olivia")
    olivia.open(story.known["request"])
    olivia.press("Start the work")
    steps = olivia.page.locator(".steps > li")
    assert steps.count() > 3
    for place in range(steps.count()):
        answer(story, place)

    number = olivia.page.locator("h1 .muted").inner_text()
    made = post(
        f"{story.portal.url}/api/v1/deployments/",
        {
            "service": "checkout",
            "version": "2.4.1",
            "external_id": "run-1",
            "source": "ci",
            "result": "succeeded",
            "request": number,
        },
        token=story.known["token"],
    )
    story.known["deployment"] = f"/change/deployments/{made['id']}/"


def test_the_runbook_learns_and_the_change_is_closed(story: Story) -> None:
    olivia = story.person("Olivia")
    olivia.open(story.known["request"])
    olivia.follow("Revise it")
    text = olivia.field("Text")
    text.fill(f"{text.input_value().rstrip()}\n5. If the pool is full, raise `pool_size`\n")
    olivia.write("What changed, and why", "The pool was full.")
    olivia.press("Publish this revision")
    olivia.reads("revision 2 came from this request")

    olivia.press("Finish the work")
    olivia.choose("Outcome", "Succeeded")
    olivia.write("How it was verified", "No waiting for a connection at the peak.")
    olivia.press("Verified")
    olivia.reads("Closed")

    olivia.open(story.known["action"])
    olivia.write("Proof that it was done", f"{story.portal.url}{story.known['request']}")
    olivia.press("Done")
    olivia.reads("Done")


# What each part of the loop is in the API and in the admin.
PARTS = {
    "alert": ("alerts", "operations/alert"),
    "incident": ("incidents", "incidents/incident"),
    "review": ("reviews", "incidents/review"),
    "action": ("actions", "knowledge/actionitem"),
    "request": ("maintenance-requests", "maintenance/maintenancerequest"),
    "deployment": ("deployments", "maintenance/deployment"),
    "runbook": ("documents", "knowledge/document"),
    "run": ("runs", "knowledge/runbookrun"),
}
THREAD = ["alert", "incident", "review", "action", "request", "deployment", "runbook"]


def test_each_part_shows_all_the_others(story: Story) -> None:
    for here in THREAD:
        # What follows from the last act is written by the worker, a moment later.
        wait_for(partial(_shows_all_others, story, here), seconds=20, what=f"all on the {here}")


def _shows_all_others(story: Story, here: str) -> bool:
    olivia = story.person("Olivia")
    olivia.open(story.known[here])
    shown = olivia.page.locator(".thread a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    others = [story.known[there] for there in THREAD if there != here]
    return all(any(url.startswith(other) for url in shown) for other in others)


def test_each_part_is_in_the_api_and_in_the_admin(story: Story) -> None:
    ada = story.person("Ada")
    token = story.portal.manage("create_token", "--person", f"ada@{DOMAIN}", "--name", "Reader")
    for part, (endpoint, model) in PARTS.items():
        rows = ada.api(f"/{endpoint}/")["results"]
        [number] = [row["id"] for row in rows if row["url"] == story.known[part]]
        by_session = ada.api(f"/{endpoint}/{number}/")
        url = f"{story.portal.url}/api/v1/{endpoint}/{number}/"
        assert json.loads(get(url, token=token.strip())) == by_session
        ada.open(f"/admin/{model}/{number}/change/")


TOLD = [
    "alert.opened",
    "incident.opened",
    "incident.acknowledged",
    "incident.resolved",
    "review.drafted",
    "review.published",
    "incident.closed",
    "request.created",
    "request.analysed",
    "request.submitted",
    "request.approval_asked",
    "request.approved",
    "request.started",
    "deployment.recorded",
    "request.closed",
    "action.done",
]


def test_another_program_was_told_of_it_all(story: Story) -> None:
    wait_for(lambda: "action.done" in _kinds(story), seconds=30, what="the last event is told")
    told = _kinds(story)
    assert [told.index(kind) for kind in TOLD] == sorted(told.index(kind) for kind in TOLD)


def _kinds(story: Story) -> list[str]:
    """What the receiver believed, by place in the chain; a repeat counts once."""
    told = {call["position"]: call["kind"] for call in story.receiver.calls}
    return [told[position] for position in sorted(told)]


def test_the_books_are_in_order(story: Story) -> None:
    assert json.loads(get(f"{story.portal.url}/health/paging"))["status"] == "ok"
    story.portal.manage("verify_audit")
    ada = story.person("Ada")
    for subject in ["HighErrorRate", "INC-1", "CHG-1", "High error rate"]:
        ada.open("/events/")
        ada.reads(subject)


def test_no_page_complained(story: Story) -> None:
    complaints = [line for person in story.people.values() for line in person.complaints]
    assert not complaints, complaints
