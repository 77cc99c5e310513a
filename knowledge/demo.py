"""The demo's knowledge: runbooks that grew, runs of them, retrospectives and their actions."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from django.utils.text import slugify

from knowledge.demo_care import load_care, remove_care, say_what_is_wrong
from knowledge.demo_talk import load_news, load_readings, load_talk, remove_talk
from knowledge.models import (
    ActionItem,
    ActionState,
    Card,
    Column,
    Document,
    DocumentKind,
    Origin,
    Reading,
    Retrospective,
    RetrospectiveState,
    Reviewing,
    Revision,
    RevisionState,
    RunbookRun,
    RunbookRunState,
    RunStep,
    Space,
    StepState,
    Writing,
    first_space,
)
from knowledge.workflow.documents import alert_words
from portal.demo import Story, keep, tell, wipe
from portal.markdown import RENDERER_VERSION, render
from portal.models import Service, User

POOL = """---
variables:
  - {name: host, label: instance, default: orders-db.harbour.example, pattern: "[a-z0-9.:-]+"}
  - {name: app, source: service.slug, example: checkout}
---
Requests to the orders database wait for a connection and time out.

## Symptoms

- Errors `remaining connection slots are reserved` or `timeout acquiring a connection`
- P95 of every service that needs the database goes up at the same time

## Steps

1. Look who holds the connections

   ```bash
   psql -h {{host}} -U readonly -c "
     SELECT application_name, state, count(*) FROM pg_stat_activity
     GROUP BY 1, 2 ORDER BY 3 DESC;"
   ```

2. decide: one application holds most of them? yes -> 3, no -> 4
3. Restart it, one pod at a time

   ```bash
   kubectl rollout restart deployment/{{app}} -n production
   ```

4. Raise the pool of the application that is starved, and write down the old value
5. check: the error rate, expect: under 0.1 % for ten minutes
6. Tell Platform when the sum of all pools is over 80 % of `max_connections`

## Escalation

Platform, then the vendor of the database.
"""

REPLICA = """The replica of the orders database lags behind; reports show old numbers.

## Steps

1. Measure the lag

   ```bash
   psql -h orders-replica.harbour.example -U readonly \\
     -c "SELECT now() - pg_last_xact_replay_timestamp();"
   ```

2. Look for long queries on the replica, and cancel reports older than ten minutes
3. Look at the network and disk of both nodes
4. check: the lag is under one minute
"""

CAMPAIGN = """Marketing announced a campaign: what to do before, during and after.

## Steps

1. Ask for the expected traffic as a multiple of a normal day
2. Scale web shop and checkout to that multiple, one hour before

   ```bash
   kubectl scale deployment/web-shop -n production --replicas=12
   ```

3. Watch P95 and the queue for the first thirty minutes
4. Scale back when traffic is normal for an hour
"""

INTERNAL = "Break glass: the database's last account"
LAST_ACCOUNT = """When sign-in is down and the orders database has to be reached all the same.

## Steps

1. approve: another engineer of the team agrees, by voice
2. Take the sealed envelope out of the safe; write the time on it
3. Sign in with the account in it, and do only what the incident needs
4. Change the password, seal the new one, and note both times in the incident
"""

BOOKS = [
    # title, team, services, alert names, body, days ago of each revision
    (
        "Orders database: connections run out",
        "Platform",
        ["Orders database", "Checkout", "Sign-in"],
        ["HighErrorRate", "ServiceUnavailable"],
        POOL,
        [80, 62],
    ),
    (
        "Orders database: replica lags",
        "Platform",
        ["Orders database"],
        ["ReplicaLag"],
        REPLICA,
        [70, 27],
    ),
    (INTERNAL, "Platform", ["Orders database"], [], LAST_ACCOUNT, [88]),
    ("Before a campaign", "Web", ["Web shop", "Search"], [], CAMPAIGN, [34]),
]

SAID = [
    (Column.WENT_WELL, "The status page was updated within five minutes, every time."),
    (Column.WENT_WELL, "Hand-over on Monday takes ten minutes since we write the log."),
    (Column.WENT_WELL, "Nobody worked at the weekend."),
    (Column.WENT_WELL, "Pairing on the restore drill: two more people can do it now."),
    (Column.IMPROVE, "The same disk alert for the third time."),
    (Column.IMPROVE, "We find out about campaigns from the graphs."),
    (Column.IMPROVE, "Only Jun knows how the replica is rebuilt."),
    (Column.IMPROVE, "Reviews wait too long for their last paragraph."),
]

WANTED = [
    # days ago of the retrospective, title, owner, days until due, done?
    (75, "Ask marketing for a shared calendar of campaigns", "sara", 14, True),
    (61, "Alert on 75 % of a disk, with the day it will be full", "ana", 21, True),
    (47, "Pair on rebuilding the replica, and write it down", "jun", 14, True),
    (33, "Add the pool sizes of all services to one dashboard", "tomas", 21, True),
    (19, "Rehearse the restore of the orders database", "ana", 14, False),
    (5, "Try two reviewers for each post-incident review", "max", 14, False),
]


def load(story: Story) -> None:
    story.shelf["runbooks"] = {}
    handbook, internals = first_space(), _internals(story)
    for title, team, services, alerts, body, days in BOOKS:
        document = Document(
            space=internals if title == INTERNAL else handbook,
            kind=DocumentKind.RUNBOOK,
            title=title,
            slug=slugify(title),
            team=story.teams[team],
            alert_names=alerts,
            alert_words=alert_words(alerts),
            is_demo=True,
        )
        keep(document, by=story.members(team)[0], at=story.at(days[0], 11))
        document.services.set(story.services[name] for name in services)
        for number, days_ago in enumerate(days, start=1):
            text = body if number == len(days) else body.rpartition("\n1")[0] or body
            revise(document, text, at=story.at(days_ago, 11, 30), by=story.members(team)[1])
        story.shelf["runbooks"][title] = document
    talked_of = story.shelf["runbooks"][BOOKS[0][0]]
    load_care(story.shelf["runbooks"].values())
    say_what_is_wrong(story, talked_of)
    load_talk(story, talked_of)
    load_readings(story, talked_of)
    load_news()
    for days_ago in (75, 61, 47, 33, 19, 5):
        _look_back(story, days_ago)


def _internals(story: Story) -> Space:
    """What one team alone reads and writes, and never without a second pair of eyes."""
    space = Space(
        name="Platform internals",
        slug="platform-internals",
        description="Accounts, keys and last resorts. For the Platform team alone.",
        team=story.teams["Platform"],
        reading=Reading.NAMED,
        writing=Writing.NAMED,
        reviewing=Reviewing.ALWAYS,
        is_demo=True,
    )
    keep(space, by=story.members("Platform")[0], at=story.at(90, 10))
    return space


def remove() -> None:
    wipe(
        ActionItem.objects.filter(is_demo=True) | ActionItem.objects.filter(owner__is_demo=True)
    )
    wipe(Retrospective.objects.filter(team__is_demo=True))
    of_demo_teams = Document.objects.filter(is_demo=True) | Document.objects.filter(
        team__is_demo=True
    )
    pks = list(of_demo_teams.values_list("pk", flat=True))
    remove_care(pks)
    RunbookRun.objects.filter(is_demo=True).delete()
    RunbookRun.objects.filter(service__is_demo=True).delete()
    RunbookRun.objects.filter(revision__document__team__is_demo=True).delete()
    remove_talk(pks)
    Document.objects.filter(pk__in=pks).update(published=None)
    Revision.objects.filter(document__in=pks).delete()
    wipe(Document.objects.filter(pk__in=pks))
    wipe(Space.objects.filter(is_demo=True))


def revise(document: Document, body: str, *, at: datetime, by: User) -> Revision:
    """Add a published revision of the past."""
    number = document.latest_number + 1
    revision = Revision.objects.create(
        document=document,
        number=number,
        title=document.title,
        body=body,
        html=render(body),
        renderer=RENDERER_VERSION,
        body_hash=hashlib.sha256(body.encode()).hexdigest(),
        message="First version" if number == 1 else "What the last incident taught us",
        state=RevisionState.PUBLISHED,
        author=by,
        published_by=by,
        published_at=at,
        created_at=at,
        is_demo=True,
    )
    document.latest_number = number
    document.published = revision
    keep(document, by=by, at=at)
    tell("document.published", document, at=at, actor=by, number=number)
    return revision


def work_through(
    document: Document,
    *,
    by: User,
    service: Service,
    at: datetime,
    reference: tuple[str, str, str],
) -> RunbookRun:
    """Add a run of the past in which every step was done; `reference` is (key, label, path)."""
    assert document.published is not None
    key, label, url = reference
    run = RunbookRun.objects.create(
        revision=document.published,
        reference=key,
        reference_label=label,
        reference_url=url,
        service=service,
        steps_hash=document.published.body_hash,
        state=RunbookRunState.SUCCEEDED,
        started_by=by,
        started_at=at,
        finished_at=at + timedelta(minutes=11),
        is_demo=True,
    )
    steps = [line for line in document.published.body.splitlines() if line[:1].isdigit()]
    RunStep.objects.bulk_create(
        RunStep(
            run=run,
            order=order,
            text=line.partition(". ")[2],
            html=render(line.partition(". ")[2]),
            state=StepState.DONE,
            answered_by=by,
            answered_at=at + timedelta(minutes=2 * order),
        )
        for order, line in enumerate(steps, start=1)
    )
    end = at + timedelta(minutes=11)
    tell("run.finished", run, at=end, actor=by, service=service, state="succeeded")
    return run


def promise(
    story: Story,
    title: str,
    *,
    owner: User,
    at: datetime,
    due_on: date,
    is_done: bool,
    origin: Origin,
    reference: tuple[str, str, str],
    service: Service | None = None,
) -> ActionItem:
    """Add an action item of the past; `reference` is (key, label, path)."""
    key, label, url = reference
    closed_at = min(at + timedelta(days=9), story.now) if is_done else None
    action = ActionItem(
        title=title,
        owner=owner,
        due_on=due_on,
        service=service,
        origin=origin,
        reference=key,
        reference_label=label,
        reference_url=url,
        state=ActionState.DONE if is_done else ActionState.OPEN,
        proof="Shown at the Thursday talk, and linked from the runbook." if is_done else "",
        created_at=at,
        closed_at=closed_at,
        is_demo=True,
    )
    keep(action, by=owner, at=at)
    tell("action.created", action, at=at, actor=owner, service=service)
    if closed_at:
        tell("action.finished", action, at=closed_at, actor=owner, service=service)
    return action


def _look_back(story: Story, days_ago: int) -> None:
    held = story.at(days_ago, 14)
    leader = story.dice.choice(story.members("Platform"))
    retrospective = Retrospective(
        team=story.teams["Platform"],
        title=f"Platform, two weeks until {held:%d %B}",
        held_on=held.date(),
        facilitator=leader,
        state=RetrospectiveState.CLOSED,
        closed_at=held + timedelta(hours=1),
        is_demo=True,
    )
    keep(retrospective, by=leader, at=held)
    cards = story.dice.sample(SAID, 5)
    Card.objects.bulk_create(
        Card(
            retrospective=retrospective,
            column=column,
            text=text,
            author=story.dice.choice(story.members("Platform")),
            created_at=held + timedelta(minutes=10),
        )
        for column, text in cards
    )
    tell("retrospective.closed", retrospective, at=held + timedelta(hours=1), actor=leader)
    for when, title, owner, days, is_done in WANTED:
        if when == days_ago:
            promise(
                story,
                title,
                owner=story.people[owner],
                at=held + timedelta(minutes=50),
                due_on=held.date() + timedelta(days=days),
                is_done=is_done,
                origin=Origin.RETROSPECTIVE,
                reference=(
                    f"retrospective:{retrospective.pk}",
                    retrospective.title,
                    retrospective.get_absolute_url(),
                ),
            )
