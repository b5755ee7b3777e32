"""An answer is kept in the transaction of its effect, so none is ever without status and content."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "DELETE FROM accounts_idempotentanswer WHERE status IS NULL OR answer IS NULL", migrations.RunSQL.noop
        ),
        migrations.AlterField("idempotentanswer", "status", models.PositiveSmallIntegerField()),
        migrations.AlterField("idempotentanswer", "answer", models.JSONField()),
    ]
