from django.db import migrations
from django.db.models import Exists, OuterRef

BATCH = 500


def keep_first_wordings(apps, schema_editor):
    """Give each note from before its first version, so that an edit loses nothing."""
    Note = apps.get_model("incidents", "TimelineNote")
    Version = apps.get_model("incidents", "HistoricalTimelineNote")
    names = [
        field.attname for field in Note._meta.concrete_fields if field.attname != "id"
    ]
    missing = Note.objects.filter(~Exists(Version.objects.filter(id=OuterRef("pk"))))
    last = 0
    while True:
        rows = list(missing.filter(pk__gt=last).order_by("pk")[:BATCH])
        if not rows:
            return
        Version.objects.bulk_create(
            Version(
                id=row.pk,
                history_date=row.recorded_at,
                history_type="+",
                history_user_id=row.author_id,
                **{name: getattr(row, name) for name in names},
            )
            for row in rows
        )
        last = rows[-1].pk


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("incidents", "0009_timeline_entries"),
    ]

    operations = [
        migrations.RunPython(keep_first_wordings, migrations.RunPython.noop),
    ]
