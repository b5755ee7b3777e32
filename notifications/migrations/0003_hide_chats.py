"""Telegram's references named the chat, which is a person's address; the message's number stays."""

from django.db import migrations

HIDE = """
UPDATE notifications_delivery SET provider_ref = 'hidden:' || split_part(provider_ref, ':', 2)
WHERE channel = 'telegram' AND provider_ref ~ '^-?[0-9]+:[0-9]+$'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_crashes"),
    ]

    operations = [
        migrations.RunSQL(HIDE, migrations.RunSQL.noop),
    ]
