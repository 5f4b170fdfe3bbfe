"""The accounting system may tell of a payment too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_delivery_channels"),
        ("payments", "0032_addition_guards"),
        ("tenants", "0015_find_webhooks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_source_is_known",
        ),
        migrations.AlterField(
            model_name="payment",
            name="source",
            field=models.CharField(
                choices=[
                    ("manual", "Registered by hand"),
                    ("bank_file", "Bank file"),
                    ("online", "Paid online"),
                    ("moved_in", "Moved in"),
                    ("accounting", "Accounting system"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["manual", "bank_file", "online", "moved_in", "accounting"])),
                name="payment_source_is_known",
            ),
        ),
    ]
