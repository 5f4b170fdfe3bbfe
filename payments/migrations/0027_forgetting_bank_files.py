"""A narrow way to forget what bank files said of payers, once the law has them kept no longer.

The years are the application's (they differ by country and change); under the shortest of them nothing is forgotten
here either. Days, amounts, references and what became of each movement stay: they belong to the vouchers.
"""

from django.db import migrations

FORGET = """CREATE FUNCTION forget_bank_file(p_file uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  open_organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  forgotten integer;
BEGIN
  UPDATE payments_bankfile f SET forgotten_at = now(), faults = '[]', warnings = '[]'
  WHERE f.organization_id = open_organization AND f.id = p_file AND f.forgotten_at IS NULL
    AND f.taken_at < date_trunc('year', now()) - interval '5 years';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a bank file is kept for the years of the law' USING ERRCODE = '23001';
  END IF;
  UPDATE payments_bankline l
  SET payer_name = '', payer_account = '', payer_number = '', text = '', documents = '[]', reason_values = '{}',
      archive_reference = ''
  WHERE l.organization_id = open_organization AND l.file_id = p_file;
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$"""

FILE_COLUMNS = "forgotten_at, faults, warnings"
LINE_COLUMNS = "payer_name, payer_account, payer_number, text, documents, reason_values, archive_reference"

# As 0016 made it, and the same for everybody but the definer.
FACTS = """id, organization_id, file_id, "position", place, bank_account_id, day, value_day, amount, is_out, currency, kind,
           is_lump_sum, reference, reference_kind, is_reference_valid, other_references, documents, text, payer_name,
           payer_account, payer_number, archive_reference, bank_code, fingerprint"""


def _guard(condition: str) -> list[str]:
    return [
        "DROP TRIGGER bank_lines_keep_what_they_say ON payments_bankline",
        f"""CREATE TRIGGER bank_lines_keep_what_they_say BEFORE DELETE OR UPDATE OF {FACTS}
            ON payments_bankline FOR EACH ROW {condition} EXECUTE FUNCTION guard_bank_lines()""",
    ]


class Migration(migrations.Migration):
    dependencies = [("payments", "0026_forgotten_bank_files")]

    operations = [
        migrations.RunSQL(_guard("WHEN (current_user <> 'bilag_definer')"), _guard("")),
        migrations.RunSQL(
            [
                "GRANT SELECT ON payments_bankfile, payments_bankline TO bilag_definer",
                f"GRANT UPDATE ({FILE_COLUMNS}) ON payments_bankfile TO bilag_definer",
                f"GRANT UPDATE ({LINE_COLUMNS}) ON payments_bankline TO bilag_definer",
                FORGET,
                "REVOKE ALL ON FUNCTION forget_bank_file(uuid) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION forget_bank_file(uuid) TO bilag_app",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION forget_bank_file(uuid) OWNER TO bilag_definer",
            ],
            [
                "DROP FUNCTION forget_bank_file(uuid)",
                f"REVOKE UPDATE ({LINE_COLUMNS}) ON payments_bankline FROM bilag_definer",
                f"REVOKE UPDATE ({FILE_COLUMNS}) ON payments_bankfile FROM bilag_definer",
                "REVOKE SELECT ON payments_bankfile, payments_bankline FROM bilag_definer",
            ],
        ),
    ]
