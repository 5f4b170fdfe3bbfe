"""What was handed to collection stands as it was; a case is closed once and never forgotten."""

from django.db import migrations

CASES = "reminders_collectioncase"
CLAIMS = "reminders_collectionclaim"
STATUS_FILES = "reminders_collectionstatusfile"
UNCHANGED = ("reminders_collectionfile", "reminders_collectionnews", "reminders_lossevidence")
KEPT = (CASES, CLAIMS, STATUS_FILES)

CASE = """CREATE FUNCTION guard_collection_cases() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'collection cases are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - 'state' - 'transferred_at' - 'transfer_fault' - 'told_at' - 'closed_at' - 'closed_by'
                    - 'closed_reason')
     IS DISTINCT FROM
     (to_jsonb(OLD) - 'state' - 'transferred_at' - 'transfer_fault' - 'told_at' - 'closed_at' - 'closed_by'
                    - 'closed_reason') THEN
    RAISE EXCEPTION 'collection case % stays as it was handed over', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.closed_at IS NOT NULL AND (NEW.state, NEW.closed_at, NEW.closed_by, NEW.closed_reason)
     IS DISTINCT FROM (OLD.state, OLD.closed_at, OLD.closed_by, OLD.closed_reason) THEN
    RAISE EXCEPTION 'collection case % is closed', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.transferred_at IS NOT NULL AND NEW.transferred_at IS DISTINCT FROM OLD.transferred_at THEN
    RAISE EXCEPTION 'collection case % was transferred', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

CLAIM = """CREATE FUNCTION guard_collection_claims() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'claims of collection cases are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.ended_at IS NOT NULL OR (to_jsonb(NEW) - 'ended_at') IS DISTINCT FROM (to_jsonb(OLD) - 'ended_at') THEN
    RAISE EXCEPTION 'claim % of a collection case stays', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

STATUS = """CREATE FUNCTION guard_status_files() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'status files are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.taken_at IS NOT NULL OR (to_jsonb(NEW) - 'taken_at') IS DISTINCT FROM (to_jsonb(OLD) - 'taken_at') THEN
    RAISE EXCEPTION 'status file % stays', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0003_collection")]

    operations = [
        migrations.RunSQL(
            [
                CASE,
                CLAIM,
                STATUS,
                f"""CREATE TRIGGER handed_cases_stand_fast BEFORE UPDATE OR DELETE ON {CASES}
                    FOR EACH ROW EXECUTE FUNCTION guard_collection_cases()""",
                f"""CREATE TRIGGER handed_claims_stand_fast BEFORE UPDATE OR DELETE ON {CLAIMS}
                    FOR EACH ROW EXECUTE FUNCTION guard_collection_claims()""",
                f"""CREATE TRIGGER status_files_are_taken_once BEFORE UPDATE OR DELETE ON {STATUS_FILES}
                    FOR EACH ROW EXECUTE FUNCTION guard_status_files()""",
                *[
                    f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
                        FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in UNCHANGED
                ],
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in (*UNCHANGED, *KEPT)
                ],
                *[f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM bilag_app" for table in UNCHANGED],
                *[f"REVOKE DELETE, TRUNCATE ON {table} FROM bilag_app" for table in KEPT],
            ],
            [
                *[f"GRANT DELETE ON {table} TO bilag_app" for table in KEPT],
                *[f"GRANT UPDATE, DELETE ON {table} TO bilag_app" for table in UNCHANGED],
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in (*UNCHANGED, *KEPT)],
                *[f"DROP TRIGGER rows_are_never_changed ON {table}" for table in UNCHANGED],
                f"DROP TRIGGER status_files_are_taken_once ON {STATUS_FILES}",
                f"DROP TRIGGER handed_claims_stand_fast ON {CLAIMS}",
                f"DROP TRIGGER handed_cases_stand_fast ON {CASES}",
                "DROP FUNCTION guard_status_files()",
                "DROP FUNCTION guard_collection_claims()",
                "DROP FUNCTION guard_collection_cases()",
            ],
        )
    ]
