from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("invoicing", "0017_what_lines_bill"),
        ("tenants", "0012_erasing_functions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.CharField(max_length=20, verbose_name="Contract number")),
                ("name", models.CharField(max_length=160, verbose_name="Name")),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                (
                    "fixed_exchange_rate",
                    models.DecimalField(
                        blank=True, decimal_places=8, max_digits=18, null=True, verbose_name="Fixed exchange rate"
                    ),
                ),
                (
                    "limit_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        verbose_name="Not to exceed, without VAT",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="From")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="To")),
                ("buyer_reference", models.CharField(blank=True, max_length=80, verbose_name="Their reference")),
                ("order_reference", models.CharField(blank=True, max_length=80, verbose_name="Order number")),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="Message on the invoice")),
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
            },
        ),
        migrations.CreateModel(
            name="ContractLine",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=160, verbose_name="Name")),
                (
                    "billing_method",
                    models.CharField(
                        choices=[
                            ("time_and_material", "Time and material"),
                            ("fixed_price", "Fixed price with milestones"),
                            ("progress", "Progress of a fixed price"),
                            ("recurring", "Recurring"),
                            ("per_booking", "Per booking"),
                            ("per_visit", "Per visit"),
                        ],
                        max_length=20,
                        verbose_name="Billed by",
                    ),
                ),
                ("unit_code", models.CharField(default="HUR", max_length=3, verbose_name="Unit")),
                (
                    "unit_price",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="Price"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="Agreed amount"
                    ),
                ),
                (
                    "limit_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        verbose_name="Not to exceed, without VAT",
                    ),
                ),
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
                (
                    "frequency",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No schedule"),
                            ("weekly", "Every week"),
                            ("biweekly", "Every second week"),
                            ("monthly", "Every month"),
                        ],
                        max_length=8,
                        verbose_name="Billed",
                    ),
                ),
                ("schedule_day", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="Day")),
                ("runs_per_month", models.PositiveSmallIntegerField(default=1, verbose_name="Times a month")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="Ended on")),
                (
                    "contract",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="billing_backlog.contract",
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
                        related_name="contract_lines",
                        to="customers.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "billing_method__in",
                                [
                                    "time_and_material",
                                    "fixed_price",
                                    "progress",
                                    "recurring",
                                    "per_booking",
                                    "per_visit",
                                ],
                            )
                        ),
                        name="billing_method_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("frequency__in", ["", "weekly", "biweekly", "monthly"])),
                        name="frequency_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("frequency", ""), ("schedule_day", None)),
                            models.Q(
                                ("frequency", "monthly"),
                                ("schedule_day__gte", 1),
                                ("schedule_day__isnull", False),
                                ("schedule_day__lte", 31),
                            ),
                            models.Q(
                                ("frequency__in", ["weekly", "biweekly"]),
                                ("schedule_day__gte", 1),
                                ("schedule_day__isnull", False),
                                ("schedule_day__lte", 7),
                            ),
                            _connector="OR",
                        ),
                        name="schedule_has_its_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("runs_per_month__gte", 1), ("runs_per_month__lte", 4)), name="runs_in_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("billing_method__in", ["fixed_price", "progress"]), _negated=True),
                            models.Q(("amount__gt", 0), ("amount__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_fixed_price_has_an_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("limit_amount", None), ("limit_amount__gt", 0), _connector="OR"),
                        name="line_limit_is_positive",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "contract", "position"], name="contract_line_by_contract")
                ],
            },
        ),
        migrations.CreateModel(
            name="Deputy",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("first_day", models.DateField(verbose_name="From")),
                ("last_day", models.DateField(verbose_name="To")),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Deputy",
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Away",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))), name="deputy_period_runs_forward"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person", models.F("deputy")), _negated=True),
                        name="deputy_is_somebody_else",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "deputy", "last_day"], name="deputy_by_person")],
            },
        ),
        migrations.CreateModel(
            name="Facility",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.CharField(max_length=20, verbose_name="Facility number")),
                ("name", models.CharField(max_length=160, verbose_name="Name")),
                ("group", models.CharField(blank=True, max_length=80, verbose_name="Group")),
                ("is_billable", models.BooleanField(default=True, verbose_name="Its use is billed")),
                ("revenue_account", models.CharField(default="3000", max_length=10, verbose_name="Revenue account")),
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
                        default="standard",
                        max_length=20,
                        verbose_name="VAT",
                    ),
                ),
                ("dimensions", models.JSONField(blank=True, default=dict, verbose_name="Dimensions")),
                (
                    "header_text",
                    models.CharField(blank=True, max_length=300, verbose_name="Text at the head of the invoice"),
                ),
                ("contact_department", models.CharField(blank=True, max_length=120, verbose_name="Department to ask")),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "case_worker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Case worker",
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
                    models.UniqueConstraint(fields=("organization", "number"), name="facility_number_is_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="LineCustomer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "limit_amount",
                    models.DecimalField(decimal_places=2, max_digits=16, verbose_name="Not to exceed, without VAT"),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "line",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="customers",
                        to="billing_backlog.contractline",
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
                        fields=("organization", "line", "customer"), name="one_limit_per_line_and_customer"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("limit_amount__gt", 0)), name="line_customer_limit_is_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=160, verbose_name="Name")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16, verbose_name="Amount without VAT")),
                ("planned_on", models.DateField(verbose_name="Planned on")),
                (
                    "line",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="milestones",
                        to="billing_backlog.contractline",
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
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="milestone_has_an_amount")
                ],
                "indexes": [models.Index(fields=["organization", "line", "position"], name="milestone_by_line")],
            },
        ),
        migrations.CreateModel(
            name="Proforma",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "made_by",
                    models.CharField(
                        choices=[
                            ("hand", "By hand"),
                            ("schedule", "By schedule"),
                            ("run", "By a billing run"),
                            ("work_done", "By itself when the work was done"),
                            ("night_before", "By itself the night before"),
                            ("subscription", "By a subscription"),
                        ],
                        max_length=12,
                    ),
                ),
                ("cut_off", models.DateField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "contract",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proformas",
                        to="billing_backlog.contract",
                    ),
                ),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proformas",
                        to="invoicing.invoice",
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    models.UniqueConstraint(fields=("organization", "invoice"), name="one_proforma_per_document"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("made_by__in", ["hand", "schedule", "run", "work_done", "night_before", "subscription"])
                        ),
                        name="proforma_maker_is_known",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "contract"], name="proforma_by_contract")],
            },
        ),
        migrations.CreateModel(
            name="ProformaStep",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(choices=[("confirmed", "Confirmed"), ("returned", "Returned")], max_length=10),
                ),
                ("work_hash", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="Reason")),
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
                    "proforma",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="billing_backlog.proforma",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["confirmed", "returned"])), name="proforma_step_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "returned"), ("reason", ""), _negated=True),
                        name="a_return_has_a_reason",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "proforma", "id"], name="step_by_proforma")],
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.CharField(max_length=20, verbose_name="Project number")),
                ("name", models.CharField(max_length=160, verbose_name="Name")),
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
                ("dimensions", models.JSONField(blank=True, default=dict, verbose_name="Dimensions")),
                ("closed_on", models.DateField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="customers.customer",
                        verbose_name="Customer",
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Project manager",
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
                    models.UniqueConstraint(fields=("organization", "number"), name="project_number_is_unique")
                ],
                "indexes": [
                    models.Index(fields=["organization", "customer"], name="project_by_customer"),
                    models.Index(fields=["organization", "manager"], name="project_by_manager"),
                ],
            },
        ),
        migrations.AddField(
            model_name="contract",
            name="project",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contracts",
                to="billing_backlog.project",
            ),
        ),
        migrations.CreateModel(
            name="ScheduleRun",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("run_date", models.DateField()),
                ("cut_off", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("not_run", "Not run"), ("successful", "Successful"), ("failed", "Failed")],
                        default="not_run",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("drafts", models.PositiveIntegerField(default=0)),
                ("ran_at", models.DateTimeField(null=True)),
                (
                    "contract",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedule_runs",
                        to="billing_backlog.contract",
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
                        fields=("organization", "contract", "run_date"), name="one_run_per_contract_and_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["not_run", "successful", "failed"])),
                        name="schedule_state_is_known",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "state", "run_date"], name="schedule_run_by_state")],
            },
        ),
        migrations.CreateModel(
            name="WorkEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("time", "Hours"), ("expense", "Expense"), ("material", "Material"), ("fee", "Fee")],
                        default="time",
                        max_length=10,
                        verbose_name="Kind",
                    ),
                ),
                ("day", models.DateField(verbose_name="Day")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Quantity")),
                ("unit_code", models.CharField(default="HUR", max_length=3, verbose_name="Unit")),
                (
                    "unit_price",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="Price"),
                ),
                ("price_reason", models.CharField(blank=True, max_length=300, verbose_name="Why this price")),
                ("text", models.CharField(max_length=500, verbose_name="Text on the invoice")),
                ("internal_text", models.CharField(blank=True, max_length=500, verbose_name="Text for us")),
                ("is_billable", models.BooleanField(default=True, verbose_name="To be billed")),
                ("receipt_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("receipt_name", models.CharField(blank=True, editable=False, max_length=120)),
                ("receipt_media_type", models.CharField(blank=True, editable=False, max_length=60)),
                ("submitted_at", models.DateTimeField(editable=False, null=True)),
                ("approved_at", models.DateTimeField(editable=False, null=True)),
                ("returned_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "approved_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "approved_for",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "line",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
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
                    "performed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Done by",
                    ),
                ),
                (
                    "project",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="billing_backlog.project",
                        verbose_name="Project",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["time", "expense", "material", "fee"])),
                        name="work_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity", 0), _negated=True), name="entry_has_a_quantity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price", None), ("unit_price__gte", 0), _connector="OR"),
                        name="entry_price_is_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at", None), ("approved_by", None)),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                ("submitted_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="entry_is_approved_by_somebody",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "project", "-day"], name="entry_by_project"),
                    models.Index(fields=["organization", "performed_by", "-day"], name="entry_by_worker"),
                    models.Index(
                        condition=models.Q(("approved_at", None), ("submitted_at__isnull", False)),
                        fields=["organization", "day"],
                        name="entry_that_waits_for_approval",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BacklogItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("time", "Hours"),
                            ("expense", "Expense"),
                            ("material", "Material"),
                            ("fee", "Fee"),
                            ("milestone", "Milestone"),
                            ("progress", "Progress"),
                            ("recurring", "Recurring charge"),
                            ("booking", "Booking"),
                            ("visit", "Visit"),
                            ("advance", "Advance"),
                        ],
                        max_length=10,
                        verbose_name="Kind",
                    ),
                ),
                ("share_number", models.PositiveSmallIntegerField(default=1)),
                ("day", models.DateField(verbose_name="Day")),
                ("period_from", models.DateField(blank=True, null=True, verbose_name="Period from")),
                ("text", models.CharField(max_length=500, verbose_name="Text on the invoice")),
                ("internal_text", models.CharField(blank=True, max_length=500, verbose_name="Text for us")),
                ("performed_by", models.CharField(blank=True, max_length=120, verbose_name="Done by")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Quantity")),
                ("unit_code", models.CharField(max_length=3, verbose_name="Unit")),
                ("unit_price", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Price")),
                ("price_includes_vat", models.BooleanField(default=False, verbose_name="Price includes VAT")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16, verbose_name="Amount")),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                (
                    "charge_kind",
                    models.CharField(
                        choices=[
                            ("chargeable", "Chargeable"),
                            ("complimentary", "Complimentary"),
                            ("non_chargeable", "Non-chargeable"),
                        ],
                        default="chargeable",
                        max_length=14,
                        verbose_name="Charge",
                    ),
                ),
                ("rule_price", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("price_rule", models.CharField(blank=True, max_length=120, verbose_name="Price by")),
                ("price_reason", models.CharField(blank=True, max_length=300, verbose_name="Why another price")),
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
                        default="standard",
                        max_length=20,
                        verbose_name="VAT",
                    ),
                ),
                ("revenue_account", models.CharField(default="3000", max_length=10, verbose_name="Revenue account")),
                ("dimensions", models.JSONField(blank=True, default=dict, verbose_name="Dimensions")),
                ("source_system", models.CharField(blank=True, max_length=40, verbose_name="Told by")),
                ("source_order", models.CharField(blank=True, max_length=60, verbose_name="Order there")),
                ("source_line", models.CharField(blank=True, max_length=60, verbose_name="Line there")),
                ("approved_by", models.CharField(blank=True, max_length=120, verbose_name="Approved by")),
                ("released_at", models.DateTimeField(editable=False, null=True)),
                ("is_over_limit", models.BooleanField(default=False, editable=False)),
                ("ready_at", models.DateTimeField(editable=False, null=True)),
                ("ready_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("cancelled_at", models.DateTimeField(editable=False, null=True)),
                ("cancelled_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("settled_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
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
                        related_name="items",
                        to="customers.product",
                    ),
                ),
                (
                    "contract",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing_backlog.contract",
                    ),
                ),
                (
                    "line",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing_backlog.contractline",
                    ),
                ),
                (
                    "facility",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing_backlog.facility",
                    ),
                ),
                (
                    "milestone",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing_backlog.milestone",
                    ),
                ),
                (
                    "project",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing_backlog.project",
                    ),
                ),
                (
                    "entry",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="billing_backlog.workentry",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("source_system", ""), _negated=True),
                        fields=("organization", "source_system", "source_order", "source_line", "share_number"),
                        name="told_of_twice_is_one_item",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("entry__isnull", False)),
                        fields=("organization", "entry", "customer"),
                        name="one_item_per_entry_and_customer",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "milestone"), ("milestone__isnull", False)),
                        fields=("organization", "milestone", "customer"),
                        name="one_item_per_milestone_and_customer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity", 0), _negated=True), name="item_has_a_quantity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="item_price_is_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "time",
                                    "expense",
                                    "material",
                                    "fee",
                                    "milestone",
                                    "progress",
                                    "recurring",
                                    "booking",
                                    "visit",
                                    "advance",
                                ],
                            )
                        ),
                        name="item_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("charge_kind__in", ["chargeable", "complimentary", "non_chargeable"])),
                        name="item_charge_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rule_price", None),
                            ("unit_price", models.F("rule_price")),
                            models.Q(("price_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="another_price_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ready_at", None),
                            models.Q(("cancelled_at", None), ("is_over_limit", False), ("released_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="only_what_may_be_billed_is_ready",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at", None), models.Q(("cancelled_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="cancellation_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period_from", None), ("period_from__lte", models.F("day")), _connector="OR"
                        ),
                        name="item_period_runs_forward",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("settled_at", None)),
                        fields=["organization", "-day", "-id"],
                        name="open_item_by_day",
                    ),
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("settled_at", None)),
                        fields=["organization", "project", "-day", "-id"],
                        name="open_item_by_project",
                    ),
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("settled_at", None)),
                        fields=["organization", "customer", "-day", "-id"],
                        name="open_item_by_customer",
                    ),
                    models.Index(
                        condition=models.Q(("facility__isnull", False)),
                        fields=["organization", "facility", "day"],
                        name="item_by_facility",
                    ),
                    models.Index(
                        condition=models.Q(("contract__isnull", False)),
                        fields=["organization", "contract", "customer"],
                        name="item_by_contract",
                    ),
                    models.Index(
                        condition=models.Q(("line__isnull", False)),
                        fields=["organization", "line"],
                        name="item_by_contract_line",
                    ),
                    models.Index(
                        condition=models.Q(("ready_at__isnull", False), ("settled_at", None)),
                        fields=["organization", "customer", "currency", "day"],
                        name="ready_item",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18, verbose_name="Quantity")),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "item",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="write_offs",
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
                    "reverses",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="billing_backlog.writeoff",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity", Decimal("0")), _negated=True), name="write_off_has_a_quantity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="write_off_has_a_reason"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("organization", "reverses"),
                        name="write_off_reversed_once",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "item"], name="write_off_by_item")],
            },
        ),
        migrations.CreateModel(
            name="BacklogSettings",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "uses_journal",
                    models.BooleanField(
                        default=False, verbose_name="The accountant releases approved work before it can be billed"
                    ),
                ),
                (
                    "reduced_rest",
                    models.CharField(
                        choices=[
                            ("write_off", "Written off"),
                            ("return", "Back in the backlog"),
                            ("next", "On the next invoice"),
                        ],
                        default="return",
                        max_length=10,
                        verbose_name="What becomes of hours that are taken off a draft",
                    ),
                ),
                (
                    "notice_days",
                    models.PositiveSmallIntegerField(default=3, verbose_name="Notice before cut-off, days"),
                ),
                (
                    "confirms_proformas",
                    models.BooleanField(
                        default=True, verbose_name="The project manager confirms drafts before they are finalized"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                    models.UniqueConstraint(fields=("organization",), name="one_row_of_backlog_settings"),
                    models.CheckConstraint(
                        condition=models.Q(("reduced_rest__in", ["write_off", "return", "next"])),
                        name="reduced_rest_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("notice_days__lte", 31)), name="notice_comes_within_a_month"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractCustomer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "share_percent",
                    models.DecimalField(
                        decimal_places=4, default=Decimal("100"), max_digits=7, verbose_name="Share, %"
                    ),
                ),
                (
                    "limit_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        verbose_name="Not to exceed, without VAT",
                    ),
                ),
                (
                    "contract",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="customers",
                        to="billing_backlog.contract",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
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
                        fields=("organization", "contract", "customer"), name="one_share_per_customer"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("share_percent__gt", 0), ("share_percent__lte", 100)), name="share_in_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("limit_amount", None), ("limit_amount__gt", 0), _connector="OR"),
                        name="customer_limit_is_positive",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["organization", "project"], name="contract_by_project"),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.UniqueConstraint(fields=("organization", "number"), name="contract_number_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="contract_runs_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("limit_amount", None), ("limit_amount__gt", 0), _connector="OR"),
                name="contract_limit_is_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("fixed_exchange_rate", None), ("fixed_exchange_rate__gt", 0), _connector="OR"),
                name="contract_exchange_rate_is_positive",
            ),
        ),
    ]
