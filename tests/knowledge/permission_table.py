"""Who may do what at the URLs of knowledge."""

from datetime import timedelta
from typing import Any

from django.urls import resolve

from knowledge import workflow
from knowledge.models import first_space
from knowledge.run_live import address_for
from portal import clock
from tests.knowledge.folders import zipped
from tests.knowledge.make import (
    RULES,
    make_action,
    make_alert,
    make_published,
    make_retrospective,
    make_run,
)
from tests.permissions import (
    ADMINISTER,
    DONE,
    LOOK,
    MANAGE,
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

DOCUMENT: dict[str, Any] = {"slug": "document.slug"}
REVISION: dict[str, Any] = {**DOCUMENT, "number": 1}
DOCUMENT_PK: dict[str, Any] = {"pk": "document.pk"}
RUN: dict[str, Any] = {"pk": "run.pk"}
ACTION: dict[str, Any] = {"pk": "action.pk"}
REPAIR: dict[str, Any] = {"pk": "repair.pk"}
RETRO: dict[str, Any] = {"pk": "retrospective.pk"}

COMMENT: dict[str, Any] = {**DOCUMENT, "pk": "comment.pk"}
API_COMMENT: dict[str, Any] = {"document": "document.pk", "pk": "comment.pk"}
# What Olivia said is hers to change; an administrator may delete it.
OWN: Answers = (403, 403, DONE, 403, 403)
OWN_OR_ADMINISTER: Answers = (403, 403, DONE, 403, DONE)

OWN_IMPORT = (403, 404, DONE, 404, DONE)  # Olivia's; administrators see all


def furnish(world: dict[str, Any]) -> None:
    """Make a runbook of Payments', a run, an action item and a retrospective."""
    payments, olivia = world["payments"], world["olivia"]
    document = world["document"] = make_published(team=payments, services=[world["checkout"]])
    world["comment"] = workflow.comment_on(
        document.revisions.get(), text="Is it so?", actor=olivia
    )
    world["vault"] = workflow.create_space(
        name="Vault", team=payments, reading="named", actor=None
    )
    day = (clock.now() + timedelta(days=3)).date()
    asked = world["asked"] = workflow.ask_to_read(
        document.revisions.get(), people=[olivia], due_on=day, actor=world["max"]
    )
    world["duty"] = asked.duties.get()
    world["run"] = make_run(document)
    world["coming"] = workflow.start_import(
        zipped({"a.md": b"# A"}), name="a.zip", space=first_space(), actor=olivia
    )
    world["attachment"] = workflow.attach(document, b"text", name="notes.txt", actor=olivia)
    world["run_news"] = resolve(address_for(olivia, world["run"])).kwargs["token"]
    world["fired"] = make_alert(world["checkout"])
    world["alert_link"] = workflow.link_alert(document, alert_name="DiskFull", actor=None)
    wiki = "https://wiki.example/errors"
    world["address"] = workflow.know_address(document, url=wiki, actor=None)
    world["rules"] = workflow.upload_rules(name="rules.yml", text=RULES, actor=None)[0]
    world["repair"] = workflow.report_repair(
        document, reason="wrong", what="It hangs", order=1, actor=olivia
    )
    world["action"] = make_action(olivia, service=world["checkout"])
    retrospective = world["retrospective"] = make_retrospective(payments, world["max"])
    world["card"] = workflow.add_card(
        retrospective, column="went_well", text="Quick", actor=olivia
    )


# A space of Payments' own: for others it is not there; its manager says who reads it.
INSIDE: Answers = (404, 404, DONE, DONE, DONE)
MANAGED_INSIDE: Answers = (404, 404, 403, DONE, DONE)
SPACE: dict[str, Any] = {"slug": "vault.slug"}
SPACE_PK: dict[str, Any] = {"pk": "vault.pk"}

TABLE: dict[str, Rule] = {
    "knowledge:spaces": page(),
    "knowledge:space-new": form(WORK),
    "knowledge:space": page(INSIDE, **SPACE),
    "knowledge:space-change": form(MANAGED_INSIDE, **SPACE),
    **{
        f"knowledge:space-{name}": verb(MANAGED_INSIDE, **SPACE)
        for name in ("grant", "archive", "bring-back")
    },
    "knowledge:space-take-back": verb(MANAGED_INSIDE, pk=1, **SPACE),
    "space-list": api(LOOK, post=WORK),
    "space-detail": api(INSIDE, patch=MANAGED_INSIDE, **SPACE_PK),
    "space-grant": api(post=MANAGED_INSIDE, **SPACE_PK),
    "space-take-back": api(delete=MANAGED_INSIDE, grant=1, **SPACE_PK),
    "space-archive": api(post=MANAGED_INSIDE, **SPACE_PK),
    "space-bring-back": api(post=MANAGED_INSIDE, **SPACE_PK),
    "knowledge:home": page(),
    "knowledge:writing": page(),
    "knowledge:documents": page(),
    "knowledge:document-new": form(WORK),
    "knowledge:document": page(**DOCUMENT),
    "knowledge:document-history": page(**DOCUMENT),
    "knowledge:document-diff": page(query="from=1&to=1", **DOCUMENT),
    "knowledge:revision": page(**REVISION),
    "knowledge:document-edit": form(TEAM, **DOCUMENT),
    "knowledge:document-rename": verb(TEAM, **DOCUMENT),
    "knowledge:document-draft": verb(TEAM, **DOCUMENT),
    "knowledge:document-change": form(TEAM, **DOCUMENT),
    "knowledge:revision-publish": verb(TEAM, **REVISION),
    "knowledge:revision-restore": verb(TEAM, **REVISION),
    "knowledge:reviews": page(),
    "knowledge:review-policy": verb(ADMINISTER),
    **{
        f"knowledge:revision-{name}": verb(TEAM, **REVISION)
        for name in (
            "ask-for-review",
            "approve",
            "reject",
            "withdraw",
            "publish-urgently",
        )
    },
    "knowledge:document-comments": form(LOOK, post=WORK, **DOCUMENT),
    "knowledge:document-comments-live": page(**DOCUMENT),
    "knowledge:document-readers": page(TEAM, **DOCUMENT),
    "knowledge:reading-ask": verb(TEAM, **DOCUMENT),
    "knowledge:reading-withdraw": verb(TEAM, pk="asked.pk"),
    "knowledge:reading-confirm": verb(OLIVIAS_ALONE, pk="duty.pk"),
    "document-readers": api(TEAM, document="document.pk"),
    "reading-requests": api(TEAM, post=TEAM, document="document.pk"),
    "reading-withdraw": api(post=TEAM, pk="asked.pk"),
    "reading-duties": api(LOOK),
    "reading-confirm": api(post=OLIVIAS_ALONE, pk="duty.pk"),
    "knowledge:news": page(),
    "knowledge:news-read": verb(LOOK, body={"until": 1}),
    "knowledge:feed-make": verb(LOOK),
    "knowledge:feed-close": verb(LOOK),
    "document-feed": opened(answer=404, key="nobody-made-this"),
    "document-news": api(LOOK),
    "document-news-read": api(post=LOOK),
    "knowledge:watching": page(),
    "knowledge:watches-own": verb(LOOK),
    "knowledge:document-watch": verb(LOOK, **DOCUMENT),
    "knowledge:document-unwatch": verb(LOOK, **DOCUMENT),
    "knowledge:space-watch": verb(LOOK, slug="document.space.slug"),
    "knowledge:space-unwatch": verb(LOOK, slug="document.space.slug"),
    "document-watch": api(LOOK, put=LOOK, delete=LOOK, document="document.pk"),
    "space-watch": api(put=LOOK, delete=LOOK, space="document.space.slug"),
    "document-watches": api(LOOK),
    "knowledge:document-people": page(WORK, **DOCUMENT),
    "knowledge:comment-answer": verb(WORK, **COMMENT),
    "knowledge:comment-edit": form(OWN, **COMMENT),
    "knowledge:comment-remove": verb(OWN_OR_ADMINISTER, **COMMENT),
    "knowledge:comment-resolve": verb(TEAM, **COMMENT),
    "knowledge:comment-reopen": verb(TEAM, **COMMENT),
    "knowledge:comment-must-settle": verb(TEAM, **COMMENT),
    "knowledge:comment-need-not-settle": verb(TEAM, **COMMENT),
    "knowledge:document-attachments": form(LOOK, post=TEAM, **DOCUMENT),
    **{
        f"knowledge:attachment-{name}": verb(TEAM, **DOCUMENT, key="attachment.key")
        for name in ("replace", "describe", "remove")
    },
    "attachment": page(key="attachment.key"),
    # git shows a token as the password; a browser's session counts for nothing here.
    "git-refs": opened(answer=401, slug="document.space.slug"),
    "git-upload-pack": opened("POST", answer=401, slug="document.space.slug"),
    "knowledge:imports": form(WORK),
    # One's own: others are told that there is none.
    "knowledge:import": page(OWN_IMPORT, pk="coming.pk"),
    "knowledge:import-write": verb(OWN_IMPORT, pk="coming.pk"),
    "knowledge:import-publish": verb(OWN_IMPORT, pk="coming.pk"),
    "knowledge:import-ask": verb(OWN_IMPORT, pk="coming.pk"),
    "knowledge:import-cancel": verb(OWN_IMPORT, pk="coming.pk"),
    "knowledge:documents-archive": page(),
    "knowledge:documents-print": page(),
    "knowledge:document-print": page(**DOCUMENT),
    "knowledge:attachments": page(),
    "knowledge:links": page(),
    "knowledge:links-csv": page(),
    "knowledge:document-archive": verb(TEAM, **DOCUMENT),
    "knowledge:document-bring-back": verb(TEAM, **DOCUMENT),
    # Whoever is at hand may follow a runbook.
    "knowledge:run-start": verb(WORK, **DOCUMENT),
    "knowledge:gaps": page(),
    "knowledge:runbook-write": verb(WORK),
    "knowledge:rules-upload": verb(WORK),
    "knowledge:rules-remove": verb(WORK, pk="rules.pk"),
    "knowledge:alert-links": page(),
    "knowledge:alert-link": verb(WORK),
    "knowledge:alert-unlink": verb(TEAM, pk="alert_link.pk"),
    "knowledge:service-runbook": verb(WORK),
    "knowledge:address-know": verb(WORK),
    "knowledge:address-forget": verb(TEAM, pk="address.pk"),
    "knowledge:repairs": page(),
    "knowledge:freshness": page(),
    "knowledge:repair-new": form(WORK, **DOCUMENT),
    "knowledge:repair": page(**REPAIR),
    "knowledge:repair-resolve": verb(TEAM, **REPAIR),
    "knowledge:repair-dismiss": verb(TEAM, **REPAIR),
    "knowledge:document-attest": verb(TEAM, **DOCUMENT),
    "knowledge:document-interval": verb(TEAM, **DOCUMENT),
    # Whoever reads may say whether it helped.
    "knowledge:document-helpful": verb(LOOK, **DOCUMENT),
    "knowledge:runs": page(),
    "knowledge:run": page(**RUN),
    "knowledge:run-answer": verb(WORK, **RUN, order=1),
    "knowledge:run-finish": verb(WORK, **RUN),
    "knowledge:run-live": page(**RUN),
    "run-news": opened(token="run_news"),
    **{
        f"knowledge:run-{name}": verb(WORK, **RUN)
        for name in ("pause", "resume", "hand-over", "go-on", "variables", "queue")
    },
    "knowledge:actions": page(),
    "knowledge:action-new": form(WORK),
    "knowledge:action": page(**ACTION),
    "knowledge:action-change": verb(TEAM, **ACTION),
    "knowledge:action-start": verb(TEAM, **ACTION),
    "knowledge:action-finish": verb(TEAM, **ACTION),
    "knowledge:action-drop": verb(TEAM, **ACTION),
    "knowledge:action-reopen": verb(TEAM, **ACTION),
    "knowledge:action-postpone": verb(TEAM, **ACTION),
    "knowledge:action-snooze": verb(TEAM, **ACTION),
    "knowledge:action-wake": verb(TEAM, **ACTION),
    "knowledge:action-put-back": verb(TEAM, **ACTION),
    "knowledge:action-board": page(),
    "knowledge:actions-bulk": verb(WORK),
    "knowledge:actions-csv": page(),
    "knowledge:retrospectives": page(),
    "knowledge:retrospective-new": form(WORK),
    "knowledge:retrospective": page(**RETRO),
    "knowledge:card-add": verb(TEAM, **RETRO),
    # A card is its author's own: the rule says so to the rest of the team.
    "knowledge:card-remove": verb(TEAM, **RETRO, card="card.pk"),
    "knowledge:retrospective-action": verb(TEAM, **RETRO),
    "knowledge:retrospective-close": verb(MANAGE, **RETRO),
    "document-list": api(LOOK, post=WORK),
    "document-detail": api(LOOK, put=TEAM, **DOCUMENT_PK),
    "document-archive": api(post=TEAM, **DOCUMENT_PK),
    "document-bring-back": api(post=TEAM, **DOCUMENT_PK),
    "document-change": api(post=TEAM, **DOCUMENT_PK),
    "document-diff": api(LOOK, query="from=1&to=1", **DOCUMENT_PK),
    "document-publish": api(post=TEAM, **DOCUMENT_PK, number=1),
    "document-restore": api(post=TEAM, **DOCUMENT_PK, number=1),
    "document-preview": api(post=LOOK),
    "document-link-targets": api(LOOK, query="q=x"),
    "document-merge": api(post=TEAM, body={"base_number": 1, "body": "b"}, **DOCUMENT_PK),
    "document-rename": api(post=TEAM, **DOCUMENT_PK),
    # Each has their own, and here nobody has typed anything.
    "document-draft": api((403, 403, 404, 404, 404), put=TEAM, delete=TEAM, **DOCUMENT_PK),
    "document-by-slug": api(LOOK, **DOCUMENT),
    "document-reviews": api(LOOK),
    "document-review-policy": api(LOOK, put=ADMINISTER),
    **{
        f"document-{name}": api(post=TEAM, **DOCUMENT_PK, number=1)
        for name in (
            "ask-for-review",
            "approve",
            "reject",
            "withdraw",
            "publish-urgently",
        )
    },
    "document-comment-list": api(LOOK, post=WORK, document="document.pk"),
    "document-comment-detail": api(LOOK, **API_COMMENT),
    "document-comment-answer": api(post=WORK, **API_COMMENT),
    "document-comment-edit": api(post=OWN, **API_COMMENT),
    "document-comment-remove": api(post=OWN_OR_ADMINISTER, **API_COMMENT),
    "document-comment-resolve": api(post=TEAM, **API_COMMENT),
    "document-comment-reopen": api(post=TEAM, **API_COMMENT),
    "document-comment-weigh": api(post=TEAM, **API_COMMENT),
    "document-attachments": api(LOOK, post=TEAM, **DOCUMENT_PK),
    "document-attachment": api(
        put=TEAM, patch=TEAM, delete=TEAM, **DOCUMENT_PK, key="attachment.key"
    ),
    "document-linked-from": api(LOOK, **DOCUMENT_PK),
    "document-raw": api(LOOK, **DOCUMENT_PK),
    "document-archive-file": api(LOOK),
    "document-import-list": api(WORK, post=WORK),
    "document-import-detail": api(OWN_IMPORT, pk="coming.pk"),
    "document-import-findings": api(OWN_IMPORT, pk="coming.pk"),
    "document-import-files": api(OWN_IMPORT, pk="coming.pk"),
    "document-import-publish": api(post=OWN_IMPORT, pk="coming.pk"),
    "document-import-ask-for-review": api(post=OWN_IMPORT, pk="coming.pk"),
    "document-import-write": api(post=OWN_IMPORT, pk="coming.pk"),
    "document-import-cancel": api(post=OWN_IMPORT, pk="coming.pk"),
    "link-list": api(LOOK),
    "link-detail": api((404, 404, 404, 404, 404), pk="document.pk"),
    "document-revision": api(LOOK, **DOCUMENT_PK, number=1),
    "document-revisions": api(LOOK, **DOCUMENT_PK),
    "alert-runbook": api(LOOK, pk="fired.pk"),
    "runbook-gaps": api(LOOK),
    "rule-files": api(post=WORK),
    "document-address-list": api(LOOK, post=WORK),
    "document-address-detail": api(LOOK, delete=TEAM, pk="address.pk"),
    "alert-link-list": api(LOOK, post=WORK),
    "alert-link-detail": api(LOOK, delete=TEAM, pk="alert_link.pk"),
    "repair-list": api(LOOK, post=WORK),
    "repair-detail": api(LOOK, **REPAIR),
    "repair-resolve": api(post=TEAM, **REPAIR),
    "repair-dismiss": api(post=TEAM, **REPAIR),
    "freshness-list": api(LOOK),
    "freshness-detail": api(LOOK, **DOCUMENT_PK),
    "freshness-attest": api(post=TEAM, **DOCUMENT_PK),
    "freshness-interval": api(post=TEAM, **DOCUMENT_PK),
    "freshness-helpful": api(post=LOOK, **DOCUMENT_PK),
    "run-list": api(LOOK, post=WORK),
    "run-detail": api(LOOK, **RUN),
    "run-answer": api(post=WORK, **RUN),
    "run-finish": api(post=WORK, **RUN),
    "run-entries": api(LOOK, **RUN),
    **{
        f"run-{name}": api(post=WORK, **RUN)
        for name in ("pause", "resume", "hand-over", "go-on", "variables")
    },
    "action-list": api(LOOK, post=WORK),
    "action-detail": api(LOOK, **ACTION),
    "action-figures": api(LOOK),
    "action-bulk": api(post=WORK),
    "action-proofs": api(LOOK, **ACTION),
    **{
        f"action-{name}": api(post=TEAM, **ACTION)
        for name in (
            *("change", "drop", "finish", "reopen", "start"),
            *("postpone", "snooze", "wake"),
        )
    },
    "retrospective-list": api(LOOK, post=WORK),
    "retrospective-detail": api(LOOK, **RETRO),
    "retrospective-actions": api(post=TEAM, **RETRO),
    "retrospective-cards": api(post=TEAM, **RETRO),
    "retrospective-close": api(post=MANAGE, **RETRO),
    "retrospective-remove-card": api(delete=TEAM, **RETRO, card="card.pk"),
}
