"""Sessions under the hash of their key; Django's own table, which held the keys themselves, goes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_one_answer'),
    ]

    operations = [
        migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('session_key', models.CharField(editable=False, max_length=64, primary_key=True, serialize=False)),
                ('number', models.UUIDField(editable=False, null=True)),
                ('browser', models.CharField(blank=True, editable=False, max_length=60)),
                ('begun_at', models.DateTimeField(editable=False, null=True)),
                ('seen_at', models.DateTimeField(editable=False, null=True)),
                ('user', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
            },
        ),
    ]
