"""Bookings of facilities, their price lists and target groups."""

from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0013_subscription_guards"),
        ("customers", "0006_delivery_channels"),
        ("tenants", "0014_find_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="facility",
            name="takes_one_at_a_time",
            field=models.BooleanField(
                db_default=models.Value(False),
                default=False,
                verbose_name="Warn when it is booked twice at the same time",
            ),
        ),
        migrations.CreateModel(
            name="PriceList",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                ("valid_from", models.DateField(verbose_name="Valid from")),
                ("valid_through", models.DateField(blank=True, null=True, verbose_name="Valid through")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                        fields=("organization", "name", "valid_from"), name="price_list_is_named_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_through", None), ("valid_through__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="price_list_runs_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TargetGroup",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80, verbose_name="Name")),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
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
                    models.UniqueConstraint(fields=("organization", "name"), name="target_group_name_is_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceListRow",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("facility_group", models.CharField(blank=True, max_length=80, verbose_name="Group")),
                ("unit_code", models.CharField(max_length=3, verbose_name="Unit")),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Price")),
                ("price_includes_vat", models.BooleanField(default=False, verbose_name="Price includes VAT")),
                (
                    "facility",
                    tenants.scoping.OrganizationForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_rows",
                        to="billing_backlog.facility",
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
                    "price_list",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="billing_backlog.pricelist",
                    ),
                ),
                (
                    "target_group",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_rows",
                        to="billing_backlog.targetgroup",
                        verbose_name="Target group",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "organization",
                            "price_list",
                            "facility",
                            "facility_group",
                            "target_group",
                            "unit_code",
                        ),
                        name="one_price_per_facility_and_target_group",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("facility__isnull", False), ("facility_group", "")),
                            models.Q(("facility", None), models.Q(("facility_group", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="price_is_of_a_facility_or_a_group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="list_price_is_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_code__in", ("HUR", "DAY", "NAR"))), name="list_price_unit_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "payer_choice",
                    models.CharField(
                        choices=[
                            ("user", "Whoever uses it"),
                            ("organization", "Another organization, by its organization number"),
                            ("person", "A person, by his or her own name"),
                        ],
                        default="user",
                        max_length=12,
                        verbose_name="Who pays",
                    ),
                ),
                ("payer_chosen_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("payer_chosen_at", models.DateTimeField(editable=False, null=True)),
                ("day", models.DateField(verbose_name="Day")),
                ("starts_at", models.TimeField(blank=True, null=True, verbose_name="From")),
                ("ends_at", models.TimeField(blank=True, null=True, verbose_name="To")),
                ("text", models.CharField(blank=True, max_length=200, verbose_name="What it is used for")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Quantity")),
                ("unit_code", models.CharField(max_length=3, verbose_name="Unit")),
                ("rule_price", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("price_rule", models.CharField(blank=True, max_length=120, verbose_name="Price by")),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, null=True, verbose_name="Price")),
                ("price_includes_vat", models.BooleanField(default=False, verbose_name="Price includes VAT")),
                ("price_reason", models.CharField(blank=True, max_length=300, verbose_name="Why another price")),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16, verbose_name="Amount"),
                ),
                ("is_billable", models.BooleanField(default=True, verbose_name="Billed")),
                ("free_reason", models.CharField(blank=True, max_length=300, verbose_name="Why it is free")),
                ("contact_email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail of the contact")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="Note")),
                ("series", models.UUIDField(editable=False, null=True)),
                ("told_to", models.JSONField(default=list, editable=False)),
                ("cancelled_at", models.DateTimeField(editable=False, null=True)),
                ("cancelled_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("cancelled_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("source_system", models.CharField(blank=True, max_length=40, verbose_name="Told by")),
                ("source_order", models.CharField(blank=True, max_length=60, verbose_name="Order there")),
                ("source_line", models.CharField(blank=True, max_length=60, verbose_name="Line there")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="customers.customer",
                        verbose_name="Customer",
                    ),
                ),
                (
                    "facility",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="billing_backlog.facility",
                        verbose_name="Facility",
                    ),
                ),
                (
                    "item",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="billing_backlog.backlogitem",
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
                    "payer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paid_bookings",
                        to="customers.customer",
                        verbose_name="Pays",
                    ),
                ),
                (
                    "price_row",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="billing_backlog.pricelistrow",
                    ),
                ),
                (
                    "target_group",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="billing_backlog.targetgroup",
                        verbose_name="Target group",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("source_system", ""), _negated=True),
                        fields=("organization", "source_system", "source_order", "source_line"),
                        name="booking_told_of_twice_is_one_booking",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("item__isnull", False)),
                        fields=("organization", "item"),
                        name="an_item_bills_one_booking",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at", None), ("starts_at", None)),
                            models.Q(("ends_at__gt", models.F("starts_at")), ("starts_at__isnull", False)),
                            models.Q(("ends_at", "00:00"), ("starts_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="booking_times_run_forward",
                    ),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="booking_has_a_quantity"),
                    models.CheckConstraint(
                        condition=models.Q(("unit_code__in", ("HUR", "DAY", "NAR"))), name="booking_unit_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payer_choice__in", ["user", "organization", "person"])),
                        name="payer_choice_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("payer", models.F("customer")), ("payer_choice", "user")),
                            models.Q(
                                models.Q(("payer_choice", "user"), _negated=True),
                                models.Q(("payer_chosen_by", ""), _negated=True),
                                ("payer_chosen_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="another_payer_was_chosen_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_billable", False),
                            models.Q(("unit_price__gte", 0), ("unit_price__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_billed_booking_has_a_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rule_price", None),
                            ("unit_price", models.F("rule_price")),
                            models.Q(("price_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="another_booking_price_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_billable", True),
                            models.Q(models.Q(("free_reason", ""), _negated=True), ("item", None)),
                            _connector="OR",
                        ),
                        name="a_free_booking_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at", None), models.Q(("cancelled_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="a_cancelled_booking_has_a_reason",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "-day", "-id"], name="booking_by_day"),
                    models.Index(fields=["organization", "facility", "day"], name="booking_by_facility"),
                    models.Index(fields=["organization", "customer", "-day"], name="booking_by_customer"),
                    models.Index(fields=["organization", "payer", "-day"], name="booking_by_payer"),
                    models.Index(
                        condition=models.Q(("series__isnull", False)),
                        fields=["organization", "series", "day"],
                        name="booking_by_series",
                    ),
                ],
            },
        ),
    ]
