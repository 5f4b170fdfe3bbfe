"""When what a bank file said of payers was forgotten; the row stays, so that the file is never taken in twice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0025_payout_guards")]

    operations = [
        migrations.AddField(
            model_name="bankfile", name="forgotten_at", field=models.DateTimeField(editable=False, null=True)
        ),
    ]
