"""Subscriptions, their prices and pauses."""

from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0011_automation")]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                ("text", models.CharField(max_length=300, verbose_name="Text on the invoice")),
                ("unit_code", models.CharField(default="NAR", max_length=3, verbose_name="Unit")),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                ("every", models.PositiveSmallIntegerField(default=1, verbose_name="Every")),
                (
                    "time_unit",
                    models.CharField(
                        choices=[("week", "Weeks"), ("month", "Months")],
                        default="month",
                        max_length=5,
                        verbose_name="Weeks or months",
                    ),
                ),
                (
                    "timing",
                    models.CharField(
                        choices=[("advance", "In advance"), ("arrears", "When the period is over")],
                        default="advance",
                        max_length=7,
                        verbose_name="Charged",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="Starts on")),
                ("periods_from", models.DateField(verbose_name="Periods are counted from")),
                (
                    "vat_treatment",
                    models.CharField(
                        blank=True,
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
                ("revenue_account", models.CharField(blank=True, max_length=10, verbose_name="Revenue account")),
                ("stops_on", models.DateField(blank=True, null=True, verbose_name="Last day")),
                ("stop_reason", models.CharField(blank=True, max_length=300, verbose_name="Reason")),
                ("due_on", models.DateField(editable=False, null=True)),
                ("notice", models.CharField(blank=True, editable=False, max_length=500)),
                ("created_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
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
                    "product",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="customers.product",
                    ),
                ),
                (
                    "project",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="billing_backlog.project",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("every__gte", 1), ("every__lte", 36)), name="subscription_period_in_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("time_unit__in", ["week", "month"])),
                        name="subscription_unit_of_time_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("timing__in", ["advance", "arrears"])), name="subscription_timing_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("periods_from__lte", models.F("starts_on"))),
                        name="subscription_starts_inside_a_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stops_on", None), models.Q(("stop_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="a_stopped_subscription_has_a_reason",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_on__isnull", False)),
                        fields=["organization", "due_on"],
                        name="subscription_by_due_day",
                    ),
                    models.Index(fields=["organization", "customer"], name="subscription_by_customer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionPause",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("first_day", models.DateField(verbose_name="From")),
                ("last_day", models.DateField(blank=True, null=True, verbose_name="To")),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                ("taken_back_at", models.DateTimeField(editable=False, null=True)),
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
                    "subscription",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pauses",
                        to="billing_backlog.subscription",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_day", None), ("last_day__gte", models.F("first_day")), _connector="OR"
                        ),
                        name="a_pause_runs_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="a_pause_has_a_reason"
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "subscription"], name="pause_by_subscription")],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionPrice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("valid_from", models.DateField(verbose_name="From")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=6, default=Decimal("1"), max_digits=18, verbose_name="Quantity"),
                ),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Price")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="Reason")),
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
                    "subscription",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="billing_backlog.subscription",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="subscription_price_is_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="subscription_quantity_is_positive"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "subscription", "valid_from"], name="price_by_subscription")
                ],
            },
        ),
    ]
