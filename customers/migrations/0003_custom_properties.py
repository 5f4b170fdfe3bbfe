"""Properties of an organization's own on customers and invoices."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_search"),
        ("tenants", "0006_jobs_notices_and_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="custom_properties",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.CreateModel(
            name="CustomProperty",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("customer", "Customer")],
                        max_length=10,
                        verbose_name="Stands on",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("text", "Text"), ("number", "Number"), ("date", "Date"), ("choice", "Choice")],
                        default="text",
                        max_length=10,
                        verbose_name="Holds",
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list)),
                ("position", models.PositiveSmallIntegerField(default=0)),
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
                    models.UniqueConstraint(
                        condition=models.Q(("archived_at", None)),
                        fields=("organization", "subject", "name"),
                        name="custom_property_name_is_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["text", "number", "date", "choice"]), ("subject__in", ["invoice", "customer"])
                        ),
                        name="custom_property_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "choice"), ("choices", []), _connector="OR"),
                        name="only_choices_have_choices",
                    ),
                ],
            },
        ),
    ]
