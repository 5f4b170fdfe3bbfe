"""Claims of AvtaleGiro and the files that they went to the bank in, and who sends them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0021_opening_balance_guard"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.AddField(
            model_name="bankagreement",
            name="customer_unit",
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.CreateModel(
            name="DirectDebitFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("number", models.IntegerField()),
                ("count", models.IntegerField()),
                ("total", models.DecimalField(decimal_places=2, max_digits=18)),
                ("cancelled_count", models.IntegerField()),
                ("cancelled_total", models.DecimalField(decimal_places=2, max_digits=18)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "bank_account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="direct_debit_files",
                        to="tenants.bankaccount",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="DirectDebitClaim",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("due_day", models.DateField(verbose_name="Due date")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                (
                    "state",
                    models.CharField(
                        choices=[("in_file", "At the bank"), ("cancelled", "Cancelled")],
                        default="in_file",
                        max_length=10,
                    ),
                ),
                (
                    "mandate",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="payments.directdebitmandate",
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
                    "receivable",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="direct_debits",
                        to="payments.receivable",
                    ),
                ),
                (
                    "cancelled_in",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cancellations",
                        to="payments.directdebitfile",
                    ),
                ),
                (
                    "file",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="payments.directdebitfile",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="directdebitfile",
            constraint=models.UniqueConstraint(
                fields=("organization", "number"), name="direct_debit_file_has_its_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="directdebitfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("count__gt", 0), ("total__gt", 0)),
                    models.Q(("cancelled_count__gt", 0), ("cancelled_total__gt", 0)),
                    _connector="OR",
                ),
                name="direct_debit_file_is_not_empty",
            ),
        ),
        migrations.AddIndex(
            model_name="directdebitclaim",
            index=models.Index(
                condition=models.Q(("state", "in_file")),
                fields=["organization", "due_day"],
                name="direct_debit_by_due_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="directdebitclaim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_file")),
                fields=("organization", "receivable"),
                name="one_direct_debit_per_receivable",
            ),
        ),
        migrations.AddConstraint(
            model_name="directdebitclaim",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="direct_debit_is_positive"),
        ),
        migrations.AddConstraint(
            model_name="directdebitclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_in", None), ("state", "in_file")),
                    models.Q(("cancelled_in__isnull", False), ("state", "cancelled")),
                    _connector="OR",
                ),
                name="cancelled_direct_debit_names_its_file",
            ),
        ),
    ]
