"""What the books began with is never changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0020_opening_balance")]

    operations = [
        migrations.RunSQL(
            [
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON payments_openingbalance
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('payments_openingbalance')""",
                """CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON payments_openingbalance
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('payments_openingbalance')""",
                "REVOKE UPDATE, DELETE, TRUNCATE ON payments_openingbalance FROM bilag_app",
            ],
            [
                "GRANT UPDATE, DELETE ON payments_openingbalance TO bilag_app",
                "DROP TRIGGER rows_are_never_truncated ON payments_openingbalance",
                "DROP TRIGGER rows_are_never_changed ON payments_openingbalance",
            ],
        ),
    ]
