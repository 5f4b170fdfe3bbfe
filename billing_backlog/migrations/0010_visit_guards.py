"""What a visit is billed by stands fast."""

from django.db import migrations

VISIT = "billing_backlog_visit"

# What names a person or a place may be erased later; what was billed, and when it was done, may not change.
VISITS = """CREATE FUNCTION guard_visits() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'visits are never deleted' USING ERRCODE = '23001';
  END IF;
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id OR NEW.source_system <> OLD.source_system
     OR NEW.source_order <> OLD.source_order OR NEW.source_line <> OLD.source_line
     OR NEW.created_at <> OLD.created_at THEN
    RAISE EXCEPTION 'a visit stays what it is' USING ERRCODE = '23001';
  END IF;
  IF OLD.cancelled_at IS NOT NULL AND NEW.cancelled_at IS DISTINCT FROM OLD.cancelled_at THEN
    RAISE EXCEPTION 'visit % is cancelled', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.done_at IS NOT NULL AND NEW.done_at IS NULL
     AND EXISTS (SELECT 1 FROM public.billing_backlog_backlogitem i
                 JOIN public.invoicing_invoiceline l ON l.organization_id = i.organization_id AND l.source_id = i.id
                 WHERE i.organization_id = OLD.organization_id AND i.source_system = 'visits'
                   AND i.source_order = OLD.id::text) THEN
    RAISE EXCEPTION 'visit % stands on a document', OLD.id USING ERRCODE = '23001';
  END IF;
  IF (OLD.cancelled_at IS NOT NULL OR OLD.done_at IS NOT NULL AND NEW.done_at IS NOT NULL)
     AND (NEW.customer_id, NEW.line_id, NEW.project_id, NEW.product_id, NEW.planned_on, NEW.quantity, NEW.unit_code,
          NEW.unit_price, NEW.done_at, NEW.done_on) IS DISTINCT FROM
         (OLD.customer_id, OLD.line_id, OLD.project_id, OLD.product_id, OLD.planned_on, OLD.quantity, OLD.unit_code,
          OLD.unit_price, OLD.done_at, OLD.done_on) THEN
    RAISE EXCEPTION 'visit % is over', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0009_visits")]

    operations = [
        migrations.RunSQL(
            [
                VISITS,
                f"""CREATE TRIGGER visits_keep_what_is_billed BEFORE UPDATE OR DELETE ON {VISIT}
                    FOR EACH ROW EXECUTE FUNCTION guard_visits()""",
                f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {VISIT}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{VISIT}')""",
                f"REVOKE DELETE, TRUNCATE ON {VISIT} FROM bilag_app",
            ],
            [
                f"GRANT DELETE ON {VISIT} TO bilag_app",
                f"DROP TRIGGER rows_are_never_truncated ON {VISIT}",
                f"DROP TRIGGER visits_keep_what_is_billed ON {VISIT}",
                "DROP FUNCTION guard_visits()",
            ],
        )
    ]
