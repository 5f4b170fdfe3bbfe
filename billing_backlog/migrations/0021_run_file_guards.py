"""What a finance file bills is billed once, and what was written and handed over stands fast."""

from importlib import import_module

from django.db import migrations

ITEM = "billing_backlog_backlogitem"
FILE = "billing_backlog_runfile"
ROW = "billing_backlog_runfilerow"
UNCHANGED = (
    "billing_backlog_runorder",
    "billing_backlog_transferattempt",
    "billing_backlog_filereceipt",
    "billing_backlog_returnederror",
)
KEPT = (FILE, ROW)

before = import_module("billing_backlog.migrations.0002_backlog_guards")

EXPORTED = """coalesce((SELECT sum(r.quantity) FROM public.billing_backlog_runfilerow r
                  WHERE r.organization_id = item.organization_id AND r.item_id = item.id
                    AND r.taken_back_at IS NULL), 0)"""

# What documents bill and what files bill come out of the same quantity.
BILLED = before.BILLED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "      - item.quantity) > 0", f"      + {EXPORTED}\n      - item.quantity) > 0"
)
ITEMS = before.ITEMS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    """     AND EXISTS (SELECT 1 FROM public.invoicing_invoiceline l
                 WHERE l.organization_id = OLD.organization_id AND l.source_id = OLD.id) THEN""",
    """     AND (EXISTS (SELECT 1 FROM public.invoicing_invoiceline l
                  WHERE l.organization_id = OLD.organization_id AND l.source_id = OLD.id)
          OR EXISTS (SELECT 1 FROM public.billing_backlog_runfilerow r
                     WHERE r.organization_id = OLD.organization_id AND r.item_id = OLD.id
                       AND r.taken_back_at IS NULL)) THEN""",
)
assert BILLED.count(EXPORTED) == 1
assert "runfilerow" in ITEMS

EXPORTING = f"""CREATE FUNCTION guard_exported_work() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  PERFORM 1 FROM public.billing_backlog_backlogitem i
  WHERE EXISTS (SELECT 1 FROM touched t WHERE t.organization_id = i.organization_id AND t.item_id = i.id)
  ORDER BY i.id FOR NO KEY UPDATE;
  SELECT item.id INTO wrong
  FROM public.billing_backlog_backlogitem item
  WHERE EXISTS (SELECT 1 FROM touched t WHERE t.organization_id = item.organization_id AND t.item_id = item.id)
    AND sign(item.quantity) * (
      coalesce((SELECT sum(CASE WHEN d.kind = 'credit_note'
                                THEN CASE WHEN d.status = 'finalized' THEN -l.quantity ELSE 0 END
                                WHEN d.status = 'draft' AND l.source ? 'replaces' THEN 0
                                ELSE l.quantity END)
                FROM public.invoicing_invoiceline l
                JOIN public.invoicing_invoice d ON d.organization_id = l.organization_id AND d.id = l.invoice_id
                WHERE l.organization_id = item.organization_id AND l.source_id = item.id), 0)
      + coalesce((SELECT sum(w.quantity) FROM public.billing_backlog_writeoff w
                  WHERE w.organization_id = item.organization_id AND w.item_id = item.id), 0)
      + {EXPORTED}
      - item.quantity) > 0
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'more of backlog item % would be billed than there is', wrong.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

ROWS = """CREATE FUNCTION guard_exported_rows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'exported rows are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - 'order_id' - 'line' - 'taken_back_at')
     IS DISTINCT FROM (to_jsonb(OLD) - 'order_id' - 'line' - 'taken_back_at') THEN
    RAISE EXCEPTION 'exported row % stays what it is', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.taken_back_at IS NOT NULL THEN
    RAISE EXCEPTION 'exported row % was taken back', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.order_id IS NOT NULL AND (NEW.order_id, NEW.line) IS DISTINCT FROM (OLD.order_id, OLD.line)
     AND EXISTS (SELECT 1 FROM public.billing_backlog_runorder o
                 JOIN public.billing_backlog_runfile f ON f.organization_id = o.organization_id AND f.id = o.file_id
                 WHERE o.organization_id = OLD.organization_id AND o.id = OLD.order_id
                   AND f.transferred_at IS NOT NULL) THEN
    RAISE EXCEPTION 'exported row % was handed over', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

FILES = """CREATE FUNCTION guard_run_files() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'finance files are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.undone_at IS NOT NULL THEN
    RAISE EXCEPTION 'finance file % is undone', OLD.id USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - 'transferred_at' - 'received_at' - 'undone_at' - 'undone_by' - 'undone_reason')
     IS DISTINCT FROM
     (to_jsonb(OLD) - 'transferred_at' - 'received_at' - 'undone_at' - 'undone_by' - 'undone_reason') THEN
    RAISE EXCEPTION 'finance file % stays what it is', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.transferred_at IS NOT NULL AND NEW.transferred_at IS DISTINCT FROM OLD.transferred_at
     OR OLD.received_at IS NOT NULL AND NEW.received_at IS DISTINCT FROM OLD.received_at THEN
    RAISE EXCEPTION 'a step of finance file % is taken once', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0020_run_files")]

    operations = [
        migrations.RunSQL(
            [
                BILLED,
                ITEMS,
                EXPORTING,
                ROWS,
                FILES,
                f"""CREATE TRIGGER work_is_billed_once AFTER INSERT ON {ROW}
                    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION guard_exported_work()""",
                f"""CREATE TRIGGER exported_rows_stand_fast BEFORE UPDATE OR DELETE ON {ROW}
                    FOR EACH ROW EXECUTE FUNCTION guard_exported_rows()""",
                f"""CREATE TRIGGER written_files_stand_fast BEFORE UPDATE OR DELETE ON {FILE}
                    FOR EACH ROW EXECUTE FUNCTION guard_run_files()""",
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
                f"DROP TRIGGER written_files_stand_fast ON {FILE}",
                f"DROP TRIGGER exported_rows_stand_fast ON {ROW}",
                f"DROP TRIGGER work_is_billed_once ON {ROW}",
                "DROP FUNCTION guard_run_files()",
                "DROP FUNCTION guard_exported_rows()",
                "DROP FUNCTION guard_exported_work()",
                before.ITEMS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
                before.BILLED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
            ],
        )
    ]
