"""What a payout held stays as it was said; it is undone once, and never comes back."""

from django.db import migrations

GUARD = """CREATE FUNCTION guard_payouts() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE moving text[] := ARRAY['reversal_id', 'is_undone'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'payouts are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving)
     OR to_jsonb(OLD) ->> 'reversal_id' IS NOT NULL OR (to_jsonb(OLD) ->> 'is_undone') = 'true' THEN
    RAISE EXCEPTION 'a payout keeps what it held' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""
TABLES = ("payments_payout", "payments_payoutpart")


class Migration(migrations.Migration):
    dependencies = [("payments", "0024_payouts")]

    operations = [
        migrations.RunSQL(
            [
                GUARD,
                *[
                    statement
                    for table in TABLES
                    for statement in (
                        f"""CREATE TRIGGER payouts_keep_what_they_hold BEFORE UPDATE OR DELETE ON {table}
                            FOR EACH ROW EXECUTE FUNCTION guard_payouts()""",
                        f"REVOKE DELETE, TRUNCATE ON {table} FROM bilag_app",
                    )
                ],
            ],
            [
                *[
                    statement
                    for table in reversed(TABLES)
                    for statement in (
                        f"GRANT DELETE ON {table} TO bilag_app",
                        f"DROP TRIGGER payouts_keep_what_they_hold ON {table}",
                    )
                ],
                "DROP FUNCTION guard_payouts()",
            ],
        ),
    ]
