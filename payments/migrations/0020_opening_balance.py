"""What another system held when the books moved here."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0019_quick_allocation_guard"),
        ("tenants", "0012_erasing_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpeningBalance",
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
                ("day", models.DateField(verbose_name="Accounting date")),
                ("total", models.DecimalField(decimal_places=2, max_digits=18)),
                ("claims", models.IntegerField()),
                ("payments", models.IntegerField()),
                ("customers_sha256", models.CharField(blank=True, max_length=64)),
                ("products_sha256", models.CharField(blank=True, max_length=64)),
                ("open_items_sha256", models.CharField(blank=True, max_length=64)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("organization",), name="books_are_opened_once")],
            },
        ),
    ]
