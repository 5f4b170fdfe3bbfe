"""Paying online: accounts at providers, attempts to pay, what providers told, saved methods."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("payments", "0016_bank_file_guards"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderAccount",
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
                    "provider",
                    models.CharField(
                        choices=[("stripe", "Stripe"), ("vipps", "Vipps MobilePay"), ("demo", "Demo provider")],
                        max_length=10,
                        verbose_name="Provider",
                    ),
                ),
                ("secrets_sealed", models.BinaryField()),
                ("hook_sha256", models.CharField(editable=False, max_length=64)),
                ("account_reference", models.CharField(blank=True, editable=False, max_length=80)),
                ("currencies", models.JSONField(default=list, verbose_name="Currencies")),
                ("saves_methods", models.BooleanField(default=False, verbose_name="Customers may save their card")),
                ("is_live", models.BooleanField(default=False, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                ("connected_at", models.DateTimeField(editable=False, null=True)),
                ("problem", models.CharField(blank=True, editable=False, max_length=500)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "provider"), name="one_account_per_provider"),
                    models.CheckConstraint(
                        condition=models.Q(("provider__in", ["stripe", "vipps", "demo"])), name="provider_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedMethod",
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
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_methods",
                        to="customers.customer",
                    ),
                ),
                (
                    "account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_methods",
                        to="payments.provideraccount",
                    ),
                ),
                ("token_sealed", models.BinaryField()),
                ("token_sha256", models.CharField(editable=False, max_length=64)),
                ("brand", models.CharField(max_length=30)),
                ("last_digits", models.CharField(blank=True, max_length=4)),
                ("expires", models.CharField(blank=True, max_length=7)),
                ("mandate_text", models.TextField()),
                ("agreed_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                ("revoked_by", models.CharField(blank=True, editable=False, max_length=120)),
                ("problem", models.CharField(blank=True, editable=False, max_length=200)),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("revoked_at", None)),
                        fields=["organization", "customer"],
                        name="saved_method_by_customer",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "account", "token_sha256"), name="method_is_saved_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mandate_text", ""), _negated=True), name="saved_method_has_a_mandate"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentAttempt",
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
                    "account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="payments.provideraccount",
                    ),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="customers.customer",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("checkout", "On the provider's page"), ("charge", "With a saved method")],
                        max_length=10,
                    ),
                ),
                (
                    "saved_method",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="payments.savedmethod",
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                ("claims_key", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "Being prepared"),
                            ("pending", "With the customer"),
                            ("processing", "On its way"),
                            ("authorized", "Reserved"),
                            ("captured", "Paid"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                            ("unknown", "Not known"),
                        ],
                        default="created",
                        max_length=12,
                    ),
                ),
                ("state_since", models.DateTimeField()),
                ("look_at", models.DateTimeField()),
                ("looks", models.PositiveIntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
                ("checkout_reference", models.CharField(blank=True, max_length=120)),
                ("payment_reference", models.CharField(blank=True, max_length=120)),
                ("address", models.TextField(blank=True)),
                ("return_path", models.CharField(blank=True, max_length=300)),
                ("language", models.CharField(default="nb", max_length=5)),
                ("saves_method", models.BooleanField(default=False)),
                ("mandate_text", models.TextField(blank=True)),
                ("cancel_asked_at", models.DateTimeField(null=True)),
                (
                    "decline",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("soft", "May be tried again"),
                            ("hard", "Another method is needed"),
                            ("customer", "The customer must confirm"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason_code", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "payment",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="payments.payment",
                    ),
                ),
                ("receipt_wanted_at", models.DateTimeField(null=True)),
                ("dispute_reference", models.CharField(blank=True, max_length=120)),
                ("dispute_state", models.CharField(blank=True, max_length=10)),
                (
                    "hold",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="payments.hold",
                    ),
                ),
                ("started_by", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state__in", ["created", "pending", "processing", "authorized", "unknown"])
                        ),
                        fields=["organization", "look_at"],
                        name="attempt_to_look_at",
                    ),
                    models.Index(
                        condition=models.Q(("payment_reference", ""), _negated=True),
                        fields=["organization", "payment_reference"],
                        name="attempt_by_reference",
                    ),
                    models.Index(fields=["organization", "customer", "-created_at"], name="attempt_by_customer"),
                    models.Index(fields=["organization", "payment"], name="attempt_by_payment"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "key"), name="attempt_is_made_once"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("cancel_asked_at", None),
                            ("state__in", ["created", "pending", "processing", "authorized", "unknown"]),
                        ),
                        fields=("organization", "claims_key"),
                        name="one_open_attempt_per_claims",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="attempt_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "created",
                                    "pending",
                                    "processing",
                                    "authorized",
                                    "captured",
                                    "failed",
                                    "cancelled",
                                    "expired",
                                    "unknown",
                                ],
                            )
                        ),
                        name="attempt_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "charge"), ("saved_method__isnull", False)),
                            models.Q(("kind", "checkout"), ("saved_method", None)),
                            _connector="OR",
                        ),
                        name="charge_names_its_method",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "captured"), _negated=True), ("payment__isnull", False), _connector="OR"
                        ),
                        name="captured_attempt_has_a_payment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dispute_state__in", ["", "open", "won", "lost"])),
                        name="dispute_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AttemptPart",
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
                    "attempt",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="payments.paymentattempt",
                    ),
                ),
                (
                    "receivable",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempt_parts",
                        to="payments.receivable",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "receivable"], name="attempt_part_by_claim")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "attempt", "receivable"), name="attempt_pays_claim_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="attempt_part_is_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderEvent",
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
                    "account",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="payments.provideraccount",
                    ),
                ),
                ("event_id", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=80)),
                ("attempt_reference", models.CharField(blank=True, max_length=120)),
                ("payment_reference", models.CharField(blank=True, max_length=120)),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "account", "event_id"), name="event_is_kept_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DemoCheckout",
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
                    "attempt",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demo_checkouts",
                        to="payments.paymentattempt",
                    ),
                ),
                ("state", models.CharField(default="open", max_length=10)),
                ("captures", models.JSONField(default=list)),
                ("refunds", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "attempt"), name="one_demo_checkout_per_attempt"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "paid", "declined", "closed"])),
                        name="demo_checkout_state_is_known",
                    ),
                ],
            },
        ),
    ]
