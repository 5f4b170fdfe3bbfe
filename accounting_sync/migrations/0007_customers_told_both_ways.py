"""A link remembers what was last read of its customer there, and what became of the change that was told last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounting_sync", "0006_reconciliation_guards")]

    operations = [
        migrations.AddField(
            model_name="customerlink",
            name="there",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="customerlink",
            name="refused",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="customerlink",
            name="failures",
            field=models.PositiveSmallIntegerField(db_default=models.Value(0), default=0),
        ),
        migrations.AddField(
            model_name="customerlink",
            name="next_at",
            field=models.DateTimeField(null=True),
        ),
    ]
