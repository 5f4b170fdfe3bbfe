"""Approved work stays as it was approved, and nothing else becomes a backlog item."""

from django.db import migrations

ENTRY = "billing_backlog_workentry"
ITEM = "billing_backlog_backlogitem"

APPROVED = """CREATE FUNCTION guard_approved_work() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF OLD.approved_at IS NOT NULL THEN
    RAISE EXCEPTION 'work that is approved stays as it is: correct it by another entry' USING ERRCODE = '23001';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$"""

UNAPPROVED = """CREATE FUNCTION guard_items_of_work() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.billing_backlog_workentry e
                 WHERE e.organization_id = NEW.organization_id AND e.id = NEW.entry_id
                   AND e.approved_at IS NOT NULL) THEN
    RAISE EXCEPTION 'work % is not approved and is not billed', NEW.entry_id USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0003_work_details")]

    operations = [
        migrations.RunSQL(
            [
                APPROVED,
                f"""CREATE TRIGGER approved_work_is_kept BEFORE UPDATE OR DELETE ON {ENTRY}
                    FOR EACH ROW EXECUTE FUNCTION guard_approved_work()""",
                UNAPPROVED,
                f"""CREATE TRIGGER only_approved_work_is_billed BEFORE INSERT ON {ITEM}
                    FOR EACH ROW WHEN (NEW.entry_id IS NOT NULL) EXECUTE FUNCTION guard_items_of_work()""",
                f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {ENTRY}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{ENTRY}')""",
            ],
            [
                f"DROP TRIGGER rows_are_never_truncated ON {ENTRY}",
                f"DROP TRIGGER only_approved_work_is_billed ON {ITEM}",
                "DROP FUNCTION guard_items_of_work()",
                f"DROP TRIGGER approved_work_is_kept ON {ENTRY}",
                "DROP FUNCTION guard_approved_work()",
            ],
        )
    ]
