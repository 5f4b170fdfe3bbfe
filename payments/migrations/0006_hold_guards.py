"""A hold keeps what it says; it may only be released, once."""

from django.db import migrations

HOLDS = """CREATE FUNCTION guard_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'holds are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.released_at IS NOT NULL
     OR (to_jsonb(NEW) - 'released_at' - 'released_by' - 'release_reason')
        IS DISTINCT FROM (to_jsonb(OLD) - 'released_at' - 'released_by' - 'release_reason') THEN
    RAISE EXCEPTION 'a hold keeps what it says and is released once' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_holds")]

    operations = [
        migrations.RunSQL(
            [
                HOLDS,
                """CREATE TRIGGER holds_are_only_released BEFORE UPDATE OR DELETE ON payments_hold
                   FOR EACH ROW EXECUTE FUNCTION guard_holds()""",
                "REVOKE DELETE, TRUNCATE ON payments_hold FROM bilag_app",
            ],
            [
                "GRANT DELETE ON payments_hold TO bilag_app",
                "DROP TRIGGER holds_are_only_released ON payments_hold",
                "DROP FUNCTION guard_holds()",
            ],
        ),
    ]
