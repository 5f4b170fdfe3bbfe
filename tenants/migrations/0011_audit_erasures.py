"""Which audit lines have lost their words, with the hashes that the chain needs."""

import django.db.models.deletion
from django.db import migrations, models

import foundation.ids
import tenants.scoping


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_hidden_checklists")]

    operations = [
        migrations.CreateModel(
            name="AuditErasure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("digest", models.CharField(max_length=64)),
                ("remaining_digest", models.CharField(max_length=64)),
                (
                    "entry",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="tenants.auditentry",
                    ),
                ),
                (
                    "erased_by",
                    tenants.scoping.OrganizationForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                "indexes": [models.Index(fields=["organization", "erased_by"], name="audit_erasure_by_cause")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "entry"), name="audit_line_is_erased_once")
                ],
            },
        ),
    ]
