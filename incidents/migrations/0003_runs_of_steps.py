"""
Each round of steps becomes a run of the ladder that every incident had until now.

A climb under way goes on: its next step stays due, and the copy of the ladder that the run
keeps says what comes after it. P0 and P1 get the reference's time-outs of acknowledgement.
"""

from django.db import migrations


def write_runs(apps, schema_editor):
    runs = apps.get_model("incidents", "EscalationRun")
    steps = apps.get_model("incidents", "EscalationStep")
    policies = apps.get_model("incidents", "SeverityPolicy").objects
    minutes = dict(policies.values_list("severity", "escalate_minutes"))
    rounds = steps.objects.order_by("incident", "round").values_list("incident", "round")
    for incident_id, number in rounds.distinct():
        taken = steps.objects.filter(incident=incident_id, round=number).order_by("order")
        rungs = list(taken.select_related("incident__service"))
        incident = rungs[0].incident
        due = [rung for rung in rungs if rung.state == "due"]
        run = runs.objects.create(
            incident=incident,
            number=number,
            snapshot=_ladder(incident, minutes.get(incident.severity, 5)),
            because=rungs[0].because,
            started_at=rungs[0].due_at,
            ended_at=None if due else rungs[-1].executed_at or rungs[-1].due_at,
            end_reason="" if due else _why_ended(rungs),
        )
        taken.update(run=run, loop=0)
        for rung in rungs:
            steps.objects.filter(pk=rung.pk).update(reason=rung.outcome)
        # Of a run one step is due at a time; the ladder's copy knows the others.
        steps.objects.filter(pk__in=[rung.pk for rung in due[1:]]).delete()


def write_time_outs(apps, schema_editor):
    policies = apps.get_model("incidents", "SeverityPolicy").objects
    policies.filter(severity=0).update(ack_minutes=30)
    policies.filter(severity=1).update(ack_minutes=60, waits_for_hours=True)


def _why_ended(rungs):
    return "exhausted" if all(rung.state == "done" for rung in rungs) else "answered"


def _ladder(incident, minutes):
    targets = ("schedule", "managers")
    return {
        "name": "",
        "team": incident.service.team_id,
        "policy": None,
        "repeat": 0,
        "last_resort": None,
        "hours": None,
        "turn": 0,
        "steps": [
            {
                "targets": [{"kind": kind, "id": None}],
                "delay": minutes,
                "strategy": "all",
                "conditions": [],
            }
            for kind in targets
        ],
    }


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_policies_and_coverage")]
    operations = [
        migrations.RunPython(write_runs, migrations.RunPython.noop),
        migrations.RunPython(write_time_outs, migrations.RunPython.noop),
    ]
