"""What a bank told is never changed or deleted; what became of it moves."""

from django.db import migrations

# What the bank told. The trigger looks only at statements that name one of these: what became of a movement is written
# thousands of times in a row.
FACTS = """id, organization_id, file_id, "position", place, bank_account_id, day, value_day, amount, is_out, currency, kind,
           is_lump_sum, reference, reference_kind, is_reference_valid, other_references, documents, text, payer_name,
           payer_account, payer_number, archive_reference, bank_code, fingerprint"""

LINES = """CREATE FUNCTION guard_bank_lines() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE moving text[] := ARRAY['outcome', 'reason', 'reason_values', 'payment_id', 'refund_id', 'note', 'settled_by',
                               'settled_at', 'undone'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'bank lines are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'a bank line keeps what the bank told' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

FILES = """CREATE FUNCTION guard_bank_files() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'bank files are never deleted' USING ERRCODE = '23001';
  END IF;
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id OR NEW.sha256 <> OLD.sha256
     OR NEW.size <> OLD.size OR (OLD.state IN ('posting', 'done') AND NEW.state IN ('kept', 'refused'))
     OR (OLD.state = 'done' AND NEW.state = 'posting') THEN
    RAISE EXCEPTION 'a bank file stays as it came' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0015_bank_files")]

    operations = [
        migrations.RunSQL(
            [
                LINES,
                f"""CREATE TRIGGER bank_lines_keep_what_they_say BEFORE DELETE OR UPDATE OF {FACTS}
                    ON payments_bankline FOR EACH ROW EXECUTE FUNCTION guard_bank_lines()""",
                FILES,
                """CREATE TRIGGER bank_files_stay_as_they_came BEFORE UPDATE OR DELETE ON payments_bankfile
                   FOR EACH ROW EXECUTE FUNCTION guard_bank_files()""",
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON payments_refundfile
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('payments_refundfile')""",
                """CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON payments_refundfile
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('payments_refundfile')""",
                "REVOKE DELETE, TRUNCATE ON payments_bankline FROM bilag_app",
                "REVOKE DELETE, TRUNCATE ON payments_bankfile FROM bilag_app",
                "REVOKE UPDATE, DELETE, TRUNCATE ON payments_refundfile FROM bilag_app",
            ],
            [
                "GRANT UPDATE, DELETE ON payments_refundfile TO bilag_app",
                "GRANT DELETE ON payments_bankfile TO bilag_app",
                "GRANT DELETE ON payments_bankline TO bilag_app",
                "DROP TRIGGER rows_are_never_truncated ON payments_refundfile",
                "DROP TRIGGER rows_are_never_changed ON payments_refundfile",
                "DROP TRIGGER bank_files_stay_as_they_came ON payments_bankfile",
                "DROP FUNCTION guard_bank_files()",
                "DROP TRIGGER bank_lines_keep_what_they_say ON payments_bankline",
                "DROP FUNCTION guard_bank_lines()",
            ],
        ),
    ]
