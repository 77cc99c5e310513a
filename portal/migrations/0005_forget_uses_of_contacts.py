from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0004_rules_of_contacts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='contactmethod',
            name='contact_delay_within_a_day',
        ),
        migrations.AlterModelOptions(
            name='contactmethod',
            options={'ordering': ['pk']},
        ),
        migrations.RemoveField(
            model_name='contactmethod',
            name='delay_minutes',
        ),
        migrations.RemoveField(
            model_name='contactmethod',
            name='for_high',
        ),
        migrations.RemoveField(
            model_name='contactmethod',
            name='for_low',
        ),
        migrations.RemoveField(
            model_name='historicalcontactmethod',
            name='delay_minutes',
        ),
        migrations.RemoveField(
            model_name='historicalcontactmethod',
            name='for_high',
        ),
        migrations.RemoveField(
            model_name='historicalcontactmethod',
            name='for_low',
        ),
    ]
