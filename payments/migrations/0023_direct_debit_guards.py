"""What the bank was asked to draw stays as it was asked; a claim is cancelled once, and never comes back."""

from django.db import migrations

CLAIMS = """CREATE FUNCTION guard_direct_debits() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE moving text[] := ARRAY['state', 'cancelled_in_id'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'direct debits are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.state <> 'in_file' OR (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'a direct debit keeps what was asked' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0022_direct_debit")]

    operations = [
        migrations.RunSQL(
            [
                CLAIMS,
                """CREATE TRIGGER direct_debits_keep_what_they_say BEFORE UPDATE OR DELETE ON payments_directdebitclaim
                   FOR EACH ROW EXECUTE FUNCTION guard_direct_debits()""",
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON payments_directdebitfile
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('payments_directdebitfile')""",
                """CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON payments_directdebitfile
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('payments_directdebitfile')""",
                "REVOKE DELETE, TRUNCATE ON payments_directdebitclaim FROM bilag_app",
                "REVOKE UPDATE, DELETE, TRUNCATE ON payments_directdebitfile FROM bilag_app",
            ],
            [
                "GRANT UPDATE, DELETE ON payments_directdebitfile TO bilag_app",
                "GRANT DELETE ON payments_directdebitclaim TO bilag_app",
                "DROP TRIGGER rows_are_never_truncated ON payments_directdebitfile",
                "DROP TRIGGER rows_are_never_changed ON payments_directdebitfile",
                "DROP TRIGGER direct_debits_keep_what_they_say ON payments_directdebitclaim",
                "DROP FUNCTION guard_direct_debits()",
            ],
        ),
    ]
