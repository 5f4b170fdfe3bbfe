"""Finding customers by a part of their name, and sorting them as the Nordic alphabets do."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_customers_and_products"), ("tenants", "0003_guards")]

    operations = [
        migrations.RunSQL(
            [
                """CREATE INDEX customer_by_name_nb ON customers_customer
                   (organization_id, (sort_key(name, 'nb') COLLATE "C"), id)""",
                """CREATE INDEX customer_by_name_sv ON customers_customer
                   (organization_id, (sort_key(name, 'sv') COLLATE "C"), id)""",
                """CREATE INDEX customer_by_words ON customers_customer
                   USING gin (organization_id, lower(name) gin_trgm_ops)""",
                "GRANT SELECT ON customers_customer TO bilag_definer",
                "CREATE POLICY definer_reads ON customers_customer FOR SELECT TO bilag_definer USING (true)",
                # Row security may not use the trigram index (its operators are not leakproof); this function may,
                # and returns only ids of the organization that is open.
                """CREATE FUNCTION search_customer_ids(words text, most integer) RETURNS TABLE (id uuid)
                   LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
                   SET plan_cache_mode = force_custom_plan AS $$
                   DECLARE
                     open_organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
                     pattern text := '%' || replace(replace(replace(lower(words), '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%';
                   BEGIN
                     RETURN QUERY SELECT c.id FROM customers_customer c
                     WHERE c.organization_id = open_organization AND lower(c.name) LIKE pattern
                     LIMIT most;
                   END $$""",
                "REVOKE ALL ON FUNCTION search_customer_ids(text, integer) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION search_customer_ids(text, integer) TO bilag_app, bilag_backup",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION search_customer_ids(text, integer) OWNER TO bilag_definer",
            ],
            [
                "DROP FUNCTION search_customer_ids(text, integer)",
                "DROP POLICY definer_reads ON customers_customer",
                "REVOKE SELECT ON customers_customer FROM bilag_definer",
                "DROP INDEX customer_by_words",
                "DROP INDEX customer_by_name_sv",
                "DROP INDEX customer_by_name_nb",
            ],
        ),
    ]
