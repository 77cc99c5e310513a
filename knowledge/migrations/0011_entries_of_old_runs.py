"""What was answered before answers were kept one by one; who led the runs; what was published."""

from datetime import timedelta

from django.db import migrations
from django.db.models import F

STEP = 500
DAYS = 90


def keep_answers(apps, schema_editor):
    step_model = apps.get_model("knowledge", "RunStep")
    entry_model = apps.get_model("knowledge", "RunEntry")
    answered = step_model.objects.exclude(answered_at=None).order_by("pk")
    entries = (
        entry_model(
            run_id=step.run_id,
            step_id=step.pk,
            state=step.state,
            note=step.note,
            by_id=step.answered_by_id,
            at=step.answered_at,
        )
        for step in answered.iterator(STEP)
    )
    entry_model.objects.bulk_create(entries, batch_size=STEP)


def name_leads(apps, schema_editor):
    apps.get_model("knowledge", "RunbookRun").objects.update(lead=F("started_by"))


def date_reviews(apps, schema_editor):
    """What is published counts as reviewed when it was, and is due by that."""
    document_model = apps.get_model("knowledge", "Document")
    freshness_model = apps.get_model("knowledge", "Freshness")
    published = document_model.objects.exclude(published=None).select_related("published")
    rows = (
        freshness_model(
            document_id=document.pk,
            reviewed_at=document.published.published_at,
            reviewed_number=document.published.number,
            reviewed_by_id=document.published.published_by_id,
            interval_days=DAYS,
            due_at=document.published.published_at + timedelta(days=DAYS),
            remind_at=document.published.published_at + timedelta(days=DAYS - 14),
        )
        for document in published.defer("published__body", "published__html").iterator(STEP)
    )
    freshness_model.objects.bulk_create(rows, batch_size=STEP, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0010_runs_repairs_and_freshness")]
    operations = [
        migrations.RunPython(keep_answers, migrations.RunPython.noop),
        migrations.RunPython(name_leads, migrations.RunPython.noop),
        migrations.RunPython(date_reviews, migrations.RunPython.noop),
    ]
