"""
Each template's sections become its first version, and reviews begun with them name it.

Reviews whose outline says something else go on with it; they began before there were versions.
"""

from django.db import migrations

BATCH = 500


def keep(apps, schema_editor):
    versions = apps.get_model("incidents", "ReviewTemplateVersion").objects
    reviews = apps.get_model("incidents", "Review").objects
    for template in apps.get_model("incidents", "ReviewTemplate").objects.order_by("pk"):
        version, _is_new = versions.get_or_create(
            template=template,
            number=template.latest_number,
            defaults={"sections": template.sections},
        )
        _name(reviews.filter(template_version=None), template.sections, version)


def _name(reviews, sections, version):
    last = 0
    while batch := list(reviews.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        same = [review.pk for review in batch if review.outline == sections]
        reviews.filter(pk__in=same).update(template_version=version)


def forget(apps, schema_editor):
    apps.get_model("incidents", "Review").objects.update(template_version=None)
    apps.get_model("incidents", "ReviewTemplateVersion").objects.all().delete()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0006_reviews_together")]
    operations = [migrations.RunPython(keep, forget, elidable=True)]
