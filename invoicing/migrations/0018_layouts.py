"""How the lines of documents are printed, and what new drafts begin with."""

import django.db.models.deletion
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("invoicing", "0017_what_lines_bill"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="layout",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict, verbose_name="Layout"
            ),
        ),
        migrations.CreateModel(
            name="LayoutDefaults",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "group_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "The sections as they are"),
                            ("nothing", "No sections"),
                            ("person", "Person"),
                            ("work", "Kind of work"),
                            ("project", "Project"),
                            ("day", "Day"),
                            ("week", "Week"),
                            ("month", "Month"),
                        ],
                        max_length=10,
                        verbose_name="Group the lines by",
                    ),
                ),
                (
                    "shows",
                    models.CharField(
                        choices=[("lines", "Every line"), ("summary", "One row for each section")],
                        default="lines",
                        max_length=10,
                        verbose_name="Print",
                    ),
                ),
                (
                    "order",
                    models.CharField(
                        blank=True,
                        choices=[("", "As they come"), ("name", "By name"), ("amount", "Largest amount first")],
                        max_length=10,
                        verbose_name="Order of the sections",
                    ),
                ),
                ("hides_headings", models.BooleanField(default=False, verbose_name="No headings over the sections")),
                (
                    "omits_specification",
                    models.BooleanField(default=False, verbose_name="No list of the lines at the end of the PDF"),
                ),
                (
                    "customer",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
                        fields=("organization", "customer"), name="one_layout_for_each_customer", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("group_by__in", ["", "nothing", "person", "work", "project", "day", "week", "month"]),
                            ("order__in", ["", "name", "amount"]),
                            ("shows__in", ["lines", "summary"]),
                        ),
                        name="layout_is_known",
                    ),
                ],
            },
        ),
    ]
