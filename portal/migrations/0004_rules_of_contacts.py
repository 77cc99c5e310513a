"""Each use of a contact method becomes a step of its person's chain."""

from django.db import migrations


def write_rules(apps, schema_editor):
    contacts = apps.get_model("portal", "ContactMethod").objects.order_by("pk")
    rules = apps.get_model("portal", "NotificationRule")
    rules.objects.bulk_create(
        [
            rules(
                person_id=contact.person_id,
                contact=contact,
                urgency=urgency,
                after_minutes=contact.delay_minutes,
            )
            for contact in contacts
            for urgency, is_used in [("high", contact.for_high), ("low", contact.for_low)]
            if is_used
        ]
    )


def write_uses(apps, schema_editor):
    contacts = apps.get_model("portal", "ContactMethod")
    contacts.objects.update(for_high=False, for_low=False)
    for rule in apps.get_model("portal", "NotificationRule").objects.exclude(contact=None):
        use = "for_high" if rule.urgency == "high" else "for_low"
        used = contacts.objects.filter(pk=rule.contact_id)
        used.update(**{use: True, "delay_minutes": rule.after_minutes})


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_rules_channels_and_lanes")]
    operations = [migrations.RunPython(write_rules, write_uses)]
