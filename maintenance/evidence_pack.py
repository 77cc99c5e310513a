"""
What an auditor takes along of requests: plans with digests, votes, checks, deployments, log.

Rows are as they are stored, each with all its columns, so that nothing has to be believed that
was worked out again. A plan's file holds the bytes that its digest is the SHA-256 of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet

from maintenance.models import (
    Analysis,
    ApprovalAsked,
    ApprovalDelegation,
    BreakGlass,
    ConflictCheck,
    Deployment,
    DeploymentCommit,
    EvidenceGate,
    GateQuestion,
    ImplementationReview,
    MaintenanceRequest,
    RequestStep,
    TimeOverride,
    Vote,
)
from maintenance.sealed_pack import as_csv, as_json
from maintenance.workflow.digest import canonical, digest_of
from portal.models import Event, Service, User

Row = dict[str, Any]
# What is kept of each request, as a file of its own.
PARTS: dict[str, type[Model]] = {
    "analysis": Analysis,
    "votes": Vote,
    "asked": ApprovalAsked,
    "break-glass": BreakGlass,
    "steps": RequestStep,
    "conflict-checks": ConflictCheck,
    "time-overrides": TimeOverride,
    "evidence-gates": EvidenceGate,
    "review": ImplementationReview,
}
README = """\
Evidence pack of {title}
Packed {at} by {who}

  requests/CHG-n/   a request: request.json (as it is), versions.json (every saved version, with
                    who saved it), votes, steps, conflict checks as they were stored, evidence
                    gates, overrides of freezes and times, review
  plans/            what was decided on: the name of each file is its SHA-256, which is the
                    plan_digest that votes, checks and gate questions name
  deployments.*     what was deployed, commits.json what that brought
  gate-questions.*  what pipelines asked before, and what they were told
  log.*             every event, with its place and seal in the audit chain of the portal
  delegations.json  who let others vote for them, of those for whom others voted
  people.json       who the numbers of people are; services.json, of services

Check it, in the folder it was unpacked in, with sh, awk and sha256sum:

  awk '{{print $1 "  " $2}}' MANIFEST | sha256sum -c --quiet -

  prev={beginning}
  while read -r sum path chain; do
    [ "$(printf '%s %s %s' "$prev" "$sum" "$path" | sha256sum | cut -d' ' -f1)" = "$chain" ] ||
      echo "BROKEN at $path"
    prev=$chain
  done < MANIFEST
  echo "$prev"

  for plan in plans/*.json; do
    [ "$(sha256sum < "$plan" | cut -d' ' -f1)" = "$(basename "$plan" .json)" ] ||
      echo "BROKEN: $plan"
  done

Nothing else may be printed than the seal of the pack, by the first "echo". The portal wrote
the same seal into its log when it packed this (request.evidence_packed or
service.evidence_packed), and the log is a chain that "manage.py verify_audit" checks. Whoever
changes the pack, or the rows in the database and then packs again, gets another seal than the
one in the log.
"""


def files_of(
    found: list[MaintenanceRequest],
    deployed: list[Deployment],
    asked: list[GateQuestion],
    *,
    log: QuerySet[Event],
    title: str,
    who: str,
    at: datetime,
) -> dict[str, bytes]:
    """Return path and content of every file, in the order of the manifest."""
    readme = README.format(title=title, at=_instant(at), who=who, beginning="0" * 64)
    files = {"README.txt": readme.encode()}
    tables: dict[str, list[Row]] = {
        "deployments": [plain(row) for row in deployed],
        "gate-questions": [plain(row) for row in asked],
        "log": [plain(event) for event in log.iterator()],
    }
    plans, versions = _versions(found)
    files |= plans
    files |= dict(_of_requests(found, versions))
    for name, rows in tables.items():
        files[f"{name}.json"] = as_json(rows)
        files[f"{name}.csv"] = as_csv(rows)
    commits = DeploymentCommit.objects.filter(deployment__in=[row.pk for row in deployed])
    files["commits.json"] = as_json([plain(row) for row in commits.order_by("pk")])
    givers = Vote.objects.filter(request__in=found).exclude(on_behalf_of=None)
    delegations = ApprovalDelegation.objects.filter(giver__in=givers.values("on_behalf_of"))
    files["delegations.json"] = as_json([plain(row) for row in delegations.order_by("pk")])
    people = User.objects.order_by("pk").values_list("pk", "name")
    files["people.json"] = as_json({str(pk): name for pk, name in people})
    services = Service.objects.order_by("pk").values_list("pk", "slug")
    files["services.json"] = as_json({str(pk): slug for pk, slug in services})
    return files


def plain(row: Model) -> Row:
    """Return a row with all its columns as plain values, instants in UTC."""
    return {
        field.attname: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _instant(value)
    if value is None or isinstance(value, bool | int | float | dict | list):
        return value
    return str(value)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _versions(
    found: list[MaintenanceRequest],
) -> tuple[dict[str, bytes], dict[int, list[Row]]]:
    """
    Every plan that there was, by its digest, and every version by its request.

    A plan that cannot be had again is left out.
    """
    plans: dict[str, bytes] = {}
    versions: dict[int, list[Row]] = defaultdict(list)
    rows = MaintenanceRequest.history.filter(id__in=[request.pk for request in found])
    for version in rows.order_by("history_id").iterator():
        versions[version.id].append(plain(version))
        if version.plan_digest and digest_of(version) == version.plan_digest:
            plans[f"plans/{version.plan_digest}.json"] = canonical(version).encode()
    return dict(sorted(plans.items())), versions


def _of_requests(
    found: list[MaintenanceRequest], versions: dict[int, list[Row]]
) -> Iterator[tuple[str, bytes]]:
    parts = {name: _by_request(model, found) for name, model in PARTS.items()}
    for request in found:
        folder = f"requests/{request.number}"
        yield f"{folder}/request.json", as_json({**plain(request), "origin": _origin(request)})
        yield f"{folder}/versions.json", as_json(versions.get(request.pk, []))
        for name, rows in parts.items():
            if mine := rows.get(request.pk):
                yield f"{folder}/{name}.json", as_json(mine)


def _by_request(
    model: type[Model], found: Iterable[MaintenanceRequest]
) -> dict[int, list[Row]]:
    rows = model._default_manager.filter(request__in=[request.pk for request in found])
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows.order_by("pk"):
        told = plain(row)
        grouped[told["request_id"]].append(told)
    return grouped


def _origin(request: MaintenanceRequest) -> Row | None:
    """The action item that it carries out, and what that came from, such as an incident."""
    action = request.action_item
    if action is None:
        return None
    return {
        "action": action.pk,
        "title": action.title,
        "reference": action.reference,
        "reference_label": action.reference_label,
    }


def log_of(*groups: Sequence[Model]) -> QuerySet[Event]:
    """Return what the log tells of these rows, in its order."""
    wanted = Q(pk__in=[])
    for rows in groups:
        if rows:
            kind = ContentType.objects.get_for_model(rows[0])
            wanted |= Q(content_type=kind, object_id__in=[row.pk for row in rows])
    return Event.objects.filter(wanted).order_by("pk")
