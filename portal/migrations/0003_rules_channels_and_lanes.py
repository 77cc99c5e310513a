import django.db.models.deletion
import portal.crypto
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0002_event_guard'),
    ]

    operations = [
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('kind', models.CharField(choices=[('email', 'Mailing list'), ('apprise', 'Chat room (Apprise address)'), ('webhook', 'Webhook, signed')], max_length=8, verbose_name='kind')),
                ('destination', portal.crypto.EncryptedTextField(max_length=500, verbose_name='address')),
                ('secret', portal.crypto.EncryptedTextField(blank=True, editable=False)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.team', verbose_name='team')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['email', 'apprise', 'webhook'])), name='channel_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'webhook'), _negated=True), models.Q(('secret', ''), _negated=True), _connector='OR'), name='channel_webhook_has_secret')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalChannel',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('email', 'Mailing list'), ('apprise', 'Chat room (Apprise address)'), ('webhook', 'Webhook, signed')], max_length=8, verbose_name='kind')),
                ('destination', portal.crypto.EncryptedTextField(max_length=500, verbose_name='address')),
                ('secret', portal.crypto.EncryptedTextField(blank=True, editable=False)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'historical channel',
                'verbose_name_plural': 'historical channels',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalNotificationRule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('urgency', models.CharField(choices=[('high', 'High: may wake you'), ('low', 'Low: can wait until you look')], max_length=4, verbose_name='for')),
                ('after_minutes', models.PositiveSmallIntegerField(default=0, verbose_name='after minutes')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('contact', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='portal.contactmethod', verbose_name='way')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical notification rule',
                'verbose_name_plural': 'historical notification rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='NotificationRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('urgency', models.CharField(choices=[('high', 'High: may wake you'), ('low', 'Low: can wait until you look')], max_length=4, verbose_name='for')),
                ('after_minutes', models.PositiveSmallIntegerField(default=0, verbose_name='after minutes')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='portal.contactmethod', verbose_name='way')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['after_minutes', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('urgency__in', ['high', 'low'])), name='rule_urgency_known'), models.CheckConstraint(condition=models.Q(('after_minutes__lte', 1440)), name='rule_within_a_day'), models.UniqueConstraint(fields=('person', 'urgency', 'contact', 'after_minutes'), name='rule_once_per_moment'), models.UniqueConstraint(condition=models.Q(('contact', None)), fields=('person', 'urgency', 'after_minutes'), name='rule_once_per_moment_by_sign_in')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='webhookdelivery',
            name='delivery_state_known',
        ),
        migrations.AddField(
            model_name='contactmethod',
            name='code_ends_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='contactmethod',
            name='code_nonce',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='contactmethod',
            name='verified_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalcontactmethod',
            name='code_ends_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicalcontactmethod',
            name='code_nonce',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='historicalcontactmethod',
            name='verified_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='historicaluser',
            name='quiet_from',
            field=models.TimeField(blank=True, null=True, verbose_name='quiet from'),
        ),
        migrations.AddField(
            model_name='historicaluser',
            name='quiet_until',
            field=models.TimeField(blank=True, null=True, verbose_name='quiet until'),
        ),
        migrations.AddField(
            model_name='notification',
            name='bundle',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='told', to='portal.notification'),
        ),
        migrations.AddField(
            model_name='notification',
            name='lane',
            field=models.CharField(default='', editable=False, max_length=100),
        ),
        migrations.AddField(
            model_name='notification',
            name='occasion',
            field=models.CharField(default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='notification',
            name='priority',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='quiet_from',
            field=models.TimeField(blank=True, null=True, verbose_name='quiet from'),
        ),
        migrations.AddField(
            model_name='user',
            name='quiet_until',
            field=models.TimeField(blank=True, null=True, verbose_name='quiet until'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='notification',
            name='state',
            field=models.CharField(choices=[('due', 'Due'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('cancelled', 'Not needed any more'), ('failed', 'Could not be sent'), ('bundled', 'Bundled with others')], default='due', max_length=9),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='state',
            field=models.CharField(choices=[('due', 'Due'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('cancelled', 'Not needed any more'), ('failed', 'Could not be sent'), ('bundled', 'Bundled with others')], default='due', max_length=9),
        ),
        migrations.AddConstraint(
            model_name='contactmethod',
            constraint=models.CheckConstraint(condition=models.Q(('code_nonce', ''), ('code_ends_at__isnull', False), _connector='OR'), name='contact_code_ends'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='user_quiet_hours_have_two_ends'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'claimed', 'sent', 'cancelled', 'failed', 'bundled'])), name='delivery_state_known'),
        ),
        migrations.AddField(
            model_name='notification',
            name='channel',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.channel'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state__in', ['due', 'claimed'])), fields=['lane'], name='notification_owed_by_lane'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['channel', '-id'], name='notification_by_channel'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['occasion'], name='notification_by_occasion'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'claimed', 'sent', 'cancelled', 'failed', 'bundled'])), name='notification_state_known'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('channel', None), ('person__isnull', False)), models.Q(('channel__isnull', False), ('person', None)), models.Q(('channel', None), ('lane', 'null'), ('person', None)), _connector='OR'), name='notification_has_one_reader'),
        ),
    ]
