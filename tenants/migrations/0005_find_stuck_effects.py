"""An index for the effects that a person must look at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0004_law_figures"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outboxrow",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "unknown"])),
                fields=["organization", "state"],
                name="outbox_stuck",
            ),
        ),
    ]
