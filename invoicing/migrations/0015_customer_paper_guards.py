"""What a receipt or a statement said once is never changed."""

from django.db import migrations

TABLE = "invoicing_customerpaper"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0014_customer_papers")]

    operations = [
        migrations.RunSQL(
            [
                f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {TABLE}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change('{TABLE}')""",
                f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {TABLE}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{TABLE}')""",
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {TABLE} FROM bilag_app",
            ],
            [
                f"GRANT UPDATE, DELETE ON {TABLE} TO bilag_app",
                f"DROP TRIGGER rows_are_never_truncated ON {TABLE}",
                f"DROP TRIGGER rows_are_never_changed ON {TABLE}",
            ],
        )
    ]
