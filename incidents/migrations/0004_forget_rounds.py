import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0003_runs_of_steps'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='escalationstep',
            name='escalation_step_once',
        ),
        migrations.AlterModelOptions(
            name='escalationstep',
            options={'ordering': ['run', 'loop', 'order']},
        ),
        migrations.RemoveField(
            model_name='escalationstep',
            name='because',
        ),
        migrations.RemoveField(
            model_name='escalationstep',
            name='incident',
        ),
        migrations.RemoveField(
            model_name='escalationstep',
            name='outcome',
        ),
        migrations.RemoveField(
            model_name='escalationstep',
            name='round',
        ),
        migrations.RemoveField(
            model_name='escalationstep',
            name='target',
        ),
        migrations.AlterField(
            model_name='escalationstep',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='incidents.escalationrun'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.UniqueConstraint(fields=('run', 'loop', 'order'), name='escalation_step_once'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'due')), fields=('run',), name='escalation_step_one_due'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('executed_at__isnull', False), ('state__in', ['done', 'skipped'])), models.Q(('executed_at__isnull', True), ('state__in', ['due', 'cancelled'])), _connector='OR'), name='escalation_step_taken_iff_executed_at'),
        ),
    ]
