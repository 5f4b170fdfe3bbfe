"""What reduces a claim: a credit, a payment, a loss or a small difference."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_payments"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="allocation",
            name="allocation_has_a_source",
        ),
        migrations.AddField(
            model_name="allocation",
            name="base_amount",
            field=models.DecimalField(decimal_places=2, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name="allocation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("credit", "Credit note"),
                    ("payment", "Payment"),
                    ("write_off", "Written off"),
                    ("difference", "Small difference"),
                ],
                default="credit",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="allocation",
            name="payment_amount",
            field=models.DecimalField(decimal_places=2, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name="allocation",
            name="source_base_amount",
            field=models.DecimalField(decimal_places=2, max_digits=18, null=True),
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
                    ("opening", "Opening balance"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="allocation",
            name="payment",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="allocations",
                to="payments.payment",
            ),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(
                condition=models.Q(("payment__isnull", False)),
                fields=["organization", "payment"],
                include=("payment_amount",),
                name="allocation_by_payment",
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
                        ("kind__in", ["write_off", "difference"]),
                        ("payment__isnull", True),
                        ("payment_amount__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="allocation_has_a_source",
            ),
        ),
    ]
