import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_customers_and_products"),
        ("payments", "0001_ledger"),
        ("tenants", "0004_law_figures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("code", models.CharField(max_length=20, verbose_name="Series")),
                ("name", models.CharField(max_length=80, verbose_name="Name")),
                ("first_number", models.BigIntegerField(default=10001, verbose_name="First number")),
                ("last_allowed", models.BigIntegerField(default=999999999, verbose_name="Last number allowed")),
                ("last_number", models.BigIntegerField()),
                ("head_hash", models.CharField(max_length=64)),
                ("is_default", models.BooleanField(default=True, verbose_name="Used by default")),
                ("moved_at", models.DateTimeField(editable=False, null=True)),
                ("moved_transaction", models.BigIntegerField(editable=False, null=True)),
                ("row_hash", models.CharField(editable=False, max_length=64)),
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
                    models.UniqueConstraint(fields=("organization", "code"), name="series_code_is_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("organization",), name="one_default_series"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_number__gte", 1), ("last_allowed__gte", models.F("first_number"))),
                        name="series_range_is_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "last_number__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("first_number"), "-", models.Value(1)
                                ),
                            ),
                            ("last_number__lte", models.F("last_allowed")),
                        ),
                        name="series_stays_in_its_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
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
                            ("credit_note", "Credit note"),
                            ("payment_request", "Payment request"),
                        ],
                        default="invoice",
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("finalized", "Finalized")], default="draft", max_length=10
                    ),
                ),
                ("number", models.BigIntegerField(null=True)),
                ("kid", models.CharField(blank=True, max_length=25)),
                ("issue_date", models.DateField(blank=True, null=True, verbose_name="Invoice date")),
                ("due_date", models.DateField(blank=True, null=True, verbose_name="Due date")),
                ("has_own_due_date", models.BooleanField(default=False)),
                ("accounting_date", models.DateField(blank=True, null=True, verbose_name="Accounting date")),
                (
                    "payment_terms_days",
                    models.PositiveSmallIntegerField(default=14, verbose_name="Payment terms, days"),
                ),
                ("delivery_date", models.DateField(blank=True, null=True, verbose_name="Delivery date")),
                ("period_from", models.DateField(blank=True, null=True, verbose_name="Period from")),
                ("period_to", models.DateField(blank=True, null=True, verbose_name="Period to")),
                ("delivery_name", models.CharField(blank=True, max_length=120, verbose_name="Delivered to")),
                ("delivery_street", models.CharField(blank=True, max_length=120, verbose_name="Delivery address")),
                ("delivery_postal_code", models.CharField(blank=True, max_length=12, verbose_name="Postal code")),
                ("delivery_city", models.CharField(blank=True, max_length=80, verbose_name="City")),
                ("delivery_country", models.CharField(blank=True, max_length=2, verbose_name="Country")),
                ("currency", models.CharField(default="NOK", max_length=3, verbose_name="Currency")),
                ("fixed_exchange_rate", models.DecimalField(blank=True, decimal_places=8, max_digits=18, null=True)),
                ("language", models.CharField(default="nb", max_length=5, verbose_name="Language")),
                ("prices_include_vat", models.BooleanField(default=False, verbose_name="Prices include VAT")),
                (
                    "discount_percent",
                    models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name="Discount, %"),
                ),
                (
                    "discount_amount",
                    models.DecimalField(decimal_places=2, default=0, max_digits=16, verbose_name="Discount, amount"),
                ),
                (
                    "discount_reason",
                    models.CharField(blank=True, max_length=100, verbose_name="Reason for the discount"),
                ),
                ("buyer_reference", models.CharField(blank=True, max_length=80, verbose_name="Their reference")),
                ("order_reference", models.CharField(blank=True, max_length=80, verbose_name="Order number")),
                ("our_reference", models.CharField(blank=True, max_length=80, verbose_name="Our reference")),
                ("contract_reference", models.CharField(blank=True, max_length=80, verbose_name="Contract")),
                ("project_reference", models.CharField(blank=True, max_length=80, verbose_name="Project")),
                ("note", models.TextField(blank=True, max_length=5000, verbose_name="Message on the invoice")),
                ("internal_note", models.TextField(blank=True, max_length=5000, verbose_name="Note for us")),
                ("credit_reason", models.CharField(blank=True, max_length=300, verbose_name="Reason for the credit")),
                ("net_amount", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ("vat_amount", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ("rounding_amount", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ("payable_amount", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ("snapshot", models.JSONField(editable=False, null=True)),
                ("body_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("previous_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("finalized_at", models.DateTimeField(editable=False, null=True)),
                ("finalized_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "credits",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="invoicing.invoice",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="customers.customer",
                        verbose_name="Customer",
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
                        related_name="invoices",
                        to="payments.receivable",
                    ),
                ),
                (
                    "voucher",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="payments.voucher",
                    ),
                ),
                (
                    "series",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="invoicing.numberseries",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "number"), name="invoice_number_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finalized_at", None),
                                ("hash", ""),
                                ("number", None),
                                ("series", None),
                                ("status", "draft"),
                            ),
                            models.Q(
                                ("finalized_at__isnull", False),
                                ("issue_date__isnull", False),
                                ("snapshot__isnull", False),
                                ("status", "finalized"),
                                models.Q(("hash", ""), _negated=True),
                                models.Q(
                                    models.Q(("kind", "payment_request"), ("number", None)),
                                    models.Q(("number__isnull", False), ("series__isnull", False)),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="number_exactly_when_finalized",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["invoice", "credit_note", "payment_request"])),
                        name="invoice_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "credit_note"), ("credits", None), _connector="OR"),
                        name="only_credit_notes_credit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_amount__gte", 0), ("discount_percent__gte", 0), ("discount_percent__lte", 100)
                        ),
                        name="invoice_discount_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period_from", None), ("period_to", None)),
                            models.Q(("period_from__isnull", False), ("period_to__gte", models.F("period_from"))),
                            _connector="OR",
                        ),
                        name="invoice_period_runs_forward",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "-issue_date", "-id"], name="invoice_by_date"),
                    models.Index(fields=["organization", "-number"], name="invoice_by_number"),
                    models.Index(fields=["organization", "customer", "-issue_date", "-id"], name="invoice_by_customer"),
                    models.Index(fields=["organization", "status", "-updated_at", "-id"], name="invoice_by_status"),
                    models.Index(fields=["organization", "due_date", "id"], name="invoice_by_due_date"),
                    models.Index(fields=["organization", "-payable_amount", "-id"], name="invoice_by_amount"),
                    models.Index(
                        condition=models.Q(("credits__isnull", False)),
                        fields=["organization", "credits"],
                        name="invoice_by_credited",
                    ),
                    models.Index(fields=["organization", "receivable"], name="invoice_by_receivable"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeriesCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("checked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_number", models.BigIntegerField()),
                ("documents", models.PositiveIntegerField()),
                ("problems", models.JSONField(default=list)),
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
                    "series",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="invoicing.numberseries",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "series", "-checked_at"], name="series_check_by_series")
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("core_xml", "Invoice data"), ("pdf", "PDF"), ("ehf", "EHF")], max_length=10
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.PositiveIntegerField()),
                ("versions", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("row_hash", models.CharField(max_length=64)),
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
                        fields=("organization", "subject_id", "kind"), name="one_file_per_subject_and_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("findings", models.JSONField(default=list)),
                ("rules_version", models.CharField(blank=True, max_length=80)),
                ("checked_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="invoicing.invoice",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "invoice"), name="one_check_per_draft")
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceFollowUp",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("custom_properties", models.JSONField(default=dict)),
                ("delivery_summary", models.CharField(blank=True, max_length=20)),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="invoicing.invoice",
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
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "invoice"), name="one_follow_up_per_invoice")
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                ("product_number", models.CharField(blank=True, max_length=30)),
                ("gtin", models.CharField(blank=True, max_length=14)),
                ("description", models.CharField(max_length=500, verbose_name="Description")),
                ("detail", models.CharField(blank=True, max_length=1000, verbose_name="Second text")),
                ("internal_text", models.CharField(blank=True, max_length=500, verbose_name="Text for us")),
                ("quantity", models.DecimalField(decimal_places=6, default=1, max_digits=18, verbose_name="Quantity")),
                ("unit_code", models.CharField(default="NAR", max_length=3, verbose_name="Unit")),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Price")),
                (
                    "discount_percent",
                    models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name="Discount, %"),
                ),
                (
                    "discount_amount",
                    models.DecimalField(decimal_places=2, default=0, max_digits=16, verbose_name="Discount, amount"),
                ),
                (
                    "charge_kind",
                    models.CharField(
                        choices=[
                            ("chargeable", "Chargeable"),
                            ("complimentary", "Complimentary"),
                            ("non_chargeable", "Non-chargeable"),
                        ],
                        default="chargeable",
                        max_length=14,
                        verbose_name="Charge",
                    ),
                ),
                (
                    "vat_treatment",
                    models.CharField(
                        choices=[
                            ("standard", "Standard rate"),
                            ("food", "Food"),
                            ("water", "Water and wastewater"),
                            ("low", "Low rate"),
                            ("raw_fish", "Raw fish"),
                            ("zero", "Zero-rated"),
                            ("exempt", "Exempt"),
                            ("reverse_charge", "Reverse charge"),
                            ("export", "Export"),
                            ("outside", "Seller not registered for VAT"),
                        ],
                        default="standard",
                        max_length=20,
                        verbose_name="VAT",
                    ),
                ),
                ("vat_reason", models.CharField(blank=True, max_length=200, verbose_name="Reason for no VAT")),
                ("vat_rate_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ("delivery_date", models.DateField(blank=True, null=True, verbose_name="Delivery date")),
                ("period_from", models.DateField(blank=True, null=True, verbose_name="Period from")),
                ("period_to", models.DateField(blank=True, null=True, verbose_name="Period to")),
                ("revenue_account", models.CharField(default="3000", max_length=10, verbose_name="Revenue account")),
                ("dimensions", models.JSONField(blank=True, default=dict)),
                ("locked_fields", models.JSONField(blank=True, default=list)),
                ("source", models.JSONField(blank=True, default=dict)),
                ("net_amount", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                (
                    "credits_line",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_lines",
                        to="invoicing.invoiceline",
                    ),
                ),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="invoicing.invoice",
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
                    "product",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="customers.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "invoice", "position"], name="line_by_invoice"),
                    models.Index(
                        condition=models.Q(("credits_line__isnull", False)),
                        fields=["organization", "credits_line"],
                        name="line_by_credited_line",
                    ),
                    models.Index(
                        condition=models.Q(("product__isnull", False)),
                        fields=["organization", "product"],
                        name="line_by_product",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("charge_kind__in", ["chargeable", "complimentary", "non_chargeable"])),
                        name="charge_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="line_price_is_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_amount__gte", 0), ("discount_percent__gte", 0), ("discount_percent__lte", 100)
                        ),
                        name="line_discount_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "vat_treatment__in",
                                [
                                    "standard",
                                    "food",
                                    "water",
                                    "low",
                                    "raw_fish",
                                    "zero",
                                    "exempt",
                                    "reverse_charge",
                                    "export",
                                    "outside",
                                ],
                            )
                        ),
                        name="line_vat_treatment_is_known",
                    ),
                ],
            },
        ),
    ]
