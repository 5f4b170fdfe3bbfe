"""Fees, compensation and interest as claims, plans of instalments, holds of customers, and how far reminders came."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("payments", "0029_advances"),
        ("tenants", "0015_find_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerHold",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("customer", "On hold for the customer"), ("insolvency", "Insolvent")], max_length=12
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="Reason")),
                ("until", models.DateField(null=True, verbose_name="Until")),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by", models.CharField(blank=True, max_length=120)),
                ("release_reason", models.CharField(blank=True, max_length=500)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at", None)),
                        fields=["organization", "customer"],
                        name="standing_customer_hold",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["customer", "insolvency"])), name="customer_hold_kind_is_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("due_date", models.DateField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                (
                    "hold",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="instalments",
                        to="payments.hold",
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
                        fields=("organization", "hold", "position"), name="instalment_position_is_unique"
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="instalment_is_positive"),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="allocation",
            name="allocation_has_a_source",
        ),
        migrations.RemoveConstraint(
            model_name="receivable",
            name="additions_name_their_principal",
        ),
        migrations.RemoveConstraint(
            model_name="receivable",
            name="receivable_kind_is_known",
        ),
        migrations.AddField(
            model_name="receivable",
            name="reminded_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="receivable",
            name="reminder_step",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AlterField(
            model_name="allocation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("credit", "Credit note"),
                    ("payment", "Payment"),
                    ("write_off", "Written off"),
                    ("difference", "Small difference"),
                    ("given_back", "Given back"),
                    ("waived", "Waived"),
                ],
                default="credit",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="receivable",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invoice", "Invoice"),
                    ("credit", "Credit note"),
                    ("advance", "Payment request"),
                    ("fee", "Fee"),
                    ("compensation", "Compensation"),
                    ("interest", "Interest"),
                    ("opening", "Opening balance"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sale", "Sale"),
                    ("credit", "Credit note"),
                    ("settlement", "Settlement"),
                    ("payment", "Payment"),
                    ("online", "Online payment"),
                    ("refund", "Refund"),
                    ("reversal", "Reversal"),
                    ("application", "Payment applied"),
                    ("write_off", "Written off"),
                    ("payout", "Payout"),
                    ("advance", "Payment request"),
                    ("fee", "Fee"),
                    ("interest", "Interest"),
                    ("opening", "Opening balance"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="receivable",
            index=models.Index(
                condition=models.Q(("reminder_step", ""), _negated=True),
                fields=["organization", "reminder_step"],
                name="receivable_by_reminder",
            ),
        ),
        migrations.AddIndex(
            model_name="receivablebalance",
            index=models.Index(
                condition=models.Q(("currency_amount", 0), _negated=True),
                fields=["organization", "customer"],
                name="open_balance_by_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("credit_receivable__isnull", False),
                        ("kind", "credit"),
                        ("payment__isnull", True),
                        ("payment_amount__isnull", True),
                    ),
                    models.Q(
                        ("credit_receivable__isnull", True),
                        ("kind", "payment"),
                        ("payment__isnull", False),
                        ("payment_amount__isnull", False),
                    ),
                    models.Q(
                        ("credit_receivable__isnull", True),
                        ("kind__in", ["write_off", "difference", "given_back", "waived"]),
                        ("payment__isnull", True),
                        ("payment_amount__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="allocation_has_a_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="receivable",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["invoice", "credit", "advance", "fee", "compensation", "interest", "opening"])
                ),
                name="receivable_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="receivable",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["fee", "compensation", "interest"]), ("principal__isnull", False)),
                    models.Q(
                        models.Q(("kind__in", ["fee", "compensation", "interest"]), _negated=True), ("principal", None)
                    ),
                    _connector="OR",
                ),
                name="additions_name_their_principal",
            ),
        ),
    ]
