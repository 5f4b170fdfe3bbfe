"""The secret address for returned mail is found by the hash of its secret before anybody is known."""

from django.db import migrations

TABLE = "invoicing_deliverysettings"
RESOLVE = f"""CREATE FUNCTION resolve_mail_hook(p_sha256 text) RETURNS TABLE (organization_id uuid, id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
      RETURN QUERY SELECT t.organization_id, t.id FROM {TABLE} t
                   WHERE t.mail_hook_sha256 = p_sha256 AND p_sha256 <> '' LIMIT 1;
    END $$"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0011_texts_of_mails")]

    operations = [
        migrations.RunSQL(
            [
                RESOLVE,
                "REVOKE ALL ON FUNCTION resolve_mail_hook(text) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION resolve_mail_hook(text) TO bilag_app, bilag_backup",
                "ALTER FUNCTION resolve_mail_hook(text) OWNER TO bilag_definer",
            ],
            ["DROP FUNCTION resolve_mail_hook(text)"],
        ),
        migrations.RunSQL(
            [
                f"GRANT SELECT ON {TABLE} TO bilag_definer",
                f"CREATE POLICY definer_reads ON {TABLE} FOR SELECT TO bilag_definer USING (true)",
            ],
            [f"DROP POLICY definer_reads ON {TABLE}", f"REVOKE SELECT ON {TABLE} FROM bilag_definer"],
        ),
    ]
