"""Customers may ask to pay in instalments: in how many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0021_demands"),
        ("payments", "0032_addition_guards"),
        ("tenants", "0015_find_webhooks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="enquiry",
            name="enquiry_kind_is_known",
        ),
        migrations.AddField(
            model_name="enquiry",
            name="wished_count",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="enquiry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("question", "Question"),
                    ("dispute", "Says that something is wrong"),
                    ("wrong_recipient", "Says that it belongs to somebody else"),
                    ("wrong_reference", "Says that the reference is wrong"),
                    ("paid", "Says that it is paid"),
                    ("later_date", "Asks for a later date"),
                    ("in_parts", "Asks to pay in instalments"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["question", "dispute", "wrong_recipient", "wrong_reference", "paid", "later_date", "in_parts"],
                    )
                ),
                name="enquiry_kind_is_known",
            ),
        ),
    ]
