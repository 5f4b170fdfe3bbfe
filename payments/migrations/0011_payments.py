"""Payments and what is paid back of them, agreements with banks, closed periods."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("payments", "0010_balances_have_customers"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
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
                ("key", models.CharField(max_length=120)),
                ("day", models.DateField(verbose_name="Received on")),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                ("base_amount", models.DecimalField(decimal_places=2, max_digits=18)),
                (
                    "fee",
                    models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=18, verbose_name="Bank fee"),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("bank", "Bank transfer"),
                            ("card", "Card"),
                            ("wallet", "Vipps or MobilePay"),
                            ("direct_debit", "Direct debit"),
                            ("cash", "Cash"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                        verbose_name="Method",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("manual", "Registered by hand"),
                            ("bank_file", "Bank file"),
                            ("online", "Paid online"),
                            ("moved_in", "Moved in"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=140, verbose_name="Reference")),
                ("payer_name", models.CharField(blank=True, max_length=140, verbose_name="Payer")),
                ("payer_account", models.CharField(blank=True, max_length=40, verbose_name="Payer's account")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="Note")),
                ("applied", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=18)),
                ("refunded", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=18)),
                ("reversed", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=18)),
                ("unapplied", models.DecimalField(decimal_places=2, max_digits=18)),
                ("unapplied_base", models.DecimalField(decimal_places=2, max_digits=18)),
                ("registered_by", models.CharField(max_length=120)),
                ("registered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payments.account",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="customers.customer",
                    ),
                ),
                (
                    "voucher",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payments.voucher",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "key"), name="payment_is_kept_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("base_amount__gte", 0)), name="payment_is_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fee__gte", 0), ("fee__lt", models.F("amount"))),
                        name="fee_is_less_than_the_payment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("applied__gte", 0),
                            ("refunded__gte", 0),
                            ("reversed__gte", 0),
                            ("unapplied__gte", 0),
                            ("unapplied_base__gte", 0),
                        ),
                        name="parts_of_payment_are_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("applied"), "+", models.F("refunded")
                                        ),
                                        "+",
                                        models.F("reversed"),
                                    ),
                                    "+",
                                    models.F("unapplied"),
                                ),
                            )
                        ),
                        name="every_krone_of_a_payment_is_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["manual", "bank_file", "online", "moved_in"])),
                        name="payment_source_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["bank", "card", "wallet", "direct_debit", "cash", "other"])),
                        name="payment_method_is_known",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "-day", "-id"], name="payment_by_day"),
                    models.Index(fields=["organization", "customer", "-day"], name="payment_by_customer"),
                    models.Index(fields=["organization", "amount"], name="payment_by_amount"),
                    models.Index(
                        condition=models.Q(("unapplied__gt", 0)),
                        fields=["organization", "customer"],
                        name="payment_with_a_rest",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
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
                ("key", models.CharField(max_length=120)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                ("base_amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("by_hand", "Paid out by hand"),
                            ("bank_file", "Payment file to the bank"),
                            ("provider", "Back to the card or wallet"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Waiting to be paid out"),
                            ("handed_over", "On its way"),
                            ("done", "Paid back"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="requested",
                        max_length=12,
                    ),
                ),
                ("payee_name", models.CharField(blank=True, max_length=140, verbose_name="Payee")),
                ("payee_account", models.CharField(blank=True, max_length=40, verbose_name="Payee's account")),
                ("provider_reference", models.CharField(blank=True, max_length=120)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("requested_by", models.CharField(max_length=120)),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "payment",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.payment",
                    ),
                ),
                (
                    "voucher",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.voucher",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "key"), name="refund_is_asked_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("base_amount__gte", 0)), name="refund_is_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["requested", "handed_over", "done", "failed", "cancelled"])),
                        name="refund_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), ("voucher__isnull", False)),
                            models.Q(models.Q(("state", "done"), _negated=True), ("voucher__isnull", True)),
                            _connector="OR",
                        ),
                        name="refund_is_booked_when_done",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "payment"], name="refund_by_payment"),
                    models.Index(
                        condition=models.Q(("state__in", ["requested", "handed_over"])),
                        fields=["organization", "channel"],
                        name="refund_on_its_way",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankAgreement",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
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
                ("source_format", models.CharField(blank=True, max_length=10)),
                ("creditor_number", models.CharField(blank=True, max_length=8)),
                ("direct_debit_number", models.CharField(blank=True, max_length=9)),
                ("further_kids", models.JSONField(default=list)),
                (
                    "account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="payments.account",
                    ),
                ),
                (
                    "bank_account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="tenants.bankaccount",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "bank_account"), name="one_agreement_per_bank_account"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source_format__in", ["", "ocr", "camt.053", "camt.054", "bgmax", "csv"])),
                        name="source_of_payments_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentSettings",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
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
                    "small_difference_max",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0"), max_digits=8, verbose_name="Small difference"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization",), name="one_payment_settings"),
                    models.CheckConstraint(
                        condition=models.Q(("small_difference_max__gte", 0), ("small_difference_max__lte", 100)),
                        name="small_difference_is_small",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeriodLock",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
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
                ("locked_through", models.DateField(null=True, verbose_name="Closed through")),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "-id"], name="newest_period_lock")],
            },
        ),
    ]
