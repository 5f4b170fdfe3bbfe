"""Claims say how far reminders came and nothing else of them changes; plans stand fast; customers' holds only end."""

from django.db import migrations

KEPT = (
    "id, organization_id, customer_id, kind, document_number, kid, currency, issue_date, due_date, principal_id, "
    "created_at"
)
CUSTOMER_HOLDS = """CREATE TRIGGER holds_are_only_released BEFORE UPDATE OR DELETE ON payments_customerhold
                    FOR EACH ROW WHEN (current_user <> 'bilag_definer') EXECUTE FUNCTION guard_holds()"""
FORGET = """CREATE FUNCTION forget_customer_holds(p_holds uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  open_organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  forgotten integer;
BEGIN
  UPDATE payments_customerhold h SET reason = '', release_reason = '', made_by = ''
  WHERE h.organization_id = open_organization AND h.id = ANY (p_holds);
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$"""
FORGOTTEN = "UPDATE (reason, release_reason, made_by) ON payments_customerhold"


def _claims(which: str) -> list[str]:
    return [
        "DROP TRIGGER rows_are_never_changed ON payments_receivable",
        f"""CREATE TRIGGER rows_are_never_changed BEFORE {which} OR DELETE ON payments_receivable
            FOR EACH ROW EXECUTE FUNCTION refuse_change('payments_receivable')""",
    ]


class Migration(migrations.Migration):
    dependencies = [("payments", "0031_accounts_of_additions")]

    operations = [
        migrations.RunSQL(
            [
                *_claims(f"UPDATE OF {KEPT}"),
                "GRANT UPDATE (reminder_step, reminded_at) ON payments_receivable TO bilag_app",
            ],
            ["REVOKE UPDATE (reminder_step, reminded_at) ON payments_receivable FROM bilag_app", *_claims("UPDATE")],
        ),
        migrations.RunSQL(
            [
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON payments_instalment
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('payments_instalment')""",
                """CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON payments_instalment
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('payments_instalment')""",
                "REVOKE UPDATE, DELETE, TRUNCATE ON payments_instalment FROM bilag_app",
                CUSTOMER_HOLDS,
                "REVOKE DELETE, TRUNCATE ON payments_customerhold FROM bilag_app",
            ],
            [
                "GRANT DELETE ON payments_customerhold TO bilag_app",
                "DROP TRIGGER holds_are_only_released ON payments_customerhold",
                "GRANT UPDATE, DELETE ON payments_instalment TO bilag_app",
                "DROP TRIGGER rows_are_never_truncated ON payments_instalment",
                "DROP TRIGGER rows_are_never_changed ON payments_instalment",
            ],
        ),
        migrations.RunSQL(
            [
                "GRANT SELECT ON payments_customerhold TO bilag_definer",
                f"GRANT {FORGOTTEN} TO bilag_definer",
                FORGET,
                "REVOKE ALL ON FUNCTION forget_customer_holds(uuid[]) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION forget_customer_holds(uuid[]) TO bilag_app",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION forget_customer_holds(uuid[]) OWNER TO bilag_definer",
            ],
            [
                "DROP FUNCTION forget_customer_holds(uuid[])",
                f"REVOKE {FORGOTTEN} FROM bilag_definer",
                "REVOKE SELECT ON payments_customerhold FROM bilag_definer",
            ],
        ),
    ]
