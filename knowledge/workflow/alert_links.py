"""Which document answers which alert, as people say; and the rules that monitors work by."""

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.access import may_read_and_change
from knowledge.alert_runbooks import hash_of, is_ours
from knowledge.front_matter import Problem
from knowledge.models import (
    AlertLink,
    AlertRule,
    Document,
    DocumentAddress,
    DocumentKind,
    RuleFile,
    ServiceRunbook,
)
from knowledge.rule_files import Rule, read_rules
from knowledge.snippets import expanded
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.markdown import find_steps
from portal.models import Service, User

MOST_LABELS = 20
LONGEST_URL = 1_000
MOST_PROBLEMS = 50
MOST_CHANGED = 200


@transaction.atomic
def link_alert(
    document: Document,
    *,
    actor: User | None,
    alert_name: str = "",
    labels: Mapping[str, str] | None = None,
    anchor: str = "",
) -> AlertLink:
    """Have alerts of this name, with these labels, answered by the document."""
    name = alert_name.strip()[:200]
    wanted = {key.strip(): value.strip() for key, value in (labels or {}).items()}
    if reasons := _why_not_link(document, name, wanted, anchor):
        raise TransitionNotAllowed(reasons)
    link = AlertLink(alert_name=name, labels=wanted, document=document, anchor=anchor)
    link.changed_by = actor
    link.save()
    events.record("document.alert_linked", document, actor=actor, alert=str(link))
    return link


@transaction.atomic
def unlink_alert(link: AlertLink, *, actor: User | None) -> None:
    """Take the link back; the alert is answered by what else says so, if anything."""
    fresh = AlertLink.objects.select_for_update().filter(pk=link.pk).first()
    if fresh is None:
        raise refuse("link_gone", _("Somebody has taken this link back already."))
    events.record("document.alert_unlinked", fresh.document, actor=actor, alert=str(fresh))
    fresh.changed_by = actor
    fresh.delete()


@transaction.atomic
def set_service_runbook(
    service: Service, *, document: Document | None, actor: User | None
) -> ServiceRunbook | None:
    """Name the runbook for whatever goes wrong with a service; None: there is none."""
    usual = ServiceRunbook.objects.select_for_update().filter(service=service).first()
    if document is not None and (reasons := _why_not_answer(document)):
        raise TransitionNotAllowed(reasons)
    # Without its title: not everybody who reads of the service may read the document.
    events.record("service.runbook_set", service, actor=actor, named=document is not None)
    if document is None:
        if usual:
            usual.changed_by = actor
            usual.delete()
        return None
    usual = usual or ServiceRunbook(service=service)
    usual.document, usual.changed_by = document, actor
    usual.save()
    return usual


@transaction.atomic
def know_address(document: Document, *, url: str, actor: User | None) -> DocumentAddress:
    """Remember where the document was known before; of two documents the later one counts."""
    url = url.strip()
    if not url.startswith(("http://", "https://")) or len(url) > LONGEST_URL:
        raise refuse("no_address", _("This is no address of a page."))
    if is_ours(url):
        raise refuse("address_is_ours", _("Addresses here lead to their documents anyway."))
    addresses = DocumentAddress.objects.select_for_update(of=("self",))
    known = addresses.select_related("document__space").filter(url_hash=hash_of(url)).first()
    if known and not may_read_and_change(actor, known.document):
        raise refuse(
            "address_of_another",
            _("This address leads to a document that you may not change."),
            _("Ask whoever keeps it, or an administrator."),
        )
    address, _is_new = DocumentAddress.objects.update_or_create(
        url_hash=hash_of(url), defaults={"url": url, "document": document}
    )
    events.record("document.address_known", document, actor=actor, url=url)
    return address


@transaction.atomic
def forget_address(address: DocumentAddress, *, actor: User | None) -> None:
    events.record("document.address_forgotten", address.document, actor=actor, url=address.url)
    address.delete()


@transaction.atomic
def upload_rules(*, name: str, text: str, actor: User | None) -> tuple[RuleFile, list[Problem]]:
    """
    Take in a file of rules in the place of what it said before, if anything.

    A file without a rule that can be read is refused, with what is wrong by line; the rest is
    told with what was taken in.
    """
    rules, problems = read_rules(text)
    if not rules:
        raise TransitionNotAllowed(
            Refusal("rules_unreadable", _line_words(problem))
            for problem in problems[:MOST_PROBLEMS]
        )
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    file, _is_new = RuleFile.objects.update_or_create(
        name=name.strip()[:200] or "rules.yml",
        defaults={
            "sha256": digest,
            "uploaded_by": actor,
            "uploaded_at": clock.now(),
            "problems": [problem._asdict() for problem in problems[:MOST_PROBLEMS]],
        },
    )
    changed = _changed(file, rules)
    file.rules.all().delete()
    AlertRule.objects.bulk_create(AlertRule(file=file, **rule._asdict()) for rule in rules)
    events.record("rules.uploaded", file, actor=actor, rules=len(rules), changed=changed)
    return file, problems[:MOST_PROBLEMS]


@transaction.atomic
def remove_rules(file: RuleFile, *, actor: User | None) -> None:
    """Forget a file of rules."""
    events.record("rules.removed", file, actor=actor)
    file.delete()


def _changed(file: RuleFile, rules: list[Rule]) -> list[str]:
    """The names of rules that say something else now, or nothing any more."""
    before: dict[str, set[str]] = {}
    for name, digest in file.rules.exclude(digest="").values_list("name", "digest"):
        before.setdefault(name, set()).add(digest)
    now: dict[str, set[str]] = {}
    for rule in rules:
        now.setdefault(rule.name, set()).add(rule.digest)
    names = sorted(name for name, said in before.items() if said != now.get(name))
    return names[:MOST_CHANGED]


def _why_not_answer(document: Document) -> list[Refusal]:
    reasons = []
    if document.kind not in {DocumentKind.RUNBOOK, DocumentKind.PROCEDURE}:
        reasons.append(
            Refusal("not_a_runbook", _("Only runbooks and procedures answer alerts."))
        )
    if document.archived_at:
        reasons.append(Refusal("document_archived", _("This document is archived.")))
    return reasons


def _why_not_link(
    document: Document, name: str, labels: Mapping[str, str], anchor: str
) -> list[Refusal]:
    reasons = _why_not_answer(document)
    if not name and not labels:
        reasons.append(Refusal("nothing_named", _("Name an alert, or labels.")))
    if len(labels) > MOST_LABELS or any(not key for key in labels):
        reasons.append(Refusal("labels_wrong", _("Up to 20 labels, each with a name.")))
    same = AlertLink.objects.filter(document=document, alert_name=name, labels=labels)
    if same.exists():
        reasons.append(Refusal("linked_already", _("It answers this alert already.")))
    if anchor and document.published:
        steps = find_steps(expanded(document.published.body, document))
        if anchor not in {step.anchor for step in steps}:
            reasons.append(Refusal("no_such_step", _("This revision has no such step.")))
    return reasons


def _line_words(problem: Problem) -> str:
    words = {"line": problem.line, "sentence": problem.sentence}
    return _("Line %(line)s: %(sentence)s") % words
