"""Agencies, the cases handed to them and what became of each, and the proof of losses."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0002_reminder_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="CollectionAgency",
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
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                (
                    "organization_number",
                    models.CharField(blank=True, max_length=20, verbose_name="Organization number"),
                ),
                ("client_number", models.CharField(max_length=30, verbose_name="Our client number there")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail address")),
                (
                    "layout",
                    models.CharField(
                        choices=[("csv", "CSV"), ("xml", "XML")], default="csv", max_length=3, verbose_name="Format"
                    ),
                ),
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
                ("port", models.IntegerField(default=22, verbose_name="Port")),
                ("username", models.CharField(blank=True, max_length=80, verbose_name="User name")),
                ("fingerprint", models.CharField(blank=True, max_length=80, verbose_name="Key of the server")),
                ("folder", models.CharField(blank=True, max_length=200, verbose_name="Folder")),
                ("secret_sealed", models.BinaryField(null=True)),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                ("version", models.IntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "name"), name="agency_name_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("layout__in", ["csv", "xml"])), name="agency_layout_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("handing__in", ["by_hand", "folder", "sftp"])),
                        name="agency_handing_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionCase",
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
                ("number", models.IntegerField(verbose_name="Case number")),
                (
                    "agency",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="reminders.collectionagency",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="collection_cases",
                        to="customers.customer",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField(verbose_name="Handed over")),
                ("snapshot", models.JSONField()),
                ("snapshot_sha256", models.CharField(max_length=64)),
                ("principal", models.DecimalField(decimal_places=2, max_digits=18)),
                ("additions", models.DecimalField(decimal_places=2, max_digits=18)),
                ("interest", models.DecimalField(decimal_places=2, max_digits=18)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("handed_over", "Handed over"),
                            ("received", "Received"),
                            ("active", "Being collected"),
                            ("part_paid", "Partly paid"),
                            ("instalments", "Paid in instalments"),
                            ("paid", "Paid to the agency"),
                            ("settled", "Settled"),
                            ("withdrawn", "Taken back"),
                            ("closed_unpaid", "Closed unpaid"),
                        ],
                        default="handed_over",
                        max_length=14,
                        verbose_name="State",
                    ),
                ),
                ("transferred_at", models.DateTimeField(editable=False, null=True)),
                ("transfer_fault", models.CharField(blank=True, editable=False, max_length=500)),
                ("told_at", models.DateTimeField(editable=False, null=True)),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                ("closed_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("closed_reason", models.CharField(blank=True, editable=False, max_length=300)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "customer"], name="case_by_customer"),
                    models.Index(condition=models.Q(("closed_at", None)), fields=["organization"], name="open_case"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "number"), name="case_number_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "handed_over",
                                    "received",
                                    "active",
                                    "part_paid",
                                    "instalments",
                                    "paid",
                                    "settled",
                                    "withdrawn",
                                    "closed_unpaid",
                                ],
                            )
                        ),
                        name="case_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False), ("state__in", ("settled", "withdrawn", "closed_unpaid"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("settled", "withdrawn", "closed_unpaid")), _negated=True),
                                ("closed_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="closed_case_has_its_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionClaim",
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
                    "case",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="reminders.collectioncase",
                    ),
                ),
                (
                    "receivable",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="collection_claims",
                        to="payments.receivable",
                    ),
                ),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "case"], name="claim_by_case"),
                    models.Index(fields=["organization", "receivable"], name="case_by_claim"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("organization", "receivable"),
                        name="claim_is_in_one_open_case",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionFile",
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
                    "case",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="reminders.collectioncase",
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.IntegerField()),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "case", "name"), name="case_file_is_written_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionNews",
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
                    "case",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="news",
                        to="reminders.collectioncase",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("handed_over", "Handed over"),
                            ("received", "Received"),
                            ("active", "Being collected"),
                            ("part_paid", "Partly paid"),
                            ("instalments", "Paid in instalments"),
                            ("paid", "Paid to the agency"),
                            ("settled", "Settled"),
                            ("withdrawn", "Taken back"),
                            ("closed_unpaid", "Closed unpaid"),
                        ],
                        max_length=14,
                    ),
                ),
                ("paid", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ("day", models.DateField()),
                ("text", models.CharField(blank=True, max_length=300)),
                ("fingerprint", models.CharField(max_length=64)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "case", "fingerprint"), name="case_news_comes_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "handed_over",
                                    "received",
                                    "active",
                                    "part_paid",
                                    "instalments",
                                    "paid",
                                    "settled",
                                    "withdrawn",
                                    "closed_unpaid",
                                ],
                            )
                        ),
                        name="case_news_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionStatusFile",
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
                ("name", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("uploaded_by", models.CharField(max_length=120)),
                ("uploaded_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("taken_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "sha256"), name="status_file_is_read_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="LossEvidence",
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
                    "receivable",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loss_evidence",
                        to="payments.receivable",
                    ),
                ),
                (
                    "allocation",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loss_evidence",
                        to="payments.allocation",
                    ),
                ),
                ("reminders", models.IntegerField()),
                ("ground", models.CharField(max_length=12)),
                ("takes_vat_back", models.BooleanField()),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.IntegerField()),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "receivable"], name="evidence_by_claim")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "allocation"), name="loss_is_proved_once")
                ],
            },
        ),
    ]
