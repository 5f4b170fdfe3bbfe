"""Which organizations want programs to be told is asked over all of them at once: most want nothing."""

from django.db import migrations

TABLE = "tenants_webhookendpoint"
FIND = f"""CREATE FUNCTION organizations_with_webhooks(p_limit integer) RETURNS TABLE (organization_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
      RETURN QUERY SELECT DISTINCT t.organization_id FROM {TABLE} t
                   WHERE t.is_active AND t.paused_at IS NULL AND t.removed_at IS NULL
                   ORDER BY t.organization_id LIMIT p_limit;
    END $$"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0014_find_tokens")]

    operations = [
        migrations.RunSQL(
            [
                FIND,
                "REVOKE ALL ON FUNCTION organizations_with_webhooks(integer) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION organizations_with_webhooks(integer) TO bilag_app, bilag_backup",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION organizations_with_webhooks(integer) OWNER TO bilag_definer",
            ],
            ["DROP FUNCTION organizations_with_webhooks(integer)"],
        ),
        migrations.RunSQL(
            [
                f"GRANT SELECT ON {TABLE} TO bilag_definer",
                f"CREATE POLICY definer_reads ON {TABLE} FOR SELECT TO bilag_definer USING (true)",
            ],
            [f"DROP POLICY definer_reads ON {TABLE}", f"REVOKE SELECT ON {TABLE} FROM bilag_definer"],
        ),
    ]
