"""A balance knows whose it is and in which currency, so that what is owed is summed without the receivables."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_forgetting_holds"), ("customers", "0006_delivery_channels")]

    operations = [
        migrations.AddField(
            model_name="receivablebalance",
            name="customer",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="balances",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="receivablebalance", name="currency", field=models.CharField(max_length=3, null=True)
        ),
    ]
