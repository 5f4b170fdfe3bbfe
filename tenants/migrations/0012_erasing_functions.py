"""Two narrow ways through the append-only tables: forgetting what records of people said, blanking audit lines.

Both work on the organization that is open and run as the role that cannot sign in. An audit line keeps its moment,
actor, verb and subject; its words may only become fewer, and only once the hash that it was sealed with is kept.
"""

from django.db import migrations

VERSIONS = """CREATE FUNCTION erase_record_versions(p_versions uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  open_organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  erased integer;
BEGIN
  DELETE FROM tenants_recordversion v
  WHERE v.organization_id = open_organization AND v.id = ANY (p_versions)
    AND v.subject_kind IN ('customer', 'contact');
  GET DIAGNOSTICS erased = ROW_COUNT;
  RETURN erased;
END $$"""

LINES = """CREATE FUNCTION blank_audit_lines(p_lines jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  open_organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  blanked integer;
BEGIN
  UPDATE tenants_auditentry e SET subject_label = '', facts = line.facts
  FROM jsonb_to_recordset(p_lines) AS line (id uuid, facts jsonb), tenants_auditerasure x
  WHERE e.organization_id = open_organization AND e.id = line.id AND e.facts @> line.facts
    AND x.organization_id = e.organization_id AND x.entry_id = e.id;
  GET DIAGNOSTICS blanked = ROW_COUNT;
  RETURN blanked;
END $$"""


def _belongs_to_definer(signature: str) -> list[str]:
    return [
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {signature} TO bilag_app",
        # Given away last: the migrating login may not change the rights of a function that is not its own.
        f"ALTER FUNCTION {signature} OWNER TO bilag_definer",
    ]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0011_audit_erasures")]

    operations = [
        migrations.RunSQL(
            [
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON tenants_auditerasure
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('tenants_auditerasure')""",
                """CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON tenants_auditerasure
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('tenants_auditerasure')""",
                "REVOKE UPDATE, DELETE, TRUNCATE ON tenants_auditerasure FROM bilag_app",
            ],
            [
                "GRANT UPDATE, DELETE ON tenants_auditerasure TO bilag_app",
                "DROP TRIGGER rows_are_never_truncated ON tenants_auditerasure",
                "DROP TRIGGER rows_are_never_changed ON tenants_auditerasure",
            ],
        ),
        migrations.RunSQL(
            [
                "GRANT SELECT, DELETE ON tenants_recordversion TO bilag_definer",
                VERSIONS,
                *_belongs_to_definer("erase_record_versions(uuid[])"),
            ],
            [
                "DROP FUNCTION erase_record_versions(uuid[])",
                "REVOKE SELECT, DELETE ON tenants_recordversion FROM bilag_definer",
            ],
        ),
        migrations.RunSQL(
            [
                "GRANT SELECT ON tenants_auditerasure TO bilag_definer",
                "GRANT UPDATE (subject_label, facts) ON tenants_auditentry TO bilag_definer",
                "DROP TRIGGER rows_are_never_changed ON tenants_auditentry",
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON tenants_auditentry
                   FOR EACH ROW WHEN (current_user <> 'bilag_definer')
                   EXECUTE FUNCTION refuse_change('tenants_auditentry')""",
                LINES,
                *_belongs_to_definer("blank_audit_lines(jsonb)"),
            ],
            [
                "DROP FUNCTION blank_audit_lines(jsonb)",
                "DROP TRIGGER rows_are_never_changed ON tenants_auditentry",
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON tenants_auditentry
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('tenants_auditentry')""",
                "REVOKE UPDATE (subject_label, facts) ON tenants_auditentry FROM bilag_definer",
                "REVOKE SELECT ON tenants_auditerasure FROM bilag_definer",
            ],
        ),
    ]
