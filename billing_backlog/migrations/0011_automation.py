"""How customers are billed by themselves, and which documents were printed to be brought along."""

from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0010_visit_guards"),
        ("customers", "0006_delivery_channels"),
        ("invoicing", "0018_layouts"),
        ("tenants", "0015_find_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingAutomation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("posting", models.CharField(blank=True, max_length=8, verbose_name="Posting of work")),
                ("timing", models.CharField(blank=True, max_length=12, verbose_name="Time of posting")),
                ("sends", models.BooleanField(null=True, verbose_name="Dispatch")),
                ("period", models.CharField(blank=True, max_length=5, verbose_name="Collected for")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="automations",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "customer"),
                        name="one_automation_per_customer",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=Q(customer__isnull=False)
                        | (~Q(posting="") & ~Q(timing="") & Q(sends__isnull=False) & ~Q(period="")),
                        name="the_company_leaves_nothing_open",
                    ),
                    models.CheckConstraint(
                        condition=Q(customer=None) | ~Q(posting="", timing="", sends=None, period=""),
                        name="own_automation_decides_something",
                    ),
                    models.CheckConstraint(
                        condition=Q(posting__in=["", "none", "collect", "finalize"]), name="posting_is_known"
                    ),
                    models.CheckConstraint(
                        condition=Q(timing__in=["", "done", "night_before"]), name="timing_is_known"
                    ),
                    models.CheckConstraint(
                        condition=Q(period__in=["", "week", "month"]), name="collecting_period_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BringAlongPrint",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("was_draft", models.BooleanField()),
                ("printed_by", models.CharField(max_length=120)),
                ("printed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bring_along_prints",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "invoice", "-printed_at"], name="bring_along_by_document")
                ],
            },
        ),
    ]
