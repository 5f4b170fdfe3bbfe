"""What is billed of an item never exceeds it, and once a document names it, what it says stays as it is."""

from django.db import migrations

ITEM = "billing_backlog_backlogitem"
WRITE_OFF = "billing_backlog_writeoff"
STEP = "billing_backlog_proformastep"
LINE = "invoicing_invoiceline"

ITEMS = """CREATE FUNCTION guard_backlog_items() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'backlog items are never deleted' USING ERRCODE = '23001';
  END IF;
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id OR NEW.kind <> OLD.kind
     OR NEW.source_system <> OLD.source_system OR NEW.source_order <> OLD.source_order
     OR NEW.source_line <> OLD.source_line OR NEW.share_number <> OLD.share_number
     OR NEW.entry_id IS DISTINCT FROM OLD.entry_id OR NEW.created_at <> OLD.created_at THEN
    RAISE EXCEPTION 'a backlog item stays what it is' USING ERRCODE = '23001';
  END IF;
  IF (NEW.customer_id, NEW.quantity, NEW.unit_code, NEW.unit_price, NEW.amount, NEW.currency, NEW.price_includes_vat,
      NEW.day) IS DISTINCT FROM
     (OLD.customer_id, OLD.quantity, OLD.unit_code, OLD.unit_price, OLD.amount, OLD.currency, OLD.price_includes_vat,
      OLD.day)
     AND EXISTS (SELECT 1 FROM public.invoicing_invoiceline l
                 WHERE l.organization_id = OLD.organization_id AND l.source_id = OLD.id) THEN
    RAISE EXCEPTION 'backlog item % stands on a document', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

# The items are locked first, so that two who bill the same work at once meet here; a line that stands in for another
# in a correction takes its place and adds nothing.
BILLED = """CREATE FUNCTION guard_billed_work() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM touched t WHERE t.source_id IS NOT NULL AND t.credits_line_id IS NULL
                 AND NOT t.source ? 'replaces') THEN
    RETURN NULL;
  END IF;
  PERFORM 1 FROM public.billing_backlog_backlogitem i
  WHERE EXISTS (SELECT 1 FROM touched t WHERE t.organization_id = i.organization_id AND t.source_id = i.id)
  ORDER BY i.id FOR NO KEY UPDATE;
  SELECT item.id, item.quantity INTO wrong
  FROM public.billing_backlog_backlogitem item
  WHERE EXISTS (SELECT 1 FROM touched t WHERE t.organization_id = item.organization_id AND t.source_id = item.id
                AND t.credits_line_id IS NULL AND NOT t.source ? 'replaces')
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
      - item.quantity) > 0
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'more of backlog item % would be billed than there is', wrong.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0001_projects_and_items"), ("invoicing", "0017_what_lines_bill")]

    operations = [
        migrations.RunSQL(
            [
                ITEMS,
                f"""CREATE TRIGGER items_keep_what_is_billed BEFORE UPDATE OR DELETE ON {ITEM}
                    FOR EACH ROW EXECUTE FUNCTION guard_backlog_items()""",
                BILLED,
                f"""CREATE TRIGGER work_is_billed_once AFTER INSERT ON {LINE}
                    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION guard_billed_work()""",
                f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {WRITE_OFF}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change('{WRITE_OFF}')""",
                f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE ON {STEP}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change('{STEP}')""",
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in (ITEM, WRITE_OFF)
                ],
                f"REVOKE DELETE, TRUNCATE ON {ITEM} FROM bilag_app",
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {WRITE_OFF} FROM bilag_app",
                f"REVOKE UPDATE ON {STEP} FROM bilag_app",
            ],
            [
                f"GRANT UPDATE ON {STEP} TO bilag_app",
                f"GRANT UPDATE, DELETE ON {WRITE_OFF} TO bilag_app",
                f"GRANT DELETE ON {ITEM} TO bilag_app",
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in (ITEM, WRITE_OFF)],
                f"DROP TRIGGER rows_are_never_changed ON {STEP}",
                f"DROP TRIGGER rows_are_never_changed ON {WRITE_OFF}",
                f"DROP TRIGGER work_is_billed_once ON {LINE}",
                "DROP FUNCTION guard_billed_work()",
                f"DROP TRIGGER items_keep_what_is_billed ON {ITEM}",
                "DROP FUNCTION guard_backlog_items()",
            ],
        )
    ]
