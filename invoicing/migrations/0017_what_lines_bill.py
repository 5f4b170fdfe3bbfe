from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("invoicing", "0016_series_begin_later"),
        ("payments", "0028_quick_payment_check"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="waits_for",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Nothing"),
                    ("confirmation", "The project manager's confirmation"),
                    ("work_day", "The day of the work"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="source_id",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("waits_for", ""), _negated=True),
                fields=["organization", "waits_for", "id"],
                name="draft_that_waits",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(
                condition=models.Q(("source_id__isnull", False)),
                fields=["organization", "source_id"],
                name="line_by_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("waits_for", ""),
                    models.Q(("status", "draft"), ("waits_for__in", ["", "confirmation", "work_day"])),
                    _connector="OR",
                ),
                name="only_drafts_wait",
            ),
        ),
    ]
