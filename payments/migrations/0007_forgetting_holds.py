"""A narrow way to forget what a hold says of a person who is erased; that it stood, and when, remains."""

from django.db import migrations

FORGET = """CREATE FUNCTION forget_holds(p_holds uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  open_organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  forgotten integer;
BEGIN
  UPDATE payments_hold h SET reason = '', release_reason = '', made_by = ''
  WHERE h.organization_id = open_organization AND h.id = ANY (p_holds);
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$"""


def _guard(condition: str) -> list[str]:
    return [
        "DROP TRIGGER holds_are_only_released ON payments_hold",
        f"""CREATE TRIGGER holds_are_only_released BEFORE UPDATE OR DELETE ON payments_hold
            FOR EACH ROW {condition} EXECUTE FUNCTION guard_holds()""",
    ]


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_hold_guards")]

    operations = [
        migrations.RunSQL(_guard("WHEN (current_user <> 'bilag_definer')"), _guard("")),
        migrations.RunSQL(
            [
                "GRANT SELECT ON payments_hold TO bilag_definer",
                "GRANT UPDATE (reason, release_reason, made_by) ON payments_hold TO bilag_definer",
                FORGET,
                "REVOKE ALL ON FUNCTION forget_holds(uuid[]) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION forget_holds(uuid[]) TO bilag_app",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION forget_holds(uuid[]) OWNER TO bilag_definer",
            ],
            [
                "DROP FUNCTION forget_holds(uuid[])",
                "REVOKE UPDATE (reason, release_reason, made_by) ON payments_hold FROM bilag_definer",
                "REVOKE SELECT ON payments_hold FROM bilag_definer",
            ],
        ),
    ]
