"""A narrow way through what is never changed: forgetting to whom something was sent, when a person is erased.

It works on the organization that is open and runs as the role that cannot sign in. That, when and by which channel
something was sent stays, and so does what became of it; only names, addresses and words go.
"""

from django.db import migrations

CHANGES = {
    "invoicing_delivery": ("recipient", "recipient_name", "reason"),
    "invoicing_deliveryevent": ("reason", "facts"),
    "invoicing_dispatch": ("chain", "letter"),
    "invoicing_receivedmessage": ("text", "problem", "facts"),
}
NEVER_CHANGED = ("invoicing_deliveryevent", "invoicing_dispatch", "invoicing_receivedmessage")

FORGET = """CREATE FUNCTION forget_deliveries(p_deliveries uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  open_organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  forgotten integer;
BEGIN
  UPDATE invoicing_deliveryevent e SET reason = '', facts = '{}'
  WHERE e.organization_id = open_organization AND e.delivery_id = ANY (p_deliveries);
  UPDATE invoicing_receivedmessage m SET text = '', problem = '', facts = '{}'
  WHERE m.organization_id = open_organization AND m.delivery_id = ANY (p_deliveries);
  UPDATE invoicing_dispatch a SET chain = '[]', letter = '{}'
  FROM invoicing_delivery d
  WHERE a.organization_id = open_organization AND d.organization_id = open_organization
    AND d.dispatch_id = a.id AND d.id = ANY (p_deliveries);
  UPDATE invoicing_delivery d SET recipient = 'erased ' || d.id::text, recipient_name = '', reason = ''
  WHERE d.organization_id = open_organization AND d.id = ANY (p_deliveries);
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$"""


def _guard(table: str, condition: str) -> list[str]:
    return [
        f"DROP TRIGGER rows_are_never_changed ON {table}",
        f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW {condition} EXECUTE FUNCTION refuse_change('{table}')""",
    ]


def _guard_deliveries(condition: str) -> list[str]:
    return [
        "DROP TRIGGER deliveries_keep_their_recipient ON invoicing_delivery",
        f"""CREATE TRIGGER deliveries_keep_their_recipient BEFORE UPDATE OR DELETE ON invoicing_delivery
            FOR EACH ROW {condition} EXECUTE FUNCTION guard_deliveries()""",
    ]


BUT_THE_DEFINER = "WHEN (current_user <> 'bilag_definer')"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0009_documents_without_number")]

    operations = [
        migrations.RunSQL(
            [
                *[statement for table in NEVER_CHANGED for statement in _guard(table, BUT_THE_DEFINER)],
                *_guard_deliveries(BUT_THE_DEFINER),
            ],
            [
                *[statement for table in NEVER_CHANGED for statement in _guard(table, "")],
                *_guard_deliveries(""),
            ],
        ),
        migrations.RunSQL(
            [
                *[f"GRANT SELECT ON {table} TO bilag_definer" for table in CHANGES],
                *[
                    f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO bilag_definer"
                    for table, columns in CHANGES.items()
                ],
                FORGET,
                "REVOKE ALL ON FUNCTION forget_deliveries(uuid[]) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION forget_deliveries(uuid[]) TO bilag_app",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION forget_deliveries(uuid[]) OWNER TO bilag_definer",
            ],
            [
                "DROP FUNCTION forget_deliveries(uuid[])",
                *[
                    f"REVOKE UPDATE ({', '.join(columns)}) ON {table} FROM bilag_definer"
                    for table, columns in CHANGES.items()
                ],
                *[f"REVOKE SELECT ON {table} FROM bilag_definer" for table in CHANGES],
            ],
        ),
    ]
