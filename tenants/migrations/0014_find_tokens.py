"""A token is found by the hash of its secret before its organization is known."""

from django.db import migrations

TABLE = "tenants_apitoken"
RESOLVE = f"""CREATE FUNCTION resolve_api_token(p_sha256 text) RETURNS TABLE (organization_id uuid, id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
      RETURN QUERY SELECT t.organization_id, t.id FROM {TABLE} t
                   WHERE t.secret_sha256 = p_sha256 AND p_sha256 <> '' LIMIT 1;
    END $$"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_tokens_and_webhooks")]

    operations = [
        migrations.RunSQL(
            [
                RESOLVE,
                "REVOKE ALL ON FUNCTION resolve_api_token(text) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION resolve_api_token(text) TO bilag_app, bilag_backup",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION resolve_api_token(text) OWNER TO bilag_definer",
            ],
            ["DROP FUNCTION resolve_api_token(text)"],
        ),
        migrations.RunSQL(
            [
                f"GRANT SELECT ON {TABLE} TO bilag_definer",
                f"CREATE POLICY definer_reads ON {TABLE} FOR SELECT TO bilag_definer USING (true)",
            ],
            [f"DROP POLICY definer_reads ON {TABLE}", f"REVOKE SELECT ON {TABLE} FROM bilag_definer"],
        ),
    ]
