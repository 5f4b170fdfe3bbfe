"""Months compared with the accounting system, strays, payments and changed customers found there."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("accounting_sync", "0004_export_guards"),
        ("customers", "0006_delivery_channels"),
        ("payments", "0033_payments_told_by_accounting"),
        ("tenants", "0015_find_webhooks"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="applies_payments",
            field=models.BooleanField(
                db_default=models.Value(False),
                default=False,
                verbose_name="Register payments found there that match exactly",
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="changes_read_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="sends_customers",
            field=models.BooleanField(
                db_default=models.Value(True), default=True, verbose_name="Send changes of linked customers"
            ),
        ),
        migrations.CreateModel(
            name="CustomerChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("fields", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "New"),
                            ("taken", "Taken over"),
                            ("ignored", "Ignored"),
                            ("gone", "The same again"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(blank=True, max_length=120)),
                (
                    "connection",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="customer_changes",
                        to="accounting_sync.connection",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes_there",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "connection", "customer"), name="one_change_per_customer_and_connection"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "taken", "ignored", "gone"])),
                        name="customer_change_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("settled_at__isnull", False), _connector="OR"),
                        name="settled_change_names_its_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentProposal",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("remote_id", models.CharField(max_length=120)),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("document_number", models.CharField(blank=True, max_length=60)),
                ("kid", models.CharField(blank=True, max_length=40)),
                ("payer", models.CharField(blank=True, max_length=140)),
                ("text", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "New"),
                            ("taken", "Registered"),
                            ("known", "Registered before"),
                            ("ignored", "Ignored"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(blank=True, max_length=120)),
                ("why", models.CharField(blank=True, max_length=300)),
                (
                    "connection",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="accounting_sync.connection",
                    ),
                ),
                (
                    "like",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
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
                    "payment",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="payments.payment",
                    ),
                ),
                (
                    "receivable",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="payments.receivable",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["organization", "-day", "-id"],
                        name="open_proposal_by_day",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "connection", "remote_id"), name="remote_payment_is_proposed_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "taken", "known", "ignored"])),
                        name="proposal_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["taken", "known"]), _negated=True),
                            ("payment__isnull", False),
                            _connector="OR",
                        ),
                        name="taken_proposal_has_payment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("settled_at__isnull", False), _connector="OR"),
                        name="settled_proposal_names_its_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("month", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waiting to begin"),
                            ("under_way", "Under way"),
                            ("done", "Done"),
                            ("failed", "Not finished"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("expected", models.IntegerField(default=0)),
                ("compared", models.IntegerField(default=0)),
                ("vouchers", models.IntegerField(default=0)),
                ("agree", models.IntegerField(default=0)),
                ("differ", models.IntegerField(default=0)),
                ("untold", models.IntegerField(default=0)),
                ("absent", models.IntegerField(default=0)),
                ("left_out", models.IntegerField(default=0)),
                ("ours", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=18)),
                ("theirs", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=18)),
                ("accounts", models.JSONField(default=list)),
                ("findings", models.JSONField(default=list)),
                (
                    "connection",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reconciliations",
                        to="accounting_sync.connection",
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
                    models.Index(fields=["organization", "connection", "month", "-id"], name="reconciliation_by_month")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["asked", "under_way", "done", "failed"])),
                        name="reconciliation_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["done", "failed"]), _negated=True),
                            ("ended_at__isnull", False),
                            _connector="OR",
                        ),
                        name="ended_reconciliation_names_its_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "vouchers",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("agree"), "+", models.F("differ")
                                        ),
                                        "+",
                                        models.F("untold"),
                                    ),
                                    "+",
                                    models.F("absent"),
                                ),
                            )
                        ),
                        name="every_voucher_of_a_reconciliation_is_somewhere",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "under_way"])),
                        fields=("organization", "connection", "month"),
                        name="a_month_is_reconciled_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StrayDocument",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("remote_id", models.CharField(max_length=120)),
                ("number", models.CharField(max_length=60)),
                ("day", models.DateField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("total", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "To be deleted there"), ("gone", "Deleted there"), ("accepted", "Let stand")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(blank=True, max_length=120)),
                ("why", models.CharField(blank=True, max_length=300)),
                (
                    "connection",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strays",
                        to="accounting_sync.connection",
                    ),
                ),
                (
                    "item",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strays",
                        to="accounting_sync.syncitem",
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
                        fields=("organization", "connection", "item", "remote_id"), name="stray_document_stands_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "gone", "accepted"])), name="stray_state_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("settled_at__isnull", False), _connector="OR"),
                        name="settled_stray_names_its_moment",
                    ),
                ],
            },
        ),
    ]
