from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0005_limit_requests"),
        ("customers", "0006_delivery_channels"),
        ("invoicing", "0018_layouts"),
        ("tenants", "0015_find_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingRun",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                (
                    "scope",
                    models.CharField(
                        choices=[("everything", "All work that is ready"), ("facilities", "The use of facilities")],
                        default="everything",
                        max_length=12,
                        verbose_name="Bills",
                    ),
                ),
                ("period_from", models.DateField(verbose_name="Period from")),
                ("until", models.DateField(verbose_name="Through")),
                ("opens_on", models.DateField(blank=True, null=True, verbose_name="Window opens")),
                ("closes_on", models.DateField(blank=True, null=True, verbose_name="Window closes")),
                (
                    "change_percent",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("10"), max_digits=5, verbose_name="Tell of changes from, %"
                    ),
                ),
                ("needs_second_person", models.BooleanField(default=False, verbose_name="A second person approves")),
                ("frozen_at", models.DateTimeField(editable=False, null=True)),
                ("frozen_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("basis_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("control", models.JSONField(default=dict, editable=False)),
                ("approved_at", models.DateTimeField(editable=False, null=True)),
                ("approved_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("generated_at", models.DateTimeField(editable=False, null=True)),
                ("manifest_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("undone_at", models.DateTimeField(editable=False, null=True)),
                ("undone_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("undone_reason", models.CharField(blank=True, editable=False, max_length=300)),
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
                (
                    "prepared_by",
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
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("organization", "scope", "until"),
                        name="one_run_per_scope_and_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["everything", "facilities"])), name="run_scope_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("period_from"))), name="run_period_runs_forward"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes_on", None),
                            models.Q(("closes_on__gte", models.F("opens_on")), ("opens_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="run_window_runs_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("change_percent__gt", 0)), name="change_percent_is_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at", None), ("frozen_at", None)),
                            models.Q(("frozen_at__isnull", False), models.Q(("basis_sha256", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="only_a_frozen_run_is_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("generated_at", None), ("approved_at__isnull", False), _connector="OR"),
                        name="only_an_approved_run_is_generated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("undone_at", None), models.Q(("undone_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="undoing_a_run_has_a_reason",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "-until", "-id"], name="run_by_day")],
            },
        ),
        migrations.CreateModel(
            name="RunAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=12)),
                ("label", models.CharField(max_length=300)),
                ("explanation", models.CharField(blank=True, max_length=300, verbose_name="Explanation")),
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
                    "run",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="billing_backlog.billingrun",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "run", "key"), name="difference_is_answered_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RunFacility",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("taken_at", models.DateTimeField(null=True)),
                ("control_count", models.PositiveIntegerField(null=True, verbose_name="Lines on the booking list")),
                (
                    "control_amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=16, null=True, verbose_name="Sum of the booking list"
                    ),
                ),
                ("finished_by", models.CharField(blank=True, max_length=120)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "facility",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
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
                    "run",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facilities",
                        to="billing_backlog.billingrun",
                    ),
                ),
                (
                    "taken_by",
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
                    models.UniqueConstraint(
                        fields=("organization", "run", "facility"), name="facility_stands_once_in_a_run"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("finished_at", None),
                            models.Q(
                                ("control_amount__isnull", False),
                                ("control_count__isnull", False),
                                ("taken_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="facility_is_finished_with_its_control",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunHold",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_holds",
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
                    "run",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="billing_backlog.billingrun",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "run", "customer"), name="customer_is_held_once_in_a_run"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="holding_back_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunRow",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_rows",
                        to="customers.customer",
                    ),
                ),
                (
                    "item",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_rows",
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
                    "run",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="billing_backlog.billingrun",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "run", "item"), name="item_stands_once_in_a_basis"),
                    models.UniqueConstraint(fields=("organization", "run", "position"), name="basis_has_its_order"),
                ],
                "indexes": [models.Index(fields=["organization", "run", "customer"], name="basis_by_customer")],
            },
        ),
        migrations.AddField(
            model_name="proforma",
            name="run",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proformas",
                to="billing_backlog.billingrun",
            ),
        ),
        migrations.AddIndex(
            model_name="proforma",
            index=models.Index(
                condition=models.Q(("run__isnull", False)), fields=["organization", "run"], name="proforma_by_run"
            ),
        ),
    ]
