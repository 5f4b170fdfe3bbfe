"""Members may put the list of first steps away."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_environment_guards")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="checklist_hidden_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
