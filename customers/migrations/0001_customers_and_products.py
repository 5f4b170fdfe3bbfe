import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0001_organizations_and_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField(editable=False, verbose_name="Customer number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("business", "Business"),
                            ("public_body", "Public body"),
                            ("consumer", "Consumer"),
                            ("internal", "Internal"),
                        ],
                        default="business",
                        max_length=12,
                        verbose_name="Kind",
                    ),
                ),
                ("name", models.CharField(max_length=160, verbose_name="Name")),
                (
                    "organization_number",
                    models.CharField(blank=True, max_length=20, verbose_name="Organization number"),
                ),
                ("vat_number", models.CharField(blank=True, max_length=20, verbose_name="VAT number abroad")),
                (
                    "resource_number",
                    models.CharField(blank=True, max_length=6, verbose_name="Internal resource number"),
                ),
                ("national_id_sealed", models.BinaryField(null=True)),
                ("national_id_lookup", models.CharField(blank=True, editable=False, max_length=64)),
                ("contact_name", models.CharField(blank=True, max_length=120, verbose_name="Contact person")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail address")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="Telephone")),
                ("street", models.CharField(blank=True, max_length=120, verbose_name="Street address")),
                ("street_2", models.CharField(blank=True, max_length=120, verbose_name="Street address, second line")),
                ("postal_code", models.CharField(blank=True, max_length=12, verbose_name="Postal code")),
                ("city", models.CharField(blank=True, max_length=80, verbose_name="City")),
                ("country", models.CharField(default="NO", max_length=2, verbose_name="Country")),
                ("language", models.CharField(default="nb", max_length=5, verbose_name="Language")),
                ("currency", models.CharField(default="NOK", max_length=3, verbose_name="Currency")),
                (
                    "payment_terms_days",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="Payment terms, days"),
                ),
                ("wants_ehf", models.BooleanField(default=False, verbose_name="Receives EHF")),
                (
                    "endpoint_scheme",
                    models.CharField(blank=True, max_length=4, verbose_name="Scheme of the electronic address"),
                ),
                ("endpoint_id", models.CharField(blank=True, max_length=60, verbose_name="Electronic address")),
                ("buyer_reference", models.CharField(blank=True, max_length=80, verbose_name="Their reference")),
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
                        verbose_name="VAT treatment of all lines",
                    ),
                ),
                ("notes", models.TextField(blank=True, max_length=2000, verbose_name="Notes")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "number"), name="customer_number_is_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("national_id_lookup", ""), _negated=True),
                        fields=("organization", "national_id_lookup"),
                        name="national_id_stands_on_one_customer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["business", "public_body", "consumer", "internal"])),
                        name="customer_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("national_id_lookup", ""), ("kind", "consumer"), _connector="OR"),
                        name="only_consumers_have_national_ids",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "organization_number"], name="customer_by_org_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail address")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="Telephone")),
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
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["organization", "customer"], name="contact_by_customer")],
            },
        ),
        migrations.CreateModel(
            name="CustomerNumberSeries",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("last_number", models.PositiveIntegerField(default=0)),
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
                "constraints": [models.UniqueConstraint(fields=("organization",), name="one_customer_number_series")],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.CharField(max_length=30, verbose_name="Product number")),
                ("name", models.CharField(max_length=160, verbose_name="Name")),
                ("description", models.CharField(blank=True, max_length=500, verbose_name="Second text on the line")),
                ("unit_code", models.CharField(default="NAR", max_length=3, verbose_name="Unit")),
                ("unit_price", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="Price")),
                ("price_includes_vat", models.BooleanField(default=False, verbose_name="Price includes VAT")),
                ("currency", models.CharField(default="NOK", max_length=3, verbose_name="Currency")),
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
                        verbose_name="VAT treatment",
                    ),
                ),
                ("revenue_account", models.CharField(default="3000", max_length=10, verbose_name="Revenue account")),
                ("gtin", models.CharField(blank=True, max_length=14, verbose_name="GTIN")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "number"), name="product_number_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="product_price_is_not_negative"
                    ),
                ],
            },
        ),
    ]
