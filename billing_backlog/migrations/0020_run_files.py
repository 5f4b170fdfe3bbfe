"""Finance files of billing runs, their transfer and receipts."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("billing_backlog", "0019_advance_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="FinanceTarget",
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
                ("name", models.CharField(max_length=80, verbose_name="Name")),
                (
                    "layout",
                    models.CharField(
                        choices=[
                            ("lg04", "Unit4 (Agresso) LG04"),
                            ("visma_fl", "Visma Enterprise Fakturering"),
                            ("kommfakt", "Kommfakt"),
                            ("factum", "Factum XML"),
                            ("csv", "CSV"),
                        ],
                        max_length=10,
                        verbose_name="Layout",
                    ),
                ),
                ("system_code", models.CharField(max_length=6, verbose_name="Sender’s system code")),
                ("header", models.JSONField(blank=True, default=dict)),
                ("dimensions", models.JSONField(blank=True, default=list)),
                (
                    "person_id",
                    models.CharField(
                        choices=[("national_id", "National id"), ("customer_number", "Our customer number")],
                        default="national_id",
                        max_length=16,
                        verbose_name="People are known by",
                    ),
                ),
                ("uses_crlf", models.BooleanField(default=False, verbose_name="Lines end as on Windows")),
                ("order_from", models.PositiveIntegerField(verbose_name="Order numbers from")),
                ("order_to", models.PositiveIntegerField(verbose_name="to")),
                ("order_next", models.PositiveIntegerField(editable=False)),
                (
                    "posts_internal",
                    models.BooleanField(default=False, verbose_name="Internal customers are posted in a GL07 file"),
                ),
                ("income_account", models.CharField(blank=True, max_length=10, verbose_name="Account for income")),
                ("cost_account", models.CharField(blank=True, max_length=10, verbose_name="Account for costs")),
                (
                    "handing",
                    models.CharField(
                        choices=[
                            ("by_hand", "Downloaded and handed over by hand"),
                            ("folder", "Laid into a folder on this server"),
                            ("sftp", "Sent by SFTP"),
                        ],
                        default="by_hand",
                        max_length=8,
                        verbose_name="Handed over",
                    ),
                ),
                ("host", models.CharField(blank=True, max_length=200, verbose_name="Server")),
                ("port", models.PositiveIntegerField(default=22, verbose_name="Port")),
                ("username", models.CharField(blank=True, max_length=80, verbose_name="User name")),
                ("fingerprint", models.CharField(blank=True, max_length=80, verbose_name="Key of the server")),
                ("folder", models.CharField(blank=True, max_length=200, verbose_name="Folder")),
                ("secret_sealed", models.BinaryField(null=True)),
                (
                    "receiver_email",
                    models.EmailField(blank=True, max_length=254, verbose_name="E-mail address of the receiver"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "name"), name="finance_target_name_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("layout__in", ["lg04", "visma_fl", "kommfakt", "factum", "csv"])),
                        name="target_layout_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("handing__in", ["by_hand", "folder", "sftp"])),
                        name="target_handing_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person_id__in", ["national_id", "customer_number"])),
                        name="target_person_id_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("order_from__gte", 1),
                            ("order_next__gte", models.F("order_from")),
                            (
                                "order_next__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("order_to"), "+", models.Value(1)
                                ),
                            ),
                            ("order_to__lte", 999999999),
                        ),
                        name="order_series_runs_forward",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="PostingString",
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
                    "target",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="posting_strings",
                        to="billing_backlog.financetarget",
                    ),
                ),
                ("group", models.CharField(blank=True, max_length=80, verbose_name="Group of facilities")),
                ("article", models.CharField(max_length=15, verbose_name="Article")),
                ("values", models.JSONField(blank=True, default=list)),
                (
                    "header_text",
                    models.CharField(blank=True, max_length=120, verbose_name="Text at the head of the invoice"),
                ),
                ("contact_department", models.CharField(blank=True, max_length=60, verbose_name="Department to ask")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "target", "group"), name="one_posting_string_per_group"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("article", ""), _negated=True), name="posting_string_has_an_article"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="RunFile",
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
                    "target",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="billing_backlog.financetarget",
                    ),
                ),
                ("layout", models.CharField(max_length=10)),
                ("day", models.DateField()),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=20, verbose_name="File")),
                ("sha256", models.CharField(max_length=64)),
                ("log_sha256", models.CharField(max_length=64)),
                ("orders", models.PositiveIntegerField(verbose_name="Orders")),
                ("lines", models.PositiveIntegerField(verbose_name="Lines")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16, verbose_name="Sum")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("made_by", models.CharField(max_length=120)),
                ("transferred_at", models.DateTimeField(editable=False, null=True)),
                ("received_at", models.DateTimeField(editable=False, null=True)),
                ("undone_at", models.DateTimeField(editable=False, null=True)),
                ("undone_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("undone_reason", models.CharField(blank=True, editable=False, max_length=300)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "-day", "-number"], name="finance_file_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "day", "number"), name="finance_file_has_its_own_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("number__lte", 99)),
                        name="finance_file_number_has_two_digits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lines__gte", 1), ("orders__gte", 1)), name="finance_file_has_orders"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("undone_at", None),
                            models.Q(("transferred_at", None), models.Q(("undone_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="what_is_transferred_is_not_undone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("received_at", None), ("transferred_at__isnull", False), _connector="OR"),
                        name="only_a_sent_file_is_received",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunOrder",
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
                    "file",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_orders",
                        to="billing_backlog.runfile",
                    ),
                ),
                (
                    "target",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_orders",
                        to="billing_backlog.financetarget",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_orders",
                        to="customers.customer",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "target", "number"), name="order_number_is_unique_per_series"
                    ),
                    models.UniqueConstraint(fields=("organization", "file", "customer"), name="one_order_per_customer"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="RunFileRow",
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
                    "run",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file_rows",
                        to="billing_backlog.billingrun",
                    ),
                ),
                (
                    "item",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file_rows",
                        to="billing_backlog.backlogitem",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file_rows",
                        to="customers.customer",
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18)),
                ("net_amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("vat_amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("vat_code", models.CharField(max_length=4)),
                ("is_charged", models.BooleanField(default=True)),
                (
                    "order",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="billing_backlog.runorder",
                    ),
                ),
                ("line", models.PositiveIntegerField(null=True)),
                ("taken_back_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("taken_back_at", None)),
                        fields=["organization", "item"],
                        name="standing_row_by_item",
                    ),
                    models.Index(fields=["organization", "order", "line"], name="exported_row_by_order"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "run", "item"), name="item_is_exported_once_by_a_run"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity", Decimal("0")), _negated=True),
                        name="exported_row_has_a_quantity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("line", None), ("order", None)),
                            models.Q(("line__isnull", False), ("order__isnull", False)),
                            _connector="OR",
                        ),
                        name="exported_row_has_its_place",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferAttempt",
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
                    "file",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="billing_backlog.runfile",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("sent", "Sent"),
                            ("was_there", "Was there already"),
                            ("by_hand", "Handed over by hand"),
                            ("failed", "Failed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("place", models.CharField(max_length=300)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "file", "made_at"], name="attempt_by_file")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["sent", "was_there", "by_hand", "failed"])),
                        name="transfer_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "failed"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="failed_transfer_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FileReceipt",
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
                    "file",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="billing_backlog.runfile",
                    ),
                ),
                ("lines", models.PositiveIntegerField(verbose_name="Lines")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16, verbose_name="Sum")),
                ("received_by", models.CharField(max_length=120, verbose_name="Who confirmed it")),
                ("agrees", models.BooleanField()),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "file", "made_at"], name="receipt_by_file")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="ReturnedError",
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
                    "file",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returned_errors",
                        to="billing_backlog.runfile",
                    ),
                ),
                (
                    "row",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returned_errors",
                        to="billing_backlog.runfilerow",
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="Error")),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "file"], name="returned_error_by_file")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "row"), name="row_is_returned_once"),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="returned_error_has_a_text"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="billingrun",
            name="target",
            field=tenants.scoping.OrganizationForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="runs",
                to="billing_backlog.financetarget",
                verbose_name="Makes",
            ),
        ),
        migrations.AddField(
            model_name="billingrun",
            name="corrects",
            field=tenants.scoping.OrganizationForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="billing_backlog.runfile",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="billingrun",
            name="one_run_per_scope_and_day",
        ),
        migrations.AddConstraint(
            model_name="billingrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("corrects", None), ("undone_at", None)),
                fields=("organization", "scope", "until"),
                name="one_run_per_scope_and_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="billingrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("corrects__isnull", False), ("generated_at", None), ("undone_at", None)),
                fields=("organization", "corrects"),
                name="one_correction_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="billingrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("corrects", None), ("target__isnull", False), _connector="OR"),
                name="a_correction_has_its_target",
            ),
        ),
    ]
