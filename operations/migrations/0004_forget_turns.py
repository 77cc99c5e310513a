from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0003_layers_of_rotations'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='schedule',
            options={'ordering': ['team', '-is_default', 'name', 'pk']},
        ),
        migrations.RemoveConstraint(
            model_name='schedule',
            name='schedule_weekday_known',
        ),
        migrations.RemoveField(
            model_name='historicalschedule',
            name='handoff_time',
        ),
        migrations.RemoveField(
            model_name='historicalschedule',
            name='handoff_weekday',
        ),
        migrations.RemoveField(
            model_name='historicalschedule',
            name='starts_on',
        ),
        migrations.RemoveField(
            model_name='schedule',
            name='handoff_time',
        ),
        migrations.RemoveField(
            model_name='schedule',
            name='handoff_weekday',
        ),
        migrations.RemoveField(
            model_name='schedule',
            name='starts_on',
        ),
        migrations.DeleteModel(
            name='HistoricalTurn',
        ),
        migrations.DeleteModel(
            name='Turn',
        ),
    ]
