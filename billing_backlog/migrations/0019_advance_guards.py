"""No more of an advance is used than is paid of it, whoever writes; what was asked for stays as it was asked."""

from django.db import migrations

ADVANCE = "billing_backlog_advance"
INVOICE = "invoicing_invoice"

ADVANCES = """CREATE FUNCTION guard_advances() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE moving text[] := ARRAY['name', 'applies_itself', 'refill_below', 'refill_amount', 'ended_at'];
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.invoicing_invoice i WHERE i.organization_id = OLD.organization_id
                 AND i.id = OLD.invoice_id AND i.status = 'finalized') THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'advance % has been asked for', OLD.id USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'advance % stays what was asked for', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

# The advances are locked first, so that two who use the same krone at once meet here. What stands on a draft is set
# aside; a credit note gives back when it is finalized.
PREPAID = """CREATE FUNCTION guard_prepaid() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  PERFORM 1 FROM public.billing_backlog_advance a
  WHERE a.organization_id = NEW.organization_id
    AND a.id IN (SELECT part.id FROM jsonb_to_recordset(NEW.prepaid) AS part (id uuid))
  ORDER BY a.id FOR NO KEY UPDATE;
  SELECT part.id INTO wrong
  FROM jsonb_to_recordset(NEW.prepaid) AS part (id uuid, amount numeric)
  LEFT JOIN public.billing_backlog_advance a
    ON a.organization_id = NEW.organization_id AND a.id = part.id
   AND a.customer_id = NEW.customer_id AND a.currency = NEW.currency
  WHERE a.id IS NULL OR part.amount IS NULL OR part.amount <= 0
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'document % cannot be paid by advance %', NEW.id, wrong.id USING ERRCODE = '23514';
  END IF;
  IF NEW.kind = 'credit_note' THEN
    RETURN NULL;
  END IF;
  SELECT sums.id INTO wrong FROM (
    SELECT a.id,
      (SELECT coalesce(sum(l.amount), 0) FROM public.payments_allocation l
       WHERE l.organization_id = a.organization_id AND l.receivable_id = r.receivable_id
         AND (l.kind IN ('payment', 'difference') OR l.kind = 'credit' AND NOT EXISTS (
           SELECT 1 FROM public.invoicing_invoice w WHERE w.organization_id = l.organization_id
             AND w.receivable_id = l.credit_receivable_id AND w.kind = 'withdrawal'))) AS paid,
      (SELECT coalesce(sum(CASE WHEN d.kind <> 'credit_note' THEN part.amount
                                WHEN d.status = 'finalized' THEN -part.amount ELSE 0 END), 0)
       FROM public.invoicing_invoice d
       CROSS JOIN LATERAL jsonb_to_recordset(d.prepaid) AS part (id uuid, amount numeric)
       WHERE d.organization_id = a.organization_id AND d.customer_id = a.customer_id
         AND d.prepaid <> '[]' AND part.id = a.id) AS used
    FROM public.billing_backlog_advance a
    JOIN public.invoicing_invoice r ON r.organization_id = a.organization_id AND r.id = a.invoice_id
    WHERE a.organization_id = NEW.organization_id
      AND a.id IN (SELECT part.id FROM jsonb_to_recordset(NEW.prepaid) AS part (id uuid))) sums
  WHERE sums.used > sums.paid
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'more of advance % would be used than is paid', wrong.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0018_advances")]

    operations = [
        migrations.RunSQL(
            [
                ADVANCES,
                f"""CREATE TRIGGER advances_stay_as_asked BEFORE UPDATE OR DELETE ON {ADVANCE}
                    FOR EACH ROW EXECUTE FUNCTION guard_advances()""",
                PREPAID,
                f"""CREATE TRIGGER advances_are_used_once AFTER INSERT OR UPDATE ON {INVOICE}
                    FOR EACH ROW WHEN (NEW.prepaid <> '[]'::jsonb) EXECUTE FUNCTION guard_prepaid()""",
            ],
            [
                f"DROP TRIGGER advances_are_used_once ON {INVOICE}",
                "DROP FUNCTION guard_prepaid()",
                f"DROP TRIGGER advances_stay_as_asked ON {ADVANCE}",
                "DROP FUNCTION guard_advances()",
            ],
        )
    ]
