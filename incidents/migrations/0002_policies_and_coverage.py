import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0001_initial'),
        ('operations', '0004_forget_turns'),
        ('portal', '0005_forget_uses_of_contacts'),
        ('portal', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='CoverageHole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('severity', models.PositiveSmallIntegerField(choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')])),
                ('kind', models.CharField(choices=[('nobody', 'Reaches nobody'), ('last_resort', 'Reaches only the last resort'), ('away', 'Reaches only people who are away'), ('late', 'Reaches somebody too late'), ('first_step', 'Its first step reaches nobody')], max_length=11)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('code', models.CharField(max_length=30)),
                ('sentence', models.CharField(max_length=500)),
                ('fix_label', models.CharField(max_length=100)),
                ('fix_url', models.CharField(max_length=300)),
                ('is_new', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['starts_at', 'severity', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='CoverageRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('due', 'Waiting'), ('done', 'Done'), ('failed', 'Could not be finished')], default='due', max_length=6)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('starts_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('is_complete', models.BooleanField(default=True)),
                ('remark', models.CharField(blank=True, max_length=300)),
                ('service_count', models.PositiveIntegerField(default=0)),
                ('route_count', models.PositiveIntegerField(default=0)),
                ('hole_count', models.PositiveIntegerField(default=0)),
                ('weak_count', models.PositiveIntegerField(default=0)),
                ('covered_seconds', models.PositiveBigIntegerField(default=0)),
                ('total_seconds', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='EscalationPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('repeat_count', models.PositiveSmallIntegerField(default=0, help_text='How often the ladder is climbed again while nobody has acknowledged.', validators=[django.core.validators.MaxValueValidator(9)], verbose_name='times it is repeated')),
                ('is_default', models.BooleanField(default=False, editable=False, verbose_name='the default')),
                ('turns', models.PositiveIntegerField(default=0, editable=False)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name_plural': 'escalation policies',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='EscalationRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(default=1)),
                ('snapshot', models.JSONField()),
                ('route', models.CharField(blank=True, max_length=300)),
                ('because', models.CharField(blank=True, max_length=200)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end_reason', models.CharField(blank=True, choices=[('answered', 'Somebody answered'), ('resolved', 'It was resolved'), ('again', 'It began again'), ('lowered', 'The severity wakes nobody'), ('held', 'Its alerts are held'), ('exhausted', 'Everybody was told')], max_length=9)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='GroupingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('order', models.PositiveSmallIntegerField(default=100, help_text='The first rule that fits an alert decides.', verbose_name='order')),
                ('matchers', models.JSONField(blank=True, default=list, verbose_name='matchers')),
                ('group_by', models.JSONField(blank=True, default=list, verbose_name='together if these labels are equal')),
                ('window_minutes', models.PositiveIntegerField(blank=True, help_text='How far an alert may be from the nearest one of the incident; empty: any time.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='time window (minutes)')),
                ('reopen_minutes', models.PositiveIntegerField(blank=True, help_text='Of its end, the same incident is reopened; empty: a new one is opened.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='reopen within (minutes)')),
                ('resolve_minutes', models.PositiveIntegerField(blank=True, help_text='Without a firing alert; empty: only people resolve.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='resolve after (minutes)')),
                ('threshold_count', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='open from (different alerts)')),
                ('threshold_minutes', models.PositiveIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='that began within (minutes)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_default', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'ordering': ['is_default', 'order', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalEscalationPolicy',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=100, verbose_name='name')),
                ('repeat_count', models.PositiveSmallIntegerField(default=0, help_text='How often the ladder is climbed again while nobody has acknowledged.', validators=[django.core.validators.MaxValueValidator(9)], verbose_name='times it is repeated')),
                ('is_default', models.BooleanField(default=False, editable=False, verbose_name='the default')),
                ('turns', models.PositiveIntegerField(default=0, editable=False)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical escalation policy',
                'verbose_name_plural': 'historical escalation policies',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalGroupingRule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=100, verbose_name='name')),
                ('order', models.PositiveSmallIntegerField(default=100, help_text='The first rule that fits an alert decides.', verbose_name='order')),
                ('matchers', models.JSONField(blank=True, default=list, verbose_name='matchers')),
                ('group_by', models.JSONField(blank=True, default=list, verbose_name='together if these labels are equal')),
                ('window_minutes', models.PositiveIntegerField(blank=True, help_text='How far an alert may be from the nearest one of the incident; empty: any time.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='time window (minutes)')),
                ('reopen_minutes', models.PositiveIntegerField(blank=True, help_text='Of its end, the same incident is reopened; empty: a new one is opened.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='reopen within (minutes)')),
                ('resolve_minutes', models.PositiveIntegerField(blank=True, help_text='Without a firing alert; empty: only people resolve.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='resolve after (minutes)')),
                ('threshold_count', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='open from (different alerts)')),
                ('threshold_minutes', models.PositiveIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='that began within (minutes)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_default', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical grouping rule',
                'verbose_name_plural': 'historical grouping rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPolicyStep',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('delay_minutes', models.PositiveIntegerField(default=5, help_text='Then the next step is taken.', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='minutes to wait for an answer')),
                ('strategy', models.CharField(choices=[('all', 'Everybody at once'), ('round_robin', 'One after the other, incident by incident')], default='all', max_length=11, verbose_name='who of them')),
                ('conditions', models.JSONField(blank=True, default=list, verbose_name='conditions')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical policy step',
                'verbose_name_plural': 'historical policy steps',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalServiceEscalation',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('pages_always', models.BooleanField(default=False, help_text='For severities that otherwise wait for the business hours, such as P1.', verbose_name='pages outside business hours too')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical service escalation',
                'verbose_name_plural': 'historical service escalations',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalStepTarget',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'A person'), ('schedule', 'Whoever is on call'), ('team', 'Everybody in a team'), ('managers', 'The managers of a team'), ('channel', 'A channel'), ('webhook', 'A webhook')], max_length=8)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical step target',
                'verbose_name_plural': 'historical step targets',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='PolicyStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('delay_minutes', models.PositiveIntegerField(default=5, help_text='Then the next step is taken.', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='minutes to wait for an answer')),
                ('strategy', models.CharField(choices=[('all', 'Everybody at once'), ('round_robin', 'One after the other, incident by incident')], default='all', max_length=11, verbose_name='who of them')),
                ('conditions', models.JSONField(blank=True, default=list, verbose_name='conditions')),
            ],
            options={
                'ordering': ['policy', 'order'],
            },
        ),
        migrations.CreateModel(
            name='ServiceEscalation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pages_always', models.BooleanField(default=False, help_text='For severities that otherwise wait for the business hours, such as P1.', verbose_name='pages outside business hours too')),
            ],
            options={
                'ordering': ['service'],
            },
        ),
        migrations.CreateModel(
            name='StepTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'A person'), ('schedule', 'Whoever is on call'), ('team', 'Everybody in a team'), ('managers', 'The managers of a team'), ('channel', 'A channel'), ('webhook', 'A webhook')], max_length=8)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.RenameField(
            model_name='escalationstep',
            old_name='done_at',
            new_name='executed_at',
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='is_forced',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='late_by',
            field=models.DurationField(null=True),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='loop',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='reached',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='reason',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='historicalincident',
            name='ack_expires_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalincident',
            name='group_key',
            field=models.CharField(blank=True, default='', editable=False, max_length=100),
        ),
        migrations.AddField(
            model_name='historicalincident',
            name='quiet_due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalincident',
            name='snoozed_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalseveritypolicy',
            name='ack_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='Without any activity on the incident; then paging starts again.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='acknowledgement lapses after (minutes)'),
        ),
        migrations.AddField(
            model_name='historicalseveritypolicy',
            name='waits_for_hours',
            field=models.BooleanField(default=False, help_text='Unless the service says that it pages always, or no hours are set.', verbose_name='pages in business hours only'),
        ),
        migrations.AddField(
            model_name='incident',
            name='ack_expires_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='group_key',
            field=models.CharField(blank=True, default='', editable=False, max_length=100),
        ),
        migrations.AddField(
            model_name='incident',
            name='quiet_due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='snoozed_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='incidentalert',
            name='batch',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.AddField(
            model_name='severitypolicy',
            name='ack_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='Without any activity on the incident; then paging starts again.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='acknowledgement lapses after (minutes)'),
        ),
        migrations.AddField(
            model_name='severitypolicy',
            name='waits_for_hours',
            field=models.BooleanField(default=False, help_text='Unless the service says that it pages always, or no hours are set.', verbose_name='pages in business hours only'),
        ),
        migrations.AddField(
            model_name='timelinenote',
            name='is_acknowledgement',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AlterField(
            model_name='escalationstep',
            name='state',
            field=models.CharField(choices=[('due', 'Due'), ('done', 'Done'), ('skipped', 'Skipped'), ('cancelled', 'Not needed any more')], default='due', max_length=9),
        ),
        migrations.AddField(
            model_name='coveragehole',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.service'),
        ),
        migrations.AddField(
            model_name='coveragerun',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='coveragehole',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holes', to='incidents.coveragerun'),
        ),
        migrations.AddField(
            model_name='escalationpolicy',
            name='last_resort',
            field=models.ForeignKey(blank=True, help_text='Told when nobody has answered; without one, the administrators are.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='last resort'),
        ),
        migrations.AddField(
            model_name='escalationpolicy',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.team', verbose_name='team'),
        ),
        migrations.AddField(
            model_name='escalationrun',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='incidents.incident'),
        ),
        migrations.AddField(
            model_name='escalationrun',
            name='policy',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='incidents.escalationpolicy'),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='incidents.escalationrun'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'done', 'skipped', 'cancelled'])), name='escalation_step_state_known'),
        ),
        migrations.AddConstraint(
            model_name='groupingrule',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='grouping_rule_one_default'),
        ),
        migrations.AddConstraint(
            model_name='groupingrule',
            constraint=models.CheckConstraint(condition=models.Q(('is_default', False), ('is_active', True), _connector='OR'), name='grouping_rule_default_is_active'),
        ),
        migrations.AddField(
            model_name='historicalincident',
            name='grouping_rule',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.groupingrule'),
        ),
        migrations.AddField(
            model_name='incident',
            name='grouping_rule',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='incidents.groupingrule'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('ack_expires_at__isnull', False)), fields=['ack_expires_at'], name='incident_ack_lapses'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False)), fields=['snoozed_until'], name='incident_snooze_ends'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('quiet_due_at__isnull', False)), fields=['quiet_due_at'], name='incident_quiet'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'acknowledged'), models.Q(('ack_expires_at__isnull', True), ('snoozed_until__isnull', True)), _connector='OR'), name='incident_lapses_only_if_acknowledged'),
        ),
        migrations.AddField(
            model_name='historicalescalationpolicy',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalescalationpolicy',
            name='last_resort',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='Told when nobody has answered; without one, the administrators are.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='last resort'),
        ),
        migrations.AddField(
            model_name='historicalescalationpolicy',
            name='team',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.team', verbose_name='team'),
        ),
        migrations.AddField(
            model_name='historicalgroupingrule',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalpolicystep',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalpolicystep',
            name='policy',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.escalationpolicy'),
        ),
        migrations.AddField(
            model_name='historicalserviceescalation',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalserviceescalation',
            name='policy',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text="Empty: that of its team, or else the house's.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.escalationpolicy', verbose_name='escalation policy'),
        ),
        migrations.AddField(
            model_name='historicalserviceescalation',
            name='service',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.service'),
        ),
        migrations.AddField(
            model_name='historicalsteptarget',
            name='channel',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.channel'),
        ),
        migrations.AddField(
            model_name='historicalsteptarget',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsteptarget',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsteptarget',
            name='schedule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicalsteptarget',
            name='team',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.team'),
        ),
        migrations.AddField(
            model_name='policystep',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='incidents.escalationpolicy'),
        ),
        migrations.AddField(
            model_name='historicalsteptarget',
            name='step',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.policystep'),
        ),
        migrations.AddField(
            model_name='serviceescalation',
            name='policy',
            field=models.ForeignKey(blank=True, help_text="Empty: that of its team, or else the house's.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.escalationpolicy', verbose_name='escalation policy'),
        ),
        migrations.AddField(
            model_name='serviceescalation',
            name='service',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.service'),
        ),
        migrations.AddField(
            model_name='steptarget',
            name='channel',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.channel'),
        ),
        migrations.AddField(
            model_name='steptarget',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='steptarget',
            name='schedule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='steptarget',
            name='step',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='incidents.policystep'),
        ),
        migrations.AddField(
            model_name='steptarget',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.team'),
        ),
        migrations.AddIndex(
            model_name='coveragerun',
            index=models.Index(condition=models.Q(('state', 'due')), fields=['asked_at'], name='coverage_run_due'),
        ),
        migrations.AddConstraint(
            model_name='coveragerun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('ends_at__isnull', False), ('finished_at__isnull', False), ('starts_at__isnull', False)), _connector='OR'), name='coverage_run_done_has_times'),
        ),
        migrations.AddConstraint(
            model_name='coveragerun',
            constraint=models.CheckConstraint(condition=models.Q(('covered_seconds__lte', models.F('total_seconds'))), name='coverage_run_covers_no_more_than_all'),
        ),
        migrations.AddIndex(
            model_name='coveragehole',
            index=models.Index(fields=['run', 'starts_at'], name='coverage_hole_by_start'),
        ),
        migrations.AddIndex(
            model_name='coveragehole',
            index=models.Index(fields=['run', 'service'], name='coverage_hole_by_service'),
        ),
        migrations.AddConstraint(
            model_name='coveragehole',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='coverage_hole_has_length'),
        ),
        migrations.AddConstraint(
            model_name='coveragehole',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['nobody', 'last_resort', 'away', 'late', 'first_step'])), name='coverage_hole_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='coveragehole',
            constraint=models.CheckConstraint(condition=models.Q(('severity__in', [0, 1, 2, 3])), name='coverage_hole_severity_known'),
        ),
        migrations.AddConstraint(
            model_name='escalationpolicy',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True), ('team__isnull', False)), fields=('team',), name='policy_default_of_a_team_once'),
        ),
        migrations.AddConstraint(
            model_name='escalationpolicy',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True), ('team__isnull', True)), fields=('is_default',), name='policy_default_of_the_house_once'),
        ),
        migrations.AddConstraint(
            model_name='escalationpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('repeat_count__lte', 9)), name='policy_repeats_bounded'),
        ),
        migrations.AddConstraint(
            model_name='escalationrun',
            constraint=models.UniqueConstraint(fields=('incident', 'number'), name='escalation_run_number_once'),
        ),
        migrations.AddConstraint(
            model_name='escalationrun',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('incident',), name='escalation_run_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='escalationrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at__isnull', True)), models.Q(('end_reason__in', ['answered', 'resolved', 'again', 'lowered', 'held', 'exhausted']), ('ended_at__isnull', False)), _connector='OR'), name='escalation_run_ended_iff_reason'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.UniqueConstraint(fields=('policy', 'order'), name='policy_step_once'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(('strategy__in', ['all', 'round_robin'])), name='policy_step_strategy_known'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(('delay_minutes__lte', 1440)), name='policy_step_delay_bounded'),
        ),
        migrations.AddConstraint(
            model_name='steptarget',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'person'), ('person__isnull', False)), models.Q(('kind__in', ['schedule', 'team', 'managers']), ('person__isnull', True)), models.Q(('channel__isnull', False), ('kind__in', ['channel', 'webhook'])), _connector='OR'), name='step_target_names_what_it_is'),
        ),
    ]
