"""What was pushed stays said: items are never forgotten, confirmed ones stand fast, attempts never change."""

from django.db import migrations

ITEMS = "accounting_sync_syncitem"
ATTEMPTS = "accounting_sync_pushattempt"
CONNECTIONS = "accounting_sync_connection"

PUSHED = """CREATE FUNCTION guard_sync_items() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.connection_id, NEW.voucher_id, NEW.event) IS DISTINCT FROM (OLD.connection_id, OLD.voucher_id, OLD.event) THEN
    RAISE EXCEPTION 'sync item % is about one voucher', OLD.id USING ERRCODE = '23001';
  END IF;
  -- What stands there is only pushed again under another key, when somebody has said that it is gone.
  IF OLD.confirmed_at IS NOT NULL AND NEW.revision = OLD.revision AND
     (NEW.remote_id, NEW.done, NEW.confirmed_at) IS DISTINCT FROM (OLD.remote_id, OLD.done, OLD.confirmed_at) THEN
    RAISE EXCEPTION 'sync item % is posted', OLD.id USING ERRCODE = '23001';
  END IF;
  IF NEW.revision < OLD.revision THEN
    RAISE EXCEPTION 'sync item % goes forward only', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("accounting_sync", "0001_connections_and_items")]

    operations = [
        migrations.RunSQL(
            [
                PUSHED,
                f"""CREATE TRIGGER posted_items_stand_fast BEFORE UPDATE ON {ITEMS}
                    FOR EACH ROW EXECUTE FUNCTION guard_sync_items()""",
                f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {ATTEMPTS}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change('{ATTEMPTS}')""",
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in (ITEMS, ATTEMPTS)
                ],
                f"REVOKE DELETE, TRUNCATE ON {ITEMS}, {CONNECTIONS} FROM bilag_app",
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {ATTEMPTS} FROM bilag_app",
            ],
            [
                f"GRANT UPDATE, DELETE ON {ATTEMPTS} TO bilag_app",
                f"GRANT DELETE ON {ITEMS}, {CONNECTIONS} TO bilag_app",
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in (ITEMS, ATTEMPTS)],
                f"DROP TRIGGER rows_are_never_changed ON {ATTEMPTS}",
                f"DROP TRIGGER posted_items_stand_fast ON {ITEMS}",
                "DROP FUNCTION guard_sync_items()",
            ],
        )
    ]
