"""Each weekly rotation becomes a schedule with one layer, in the zone of its team."""

from django.db import migrations


def write_layers(apps, schema_editor):
    layers = apps.get_model("operations", "Layer")
    participants = apps.get_model("operations", "Participant")
    turns = apps.get_model("operations", "Turn")
    for schedule in apps.get_model("operations", "Schedule").objects.select_related("team"):
        schedule.time_zone = schedule.team.time_zone
        schedule.is_default = True
        schedule.save(update_fields=["time_zone", "is_default"])
        layer = layers.objects.create(
            schedule=schedule,
            rotation="weekly",
            interval=1,
            starts_on=schedule.starts_on,
            handoff_time=schedule.handoff_time,
            handoff_weekday=schedule.handoff_weekday,
        )
        participants.objects.bulk_create(
            participants(layer=layer, person_id=turn.person_id, order=turn.order)
            for turn in turns.objects.filter(schedule=schedule).order_by("order")
        )


def write_turns(apps, schema_editor):
    """Only what one weekly rotation can say comes back."""
    turns = apps.get_model("operations", "Turn")
    for schedule in apps.get_model("operations", "Schedule").objects.all():
        layer = schedule.layers.filter(rotation="weekly").order_by("-priority", "pk").first()
        if layer is None:
            continue
        for name in ("starts_on", "handoff_time", "handoff_weekday"):
            setattr(schedule, name, getattr(layer, name))
        schedule.save(update_fields=["starts_on", "handoff_time", "handoff_weekday"])
        people = layer.participants.order_by("order", "pk").values_list("person_id", flat=True)
        turns.objects.bulk_create(
            turns(schedule=schedule, person_id=person, order=order)
            for order, person in enumerate(people, start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("operations", "0002_formats_noise_and_layers")]
    operations = [migrations.RunPython(write_layers, write_turns)]
