import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_customers_and_products"),
        ("tenants", "0004_law_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.CharField(max_length=10, verbose_name="Account")),
                ("name", models.CharField(max_length=80, verbose_name="Name")),
                ("purpose", models.CharField(blank=True, max_length=40)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "number"), name="account_number_is_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("purpose", ""), _negated=True),
                        fields=("organization", "purpose"),
                        name="account_purpose_is_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                ("day", models.DateField(verbose_name="Date")),
                ("rate", models.DecimalField(decimal_places=8, max_digits=18, verbose_name="Rate")),
                ("source", models.CharField(max_length=120, verbose_name="Source")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "currency", "day"), name="one_exchange_rate_per_day"
                    ),
                    models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="exchange_rate_is_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receivable",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("invoice", "Invoice"),
                            ("credit", "Credit note"),
                            ("fee", "Fee"),
                            ("interest", "Interest"),
                            ("opening", "Opening balance"),
                        ],
                        max_length=10,
                    ),
                ),
                ("document_number", models.CharField(max_length=30)),
                ("kid", models.CharField(blank=True, max_length=25)),
                ("currency", models.CharField(max_length=3)),
                ("issue_date", models.DateField()),
                ("due_date", models.DateField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receivables",
                        to="customers.customer",
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
                    "principal",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="additions",
                        to="payments.receivable",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["invoice", "credit", "fee", "interest", "opening"])),
                        name="receivable_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["fee", "interest"]), ("principal__isnull", False)),
                            models.Q(models.Q(("kind__in", ["fee", "interest"]), _negated=True), ("principal", None)),
                            _connector="OR",
                        ),
                        name="additions_name_their_principal",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kid", ""), _negated=True),
                        fields=("organization", "kid"),
                        name="kid_names_one_receivable",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "customer", "due_date"], name="receivable_by_customer"),
                    models.Index(fields=["organization", "principal"], name="receivable_by_principal"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReceivableBalance",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("due_date", models.DateField(null=True)),
                ("currency_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ("amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
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
                        related_name="balances",
                        to="payments.receivable",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "receivable"), name="one_balance_per_receivable")
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("currency_amount", 0), _negated=True),
                        fields=["organization", "due_date", "receivable"],
                        name="balance_open_by_due_date",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("day", models.DateField(verbose_name="Accounting date")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sale", "Sale"),
                            ("credit", "Credit note"),
                            ("settlement", "Settlement"),
                            ("reversal", "Reversal"),
                        ],
                        max_length=12,
                    ),
                ),
                ("text", models.CharField(max_length=160)),
                ("source_kind", models.CharField(max_length=40)),
                ("source_id", models.UUIDField()),
                ("currency", models.CharField(max_length=3)),
                ("posted_at", models.DateTimeField()),
                ("transaction_id", models.BigIntegerField(editable=False)),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
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
                    "reverses",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="payments.voucher",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "year", "number"), name="voucher_number_is_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("organization", "reverses"),
                        name="voucher_is_reversed_once",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "source_id"], name="voucher_by_source"),
                    models.Index(fields=["organization", "-day", "-number"], name="voucher_by_day"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("currency_amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("vat_code", models.CharField(blank=True, max_length=10)),
                ("dimensions", models.JSONField(default=dict)),
                (
                    "account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="payments.account",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="payments.receivable",
                    ),
                ),
                (
                    "voucher",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="payments.voucher",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "voucher", "position"), name="posting_position_is_unique"
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("receivable__isnull", False)),
                        fields=["organization", "receivable"],
                        include=("currency_amount",),
                        name="posting_by_receivable",
                    ),
                    models.Index(fields=["organization", "account"], name="posting_by_account"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("allocated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                    "reverses",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="payments.allocation",
                    ),
                ),
                (
                    "credit_receivable",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_allocations",
                        to="payments.receivable",
                    ),
                ),
                (
                    "receivable",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="payments.receivable",
                    ),
                ),
                (
                    "voucher",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="payments.voucher",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True), name="allocation_is_not_zero"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credit_receivable", None),
                            models.Q(("credit_receivable", models.F("receivable")), _negated=True),
                            _connector="OR",
                        ),
                        name="allocation_has_two_sides",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit_receivable__isnull", False)), name="allocation_has_a_source"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("organization", "reverses"),
                        name="allocation_is_reversed_once",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "receivable"], name="allocation_by_receivable"),
                    models.Index(fields=["organization", "credit_receivable"], name="allocation_by_credit"),
                    models.Index(fields=["organization", "voucher"], name="allocation_by_voucher"),
                ],
            },
        ),
        migrations.CreateModel(
            name="VoucherSeries",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("last_number", models.PositiveIntegerField(default=0)),
                ("head_hash", models.CharField(max_length=64)),
                ("moved_at", models.DateTimeField(editable=False, null=True)),
                ("moved_transaction", models.BigIntegerField(editable=False, null=True)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "year"), name="one_voucher_series_per_year")
                ],
            },
        ),
    ]
