"""A payment request is never withdrawn beyond what it asked for."""

from django.db import migrations

BEFORE = """CREATE OR REPLACE FUNCTION guard_new_credits() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM after_rows n WHERE n.kind = 'credit_note' AND n.status = 'finalized') THEN
    RETURN NULL;
  END IF;
  PERFORM 1 FROM public.invoicing_invoice i
  WHERE EXISTS (SELECT 1 FROM after_rows n WHERE n.kind = 'credit_note' AND n.status = 'finalized'
                AND n.organization_id = i.organization_id AND n.credits_id = i.id)
  ORDER BY i.id FOR NO KEY UPDATE;
  SELECT original.id, original.quantity, sum(credit.quantity) AS credited INTO wrong
  FROM public.invoicing_invoiceline original
  JOIN public.invoicing_invoiceline credit
    ON credit.organization_id = original.organization_id AND credit.credits_line_id = original.id
  JOIN public.invoicing_invoice note
    ON note.organization_id = credit.organization_id AND note.id = credit.invoice_id AND note.status = 'finalized'
  WHERE EXISTS (SELECT 1 FROM after_rows n WHERE n.kind = 'credit_note' AND n.status = 'finalized'
                AND n.organization_id = original.organization_id AND n.credits_id = original.invoice_id)
  GROUP BY original.organization_id, original.id, original.quantity
  HAVING abs(sum(credit.quantity)) > abs(original.quantity)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'line % would be credited % of %', wrong.id, wrong.credited, wrong.quantity
      USING ERRCODE = '23514';
  END IF;
  SELECT credit.id, note.number INTO wrong
  FROM after_rows note
  JOIN public.invoicing_invoiceline credit
    ON credit.organization_id = note.organization_id AND credit.invoice_id = note.id
  LEFT JOIN public.invoicing_invoiceline original
    ON original.organization_id = credit.organization_id AND original.id = credit.credits_line_id
  WHERE note.kind = 'credit_note' AND note.status = 'finalized'
    AND (note.credits_id IS NULL OR original.invoice_id IS DISTINCT FROM note.credits_id)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'line % of credit note % credits no line of its invoice', wrong.id, wrong.number
      USING ERRCODE = '23514';
  END IF;
  SELECT original.number, original.payable_amount AS invoiced, sum(note.payable_amount) AS credited INTO wrong
  FROM public.invoicing_invoice original
  JOIN public.invoicing_invoice note
    ON note.organization_id = original.organization_id AND note.credits_id = original.id AND note.status = 'finalized'
  WHERE EXISTS (SELECT 1 FROM after_rows n WHERE n.kind = 'credit_note' AND n.status = 'finalized'
                AND n.organization_id = original.organization_id AND n.credits_id = original.id)
  GROUP BY original.organization_id, original.id, original.number, original.payable_amount
  HAVING abs(sum(note.payable_amount)) > abs(original.payable_amount)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'invoice % would be credited % of %', wrong.number, wrong.credited, wrong.invoiced
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

AFTER = BEFORE.replace("kind = 'credit_note'", "kind IN ('credit_note', 'withdrawal')")


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0019_advances")]

    operations = [migrations.RunSQL([AFTER], [BEFORE])]
