"""No balance is without its customer and currency, and sums of what is open are read from one index."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_fill_customers_of_balances")]

    operations = [
        migrations.AlterField(
            model_name="receivablebalance",
            name="customer",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="balances",
                to="customers.customer",
            ),
        ),
        migrations.AlterField(model_name="receivablebalance", name="currency", field=models.CharField(max_length=3)),
        migrations.AddIndex(
            model_name="receivablebalance",
            index=models.Index(
                condition=models.Q(("currency_amount", 0), _negated=True),
                fields=["organization", "due_date", "receivable"],
                include=["customer", "currency", "amount", "currency_amount"],
                name="open_balance_by_due_date",
            ),
        ),
        migrations.RemoveIndex(model_name="receivablebalance", name="balance_open_by_due_date"),
    ]
