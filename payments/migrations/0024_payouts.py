"""Payouts of payment providers: one sum on the bank account and what it holds; money that a bank took back."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0023_direct_debit_guards"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="refund",
            name="channel",
            field=models.CharField(
                choices=[
                    ("by_hand", "Paid out by hand"),
                    ("bank_file", "Payment file to the bank"),
                    ("provider", "Back to the card or wallet"),
                    ("chargeback", "Taken back by the customer’s bank"),
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
                    ("opening", "Opening balance"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="Payout",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("settled", models.DecimalField(decimal_places=2, max_digits=18)),
                ("fee", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Fee")),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "bank_line",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="payments.bankline",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.organization",
                    ),
                ),
                (
                    "reversal",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts_undone",
                        to="payments.voucher",
                    ),
                ),
                (
                    "voucher",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="payments.voucher",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="PayoutPart",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("is_undone", models.BooleanField(default=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.organization",
                    ),
                ),
                (
                    "payout",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="payments.payout",
                    ),
                ),
                (
                    "posting",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payout_parts",
                        to="payments.posting",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reversal", None)),
                fields=("organization", "bank_line"),
                name="one_payout_per_bank_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(condition=models.Q(("fee__gte", 0)), name="payout_fee_is_not_negative"),
        ),
        migrations.AddIndex(
            model_name="payoutpart",
            index=models.Index(fields=["organization", "payout"], name="payout_part_by_payout"),
        ),
        migrations.AddConstraint(
            model_name="payoutpart",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_undone", False)),
                fields=("organization", "posting"),
                name="posting_is_paid_out_once",
            ),
        ),
    ]
