import datetime
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import operations.models.business_hours
import operations.models.on_call
import portal.crypto
import portal.models.people
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0001_initial'),
        ('portal', '0005_forget_uses_of_contacts'),
        ('portal', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='BusinessHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[portal.models.people.check_time_zone], verbose_name='time zone')),
                ('ranges', models.JSONField(default=operations.models.business_hours.office_hours, verbose_name='hours')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='holidays of')),
                ('subdivision', models.CharField(blank=True, max_length=6, verbose_name='part of the country')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name_plural': 'business hours',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_prefix', models.CharField(editable=False, max_length=12)),
                ('key_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='CalendarImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('url', portal.crypto.EncryptedTextField(blank=True, max_length=2000, verbose_name='address')),
                ('source', models.TextField(blank=True, editable=False)),
                ('source_hash', models.CharField(blank=True, editable=False, max_length=64)),
                ('read_at', models.DateTimeField(editable=False, null=True)),
                ('tried_at', models.DateTimeField(editable=False, null=True)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('etag', models.CharField(blank=True, editable=False, max_length=250)),
                ('error_code', models.CharField(blank=True, editable=False, max_length=40)),
                ('error', models.CharField(blank=True, editable=False, max_length=500)),
                ('failure_count', models.PositiveIntegerField(default=0, editable=False)),
                ('notes', models.JSONField(default=list, editable=False)),
                ('unmatched', models.JSONField(default=list, editable=False)),
                ('shift_count', models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                'ordering': ['schedule', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shift_ended_at', models.DateTimeField()),
                ('notes', models.TextField(blank=True, max_length=5000, verbose_name='notes')),
                ('state', models.CharField(choices=[('offered', 'Waiting to be accepted'), ('accepted', 'Accepted')], default='offered', editable=False, max_length=8)),
                ('offered_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('reminder_count', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('accepted_at', models.DateTimeField(editable=False, null=True)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'ordering': ['-shift_ended_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='HandoverItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('reference', models.CharField(max_length=60)),
                ('text', models.CharField(max_length=300)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('order', models.PositiveSmallIntegerField(default=100)),
            ],
            options={
                'ordering': ['order', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('period', 'Again within a time'), ('cron', 'By a cron expression')], default='period', max_length=6, verbose_name='expected')),
                ('period_minutes', models.PositiveIntegerField(default=1440, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(527040)], verbose_name='period (minutes)')),
                ('cron', models.CharField(blank=True, max_length=100, verbose_name='cron expression')),
                ('time_zone', models.CharField(default='UTC', max_length=63, verbose_name='time zone')),
                ('grace_minutes', models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(527040)], verbose_name='grace (minutes)')),
                ('severity', models.PositiveSmallIntegerField(choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')], default=2, verbose_name='severity')),
                ('runbook_url', models.URLField(blank=True, max_length=500, verbose_name="runbook's address")),
                ('is_resumed_by_ping', models.BooleanField(default=True, verbose_name='a success ends a pause')),
                ('ping_key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('new', 'Not heard yet'), ('up', 'Up'), ('started', 'Running'), ('late', 'Late'), ('down', 'Down'), ('paused', 'Paused')], default='new', editable=False, max_length=7)),
                ('since', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('expected_at', models.DateTimeField(editable=False, null=True)),
                ('heard_at', models.DateTimeField(editable=False, null=True)),
                ('succeeded_at', models.DateTimeField(editable=False, null=True)),
                ('starts', models.JSONField(default=list, editable=False)),
                ('down_because', models.CharField(blank=True, choices=[('silent', 'It was not heard in time'), ('unfinished', 'It started and did not finish in time'), ('failed', 'It said that it failed')], editable=False, max_length=10)),
                ('last_duration', models.DurationField(editable=False, null=True)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'ordering': ['state', 'name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalBusinessHours',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[portal.models.people.check_time_zone], verbose_name='time zone')),
                ('ranges', models.JSONField(default=operations.models.business_hours.office_hours, verbose_name='hours')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='holidays of')),
                ('subdivision', models.CharField(blank=True, max_length=6, verbose_name='part of the country')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical business hours',
                'verbose_name_plural': 'historical business hours',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalCalendarImport',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('url', portal.crypto.EncryptedTextField(blank=True, max_length=2000, verbose_name='address')),
                ('source_hash', models.CharField(blank=True, editable=False, max_length=64)),
                ('read_at', models.DateTimeField(editable=False, null=True)),
                ('tried_at', models.DateTimeField(editable=False, null=True)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('etag', models.CharField(blank=True, editable=False, max_length=250)),
                ('error_code', models.CharField(blank=True, editable=False, max_length=40)),
                ('error', models.CharField(blank=True, editable=False, max_length=500)),
                ('failure_count', models.PositiveIntegerField(default=0, editable=False)),
                ('notes', models.JSONField(default=list, editable=False)),
                ('unmatched', models.JSONField(default=list, editable=False)),
                ('shift_count', models.PositiveIntegerField(default=0, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical calendar import',
                'verbose_name_plural': 'historical calendar imports',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalHandover',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('shift_ended_at', models.DateTimeField()),
                ('notes', models.TextField(blank=True, max_length=5000, verbose_name='notes')),
                ('state', models.CharField(choices=[('offered', 'Waiting to be accepted'), ('accepted', 'Accepted')], default='offered', editable=False, max_length=8)),
                ('offered_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('reminder_count', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('accepted_at', models.DateTimeField(editable=False, null=True)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical handover',
                'verbose_name_plural': 'historical handovers',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalHeartbeat',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('period', 'Again within a time'), ('cron', 'By a cron expression')], default='period', max_length=6, verbose_name='expected')),
                ('period_minutes', models.PositiveIntegerField(default=1440, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(527040)], verbose_name='period (minutes)')),
                ('cron', models.CharField(blank=True, max_length=100, verbose_name='cron expression')),
                ('time_zone', models.CharField(default='UTC', max_length=63, verbose_name='time zone')),
                ('grace_minutes', models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(527040)], verbose_name='grace (minutes)')),
                ('severity', models.PositiveSmallIntegerField(choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')], default=2, verbose_name='severity')),
                ('runbook_url', models.URLField(blank=True, max_length=500, verbose_name="runbook's address")),
                ('is_resumed_by_ping', models.BooleanField(default=True, verbose_name='a success ends a pause')),
                ('ping_key', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('state', models.CharField(choices=[('new', 'Not heard yet'), ('up', 'Up'), ('started', 'Running'), ('late', 'Late'), ('down', 'Down'), ('paused', 'Paused')], default='new', editable=False, max_length=7)),
                ('since', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('expected_at', models.DateTimeField(editable=False, null=True)),
                ('heard_at', models.DateTimeField(editable=False, null=True)),
                ('succeeded_at', models.DateTimeField(editable=False, null=True)),
                ('starts', models.JSONField(default=list, editable=False)),
                ('down_because', models.CharField(blank=True, choices=[('silent', 'It was not heard in time'), ('unfinished', 'It started and did not finish in time'), ('failed', 'It said that it failed')], editable=False, max_length=10)),
                ('last_duration', models.DurationField(editable=False, null=True)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical heartbeat',
                'verbose_name_plural': 'historical heartbeats',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalInhibition',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=100, verbose_name='name')),
                ('source_matchers', models.JSONField(default=list, verbose_name='while one fires that matches')),
                ('target_matchers', models.JSONField(default=list, verbose_name='mute those that match')),
                ('equal', models.JSONField(blank=True, default=list, verbose_name='if these labels are equal')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical inhibition',
                'verbose_name_plural': 'historical inhibitions',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalLayer',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('priority', models.PositiveSmallIntegerField(default=0, verbose_name='priority')),
                ('rotation', models.CharField(choices=[('hourly', 'hours'), ('daily', 'days'), ('weekly', 'weeks'), ('monthly', 'months'), ('calendar', 'an imported calendar')], default='weekly', max_length=8, verbose_name='rotates by')),
                ('interval', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(366)], verbose_name='each turn lasts')),
                ('starts_on', models.DateField(verbose_name='first turn begins')),
                ('handoff_time', models.TimeField(default=datetime.time(9, 0), verbose_name='hand-over time')),
                ('handoff_weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=0, verbose_name='hand-over day')),
                ('weekdays', models.JSONField(blank=True, default=list, validators=[operations.models.on_call.check_weekdays], verbose_name='days of the week')),
                ('hours', models.JSONField(blank=True, default=list, validators=[operations.models.on_call.check_hours], verbose_name='hours of the day')),
                ('holiday_rule', models.CharField(blank=True, choices=[('', 'Public holidays are days like others'), ('except', 'Not on public holidays'), ('only', 'Only on public holidays')], default='', max_length=6, verbose_name='public holidays')),
                ('holiday_country', models.CharField(blank=True, max_length=6, verbose_name='country')),
                ('holiday_subdivision', models.CharField(blank=True, max_length=12, verbose_name='region')),
                ('valid_from', models.DateTimeField(blank=True, null=True, verbose_name='in force from')),
                ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='in force until')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical layer',
                'verbose_name_plural': 'historical layers',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalLeave',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('kind', models.CharField(choices=[('holiday', 'Holiday'), ('sick', 'Ill'), ('training', 'Training or travel'), ('other', 'Other')], default='holiday', max_length=8, verbose_name='kind')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical leave',
                'verbose_name_plural': 'historical leaves',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalNoiseSettings',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('flap_changes', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(3), django.core.validators.MaxValueValidator(1000)], verbose_name='changes that make an alert flap')),
                ('flap_minutes', models.PositiveSmallIntegerField(default=30, help_text='It is quiet again after as many minutes without a change.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1440)], verbose_name='within (minutes)')),
                ('remind_minutes', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1440)], verbose_name='remind the owner of a silence (minutes before its end)')),
                ('roll_up_from', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(1000)], verbose_name='alerts of one service that are released together and page as one, from')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical noise settings',
                'verbose_name_plural': 'historical noise settings',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalParticipant',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical participant',
                'verbose_name_plural': 'historical participants',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSilence',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'Until a moment'), ('recurring', 'Weekly, at certain hours'), ('maintenance', 'By a maintenance window')], default='person', max_length=11, verbose_name='kind')),
                ('matchers', models.JSONField(blank=True, default=list, verbose_name='matchers')),
                ('starts_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('weekly', models.JSONField(blank=True, default=list, verbose_name='weekly hours')),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[portal.models.people.check_time_zone], verbose_name='time zone')),
                ('behaviour', models.CharField(choices=[('hold', 'Hold: nobody is woken'), ('escalate', 'Escalate: wake people as always'), ('attach', 'Attach: keep them with the work, wake nobody')], default='hold', max_length=8)),
                ('at_end', models.CharField(choices=[('reprocess', 'Wake people for what still fires'), ('resolve', 'Close what still fires'), ('nothing', 'Do nothing more')], default='reprocess', max_length=9, verbose_name='at the end')),
                ('reference', models.CharField(blank=True, editable=False, max_length=60)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('is_active', models.BooleanField(default=False, editable=False)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('reminded_at', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical silence',
                'verbose_name_plural': 'historical silences',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSwapRequest',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('return_starts_at', models.DateTimeField(blank=True, null=True, verbose_name='in return, from')),
                ('return_ends_at', models.DateTimeField(blank=True, null=True, verbose_name='in return, until')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('state', models.CharField(choices=[('open', 'Looking for somebody'), ('accepted', 'Taken'), ('withdrawn', 'Withdrawn'), ('expired', 'Nobody took it')], default='open', editable=False, max_length=9)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('closed_at', models.DateTimeField(editable=False, null=True)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical swap request',
                'verbose_name_plural': 'historical swap requests',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTemporarySchedule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical temporary schedule',
                'verbose_name_plural': 'historical temporary schedules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTemporaryShift',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical temporary shift',
                'verbose_name_plural': 'historical temporary shifts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurrence_started_at', models.DateTimeField()),
                ('severity', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('silence', 'Silence'), ('maintenance', 'Maintenance window'), ('inhibition', 'Inhibition rule'), ('flapping', 'Flapping')], max_length=11)),
                ('rule', models.CharField(blank=True, max_length=300)),
                ('held_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('released_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('reprocessed', 'still firing, people were woken'), ('cleared', 'cleared meanwhile'), ('otherwise', 'still held by another rule'), ('closed', 'closed at the end'), ('nothing', 'left as it was'), ('changed', 'the alert changed and the rule fits no more')], max_length=11)),
            ],
            options={
                'ordering': ['-held_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ImportedShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.CharField(max_length=250)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('priority', models.PositiveSmallIntegerField(default=0)),
                ('unmatched_name', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Inhibition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('source_matchers', models.JSONField(default=list, verbose_name='while one fires that matches')),
                ('target_matchers', models.JSONField(default=list, verbose_name='mute those that match')),
                ('equal', models.JSONField(blank=True, default=list, verbose_name='if these labels are equal')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('due_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='IntegrationMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('rules', models.JSONField()),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['integration', '-number'],
            },
        ),
        migrations.CreateModel(
            name='Layer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('priority', models.PositiveSmallIntegerField(default=0, verbose_name='priority')),
                ('rotation', models.CharField(choices=[('hourly', 'hours'), ('daily', 'days'), ('weekly', 'weeks'), ('monthly', 'months'), ('calendar', 'an imported calendar')], default='weekly', max_length=8, verbose_name='rotates by')),
                ('interval', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(366)], verbose_name='each turn lasts')),
                ('starts_on', models.DateField(verbose_name='first turn begins')),
                ('handoff_time', models.TimeField(default=datetime.time(9, 0), verbose_name='hand-over time')),
                ('handoff_weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=0, verbose_name='hand-over day')),
                ('weekdays', models.JSONField(blank=True, default=list, validators=[operations.models.on_call.check_weekdays], verbose_name='days of the week')),
                ('hours', models.JSONField(blank=True, default=list, validators=[operations.models.on_call.check_hours], verbose_name='hours of the day')),
                ('holiday_rule', models.CharField(blank=True, choices=[('', 'Public holidays are days like others'), ('except', 'Not on public holidays'), ('only', 'Only on public holidays')], default='', max_length=6, verbose_name='public holidays')),
                ('holiday_country', models.CharField(blank=True, max_length=6, verbose_name='country')),
                ('holiday_subdivision', models.CharField(blank=True, max_length=12, verbose_name='region')),
                ('valid_from', models.DateTimeField(blank=True, null=True, verbose_name='in force from')),
                ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='in force until')),
            ],
            options={
                'ordering': ['-priority', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Leave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('kind', models.CharField(choices=[('holiday', 'Holiday'), ('sick', 'Ill'), ('training', 'Training or travel'), ('other', 'Other')], default='holiday', max_length=8, verbose_name='kind')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='NoiseSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('flap_changes', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(3), django.core.validators.MaxValueValidator(1000)], verbose_name='changes that make an alert flap')),
                ('flap_minutes', models.PositiveSmallIntegerField(default=30, help_text='It is quiet again after as many minutes without a change.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1440)], verbose_name='within (minutes)')),
                ('remind_minutes', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1440)], verbose_name='remind the owner of a silence (minutes before its end)')),
                ('roll_up_from', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(1000)], verbose_name='alerts of one service that are released together and page as one, from')),
            ],
            options={
                'verbose_name_plural': 'noise settings',
            },
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
            ],
            options={
                'ordering': ['order', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PastShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('people', models.JSONField(default=list)),
                ('reason', models.TextField(blank=True)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('slot', models.CharField(blank=True, max_length=200)),
                ('layer_id', models.PositiveBigIntegerField(null=True)),
            ],
            options={
                'ordering': ['starts_at'],
            },
        ),
        migrations.CreateModel(
            name='Ping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('kind', models.CharField(choices=[('success', 'Success'), ('start', 'Start'), ('fail', 'Failure'), ('log', 'Log')], max_length=7)),
                ('exit_status', models.PositiveSmallIntegerField(null=True)),
                ('run_id', models.UUIDField(null=True)),
                ('method', models.CharField(max_length=4)),
                ('agent', models.CharField(blank=True, max_length=200)),
                ('body', models.BinaryField(default=bytes)),
                ('is_cut', models.BooleanField(default=False)),
                ('is_read', models.BooleanField(default=False)),
                ('duration', models.DurationField(null=True)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='PublishedShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(editable=False, unique=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('sequence', models.PositiveIntegerField(default=0)),
                ('is_cancelled', models.BooleanField(default=False)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ScheduleDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('pagerduty', 'PagerDuty'), ('opsgenie', 'Opsgenie'), ('grafana', 'Grafana OnCall')], max_length=9, verbose_name='exported from')),
                ('file_name', models.CharField(max_length=200)),
                ('content', models.TextField()),
                ('people', models.JSONField(default=dict)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('carried_over_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='ShiftFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('gap', 'Nobody is on call'), ('double', 'On call twice at once'), ('on_leave', 'On call while away')], max_length=8)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('gone_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ShiftWatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('looked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'ordering': ['due_at'],
            },
        ),
        migrations.CreateModel(
            name='Silence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'Until a moment'), ('recurring', 'Weekly, at certain hours'), ('maintenance', 'By a maintenance window')], default='person', max_length=11, verbose_name='kind')),
                ('matchers', models.JSONField(blank=True, default=list, verbose_name='matchers')),
                ('starts_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('weekly', models.JSONField(blank=True, default=list, verbose_name='weekly hours')),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[portal.models.people.check_time_zone], verbose_name='time zone')),
                ('behaviour', models.CharField(choices=[('hold', 'Hold: nobody is woken'), ('escalate', 'Escalate: wake people as always'), ('attach', 'Attach: keep them with the work, wake nobody')], default='hold', max_length=8)),
                ('at_end', models.CharField(choices=[('reprocess', 'Wake people for what still fires'), ('resolve', 'Close what still fires'), ('nothing', 'Do nothing more')], default='reprocess', max_length=9, verbose_name='at the end')),
                ('reference', models.CharField(blank=True, editable=False, max_length=60)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('is_active', models.BooleanField(default=False, editable=False)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('reminded_at', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SwapRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('return_starts_at', models.DateTimeField(blank=True, null=True, verbose_name='in return, from')),
                ('return_ends_at', models.DateTimeField(blank=True, null=True, verbose_name='in return, until')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('state', models.CharField(choices=[('open', 'Looking for somebody'), ('accepted', 'Taken'), ('withdrawn', 'Withdrawn'), ('expired', 'Nobody took it')], default='open', editable=False, max_length=9)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('closed_at', models.DateTimeField(editable=False, null=True)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='TemporarySchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
            ],
            options={
                'ordering': ['-starts_at'],
            },
        ),
        migrations.CreateModel(
            name='TemporaryShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='integration',
            name='integration_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='rejection',
            name='rejection_reason_known',
        ),
        migrations.AddField(
            model_name='alert',
            name='condition',
            field=models.CharField(choices=[('in_service', 'In service'), ('shelved', 'Silenced'), ('suppressed', 'Suppressed'), ('out_of_service', 'Out of service')], default='in_service', editable=False, max_length=14),
        ),
        migrations.AddField(
            model_name='alert',
            name='flap_began_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='flap_count',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='alert',
            name='flap_due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='is_flapping',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='alert',
            name='is_held',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='alert',
            name='upstream_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='upstream_state',
            field=models.CharField(blank=True, choices=[('active', 'firing upstream too'), ('silenced', 'silenced upstream'), ('inhibited', 'inhibited upstream'), ('missing', 'unknown upstream')], max_length=9),
        ),
        migrations.AddField(
            model_name='check',
            name='severity',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')], default=2, help_text='Empty: it is shown, and nobody is woken.', null=True, verbose_name='severity when down'),
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='severity',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')], default=2, help_text='Empty: it is shown, and nobody is woken.', null=True, verbose_name='severity when down'),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='mail_id',
            field=models.UUIDField(db_index=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='poll_due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='poll_error',
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='poll_receiver',
            field=models.CharField(blank=True, max_length=200, verbose_name='only for the receiver'),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='poll_secret',
            field=portal.crypto.EncryptedTextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='poll_url',
            field=models.CharField(blank=True, max_length=500, verbose_name='address of Alertmanager'),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='polled_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='quiet_severity',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')], null=True, verbose_name='alert when it goes quiet'),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='quiet_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalintegration',
            name='stale_after_minutes',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='not confirmed after (minutes)'),
        ),
        migrations.AddField(
            model_name='historicaloverride',
            name='kind',
            field=models.CharField(choices=[('replace', 'takes over'), ('add', 'is on call as well'), ('remove', 'is not on call')], default='replace', max_length=7, verbose_name='what'),
        ),
        migrations.AddField(
            model_name='historicaloverride',
            name='replaces',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalschedule',
            name='description',
            field=models.TextField(blank=True, max_length=2000, verbose_name='description'),
        ),
        migrations.AddField(
            model_name='historicalschedule',
            name='frozen_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalschedule',
            name='is_default',
            field=models.BooleanField(default=False, verbose_name='answers for the team'),
        ),
        migrations.AddField(
            model_name='historicalschedule',
            name='made_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name='historicalschedule',
            name='name',
            field=models.CharField(blank=True, max_length=100, verbose_name='name'),
        ),
        migrations.AddField(
            model_name='historicalschedule',
            name='retired_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalschedule',
            name='time_zone',
            field=models.CharField(default='UTC', max_length=64, validators=[portal.models.people.check_time_zone], verbose_name='time zone'),
        ),
        migrations.AddField(
            model_name='integration',
            name='mail_id',
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='integration',
            name='poll_due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='integration',
            name='poll_error',
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name='integration',
            name='poll_receiver',
            field=models.CharField(blank=True, max_length=200, verbose_name='only for the receiver'),
        ),
        migrations.AddField(
            model_name='integration',
            name='poll_secret',
            field=portal.crypto.EncryptedTextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name='integration',
            name='poll_url',
            field=models.CharField(blank=True, max_length=500, verbose_name='address of Alertmanager'),
        ),
        migrations.AddField(
            model_name='integration',
            name='polled_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='integration',
            name='quiet_severity',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(0, 'P0 critical'), (1, 'P1 high'), (2, 'P2 medium'), (3, 'P3 low')], null=True, verbose_name='alert when it goes quiet'),
        ),
        migrations.AddField(
            model_name='integration',
            name='quiet_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='integration',
            name='stale_after_minutes',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='not confirmed after (minutes)'),
        ),
        migrations.AddField(
            model_name='occurrence',
            name='acknowledged_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='occurrence',
            name='acknowledged_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='occurrence',
            name='told_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='override',
            name='kind',
            field=models.CharField(choices=[('replace', 'takes over'), ('add', 'is on call as well'), ('remove', 'is not on call')], default='replace', max_length=7, verbose_name='what'),
        ),
        migrations.AddField(
            model_name='override',
            name='replaces',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='receipt',
            name='call',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='receipt',
            name='headers',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='receipt',
            name='is_replay',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='schedule',
            name='description',
            field=models.TextField(blank=True, max_length=2000, verbose_name='description'),
        ),
        migrations.AddField(
            model_name='schedule',
            name='frozen_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schedule',
            name='is_default',
            field=models.BooleanField(default=False, verbose_name='answers for the team'),
        ),
        migrations.AddField(
            model_name='schedule',
            name='made_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name='schedule',
            name='name',
            field=models.CharField(blank=True, max_length=100, verbose_name='name'),
        ),
        migrations.AddField(
            model_name='schedule',
            name='retired_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='schedule',
            name='time_zone',
            field=models.CharField(default='UTC', max_length=64, validators=[portal.models.people.check_time_zone], verbose_name='time zone'),
        ),
        migrations.AlterField(
            model_name='historicalintegration',
            name='kind',
            field=models.CharField(choices=[('alertmanager', 'Prometheus Alertmanager'), ('grafana', 'Grafana'), ('pagerduty', 'PagerDuty Events v2'), ('opsgenie', 'Opsgenie'), ('generic', 'Any JSON'), ('email', 'E-mail'), ('internal', 'Evenkeel itself')], default='alertmanager', max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='integration',
            name='kind',
            field=models.CharField(choices=[('alertmanager', 'Prometheus Alertmanager'), ('grafana', 'Grafana'), ('pagerduty', 'PagerDuty Events v2'), ('opsgenie', 'Opsgenie'), ('generic', 'Any JSON'), ('email', 'E-mail'), ('internal', 'Evenkeel itself')], default='alertmanager', max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='occurrence',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('resolved', 'resolved by the monitor'), ('superseded', 'a newer one began'), ('reconciled', 'the monitor knows of it no more'), ('closed', 'closed by hand')], max_length=10),
        ),
        migrations.AlterField(
            model_name='override',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='receipt',
            name='content_type',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name='rejection',
            name='reason',
            field=models.CharField(choices=[('unknown_key', 'with a key that nobody knows'), ('old_key', 'with a key that was replaced'), ('switched_off', 'while the integration was switched off'), ('other_door', 'at the address of another kind of integration'), ('not_json', 'with a body that is not JSON'), ('invalid', 'that were not valid for their format')], max_length=12),
        ),
        migrations.AlterField(
            model_name='schedule',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.team'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('is_flapping', True)), fields=['flap_due_at'], name='alert_flapping'),
        ),
        migrations.AddIndex(
            model_name='integration',
            index=models.Index(condition=models.Q(('poll_due_at__isnull', False)), fields=['poll_due_at'], name='integration_poll_due'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('condition__in', ['shelved', 'suppressed']), ('is_held', True)), models.Q(('condition', 'in_service'), ('is_held', False)), _connector='OR'), name='alert_held_iff_shelved_or_suppressed'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('flap_began_at__isnull', False), ('flap_due_at__isnull', False), ('is_flapping', True)), models.Q(('flap_due_at__isnull', True), ('is_flapping', False)), _connector='OR'), name='alert_flaps_until_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='integration',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['alertmanager', 'grafana', 'pagerduty', 'opsgenie', 'generic', 'email', 'internal'])), name='integration_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='integration',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'internal')), fields=('kind',), name='integration_internal_once'),
        ),
        migrations.AddConstraint(
            model_name='integration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('poll_due_at', None), ('poll_url', '')), models.Q(models.Q(('poll_url', ''), _negated=True), ('poll_due_at__isnull', False)), _connector='OR'), name='integration_asked_iff_it_has_an_address'),
        ),
        migrations.AddConstraint(
            model_name='rejection',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['unknown_key', 'old_key', 'switched_off', 'other_door', 'not_json', 'invalid'])), name='rejection_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='schedule',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('team',), name='schedule_one_answers_for_the_team'),
        ),
        migrations.AddConstraint(
            model_name='schedule',
            constraint=models.CheckConstraint(condition=models.Q(('is_default', False), ('retired_at', None), _connector='OR'), name='schedule_default_is_in_use'),
        ),
        migrations.AddField(
            model_name='businesshours',
            name='service',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.service'),
        ),
        migrations.AddField(
            model_name='businesshours',
            name='team',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.team'),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='schedule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='calendarimport',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendars', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='handover',
            name='accepted_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='leaver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='handover',
            name='taker',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handoveritem',
            name='handover',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='operations.handover'),
        ),
        migrations.AddField(
            model_name='heartbeat',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.service', verbose_name='service'),
        ),
        migrations.AddField(
            model_name='historicalbusinesshours',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalbusinesshours',
            name='service',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.service'),
        ),
        migrations.AddField(
            model_name='historicalbusinesshours',
            name='team',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.team'),
        ),
        migrations.AddField(
            model_name='historicalcalendarimport',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalcalendarimport',
            name='schedule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicalhandover',
            name='accepted_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalhandover',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalhandover',
            name='leaver',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalhandover',
            name='schedule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicalhandover',
            name='taker',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalheartbeat',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalheartbeat',
            name='service',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.service', verbose_name='service'),
        ),
        migrations.AddField(
            model_name='historicalinhibition',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicallayer',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicallayer',
            name='schedule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicalleave',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalleave',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalnoisesettings',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalparticipant',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalparticipant',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsilence',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsilence',
            name='owner',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsilence',
            name='team',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.team', verbose_name='team'),
        ),
        migrations.AddField(
            model_name='historicalswaprequest',
            name='accepted_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalswaprequest',
            name='asked',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ask'),
        ),
        migrations.AddField(
            model_name='historicalswaprequest',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalswaprequest',
            name='made_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalswaprequest',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalswaprequest',
            name='schedule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicaltemporaryschedule',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicaltemporaryschedule',
            name='schedule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicaltemporaryshift',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicaltemporaryshift',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='hold',
            name='alert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='operations.alert'),
        ),
        migrations.AddField(
            model_name='importedshift',
            name='calendar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='operations.calendarimport'),
        ),
        migrations.AddField(
            model_name='importedshift',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='inhibition',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='inhibition_due'),
        ),
        migrations.AddField(
            model_name='hold',
            name='inhibition',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='operations.inhibition'),
        ),
        migrations.AddField(
            model_name='integrationmapping',
            name='integration',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mappings', to='operations.integration'),
        ),
        migrations.AddField(
            model_name='integrationmapping',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='receipt',
            name='mapping',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='operations.integrationmapping'),
        ),
        migrations.AddField(
            model_name='layer',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='layers', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicalparticipant',
            name='layer',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.layer'),
        ),
        migrations.AddField(
            model_name='historicalcalendarimport',
            name='layer',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.layer'),
        ),
        migrations.AddField(
            model_name='calendarimport',
            name='layer',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='calendar', to='operations.layer'),
        ),
        migrations.AddField(
            model_name='historicaloverride',
            name='layer',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.layer'),
        ),
        migrations.AddField(
            model_name='override',
            name='layer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='operations.layer'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['replace', 'add', 'remove'])), name='override_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'remove'), ('person__isnull', False), _connector='OR'), name='override_names_somebody'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'replace'), ('replaces', None), _connector='OR'), name='override_replaces_only_when_taking_over'),
        ),
        migrations.AddField(
            model_name='leave',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='participant',
            name='layer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='operations.layer'),
        ),
        migrations.AddField(
            model_name='participant',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='pastshift',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='ping',
            name='heartbeat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pings', to='operations.heartbeat'),
        ),
        migrations.AddField(
            model_name='publishedshift',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='publishedshift',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='scheduledraft',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='scheduledraft',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.team'),
        ),
        migrations.AddField(
            model_name='shiftfinding',
            name='other',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='shiftfinding',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='shiftfinding',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='shiftwatch',
            name='schedule',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='silence',
            name='owner',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='silence',
            name='services',
            field=models.ManyToManyField(blank=True, related_name='+', to='portal.service', verbose_name='services'),
        ),
        migrations.AddField(
            model_name='silence',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.team', verbose_name='team'),
        ),
        migrations.AddField(
            model_name='hold',
            name='silence',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='operations.silence'),
        ),
        migrations.AddField(
            model_name='swaprequest',
            name='accepted_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='swaprequest',
            name='asked',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ask'),
        ),
        migrations.AddField(
            model_name='swaprequest',
            name='made_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='swaprequest',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='swaprequest',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='temporaryschedule',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='temporaries', to='operations.schedule'),
        ),
        migrations.AddField(
            model_name='historicaltemporaryshift',
            name='temporary',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='operations.temporaryschedule'),
        ),
        migrations.AddField(
            model_name='temporaryshift',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='temporaryshift',
            name='temporary',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='operations.temporaryschedule'),
        ),
        migrations.AddConstraint(
            model_name='businesshours',
            constraint=models.CheckConstraint(condition=models.Q(('team__isnull', True), ('service__isnull', True), _connector='OR'), name='hours_of_a_team_or_a_service'),
        ),
        migrations.AddConstraint(
            model_name='businesshours',
            constraint=models.UniqueConstraint(models.F('is_demo'), condition=models.Q(('is_demo', False), ('service__isnull', True), ('team__isnull', True)), name='hours_of_the_house_once'),
        ),
        migrations.AddIndex(
            model_name='handover',
            index=models.Index(condition=models.Q(('state', 'offered')), fields=['due_at'], name='handover_due'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.UniqueConstraint(fields=('schedule', 'leaver', 'shift_ended_at'), name='handover_once_per_shift'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['offered', 'accepted'])), name='handover_state_known'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted_at', None), ('accepted_by', None), ('state', 'offered')), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False), ('state', 'accepted')), _connector='OR'), name='handover_accepted_iff_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='handoveritem',
            constraint=models.UniqueConstraint(fields=('handover', 'reference'), name='handover_item_once'),
        ),
        migrations.AddIndex(
            model_name='heartbeat',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='heartbeat_due'),
        ),
        migrations.AddIndex(
            model_name='heartbeat',
            index=models.Index(fields=['state', 'name', 'id'], name='heartbeat_in_order'),
        ),
        migrations.AddConstraint(
            model_name='heartbeat',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'up', 'started', 'late', 'down', 'paused'])), name='heartbeat_state_known'),
        ),
        migrations.AddConstraint(
            model_name='heartbeat',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cron', ''), ('kind', 'period')), models.Q(('kind', 'cron'), models.Q(('cron', ''), _negated=True)), _connector='OR'), name='heartbeat_has_one_rhythm'),
        ),
        migrations.AddConstraint(
            model_name='heartbeat',
            constraint=models.CheckConstraint(condition=models.Q(('grace_minutes__range', (1, 527040)), ('period_minutes__range', (1, 527040))), name='heartbeat_within_a_year'),
        ),
        migrations.AddConstraint(
            model_name='heartbeat',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['up', 'started', 'late']), ('due_at__isnull', False)), models.Q(('state__in', ['down', 'paused']), ('due_at', None)), ('state', 'new'), _connector='OR'), name='heartbeat_due_iff_it_can_turn'),
        ),
        migrations.AddConstraint(
            model_name='heartbeat',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'down'), models.Q(('down_because', ''), _negated=True)), models.Q(models.Q(('state', 'down'), _negated=True), ('down_because', '')), _connector='OR'), name='heartbeat_down_for_a_reason'),
        ),
        migrations.AddIndex(
            model_name='importedshift',
            index=models.Index(fields=['calendar', 'ends_at'], name='operations__calenda_b30529_idx'),
        ),
        migrations.AddConstraint(
            model_name='importedshift',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='imported_shift_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='integrationmapping',
            constraint=models.UniqueConstraint(fields=('integration', 'number'), name='mapping_number_once'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('rotation__in', ['hourly', 'daily', 'weekly', 'monthly', 'calendar'])), name='layer_rotation_known'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('interval__gte', 1)), name='layer_interval_counts'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('handoff_weekday__lte', 6)), name='layer_weekday_known'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('holiday_rule__in', ['', 'except', 'only'])), name='layer_holidays_known'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('holiday_rule', ''), models.Q(('holiday_country', ''), _negated=True), _connector='OR'), name='layer_holidays_of_a_country'),
        ),
        migrations.AddConstraint(
            model_name='layer',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='layer_ends_after_it_begins'),
        ),
        migrations.AddIndex(
            model_name='calendarimport',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='calendar_due'),
        ),
        migrations.AddConstraint(
            model_name='calendarimport',
            constraint=models.CheckConstraint(condition=models.Q(('error_code', ''), ('tried_at__isnull', False), _connector='OR'), name='calendar_error_after_a_try'),
        ),
        migrations.AddIndex(
            model_name='leave',
            index=models.Index(fields=['person', 'ends_at'], name='leave_by_person'),
        ),
        migrations.AddConstraint(
            model_name='leave',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['holiday', 'sick', 'training', 'other'])), name='leave_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='leave',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='leave_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.UniqueConstraint(fields=('layer', 'order', 'person'), name='participant_once_in_a_place'),
        ),
        migrations.AddConstraint(
            model_name='pastshift',
            constraint=models.UniqueConstraint(fields=('schedule', 'starts_at'), name='past_shift_once'),
        ),
        migrations.AddConstraint(
            model_name='pastshift',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='past_shift_ends_after_it_starts'),
        ),
        migrations.AddIndex(
            model_name='ping',
            index=models.Index(fields=['heartbeat', '-id'], name='ping_by_heartbeat'),
        ),
        migrations.AddIndex(
            model_name='ping',
            index=models.Index(condition=models.Q(('is_read', False)), fields=['heartbeat', 'id'], name='ping_unread'),
        ),
        migrations.AddConstraint(
            model_name='ping',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['success', 'start', 'fail', 'log'])), name='ping_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='ping',
            constraint=models.CheckConstraint(condition=models.Q(('exit_status', None), ('exit_status__lte', 255), _connector='OR'), name='ping_exit_status_is_a_byte'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(fields=['person', 'starts_at'], name='published_by_person'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(fields=['schedule', 'starts_at'], name='published_by_schedule'),
        ),
        migrations.AddConstraint(
            model_name='publishedshift',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='published_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='publishedshift',
            constraint=models.UniqueConstraint(condition=models.Q(('is_cancelled', False)), fields=('schedule', 'person', 'starts_at'), name='published_once_while_it_holds'),
        ),
        migrations.AddConstraint(
            model_name='scheduledraft',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['pagerduty', 'opsgenie', 'grafana'])), name='draft_kind_known'),
        ),
        migrations.AddIndex(
            model_name='shiftfinding',
            index=models.Index(condition=models.Q(('gone_at__isnull', True)), fields=['schedule', 'starts_at'], name='finding_current'),
        ),
        migrations.AddConstraint(
            model_name='shiftfinding',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['gap', 'double', 'on_leave'])), name='finding_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='shiftfinding',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='finding_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='shiftfinding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'gap'), ('person', None)), models.Q(models.Q(('kind', 'gap'), _negated=True), ('person__isnull', False)), _connector='OR'), name='finding_names_a_person_unless_gap'),
        ),
        migrations.AddConstraint(
            model_name='shiftfinding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'double'), ('other__isnull', False)), models.Q(models.Q(('kind', 'double'), _negated=True), ('other', None)), _connector='OR'), name='finding_names_another_iff_double'),
        ),
        migrations.AddIndex(
            model_name='silence',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='silence_due'),
        ),
        migrations.AddIndex(
            model_name='silence',
            index=models.Index(fields=['ends_at'], name='silence_by_end'),
        ),
        migrations.AddIndex(
            model_name='silence',
            index=models.Index(fields=['-created_at', '-id'], name='silence_newest'),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='silence_ends_after_it_starts', violation_error_message='A silence must end after it starts.'),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['person', 'recurring', 'maintenance'])), name='silence_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='silence_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('reference',), name='silence_once_per_reference'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('released_at__isnull', True)), fields=['-held_at', '-id'], name='hold_open'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('released_at__isnull', True)), models.Q(('released_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='hold_released_with_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['silence', 'maintenance', 'inhibition', 'flapping'])), name='hold_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at__isnull', True), ('silence__isnull', False)), fields=('alert', 'silence'), name='hold_once_per_silence'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('inhibition__isnull', False), ('released_at__isnull', True)), fields=('alert', 'inhibition'), name='hold_once_per_inhibition'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'flapping'), ('released_at__isnull', True)), fields=('alert',), name='hold_once_by_flapping'),
        ),
        migrations.AddIndex(
            model_name='swaprequest',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['due_at'], name='swap_due'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'accepted', 'withdrawn', 'expired'])), name='swap_state_known'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='swap_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('return_ends_at', None), ('return_starts_at', None)), ('return_ends_at__gt', models.F('return_starts_at')), _connector='OR'), name='swap_return_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='swap_closed_iff_not_open'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted_by__isnull', False), ('state', 'accepted')), models.Q(models.Q(('state', 'accepted'), _negated=True), ('accepted_by', None)), _connector='OR'), name='swap_accepted_iff_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='temporaryschedule',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='temporary_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='temporaryshift',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='temporary_shift_ends_after_it_starts'),
        ),
    ]
