"""Finalized documents are frozen, and every number is proved to come from its series."""

from django.db import migrations

FROZEN = """CREATE FUNCTION guard_invoice() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'draft' THEN
      RAISE EXCEPTION 'documents begin as drafts' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.status = 'finalized' THEN
    RAISE EXCEPTION 'finalized document % is frozen', OLD.number USING ERRCODE = '23001';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$"""

# The numbers of this statement are exactly what the series moved by, in this transaction.
NUMBERS = """CREATE FUNCTION guard_new_numbers() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  SELECT given.series_id, given.lowest, given.highest INTO wrong
  FROM (SELECT n.organization_id, n.series_id, count(*) AS documents, min(n.number) AS lowest, max(n.number) AS highest,
               min(n.finalized_at) AS earliest, max(n.finalized_at) AS latest
        FROM after_rows n JOIN before_rows o ON o.organization_id = n.organization_id AND o.id = n.id
        WHERE o.status = 'draft' AND n.status = 'finalized' AND n.number IS NOT NULL
        GROUP BY n.organization_id, n.series_id) given
  LEFT JOIN public.invoicing_numberseries s
    ON s.organization_id = given.organization_id AND s.id = given.series_id
  WHERE s.id IS NULL OR s.moved_transaction IS DISTINCT FROM pg_current_xact_id()::text::bigint
     OR s.last_number <> given.highest OR given.highest - given.lowest + 1 <> given.documents
     OR given.earliest <> s.moved_at OR given.latest <> s.moved_at
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'numbers % to % did not come from series %', wrong.lowest, wrong.highest, wrong.series_id
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

# Credited never exceeds invoiced, line by line and in all, whoever writes; each line credits one of the same invoice.
CREDITS = """CREATE FUNCTION guard_new_credits() RETURNS trigger LANGUAGE plpgsql
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

# Locking the document, not sharing it: with a shared lock, people who add lines at once deadlock.
LINES = """CREATE FUNCTION guard_lines() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE document record;
BEGIN
  FOR document IN
    SELECT i.status, i.number FROM public.invoicing_invoice i
    WHERE EXISTS (SELECT 1 FROM touched t WHERE t.organization_id = i.organization_id AND t.invoice_id = i.id)
    ORDER BY i.id FOR NO KEY UPDATE
  LOOP
    IF document.status <> 'draft' THEN
      RAISE EXCEPTION 'lines of finalized document % are frozen', document.number USING ERRCODE = '23001';
    END IF;
  END LOOP;
  RETURN NULL;
END $$"""

SERIES = """CREATE FUNCTION guard_number_series() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'number series are never deleted' USING ERRCODE = '23001';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.last_number <> NEW.first_number - 1 THEN
      RAISE EXCEPTION 'a number series begins before its first number' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id OR NEW.code <> OLD.code OR NEW.name <> OLD.name
     OR NEW.first_number <> OLD.first_number OR NEW.last_allowed <> OLD.last_allowed
     OR NEW.created_at <> OLD.created_at OR NEW.last_number < OLD.last_number THEN
    RAISE EXCEPTION 'a number series only moves forward' USING ERRCODE = '23001';
  END IF;
  IF NEW.last_number > OLD.last_number THEN
    NEW.moved_at := greatest(clock_timestamp(), OLD.moved_at + interval '1 microsecond');
    NEW.moved_transaction := pg_current_xact_id()::text::bigint;
  ELSE
    IF NEW.head_hash <> OLD.head_hash AND (OLD.moved_at IS NULL OR OLD.moved_at < transaction_timestamp()
       OR OLD.moved_transaction IS DISTINCT FROM pg_current_xact_id()::text::bigint) THEN
      RAISE EXCEPTION 'the head of a chain moves with its numbers' USING ERRCODE = '23001';
    END IF;
    NEW.moved_at := OLD.moved_at;
    NEW.moved_transaction := OLD.moved_transaction;
  END IF;
  RETURN NEW;
END $$"""

# Runs at COMMIT as bilag_definer: whatever organization is named by then, it sees the rows it guards.
SERIES_COMPLETE = """CREATE FUNCTION check_number_series() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE found bigint;
BEGIN
  SELECT count(*) INTO found FROM public.invoicing_invoice i
  WHERE i.organization_id = NEW.organization_id AND i.number > OLD.last_number AND i.number <= NEW.last_number
    AND i.series_id = NEW.id AND i.status = 'finalized';
  IF found <> NEW.last_number - OLD.last_number THEN
    RAISE EXCEPTION 'series % moved by % for % documents', NEW.code, NEW.last_number - OLD.last_number, found
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

TABLES_OF_RECORD = ("invoicing_invoice", "invoicing_invoiceline", "invoicing_numberseries", "invoicing_documentfile")


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_documents"), ("payments", "0002_ledger_guards")]

    operations = [
        migrations.RunSQL(
            [
                FROZEN,
                """CREATE TRIGGER finalized_documents_are_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoicing_invoice
                   FOR EACH ROW EXECUTE FUNCTION guard_invoice()""",
                NUMBERS,
                """CREATE TRIGGER numbers_come_from_series AFTER UPDATE ON invoicing_invoice
                   REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
                   FOR EACH STATEMENT EXECUTE FUNCTION guard_new_numbers()""",
                CREDITS,
                """CREATE TRIGGER credits_stay_within AFTER UPDATE ON invoicing_invoice
                   REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION guard_new_credits()""",
                LINES,
                """CREATE TRIGGER inserted_lines_belong_to_drafts AFTER INSERT ON invoicing_invoiceline
                   REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION guard_lines()""",
                """CREATE TRIGGER deleted_lines_belong_to_drafts AFTER DELETE ON invoicing_invoiceline
                   REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION guard_lines()""",
                """CREATE TRIGGER updated_lines_belonged_to_drafts AFTER UPDATE ON invoicing_invoiceline
                   REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION guard_lines()""",
                """CREATE TRIGGER updated_lines_belong_to_drafts AFTER UPDATE ON invoicing_invoiceline
                   REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION guard_lines()""",
                SERIES,
                """CREATE TRIGGER series_moves_forward BEFORE INSERT OR UPDATE OR DELETE ON invoicing_numberseries
                   FOR EACH ROW EXECUTE FUNCTION guard_number_series()""",
                "GRANT SELECT ON invoicing_invoice TO bilag_definer",
                "CREATE POLICY definer_reads ON invoicing_invoice FOR SELECT TO bilag_definer USING (true)",
                SERIES_COMPLETE,
                "ALTER FUNCTION check_number_series() OWNER TO bilag_definer",
                """CREATE CONSTRAINT TRIGGER series_moved_for_documents AFTER UPDATE ON invoicing_numberseries
                   DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.last_number <> OLD.last_number)
                   EXECUTE FUNCTION check_number_series()""",
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON invoicing_documentfile
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('invoicing_documentfile')""",
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in TABLES_OF_RECORD
                ],
                "REVOKE UPDATE, DELETE, TRUNCATE ON invoicing_documentfile FROM bilag_app",
                "REVOKE DELETE, TRUNCATE ON invoicing_numberseries FROM bilag_app",
            ],
            [
                "GRANT DELETE ON invoicing_numberseries TO bilag_app",
                "GRANT UPDATE, DELETE ON invoicing_documentfile TO bilag_app",
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in TABLES_OF_RECORD],
                "DROP TRIGGER rows_are_never_changed ON invoicing_documentfile",
                "DROP TRIGGER series_moved_for_documents ON invoicing_numberseries",
                "DROP FUNCTION check_number_series()",
                "DROP POLICY definer_reads ON invoicing_invoice",
                "REVOKE SELECT ON invoicing_invoice FROM bilag_definer",
                "DROP TRIGGER series_moves_forward ON invoicing_numberseries",
                "DROP FUNCTION guard_number_series()",
                "DROP TRIGGER updated_lines_belong_to_drafts ON invoicing_invoiceline",
                "DROP TRIGGER updated_lines_belonged_to_drafts ON invoicing_invoiceline",
                "DROP TRIGGER deleted_lines_belong_to_drafts ON invoicing_invoiceline",
                "DROP TRIGGER inserted_lines_belong_to_drafts ON invoicing_invoiceline",
                "DROP FUNCTION guard_lines()",
                "DROP TRIGGER credits_stay_within ON invoicing_invoice",
                "DROP FUNCTION guard_new_credits()",
                "DROP TRIGGER numbers_come_from_series ON invoicing_invoice",
                "DROP FUNCTION guard_new_numbers()",
                "DROP TRIGGER finalized_documents_are_frozen ON invoicing_invoice",
                "DROP FUNCTION guard_invoice()",
            ],
        ),
        # Ranges of one organization's series never meet.
        migrations.RunSQL(
            [
                """ALTER TABLE invoicing_numberseries ADD CONSTRAINT series_ranges_are_disjoint
                   EXCLUDE USING gist (organization_id WITH =, int8range(first_number, last_allowed, '[]') WITH &&)"""
            ],
            ["ALTER TABLE invoicing_numberseries DROP CONSTRAINT series_ranges_are_disjoint"],
        ),
    ]
