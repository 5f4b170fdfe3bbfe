"""Quotes and order confirmations."""

from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0015_booking_guards"),
        ("customers", "0006_delivery_channels"),
        ("invoicing", "0018_layouts"),
        ("tenants", "0015_find_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Quote",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField(editable=False)),
                ("contact_name", models.CharField(blank=True, max_length=120, verbose_name="Contact")),
                ("contact_email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail address")),
                ("title", models.CharField(max_length=160, verbose_name="Title")),
                ("text", models.TextField(blank=True, max_length=5000, verbose_name="Text")),
                ("language", models.CharField(max_length=5, verbose_name="Language")),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                ("prices_include_vat", models.BooleanField(default=False, verbose_name="Prices include VAT")),
                ("valid_until", models.DateField(verbose_name="Valid through")),
                ("delivery_date", models.DateField(blank=True, null=True, verbose_name="Delivery date")),
                ("buyer_reference", models.CharField(blank=True, max_length=80, verbose_name="Their reference")),
                (
                    "net_amount",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), editable=False, max_digits=16),
                ),
                (
                    "vat_amount",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), editable=False, max_digits=16),
                ),
                (
                    "payable_amount",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), editable=False, max_digits=16),
                ),
                ("sent_at", models.DateTimeField(editable=False, null=True)),
                ("accepted_at", models.DateTimeField(editable=False, null=True)),
                ("accepted_by_name", models.CharField(blank=True, editable=False, max_length=120)),
                ("accepted_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("accepted_note", models.CharField(blank=True, editable=False, max_length=300)),
                ("declined_at", models.DateTimeField(editable=False, null=True)),
                ("declined_reason", models.CharField(blank=True, editable=False, max_length=1000)),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quotes",
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
                    "project",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quotes",
                        to="billing_backlog.project",
                        verbose_name="Project",
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        editable=False,
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
                    models.UniqueConstraint(fields=("organization", "number"), name="quote_number_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_sha256", "")),
                            models.Q(
                                ("accepted_at__isnull", False),
                                models.Q(("accepted_sha256", ""), _negated=True),
                                models.Q(("accepted_by_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="acceptance_names_who_and_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("declined_at", None)),
                            models.Q(("accepted_at", None), ("withdrawn_at", None)),
                            models.Q(("declined_at", None), ("withdrawn_at", None)),
                            _connector="OR",
                        ),
                        name="quote_has_one_answer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("withdrawn_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="withdrawing_a_quote_has_a_reason",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "-number", "-id"], name="quote_by_number"),
                    models.Index(fields=["organization", "customer", "-number"], name="quote_by_customer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderConfirmation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField(editable=False)),
                ("title", models.CharField(max_length=160, verbose_name="Title")),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                ("delivery_date", models.DateField(null=True, verbose_name="Delivery date")),
                ("net_amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("vat_amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("payable_amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("content", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "contract",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="billing_backlog.contract",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
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
                    "quote",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="billing_backlog.quote",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "number"), name="order_number_is_unique"),
                    models.UniqueConstraint(fields=("organization", "quote"), name="one_order_per_quote"),
                    models.UniqueConstraint(
                        condition=models.Q(("contract__isnull", False)),
                        fields=("organization", "contract"),
                        name="one_order_per_contract",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "-number", "-id"], name="order_by_number"),
                    models.Index(fields=["organization", "customer", "-number"], name="order_by_customer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuoteLine",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                ("description", models.CharField(max_length=500, verbose_name="Description")),
                ("detail", models.CharField(blank=True, max_length=1000, verbose_name="Second text")),
                ("quantity", models.DecimalField(decimal_places=6, default=1, max_digits=18, verbose_name="Quantity")),
                ("unit_code", models.CharField(default="NAR", max_length=3, verbose_name="Unit")),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Price")),
                (
                    "discount_percent",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("0"), max_digits=7, verbose_name="Discount, %"
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
                        max_length=20,
                        verbose_name="VAT",
                    ),
                ),
                ("net_amount", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
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
                        related_name="quote_lines",
                        to="customers.product",
                    ),
                ),
                (
                    "quote",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="billing_backlog.quote",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="quoted_quantity_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="quoted_price_is_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_percent__gte", 0), ("discount_percent__lte", 100)),
                        name="quoted_discount_in_range",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "quote", "position"], name="quote_line_by_quote")],
            },
        ),
        migrations.CreateModel(
            name="QuoteVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("made_by", models.CharField(max_length=120)),
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
                    "quote",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="billing_backlog.quote",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "quote", "number"), name="quote_versions_are_counted"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OfferMail",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("recipient", models.EmailField(max_length=254)),
                ("message", models.CharField(blank=True, max_length=2000)),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sent_at", models.DateTimeField(editable=False, null=True)),
                ("failed_reason", models.CharField(blank=True, editable=False, max_length=300)),
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
                    "order",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="billing_backlog.orderconfirmation",
                    ),
                ),
                (
                    "quote",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="billing_backlog.quote",
                    ),
                ),
                (
                    "version",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="billing_backlog.quoteversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("order", None), ("version__isnull", False)),
                            models.Q(("order__isnull", False), ("version", None)),
                            _connector="OR",
                        ),
                        name="offer_mail_has_one_paper",
                    )
                ],
                "indexes": [models.Index(fields=["organization", "quote", "-asked_at"], name="offer_mail_by_quote")],
            },
        ),
        migrations.CreateModel(
            name="OfferSeries",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=20)),
                ("last_number", models.PositiveIntegerField(default=0)),
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
                    models.UniqueConstraint(fields=("organization", "kind"), name="one_series_per_kind_of_offer")
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order_drafts",
                        to="invoicing.invoice",
                    ),
                ),
                (
                    "order",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="billing_backlog.orderconfirmation",
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "order"), name="order_is_billed_by_one_document"),
                    models.UniqueConstraint(fields=("organization", "invoice"), name="document_bills_one_order"),
                ],
            },
        ),
    ]
