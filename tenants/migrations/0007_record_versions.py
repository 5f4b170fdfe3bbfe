"""Every change of a company's details and bank accounts leaves what the record says from then on, whoever makes it."""

from django.db import migrations

# Arguments: the kind of record, the column that names its organization, and the columns that are never copied.
KEEP = """CREATE FUNCTION keep_record_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  said jsonb;
  hidden text[] := TG_ARGV[2:];
BEGIN
  said := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END) - COALESCE(hidden, '{}');
  IF TG_OP = 'UPDATE' AND said = to_jsonb(OLD) - COALESCE(hidden, '{}') THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.tenants_recordversion
    (id, organization_id, subject_kind, subject_id, recorded_at, is_removed, content)
  VALUES (gen_random_uuid(), (said ->> TG_ARGV[1])::uuid, TG_ARGV[0], (said ->> 'id')::uuid, clock_timestamp(),
          TG_OP = 'DELETE', said);
  RETURN NULL;
END $$"""

TRIGGER = """CREATE TRIGGER versions_are_kept AFTER INSERT OR UPDATE OR DELETE ON {table}
             FOR EACH ROW EXECUTE FUNCTION keep_record_version({arguments})"""
KEPT = {
    "tenants_organization": "'organization', 'id'",
    "tenants_bankaccount": "'bankaccount', 'organization_id'",
}
APPEND_ONLY = ("tenants_recordversion", "tenants_routine")


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_jobs_notices_and_versions")]

    operations = [
        migrations.RunSQL([KEEP], ["DROP FUNCTION keep_record_version()"]),
        *[
            migrations.RunSQL(
                [TRIGGER.format(table=table, arguments=arguments)], [f"DROP TRIGGER versions_are_kept ON {table}"]
            )
            for table, arguments in KEPT.items()
        ],
        *[
            migrations.RunSQL(
                [
                    f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE ON {table}
                        FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')""",
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')""",
                    f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM bilag_app",
                ],
                [
                    f"GRANT UPDATE, DELETE ON {table} TO bilag_app",
                    f"DROP TRIGGER rows_are_never_truncated ON {table}",
                    f"DROP TRIGGER rows_are_never_changed ON {table}",
                ],
            )
            for table in APPEND_ONLY
        ],
    ]
