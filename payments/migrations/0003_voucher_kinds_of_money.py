"""Vouchers of money: payments, online payments and refunds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_ledger_guards")]

    operations = [
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
                ],
                max_length=12,
            ),
        ),
    ]
