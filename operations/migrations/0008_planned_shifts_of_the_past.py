"""What was written down of the past says what was planned, but for overrides."""

from django.db import migrations

AT_ONCE = 1000


def plan_as_written(apps, schema_editor):
    past = apps.get_model("operations", "PastShift").objects.order_by("pk")
    planned = apps.get_model("operations", "PlannedShift")
    replaced = dict(
        apps.get_model("operations", "Override")
        .objects.filter(kind="replace", replaces__isnull=False)
        .values_list("pk", "replaces")
    )
    rows = []
    for row in past.iterator(chunk_size=AT_ONCE):
        people = row.people
        kind, _colon, number = row.source.partition(":")
        if kind == "override" and number.isdigit():
            people = [replaced[int(number)]] if int(number) in replaced else row.people
        rows.append(
            planned(
                schedule_id=row.schedule_id,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                people=people,
            )
        )
        if len(rows) == AT_ONCE:
            planned.objects.bulk_create(rows)
            rows = []
    planned.objects.bulk_create(rows)


def forget(apps, schema_editor):
    apps.get_model("operations", "PlannedShift").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("operations", "0007_sustainable_pace")]

    operations = [migrations.RunPython(plan_as_written, forget)]
