"""Advances and retainers."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0017_quote_guards"),
        ("customers", "0006_delivery_channels"),
        ("invoicing", "0020_advance_guards"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Advance",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("advance", "Advance"), ("retainer", "Retainer")],
                        default="advance",
                        max_length=10,
                        verbose_name="Kind",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="What it is for")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16, verbose_name="Amount")),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                (
                    "applies_itself",
                    models.BooleanField(default=True, verbose_name="Use it on the next invoices by itself"),
                ),
                (
                    "refill_below",
                    models.DecimalField(
                        decimal_places=2, max_digits=16, null=True, verbose_name="Fill up when less is left than"
                    ),
                ),
                (
                    "refill_amount",
                    models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name="Fill up with"),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "contract",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advances",
                        to="billing_backlog.contract",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advances",
                        to="customers.customer",
                    ),
                ),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="advances",
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
                    "refills",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refilled_by",
                        to="billing_backlog.advance",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "customer"], name="advance_by_customer"),
                    models.Index(
                        condition=models.Q(("contract__isnull", False)),
                        fields=["organization", "contract"],
                        name="advance_by_contract",
                    ),
                    models.Index(
                        condition=models.Q(("refills__isnull", False)),
                        fields=["organization", "refills"],
                        name="advance_refill",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "invoice"), name="one_advance_per_request"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["advance", "retainer"])), name="advance_kind_is_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="advance_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at", None), ("kind", "advance"), ("refill_amount", None), ("refill_below", None)
                            ),
                            models.Q(
                                ("kind", "retainer"),
                                ("refill_amount", None),
                                ("refill_below", None),
                                ("refills__isnull", False),
                            ),
                            models.Q(
                                ("kind", "retainer"),
                                ("refill_amount__gt", 0),
                                ("refill_amount__isnull", False),
                                ("refill_below__gte", 0),
                                ("refill_below__isnull", False),
                                ("refills", None),
                            ),
                            _connector="OR",
                        ),
                        name="retainers_say_when_they_are_filled",
                    ),
                ],
            },
        ),
    ]
