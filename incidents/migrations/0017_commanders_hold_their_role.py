"""Whoever commands an incident has that role, since its acknowledgement or its detection."""

from django.db import migrations

BATCH = 500


def write_roles(apps, schema_editor):
    roles = apps.get_model("incidents", "IncidentRole").objects
    incidents = apps.get_model("incidents", "Incident").objects
    led = incidents.filter(commander__isnull=False).order_by("pk")
    reached = 0
    while rows := list(led.filter(pk__gt=reached)[:BATCH]):
        roles.bulk_create(_role(apps, incident) for incident in rows)
        reached = rows[-1].pk


def forget_roles(apps, schema_editor):
    apps.get_model("incidents", "IncidentRole").objects.filter(role="commander").delete()


def _role(apps, incident):
    return apps.get_model("incidents", "IncidentRole")(
        incident=incident,
        role="commander",
        person_id=incident.commander_id,
        given_by_id=incident.commander_id,
        started_at=incident.acknowledged_at or incident.detected_at,
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0016_mitigated_merged_and_command")]

    operations = [migrations.RunPython(write_roles, forget_roles, elidable=True)]
