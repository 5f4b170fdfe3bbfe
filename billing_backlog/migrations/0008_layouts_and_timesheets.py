"""A contract's own layout, and whether a timesheet goes with drafts and customers see names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0007_billing_run_guards")]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="layout",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                verbose_name="Layout",
            ),
        ),
        migrations.AddField(
            model_name="backlogsettings",
            name="attaches_timesheet",
            field=models.BooleanField(
                default=False,
                verbose_name="A timesheet goes with every confirmed draft that bills hours",
            ),
        ),
        migrations.AddField(
            model_name="backlogsettings",
            name="hides_names",
            field=models.BooleanField(
                default=False,
                verbose_name="Customers do not see who did and approved the work",
            ),
        ),
    ]
