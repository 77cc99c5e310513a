import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0010_first_wording_of_entries'),
        ('portal', '0005_forget_uses_of_contacts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalincident',
            name='next_due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalseveritypolicy',
            name='at_risk_percent',
            field=models.PositiveSmallIntegerField(default=80, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(99)], verbose_name='at risk from (per cent of a target)'),
        ),
        migrations.AddField(
            model_name='historicalseveritypolicy',
            name='clock_hours',
            field=models.CharField(choices=[('always', 'Around the clock'), ('business', 'In business hours, unless the service pages always')], default='always', help_text='Without business hours, minutes count around the clock.', max_length=8, verbose_name='minutes count'),
        ),
        migrations.AddField(
            model_name='historicalseveritypolicy',
            name='communication_minutes',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='first update within (minutes)'),
        ),
        migrations.AddField(
            model_name='historicalseveritypolicy',
            name='resolution_rule',
            field=models.CharField(choices=[('minutes', 'A number of minutes'), ('business_day', 'Until the end of the next business day'), ('sprint', 'Until the end of the next sprint')], default='minutes', max_length=12, verbose_name='resolution counts'),
        ),
        migrations.AddField(
            model_name='historicalseveritypolicy',
            name='response_rule',
            field=models.CharField(choices=[('minutes', 'A number of minutes'), ('business_day', 'Until the end of the next business day'), ('sprint', 'Until the end of the next sprint')], default='minutes', max_length=12, verbose_name='response counts'),
        ),
        migrations.AddField(
            model_name='incident',
            name='next_due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='severitypolicy',
            name='at_risk_percent',
            field=models.PositiveSmallIntegerField(default=80, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(99)], verbose_name='at risk from (per cent of a target)'),
        ),
        migrations.AddField(
            model_name='severitypolicy',
            name='clock_hours',
            field=models.CharField(choices=[('always', 'Around the clock'), ('business', 'In business hours, unless the service pages always')], default='always', help_text='Without business hours, minutes count around the clock.', max_length=8, verbose_name='minutes count'),
        ),
        migrations.AddField(
            model_name='severitypolicy',
            name='communication_minutes',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='first update within (minutes)'),
        ),
        migrations.AddField(
            model_name='severitypolicy',
            name='resolution_rule',
            field=models.CharField(choices=[('minutes', 'A number of minutes'), ('business_day', 'Until the end of the next business day'), ('sprint', 'Until the end of the next sprint')], default='minutes', max_length=12, verbose_name='resolution counts'),
        ),
        migrations.AddField(
            model_name='severitypolicy',
            name='response_rule',
            field=models.CharField(choices=[('minutes', 'A number of minutes'), ('business_day', 'Until the end of the next business day'), ('sprint', 'Until the end of the next sprint')], default='minutes', max_length=12, verbose_name='response counts'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['next_due_at', 'id'], name='incident_next_due'),
        ),
        migrations.CreateModel(
            name='IncidentClock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clocks', to='incidents.incident')),
                ('kind', models.CharField(choices=[('response', 'Response'), ('resolution', 'Resolution'), ('communication', 'Communication'), ('review', 'Review')], max_length=13)),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('severity', models.PositiveSmallIntegerField(choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')])),
                ('started_at', models.DateTimeField()),
                ('target', models.DurationField(null=True)),
                ('target_text', models.CharField(blank=True, max_length=60)),
                ('calendars', models.JSONField(default=list)),
                ('at_risk_percent', models.PositiveSmallIntegerField(default=80)),
                ('at_risk_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('paused_for', models.CharField(blank=True, choices=[('vendor', 'Waiting for a vendor'), ('customer', 'Waiting for a customer'), ('resolved', 'Resolved, before it was reopened')], max_length=8)),
                ('frozen_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('elapsed', models.DurationField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('met', 'Met'), ('breached', 'Breached'), ('not_needed', 'Over before it was needed')], max_length=10)),
                ('breached_at', models.DateTimeField(null=True)),
                ('breach_reason', models.CharField(blank=True, choices=[('time', 'The time was over'), ('severity_change', 'The severity changed'), ('calendar_change', 'The calendar changed'), ('correction', 'A moment was corrected'), ('paused', 'It was paused'), ('resumed', 'It went on'), ('reopened', 'The incident was reopened'), ('thawed', 'The incident was un-merged')], max_length=15)),
                ('wake_at', models.DateTimeField(null=True)),
                ('at_risk_told_at', models.DateTimeField(null=True)),
                ('breach_told_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['incident', 'kind', 'number'],
                'indexes': [models.Index(condition=models.Q(('wake_at__isnull', False)), fields=['wake_at'], name='clock_wakes'), models.Index(condition=models.Q(('breached_at__isnull', False)), fields=['incident'], name='clock_breached'), models.Index(condition=models.Q(('stopped_at__isnull', True)), fields=['incident'], name='clock_running')],
                'constraints': [models.UniqueConstraint(fields=('incident', 'kind', 'number'), name='clock_of_an_incident_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['response', 'resolution', 'communication', 'review'])), name='clock_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('elapsed__isnull', True), ('outcome', ''), ('stopped_at__isnull', True)), models.Q(('elapsed__isnull', False), ('stopped_at__isnull', False), ('outcome__in', ['met', 'breached', 'not_needed'])), _connector='OR'), name='clock_stopped_iff_outcome'), models.CheckConstraint(condition=models.Q(models.Q(('breach_reason', ''), ('breached_at__isnull', True)), models.Q(('breach_reason__in', ['time', 'severity_change', 'calendar_change', 'correction', 'paused', 'resumed', 'reopened', 'thawed']), ('breached_at__isnull', False)), _connector='OR'), name='clock_breached_for_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'breached'), _negated=True), ('breached_at__isnull', False), _connector='OR'), name='clock_breached_has_time'), models.CheckConstraint(condition=models.Q(('wake_at__isnull', True), models.Q(('stopped_at__isnull', True), ('frozen_at__isnull', True)), _connector='OR'), name='clock_wakes_only_while_it_runs'), models.CheckConstraint(condition=models.Q(('paused_for', ''), models.Q(('stopped_at__isnull', True), ('kind', 'resolution')), _connector='OR'), name='clock_pauses_only_the_resolution')],
            },
        ),
        migrations.CreateModel(
            name='ClockPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='incidents.incidentclock')),
                ('reason', models.CharField(choices=[('vendor', 'Waiting for a vendor'), ('customer', 'Waiting for a customer'), ('resolved', 'Resolved, before it was reopened')], max_length=8)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['started_at', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('clock',), name='clock_paused_once_at_a_time'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='clock_pause_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('reason__in', ['vendor', 'customer', 'resolved'])), name='clock_pause_reason_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='ClockChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='incidents.incidentclock')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', models.CharField(choices=[('time', 'The time was over'), ('severity_change', 'The severity changed'), ('calendar_change', 'The calendar changed'), ('correction', 'A moment was corrected'), ('paused', 'It was paused'), ('resumed', 'It went on'), ('reopened', 'The incident was reopened'), ('thawed', 'The incident was un-merged')], max_length=15)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('severity_before', models.PositiveSmallIntegerField(choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')])),
                ('severity_after', models.PositiveSmallIntegerField(choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')])),
                ('target_before', models.DurationField(null=True)),
                ('target_after', models.DurationField(null=True)),
                ('due_before', models.DateTimeField(null=True)),
                ('due_after', models.DateTimeField(null=True)),
                ('elapsed', models.DurationField()),
            ],
            options={
                'ordering': ['at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['time', 'severity_change', 'calendar_change', 'correction', 'paused', 'resumed', 'reopened', 'thawed'])), name='clock_change_reason_known')],
                'indexes': [],
            },
        ),
    ]
