"""Visits to customers."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0008_layouts_and_timesheets"),
        ("customers", "0006_delivery_channels"),
        ("tenants", "0014_find_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("worker_name", models.CharField(blank=True, max_length=120, verbose_name="Done by")),
                ("planned_on", models.DateField(verbose_name="Day")),
                ("starts_at", models.TimeField(blank=True, null=True, verbose_name="From")),
                ("ends_at", models.TimeField(blank=True, null=True, verbose_name="To")),
                ("text", models.CharField(max_length=500, verbose_name="Text on the invoice")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Quantity")),
                ("unit_code", models.CharField(max_length=3, verbose_name="Unit")),
                (
                    "unit_price",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="Price"),
                ),
                ("price_reason", models.CharField(blank=True, max_length=300, verbose_name="Why another price")),
                ("place", models.CharField(blank=True, max_length=300, verbose_name="Place")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="Note for whoever goes there")),
                ("done_at", models.DateTimeField(editable=False, null=True)),
                ("done_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("done_on", models.DateField(editable=False, null=True, verbose_name="Done on")),
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
                        related_name="visits",
                        to="customers.customer",
                        verbose_name="Customer",
                    ),
                ),
                (
                    "line",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="billing_backlog.contractline",
                        verbose_name="Contract line",
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
                        related_name="visits",
                        to="customers.product",
                        verbose_name="Product",
                    ),
                ),
                (
                    "project",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="billing_backlog.project",
                        verbose_name="Project",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Done by",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "planned_on", "starts_at", "id"], name="visit_by_day"),
                    models.Index(fields=["organization", "worker", "planned_on"], name="visit_by_worker"),
                    models.Index(fields=["organization", "customer", "-planned_on"], name="visit_by_customer"),
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("done_at", None)),
                        fields=["organization", "planned_on"],
                        name="visit_still_planned",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("source_system", ""), _negated=True),
                        fields=("organization", "source_system", "source_order", "source_line"),
                        name="visit_told_of_twice_is_one_visit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("cancelled_at", None), _connector="OR"),
                        name="a_done_visit_is_not_cancelled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at", None), ("done_on", None)),
                            models.Q(("done_at__isnull", False), ("done_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_done_visit_has_its_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at", None), models.Q(("cancelled_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="a_cancelled_visit_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None),
                            models.Q(("ends_at__gt", models.F("starts_at")), ("starts_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="visit_times_run_forward",
                    ),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="visit_has_a_quantity"),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price", None), ("unit_price__gte", 0), _connector="OR"),
                        name="visit_price_is_not_negative",
                    ),
                ],
            },
        ),
    ]
