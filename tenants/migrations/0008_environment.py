"""Which installation a database belongs to, and which effects wait where sending is locked."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0007_record_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxrow",
            name="leaves_house",
            field=models.BooleanField(default=True),
        ),
        migrations.CreateModel(
            name="Environment",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("is_only", models.BooleanField(default=True, editable=False, unique=True)),
                ("is_paused", models.BooleanField(default=False)),
                ("adopted_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("is_only", True)), name="there_is_one_environment")
                ],
            },
        ),
    ]
