"""What was compared stays said, and what was found there is settled once and never forgotten."""

from django.db import migrations

MONTHS = "accounting_sync_reconciliation"
STRAYS = "accounting_sync_straydocument"
PROPOSALS = "accounting_sync_paymentproposal"

COMPARED = """CREATE FUNCTION guard_reconciliations() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL OR (NEW.connection_id, NEW.month) IS DISTINCT FROM (OLD.connection_id, OLD.month) THEN
    RAISE EXCEPTION 'reconciliation % stands as it ended', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

PROPOSED = """CREATE FUNCTION guard_proposals() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.connection_id, NEW.remote_id) IS DISTINCT FROM (OLD.connection_id, OLD.remote_id) THEN
    RAISE EXCEPTION 'proposal % is about one payment there', OLD.id USING ERRCODE = '23001';
  END IF;
  -- Money that was registered is registered once: it is reversed in the ledger, not here.
  IF OLD.payment_id IS NOT NULL AND
     (NEW.payment_id, NEW.state) IS DISTINCT FROM (OLD.payment_id, OLD.state) THEN
    RAISE EXCEPTION 'proposal % is registered', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("accounting_sync", "0005_reconciliation")]

    operations = [
        migrations.RunSQL(
            [
                COMPARED,
                f"""CREATE TRIGGER ended_reconciliations_stand_fast BEFORE UPDATE ON {MONTHS}
                    FOR EACH ROW EXECUTE FUNCTION guard_reconciliations()""",
                PROPOSED,
                f"""CREATE TRIGGER taken_proposals_stand_fast BEFORE UPDATE ON {PROPOSALS}
                    FOR EACH ROW EXECUTE FUNCTION guard_proposals()""",
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in (MONTHS, STRAYS, PROPOSALS)
                ],
                f"REVOKE DELETE, TRUNCATE ON {MONTHS}, {STRAYS}, {PROPOSALS} FROM bilag_app",
            ],
            [
                f"GRANT DELETE ON {MONTHS}, {STRAYS}, {PROPOSALS} TO bilag_app",
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in (MONTHS, STRAYS, PROPOSALS)],
                f"DROP TRIGGER taken_proposals_stand_fast ON {PROPOSALS}",
                "DROP FUNCTION guard_proposals()",
                f"DROP TRIGGER ended_reconciliations_stand_fast ON {MONTHS}",
                "DROP FUNCTION guard_reconciliations()",
            ],
        )
    ]
