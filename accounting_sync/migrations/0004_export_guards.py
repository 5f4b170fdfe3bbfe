"""A file that was made stands for ever as it is, under the next number; what stood in it is never taken out."""

from django.db import migrations

RUNS = "accounting_sync_exportrun"
VOUCHERS = "accounting_sync_exportedvoucher"

NUMBERED = """CREATE FUNCTION guard_export_numbers() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.number <> (SELECT coalesce(max(r.number), 0) + 1 FROM public.accounting_sync_exportrun r
                    WHERE r.organization_id = NEW.organization_id) THEN
    RAISE EXCEPTION 'export % is not the next one', NEW.number USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("accounting_sync", "0003_exports")]

    operations = [
        migrations.RunSQL(
            [
                NUMBERED,
                f"""CREATE TRIGGER exports_are_numbered BEFORE INSERT ON {RUNS}
                    FOR EACH ROW EXECUTE FUNCTION guard_export_numbers()""",
                *[
                    f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
                        FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in (RUNS, VOUCHERS)
                ],
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in (RUNS, VOUCHERS)
                ],
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {RUNS}, {VOUCHERS} FROM bilag_app",
            ],
            [
                f"GRANT UPDATE, DELETE ON {RUNS}, {VOUCHERS} TO bilag_app",
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in (RUNS, VOUCHERS)],
                *[f"DROP TRIGGER rows_are_never_changed ON {table}" for table in (RUNS, VOUCHERS)],
                f"DROP TRIGGER exports_are_numbered ON {RUNS}",
                "DROP FUNCTION guard_export_numbers()",
            ],
        )
    ]
