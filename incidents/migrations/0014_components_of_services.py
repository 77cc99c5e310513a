"""What the status page showed so far becomes its components, one for each public service."""

from django.db import migrations
from django.utils import timezone

AT_ONCE = 200


def add_components(apps, schema_editor):
    Service = apps.get_model("portal", "Service")
    versions = apps.get_model("portal", "HistoricalService")
    Component = apps.get_model("incidents", "StatusComponent")
    shown = Service.objects.filter(is_public=True, retired_at=None).order_by("pk")
    reached = 0
    while rows := list(shown.filter(pk__gt=reached)[:AT_ONCE]):
        reached = rows[-1].pk
        first = {}
        for pk, at in versions.objects.filter(id__in=[row.pk for row in rows]).values_list(
            "id", "history_date"
        ):
            first[pk] = min(at, first.get(pk, at))
        Component.objects.bulk_create(
            Component(
                name=row.name,
                slug=row.slug,
                service=row,
                is_demo=row.is_demo,
                known_since=first.get(row.pk, timezone.now()),
            )
            for row in rows
        )


def take_them_away(apps, schema_editor):
    apps.get_model("incidents", "StatusComponent").objects.filter(service__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [("incidents", "0013_status_page")]

    operations = [migrations.RunPython(add_components, take_them_away)]
