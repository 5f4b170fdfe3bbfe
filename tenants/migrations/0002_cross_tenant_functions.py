"""The few look-ups that reach over organizations: small functions of a role that cannot sign in."""

from django.db import migrations

READERS = ("tenants_membership", "tenants_organization", "tenants_outboxrow", "tenants_auditentry", "tenants_auditseal")


def _function(signature: str, result: str, body: str) -> tuple[list[str], list[str]]:
    name = signature.split("(", maxsplit=1)[0]
    types = signature[len(name) :].replace("p_user ", "").replace("p_limit ", "")
    make = [
        f"""CREATE FUNCTION {signature} RETURNS {result}
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
            BEGIN RETURN QUERY {body}; END $$""",
        f"REVOKE ALL ON FUNCTION {name}{types} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {name}{types} TO bilag_app, bilag_backup",
        # Given away last: the migrating login may not change the rights of a function that is not its own.
        f"ALTER FUNCTION {name}{types} OWNER TO bilag_definer",
    ]
    return make, [f"DROP FUNCTION {name}{types}"]


FUNCTIONS = [
    _function(
        "memberships_of(p_user uuid)",
        "TABLE (organization_id uuid, membership_id uuid, slug text, name text, role text)",
        """SELECT o.id, m.id, o.slug::text, o.name::text, m.role::text
           FROM tenants_membership m JOIN tenants_organization o ON o.id = m.organization_id
           WHERE m.user_id = p_user ORDER BY o.name, o.id""",
    ),
    _function(
        "all_organization_ids()",
        "TABLE (organization_id uuid)",
        "SELECT o.id FROM tenants_organization o ORDER BY o.id",
    ),
    _function(
        "organizations_with_due_outbox(p_limit integer)",
        "TABLE (organization_id uuid)",
        """SELECT r.organization_id FROM tenants_outboxrow r
           WHERE (r.state = 'new' AND r.not_before <= now()) OR (r.state = 'sending' AND r.lease_until < now())
           GROUP BY r.organization_id ORDER BY min(r.not_before) LIMIT p_limit""",
    ),
    _function(
        "organizations_with_unsealed_audit(p_limit integer)",
        "TABLE (organization_id uuid)",
        """SELECT DISTINCT e.organization_id FROM tenants_auditentry e
           WHERE e.recorded_at > now() - interval '2 days' AND NOT EXISTS (
               SELECT 1 FROM tenants_auditseal s WHERE s.organization_id = e.organization_id AND s.entry_id = e.id)
           LIMIT p_limit""",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_organizations_and_people")]

    operations = [
        migrations.RunSQL(
            [f"GRANT SELECT ON {table} TO bilag_definer" for table in READERS]
            + [f"CREATE POLICY definer_reads ON {table} FOR SELECT TO bilag_definer USING (true)" for table in READERS],
            [f"DROP POLICY definer_reads ON {table}" for table in READERS]
            + [f"REVOKE SELECT ON {table} FROM bilag_definer" for table in READERS],
        ),
        *[migrations.RunSQL(make, drop) for make, drop in FUNCTIONS],
    ]
