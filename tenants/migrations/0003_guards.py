"""Append-only tables, figures of the law that the application may only read, and an order of letters that is Nordic."""

from django.db import migrations

APPEND_ONLY = ("tenants_auditentry", "tenants_auditseal")


def _append_only(table: str) -> list[str]:
    return [
        f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')""",
        f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')""",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM bilag_app",
    ]


def _changeable(table: str) -> list[str]:
    return [
        f"GRANT UPDATE, DELETE ON {table} TO bilag_app",
        f"DROP TRIGGER rows_are_never_truncated ON {table}",
        f"DROP TRIGGER rows_are_never_changed ON {table}",
    ]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_cross_tenant_functions")]

    operations = [
        migrations.RunSQL(
            [
                """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
                   BEGIN
                     RAISE EXCEPTION '% is append-only', TG_ARGV[0] USING ERRCODE = '23001';
                   END $$"""
            ],
            ["DROP FUNCTION refuse_change()"],
        ),
        *[migrations.RunSQL(_append_only(table), _changeable(table)) for table in APPEND_ONLY],
        migrations.RunSQL(
            [
                "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON tenants_lawfigure FROM bilag_app",
                "REVOKE DELETE ON tenants_organization FROM bilag_app",
            ],
            [
                "GRANT INSERT, UPDATE, DELETE ON tenants_lawfigure TO bilag_app",
                "GRANT DELETE ON tenants_organization TO bilag_app",
            ],
        ),
        # Letters after z as the Nordic alphabets have them, the same on every server: no collation offers it.
        migrations.RunSQL(
            [
                """CREATE FUNCTION sort_key(words text, language text) RETURNS text
                   LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                     SELECT CASE WHEN language = 'sv'
                       THEN translate(lower(normalize(words, NFC) COLLATE "C"),
                                      'ÅåÄäÆæÖöØøÜüÉéÈè', '{{||||}}}}yyeeee')
                       ELSE replace(translate(lower(normalize(words, NFC) COLLATE "C"),
                                      'ÆæÄäØøÖöÅåÜüÉéÈè', '{{{{||||}}yyeeee'), 'aa', '}')
                     END $$"""
            ],
            ["DROP FUNCTION sort_key(text, text)"],
        ),
    ]
