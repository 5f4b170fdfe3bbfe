"""What the desk keeps beside documents: spells, versions, approvals, corrections, attachments, views and texts."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0002_document_guards"),
        ("tenants", "0006_jobs_notices_and_versions"),
        ("tenants", "__first__"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoiceline",
            name="section",
            field=models.CharField(blank=True, max_length=120, verbose_name="Section"),
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=120, verbose_name="File name")),
                ("content_type", models.CharField(max_length=80)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.PositiveIntegerField()),
                ("added_by", models.CharField(max_length=120)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "invoice", "name"), name="attachment_name_is_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                ("message", models.TextField(blank=True, max_length=2000, verbose_name="Message to the customer")),
                ("started_by", models.CharField(max_length=120)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "credit_note",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections_as_credit",
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
                    "original",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="invoicing.invoice",
                    ),
                ),
                (
                    "replacement",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections_as_replacement",
                        to="invoicing.invoice",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "original"], name="correction_by_original")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "credit_note"), name="credit_note_stands_in_one_correction"
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "replacement"), name="replacement_stands_in_one_correction"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentText",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("invoice_note", "Message on new invoices"),
                            ("credit_note", "Message on credit notes"),
                            ("correction", "Message to the customer when an invoice is corrected"),
                            ("footer", "Footer on documents"),
                        ],
                        max_length=20,
                        verbose_name="Place",
                    ),
                ),
                ("language", models.CharField(max_length=5, verbose_name="Language")),
                ("text", models.TextField(blank=True, max_length=2000, verbose_name="Text")),
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
                    models.UniqueConstraint(fields=("organization", "place", "language"), name="one_text_per_place"),
                    models.CheckConstraint(
                        condition=models.Q(("place__in", ["invoice_note", "credit_note", "correction", "footer"])),
                        name="text_place_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftApproval",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("version", models.PositiveIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("requested", "Approval asked for"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Request withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="Reason")),
                ("actor_name", models.CharField(max_length=120)),
                ("given_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="approvals",
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
                    "user",
                    models.ForeignKey(
                        db_index=False,
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
                "indexes": [
                    models.Index(fields=["organization", "invoice", "-given_at", "-id"], name="approval_by_draft")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["requested", "approved", "refused", "withdrawn"])),
                        name="approval_verdict_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verdict", "refused"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="refusal_carries_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("invoice_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("content", models.JSONField(default=dict)),
                ("actor_name", models.CharField(max_length=120)),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                        fields=("organization", "invoice_id", "version"), name="draft_version_is_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EditingSpell",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.CharField(max_length=120)),
                ("before", models.JSONField(default=dict)),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("saves", models.PositiveIntegerField(default=1)),
                (
                    "invoice",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spells",
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
                "indexes": [models.Index(fields=["organization", "saved_at"], name="spell_by_last_save")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "invoice"), name="one_open_spell_per_draft")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("is_shared", models.BooleanField(default=False, verbose_name="Shared with everybody")),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("filters", models.JSONField(default=list)),
                ("columns", models.JSONField(default=list)),
                ("sort", models.CharField(blank=True, max_length=60)),
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
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
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
                        fields=("organization", "owner", "name"), name="view_name_is_unique_per_person"
                    )
                ],
            },
        ),
    ]
