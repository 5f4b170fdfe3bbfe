"""Which kinds of work an organization has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0021_run_file_guards")]

    operations = [
        migrations.AddField(
            model_name="backlogsettings",
            name="bills_projects",
            field=models.BooleanField(db_default=models.Value(True), default=True, verbose_name="Hours and projects"),
        ),
        *[
            migrations.AddField(
                model_name="backlogsettings",
                name=name,
                field=models.BooleanField(db_default=models.Value(False), default=False, verbose_name=words),
            )
            for name, words in (
                ("bills_bookings", "Bookings of facilities"),
                ("bills_visits", "Visits"),
                ("bills_subscriptions", "Subscriptions"),
            )
        ],
    ]
