"""Claims, vouchers and allocations of requests for advances."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0028_quick_payment_check"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="allocation",
            name="allocation_has_a_source",
        ),
        migrations.RemoveConstraint(
            model_name="receivable",
            name="receivable_kind_is_known",
        ),
        migrations.AlterField(
            model_name="allocation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("credit", "Credit note"),
                    ("payment", "Payment"),
                    ("write_off", "Written off"),
                    ("difference", "Small difference"),
                    ("given_back", "Given back"),
                ],
                default="credit",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="receivable",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invoice", "Invoice"),
                    ("credit", "Credit note"),
                    ("advance", "Payment request"),
                    ("fee", "Fee"),
                    ("interest", "Interest"),
                    ("opening", "Opening balance"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sale", "Sale"),
                    ("credit", "Credit note"),
                    ("settlement", "Settlement"),
                    ("payment", "Payment"),
                    ("online", "Online payment"),
                    ("refund", "Refund"),
                    ("reversal", "Reversal"),
                    ("application", "Payment applied"),
                    ("write_off", "Written off"),
                    ("payout", "Payout"),
                    ("advance", "Payment request"),
                    ("opening", "Opening balance"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("credit_receivable__isnull", False),
                        ("kind", "credit"),
                        ("payment__isnull", True),
                        ("payment_amount__isnull", True),
                    ),
                    models.Q(
                        ("credit_receivable__isnull", True),
                        ("kind", "payment"),
                        ("payment__isnull", False),
                        ("payment_amount__isnull", False),
                    ),
                    models.Q(
                        ("credit_receivable__isnull", True),
                        ("kind__in", ["write_off", "difference", "given_back"]),
                        ("payment__isnull", True),
                        ("payment_amount__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="allocation_has_a_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="receivable",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["invoice", "credit", "advance", "fee", "interest", "opening"])),
                name="receivable_kind_is_known",
            ),
        ),
    ]
