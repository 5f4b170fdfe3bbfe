import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="E-mail address")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="Name")),
                ("language", models.CharField(default="nb", max_length=5, verbose_name="Language")),
                ("has_single_key_shortcuts", models.BooleanField(default=True, verbose_name="Single-key shortcuts")),
                ("is_active", models.BooleanField(default=True)),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="Address in the browser")),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                (
                    "country",
                    models.CharField(
                        choices=[("NO", "Norway"), ("DK", "Denmark"), ("SE", "Sweden")],
                        default="NO",
                        max_length=2,
                        verbose_name="Country",
                    ),
                ),
                ("organization_number", models.CharField(max_length=20, verbose_name="Organization number")),
                ("is_vat_registered", models.BooleanField(default=True, verbose_name="Registered for VAT")),
                (
                    "is_in_company_register",
                    models.BooleanField(default=True, verbose_name="Registered in Foretaksregisteret"),
                ),
                ("street", models.CharField(max_length=120, verbose_name="Street address")),
                ("street_2", models.CharField(blank=True, max_length=120, verbose_name="Street address, second line")),
                ("postal_code", models.CharField(max_length=12, verbose_name="Postal code")),
                ("city", models.CharField(max_length=80, verbose_name="City")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail address")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="Telephone")),
                ("website", models.CharField(blank=True, max_length=120, verbose_name="Website")),
                ("language", models.CharField(default="nb", max_length=5, verbose_name="Document language")),
                ("time_zone", models.CharField(default="Europe/Oslo", max_length=40, verbose_name="Time zone")),
                ("base_currency", models.CharField(default="NOK", max_length=3, verbose_name="Currency of the books")),
                (
                    "payment_terms_days",
                    models.PositiveSmallIntegerField(default=14, verbose_name="Payment terms, days"),
                ),
                ("accent_color", models.CharField(blank=True, max_length=7, verbose_name="Colour on documents")),
                ("logo_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("document_footer", models.CharField(blank=True, max_length=200, verbose_name="Footer on documents")),
                (
                    "national_id_purpose",
                    models.CharField(blank=True, max_length=300, verbose_name="Why national ids are kept"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="LawFigure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=40)),
                ("variant", models.CharField(blank=True, max_length=40)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("value", models.DecimalField(decimal_places=4, max_digits=14)),
                ("unit", models.CharField(max_length=20)),
                ("source", models.CharField(max_length=300)),
                ("entered_by", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "kind", "variant", "valid_from"), name="law_figure_is_dated_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("actor_kind", models.CharField(max_length=10)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.CharField(max_length=120)),
                ("verb", models.CharField(max_length=60)),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField(null=True)),
                ("subject_label", models.CharField(blank=True, max_length=160)),
                ("facts", models.JSONField(default=dict)),
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
            name="OutboxRow",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=160)),
                ("subject_id", models.UUIDField()),
                ("payload", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Waiting"),
                            ("sending", "Under way"),
                            ("sent", "Done"),
                            ("unknown", "Outcome unknown"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("accountant", "Accountant"),
                            ("project_manager", "Project manager"),
                            ("case_worker", "Case worker"),
                            ("auditor", "Auditor"),
                        ],
                        max_length=20,
                        verbose_name="Role",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
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
                    models.UniqueConstraint(fields=("organization", "user"), name="one_membership_per_person"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["owner", "accountant", "project_manager", "case_worker", "auditor"])
                        ),
                        name="membership_role_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="E-mail address")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("accountant", "Accountant"),
                            ("project_manager", "Project manager"),
                            ("case_worker", "Case worker"),
                            ("auditor", "Auditor"),
                        ],
                        max_length=20,
                        verbose_name="Role",
                    ),
                ),
                ("token_sha256", models.CharField(editable=False, max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                        condition=models.Q(("accepted_at", None), ("withdrawn_at", None)),
                        fields=("organization", "email"),
                        name="one_open_invitation_per_address",
                    ),
                    models.UniqueConstraint(fields=("organization", "token_sha256"), name="invitation_token_is_unique"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="Name")),
                ("account_number", models.CharField(blank=True, max_length=20, verbose_name="Account number")),
                ("iban", models.CharField(blank=True, max_length=34, verbose_name="IBAN")),
                ("bic", models.CharField(blank=True, max_length=11, verbose_name="BIC")),
                ("currency", models.CharField(default="NOK", max_length=3, verbose_name="Currency")),
                (
                    "kid_algorithm",
                    models.CharField(
                        choices=[("none", "No KID agreement"), ("mod10", "MOD10"), ("mod11", "MOD11")],
                        default="none",
                        max_length=5,
                        verbose_name="Check digit of the KID",
                    ),
                ),
                ("kid_length", models.PositiveSmallIntegerField(default=0, verbose_name="Length of the KID")),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
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
                        condition=models.Q(("is_active", True)),
                        fields=("organization", "currency"),
                        name="one_active_account_per_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kid_algorithm", "none"), ("kid_length", 0)),
                            models.Q(
                                ("kid_algorithm__in", ["mod10", "mod11"]),
                                ("kid_length__gte", 4),
                                ("kid_length__lte", 25),
                            ),
                            _connector="OR",
                        ),
                        name="kid_length_is_4_to_25",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("account_number", ""), ("iban", ""), _negated=True),
                        name="bank_account_has_a_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("sequence", models.BigIntegerField()),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "entry",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seals",
                        to="tenants.auditentry",
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
                    models.UniqueConstraint(fields=("organization", "sequence"), name="audit_sequence_is_unique"),
                    models.UniqueConstraint(fields=("organization", "entry"), name="audit_entry_is_sealed_once"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["organization", "subject_id", "-recorded_at"], name="audit_by_subject"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["organization", "-recorded_at", "-id"], name="audit_by_time"),
        ),
        migrations.AddIndex(
            model_name="outboxrow",
            index=models.Index(
                condition=models.Q(("state__in", ["new", "sending"])),
                fields=["organization", "not_before"],
                name="outbox_due",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxrow",
            index=models.Index(fields=["organization", "subject_id"], name="outbox_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="outboxrow",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="outbox_key_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="outboxrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["new", "sending", "sent", "unknown", "failed", "cancelled"])),
                name="outbox_state_is_known",
            ),
        ),
    ]
