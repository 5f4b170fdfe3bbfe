"""Documents say what of them is paid in advance; requests for advances are numbered and can be withdrawn."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0018_layouts"),
        ("payments", "0029_advances"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="invoice",
            name="number_exactly_when_finalized",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_kind_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="only_credit_notes_credit",
        ),
        migrations.AddField(
            model_name="invoice",
            name="prepaid",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                editable=False,
                verbose_name="Prepaid",
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invoice", "Invoice"),
                    ("credit_note", "Credit note"),
                    ("payment_request", "Payment request"),
                    ("withdrawal", "Withdrawn payment request"),
                ],
                default="invoice",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("prepaid", []), _negated=True),
                fields=["organization", "customer"],
                name="prepaid_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("finalized_at", None), ("hash", ""), ("number", None), ("series", None), ("status", "draft")
                    ),
                    models.Q(
                        ("finalized_at__isnull", False),
                        ("issue_date__isnull", False),
                        ("snapshot__isnull", False),
                        ("status", "finalized"),
                        ("number__isnull", False),
                        ("series__isnull", False),
                        models.Q(("hash", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="number_exactly_when_finalized",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["invoice", "credit_note", "payment_request", "withdrawal"])),
                name="invoice_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["credit_note", "withdrawal"]), ("credits", None), _connector="OR"),
                name="only_credit_notes_credit",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("prepaid", []), ("kind__in", ["invoice", "credit_note"]), _connector="OR"),
                name="only_sales_are_prepaid",
            ),
        ),
    ]
