"""The application may claim a database that nobody owns, and never more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_environment")]

    operations = [
        migrations.RunSQL(
            ["REVOKE UPDATE, DELETE, TRUNCATE ON tenants_environment FROM bilag_app"],
            ["GRANT UPDATE, DELETE ON tenants_environment TO bilag_app"],
        ),
    ]
