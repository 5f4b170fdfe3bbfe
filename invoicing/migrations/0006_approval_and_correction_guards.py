"""What needs a second person is not finalized without one; the halves of a correction live and die together."""

from django.db import migrations

# The newest verdict on the version that is finalized must be an approval, by nobody who asked for it, of this amount.
APPROVALS = """CREATE FUNCTION guard_approvals() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM after_rows n JOIN public.tenants_organization g ON g.id = n.organization_id
                 WHERE n.status = 'finalized' AND g.approval_from_amount IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  SELECT n.id, n.number INTO wrong
  FROM after_rows n
  JOIN before_rows o ON o.organization_id = n.organization_id AND o.id = n.id
  JOIN public.tenants_organization g ON g.id = n.organization_id
  WHERE o.status = 'draft' AND n.status = 'finalized'
    AND abs(CASE WHEN n.currency = g.base_currency THEN n.payable_amount
                 ELSE coalesce((n.snapshot -> 'exchange' ->> 'payable')::numeric, n.payable_amount) END)
        >= g.approval_from_amount
    AND (n.payable_amount <> o.payable_amount OR NOT EXISTS (
      SELECT 1 FROM (
        SELECT a.verdict, a.user_id FROM public.invoicing_draftapproval a
        WHERE a.organization_id = n.organization_id AND a.invoice_id = n.id AND a.version = o.version
        ORDER BY a.given_at DESC, a.id DESC LIMIT 1) newest
      WHERE newest.verdict = 'approved' AND NOT EXISTS (
        SELECT 1 FROM public.invoicing_draftapproval asked
        WHERE asked.organization_id = n.organization_id AND asked.invoice_id = n.id AND asked.version = o.version
          AND asked.verdict = 'requested' AND asked.user_id = newest.user_id)))
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'document % is not approved by a second person', wrong.number USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

HALVES = """CREATE FUNCTION guard_correction_halves() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM after_rows n WHERE n.status = 'finalized') THEN
    RETURN NULL;
  END IF;
  SELECT half.id INTO wrong
  FROM (SELECT c.id, c.organization_id, c.replacement_id AS other
        FROM after_rows n JOIN public.invoicing_correction c
          ON c.organization_id = n.organization_id AND c.credit_note_id = n.id
        WHERE n.status = 'finalized'
        UNION ALL
        SELECT c.id, c.organization_id, c.credit_note_id
        FROM after_rows n JOIN public.invoicing_correction c
          ON c.organization_id = n.organization_id AND c.replacement_id = n.id
        WHERE n.status = 'finalized') half
  JOIN public.invoicing_invoice i ON i.organization_id = half.organization_id AND i.id = half.other
  WHERE i.status <> 'finalized'
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the halves of correction % are finalized together', wrong.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

CORRECTIONS = """CREATE FUNCTION guard_corrections() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
  told public.invoicing_correction;
BEGIN
  told := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (
      SELECT 1 FROM public.invoicing_invoice original
      JOIN public.invoicing_invoice note ON note.organization_id = original.organization_id
        AND note.id = told.credit_note_id AND note.credits_id = original.id AND note.status = 'draft'
      JOIN public.invoicing_invoice fresh ON fresh.organization_id = original.organization_id
        AND fresh.id = told.replacement_id AND fresh.kind = 'invoice' AND fresh.status = 'draft'
      WHERE original.organization_id = told.organization_id AND original.id = told.original_id
        AND original.status = 'finalized') THEN
      RAISE EXCEPTION 'a correction takes back a finalized invoice by two drafts' USING ERRCODE = '23001';
    END IF;
    RETURN told;
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.organization_id, NEW.original_id, NEW.credit_note_id, NEW.replacement_id)
                          IS DISTINCT FROM
                          (OLD.organization_id, OLD.original_id, OLD.credit_note_id, OLD.replacement_id) THEN
    RAISE EXCEPTION 'a correction keeps its documents' USING ERRCODE = '23001';
  END IF;
  IF EXISTS (SELECT 1 FROM public.invoicing_invoice i
             WHERE i.organization_id = OLD.organization_id AND i.id = OLD.replacement_id AND i.status = 'finalized') THEN
    RAISE EXCEPTION 'a finished correction is frozen' USING ERRCODE = '23001';
  END IF;
  RETURN told;
END $$"""

# Runs at COMMIT as bilag_definer: whatever organization is named by then, it sees the rows it guards.
ABANDONED = """CREATE FUNCTION check_abandoned_correction() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM public.invoicing_invoice i
             WHERE i.organization_id = OLD.organization_id AND i.id IN (OLD.credit_note_id, OLD.replacement_id)) THEN
    RAISE EXCEPTION 'the halves of correction % are deleted together', OLD.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0005_second_person")]

    operations = [
        migrations.RunSQL(
            [
                APPROVALS,
                """CREATE TRIGGER second_person_approved AFTER UPDATE ON invoicing_invoice
                   REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
                   FOR EACH STATEMENT EXECUTE FUNCTION guard_approvals()""",
                HALVES,
                """CREATE TRIGGER correction_halves_go_together AFTER UPDATE ON invoicing_invoice
                   REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION guard_correction_halves()""",
                CORRECTIONS,
                """CREATE TRIGGER corrections_are_whole BEFORE INSERT OR UPDATE OR DELETE ON invoicing_correction
                   FOR EACH ROW EXECUTE FUNCTION guard_corrections()""",
                ABANDONED,
                "ALTER FUNCTION check_abandoned_correction() OWNER TO bilag_definer",
                """CREATE CONSTRAINT TRIGGER abandoned_halves_are_gone AFTER DELETE ON invoicing_correction
                   DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_abandoned_correction()""",
            ],
            [
                "DROP TRIGGER abandoned_halves_are_gone ON invoicing_correction",
                "DROP FUNCTION check_abandoned_correction()",
                "DROP TRIGGER corrections_are_whole ON invoicing_correction",
                "DROP FUNCTION guard_corrections()",
                "DROP TRIGGER correction_halves_go_together ON invoicing_invoice",
                "DROP FUNCTION guard_correction_halves()",
                "DROP TRIGGER second_person_approved ON invoicing_invoice",
                "DROP FUNCTION guard_approvals()",
            ],
        ),
    ]
