"""The PDF of a compared month, known by its hash."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("accounting_sync", "0007_customers_told_both_ways"),
        ("tenants", "0015_find_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReconciliationReport",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=160)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                ("versions", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                    "reconciliation",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="accounting_sync.reconciliation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "reconciliation"), name="reconciliation_has_one_report"
                    )
                ],
            },
        ),
    ]
