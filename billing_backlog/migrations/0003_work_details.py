from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0002_backlog_guards"),
        ("customers", "0006_delivery_channels"),
    ]

    operations = [
        migrations.AddField(
            model_name="backlogitem",
            name="accounting_date",
            field=models.DateField(blank=True, null=True, verbose_name="Accounting date"),
        ),
        migrations.AddField(
            model_name="backlogsettings",
            name="dimension_names",
            field=models.JSONField(blank=True, default=list, verbose_name="Dimensions"),
        ),
        migrations.AddField(
            model_name="backlogsettings",
            name="own_approval_by",
            field=models.CharField(
                choices=[
                    ("nobody", "Nobody"),
                    ("owners", "Owners only"),
                    ("permitted", "Everybody whose role allows it"),
                ],
                default="owners",
                max_length=10,
                verbose_name="Who may approve own work",
            ),
        ),
        migrations.AddField(
            model_name="workentry",
            name="corrects",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="billing_backlog.workentry",
            ),
        ),
        migrations.AddField(
            model_name="workentry",
            name="markup_percent",
            field=models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=7, verbose_name="Mark-up, %"),
        ),
        migrations.AddField(
            model_name="workentry",
            name="product",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="customers.product",
                verbose_name="Product",
            ),
        ),
        migrations.AddField(
            model_name="workentry",
            name="sends_receipt",
            field=models.BooleanField(default=False, verbose_name="Send the receipt with the invoice"),
        ),
        migrations.AddIndex(
            model_name="workentry",
            index=models.Index(
                condition=models.Q(("corrects__isnull", False)),
                fields=["organization", "corrects"],
                name="entry_by_corrected",
            ),
        ),
        migrations.AddConstraint(
            model_name="backlogsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("own_approval_by__in", ["nobody", "owners", "permitted"])),
                name="own_approval_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="workentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0), ("corrects__isnull", False), _connector="OR"),
                name="only_a_correction_is_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="workentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("markup_percent__gte", 0), ("markup_percent__lte", 1000)),
                name="entry_markup_in_range",
            ),
        ),
    ]
