from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('maintenance', '0001_initial'),
        ('portal', '0005_forget_uses_of_contacts'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalmaintenancewindow',
            name='alert_behaviour',
            field=models.CharField(choices=[('hold', 'Hold: nobody is woken'), ('escalate', 'Escalate: wake people as always'), ('attach', 'Attach: keep them with the work, wake nobody')], default='hold', max_length=8, verbose_name='alerts meanwhile'),
        ),
        migrations.AddField(
            model_name='historicalmaintenancewindow',
            name='alerts_at_end',
            field=models.CharField(choices=[('reprocess', 'Wake people for what still fires'), ('resolve', 'Close what still fires'), ('nothing', 'Do nothing more')], default='reprocess', max_length=9, verbose_name='what still fires at the end'),
        ),
        migrations.AddField(
            model_name='maintenancewindow',
            name='alert_behaviour',
            field=models.CharField(choices=[('hold', 'Hold: nobody is woken'), ('escalate', 'Escalate: wake people as always'), ('attach', 'Attach: keep them with the work, wake nobody')], default='hold', max_length=8, verbose_name='alerts meanwhile'),
        ),
        migrations.AddField(
            model_name='maintenancewindow',
            name='alerts_at_end',
            field=models.CharField(choices=[('reprocess', 'Wake people for what still fires'), ('resolve', 'Close what still fires'), ('nothing', 'Do nothing more')], default='reprocess', max_length=9, verbose_name='what still fires at the end'),
        ),
        migrations.AddConstraint(
            model_name='maintenancewindow',
            constraint=models.CheckConstraint(condition=models.Q(('alert_behaviour__in', ['hold', 'escalate', 'attach'])), name='window_alert_behaviour_known'),
        ),
        migrations.AddConstraint(
            model_name='maintenancewindow',
            constraint=models.CheckConstraint(condition=models.Q(('alerts_at_end__in', ['reprocess', 'resolve', 'nothing'])), name='window_alerts_at_end_known'),
        ),
    ]
