"""A report that was made stands for ever as it is."""

from django.db import migrations

REPORTS = "accounting_sync_reconciliationreport"


class Migration(migrations.Migration):
    dependencies = [("accounting_sync", "0008_reconciliation_reports")]

    operations = [
        migrations.RunSQL(
            [
                f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {REPORTS}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change('{REPORTS}')""",
                f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {REPORTS}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{REPORTS}')""",
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {REPORTS} FROM bilag_app",
            ],
            [
                f"GRANT UPDATE, DELETE ON {REPORTS} TO bilag_app",
                f"DROP TRIGGER rows_are_never_truncated ON {REPORTS}",
                f"DROP TRIGGER rows_are_never_changed ON {REPORTS}",
            ],
        )
    ]
