"""Files of banks, the movements in them, known payers, mandates, and files of refunds to the bank."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("payments", "0014_accounts_of_payments"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200, verbose_name="File")),
                ("size", models.IntegerField()),
                (
                    "source",
                    models.CharField(
                        choices=[("upload", "Uploaded"), ("folder", "Drop folder"), ("command", "Command")],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("kept", "Waiting to be read"),
                            ("posting", "Being matched"),
                            ("done", "Taken in"),
                            ("refused", "Refused"),
                        ],
                        default="kept",
                        max_length=8,
                    ),
                ),
                ("format", models.CharField(blank=True, max_length=12)),
                ("message_id", models.CharField(blank=True, max_length=140)),
                ("is_copy", models.BooleanField(default=False)),
                ("faults", models.JSONField(default=list)),
                ("warnings", models.JSONField(default=list)),
                ("line_count", models.IntegerField(default=0)),
                ("repeated_count", models.IntegerField(default=0)),
                ("announced_count", models.IntegerField(default=0)),
                ("sums", models.JSONField(default=dict)),
                ("job_id", models.UUIDField(null=True)),
                ("taken_by", models.CharField(max_length=120)),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("finished_at", models.DateTimeField(null=True)),
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
                    models.UniqueConstraint(fields=("organization", "sha256"), name="bank_file_is_taken_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["kept", "posting", "done", "refused"])),
                        name="bank_file_state_is_known",
                    ),
                ],
                "indexes": [models.Index(fields=["organization", "-id"], name="newest_bank_file")],
            },
        ),
        migrations.CreateModel(
            name="BankLine",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.IntegerField()),
                ("place", models.IntegerField()),
                ("day", models.DateField(verbose_name="Date")),
                ("value_day", models.DateField(null=True)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                ("is_out", models.BooleanField(default=False)),
                ("currency", models.CharField(max_length=3)),
                ("kind", models.CharField(max_length=10)),
                ("is_lump_sum", models.BooleanField(default=False)),
                ("reference", models.CharField(blank=True, max_length=140, verbose_name="Reference")),
                ("reference_kind", models.CharField(blank=True, max_length=4)),
                ("is_reference_valid", models.BooleanField(default=True)),
                ("other_references", models.JSONField(default=list)),
                ("documents", models.JSONField(default=list)),
                ("text", models.CharField(blank=True, max_length=1000, verbose_name="Message")),
                ("payer_name", models.CharField(blank=True, max_length=140, verbose_name="Payer")),
                ("payer_account", models.CharField(blank=True, max_length=40, verbose_name="Payer's account")),
                ("payer_number", models.CharField(blank=True, max_length=20)),
                ("archive_reference", models.CharField(blank=True, max_length=140)),
                ("bank_code", models.CharField(blank=True, max_length=40)),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("unread", "Not matched yet"),
                            ("waiting", "To match"),
                            ("posted", "Matched"),
                            ("settled", "Settled by hand"),
                            ("ignored", "Not ours"),
                        ],
                        default="unread",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=24)),
                ("reason_values", models.JSONField(default=dict)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="Note")),
                ("settled_by", models.CharField(blank=True, max_length=120)),
                ("settled_at", models.DateTimeField(null=True)),
                ("undone", models.IntegerField(default=0)),
                (
                    "bank_account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="tenants.bankaccount",
                    ),
                ),
                (
                    "file",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="payments.bankfile",
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
                        related_name="bank_lines",
                        to="payments.payment",
                    ),
                ),
                (
                    "refund",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_lines",
                        to="payments.refund",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "fingerprint"), name="bank_line_is_kept_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="bank_line_is_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["unread", "waiting", "posted", "settled", "ignored"])),
                        name="bank_line_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome__in", ["unread", "waiting"]), ("settled_at__isnull", True)),
                            models.Q(("outcome__in", ["posted", "settled", "ignored"]), ("settled_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="bank_line_says_when_it_was_settled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "posted"), _negated=True), ("payment__isnull", False), _connector="OR"
                        ),
                        name="posted_bank_line_has_its_payment",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "file", "position"], name="bank_line_by_file"),
                    models.Index(
                        condition=models.Q(("outcome", "waiting")),
                        fields=["organization", "-day", "-id"],
                        name="bank_line_that_waits",
                    ),
                    models.Index(fields=["organization", "outcome", "-day", "-id"], name="bank_line_by_outcome"),
                    models.Index(
                        condition=models.Q(("payment__isnull", False)),
                        fields=["organization", "payment"],
                        name="bank_line_by_payment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CsvMapping",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                ("header", models.CharField(max_length=64)),
                ("rules", models.JSONField()),
                ("saved_by", models.CharField(max_length=120)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "bank_account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="csv_mappings",
                        to="tenants.bankaccount",
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
                    models.UniqueConstraint(fields=("organization", "header"), name="one_csv_mapping_per_header")
                ],
            },
        ),
        migrations.CreateModel(
            name="DirectDebitMandate",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("kid", models.CharField(max_length=25)),
                ("wants_notice", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "bank_account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandates",
                        to="tenants.bankaccount",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandates",
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
                    models.UniqueConstraint(fields=("organization", "bank_account", "kid"), name="one_mandate_per_kid")
                ],
            },
        ),
        migrations.CreateModel(
            name="KnownPayer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("payer_account", models.CharField(max_length=40)),
                ("count", models.IntegerField(default=1)),
                ("last_day", models.DateField()),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="known_payers",
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
                        fields=("organization", "payer_account", "customer"), name="known_payer_is_one"
                    )
                ],
                "indexes": [models.Index(fields=["organization", "customer"], name="known_payer_by_customer")],
            },
        ),
        migrations.CreateModel(
            name="RefundFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("message_id", models.CharField(max_length=35)),
                ("pay_on", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("count", models.IntegerField()),
                ("total", models.DecimalField(decimal_places=2, max_digits=18)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "bank_account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refund_files",
                        to="tenants.bankaccount",
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
                    models.UniqueConstraint(fields=("organization", "message_id"), name="refund_file_has_its_number"),
                    models.CheckConstraint(
                        condition=models.Q(("count__gt", 0), ("total__gt", 0)), name="refund_file_is_not_empty"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="receivable",
            index=models.Index(fields=["organization", "document_number"], name="receivable_by_number"),
        ),
    ]
