"""A customer remembers that the person behind it was erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_record_versions")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
