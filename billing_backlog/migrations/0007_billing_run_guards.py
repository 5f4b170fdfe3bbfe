"""What a run has frozen stands fast, its steps are taken once, and no run is forgotten."""

from django.db import migrations

RUN = "billing_backlog_billingrun"
UNCHANGED = ("billing_backlog_runrow", "billing_backlog_runanswer")

RUNS = """CREATE FUNCTION guard_billing_runs() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'billing runs are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.undone_at IS NOT NULL THEN
    RAISE EXCEPTION 'billing run % is undone', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS NOT NULL AND
     (NEW.name, NEW.scope, NEW.period_from, NEW.until, NEW.frozen_at, NEW.frozen_by, NEW.basis_sha256, NEW.control)
     IS DISTINCT FROM
     (OLD.name, OLD.scope, OLD.period_from, OLD.until, OLD.frozen_at, OLD.frozen_by, OLD.basis_sha256, OLD.control) THEN
    RAISE EXCEPTION 'the basis of billing run % is frozen', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS NULL
     OR OLD.approved_at IS NOT NULL AND (NEW.approved_at, NEW.approved_by) IS DISTINCT FROM
                                        (OLD.approved_at, OLD.approved_by)
     OR OLD.generated_at IS NOT NULL AND NEW.generated_at IS DISTINCT FROM OLD.generated_at THEN
    RAISE EXCEPTION 'a step of billing run % is taken once', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0006_billing_runs")]

    operations = [
        migrations.RunSQL(
            [
                RUNS,
                f"""CREATE TRIGGER runs_keep_what_is_frozen BEFORE UPDATE OR DELETE ON {RUN}
                    FOR EACH ROW EXECUTE FUNCTION guard_billing_runs()""",
                f"REVOKE DELETE, TRUNCATE ON {RUN} FROM bilag_app",
                *[
                    f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
                        FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in UNCHANGED
                ],
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in UNCHANGED
                ],
                *[f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM bilag_app" for table in UNCHANGED],
            ],
            [
                *[f"GRANT UPDATE, DELETE ON {table} TO bilag_app" for table in UNCHANGED],
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in UNCHANGED],
                *[f"DROP TRIGGER rows_are_never_changed ON {table}" for table in UNCHANGED],
                f"GRANT DELETE ON {RUN} TO bilag_app",
                f"DROP TRIGGER runs_keep_what_is_frozen ON {RUN}",
                "DROP FUNCTION guard_billing_runs()",
            ],
        )
    ]
