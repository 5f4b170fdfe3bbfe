"""What was sent is never changed, links and hooks are found by the hash of their secret before anybody is known."""

from django.db import migrations

NEVER_CHANGED = ("invoicing_dispatch", "invoicing_deliveryevent", "invoicing_receivedmessage")
READ_BY_DEFINER = ("invoicing_publiclink", "invoicing_accesspoint")

# To whom, of what and by which channel stays; what became of it may be told.
DELIVERIES = """CREATE FUNCTION guard_deliveries() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'deliveries are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (NEW.organization_id, NEW.dispatch_id, NEW.subject_kind, NEW.subject_id, NEW.channel, NEW.recipient, NEW.is_copy,
      NEW.follows_id, NEW.made_at)
     IS DISTINCT FROM
     (OLD.organization_id, OLD.dispatch_id, OLD.subject_kind, OLD.subject_id, OLD.channel, OLD.recipient, OLD.is_copy,
      OLD.follows_id, OLD.made_at)
     OR (OLD.handed_over_at IS NOT NULL AND NEW.handed_over_at IS DISTINCT FROM OLD.handed_over_at) THEN
    RAISE EXCEPTION 'a delivery keeps its document, channel and recipient' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


def _found_by_hash(name: str, table: str, column: str, more: str = "") -> tuple[list[str], list[str]]:
    make = [
        f"""CREATE FUNCTION {name}(p_sha256 text) RETURNS TABLE (organization_id uuid, id uuid)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
            BEGIN
              RETURN QUERY SELECT t.organization_id, t.id FROM {table} t WHERE t.{column} = p_sha256 {more} LIMIT 1;
            END $$""",
        f"REVOKE ALL ON FUNCTION {name}(text) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {name}(text) TO bilag_app, bilag_backup",
        # Given away last: the migrating login may not change the rights of a function that is not its own.
        f"ALTER FUNCTION {name}(text) OWNER TO bilag_definer",
    ]
    return make, [f"DROP FUNCTION {name}(text)"]


FUNCTIONS = [
    _found_by_hash("resolve_public_link", "invoicing_publiclink", "token_sha256"),
    _found_by_hash("resolve_access_point_hook", "invoicing_accesspoint", "hook_sha256", "AND p_sha256 <> ''"),
]


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0007_deliveries_and_links"), ("tenants", "0012_erasing_functions")]

    operations = [
        *[
            migrations.RunSQL(
                [
                    f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
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
            for table in NEVER_CHANGED
        ],
        migrations.RunSQL(
            [
                DELIVERIES,
                """CREATE TRIGGER deliveries_keep_their_recipient BEFORE UPDATE OR DELETE ON invoicing_delivery
                   FOR EACH ROW EXECUTE FUNCTION guard_deliveries()""",
                "REVOKE DELETE, TRUNCATE ON invoicing_delivery FROM bilag_app",
            ],
            [
                "GRANT DELETE ON invoicing_delivery TO bilag_app",
                "DROP TRIGGER deliveries_keep_their_recipient ON invoicing_delivery",
                "DROP FUNCTION guard_deliveries()",
            ],
        ),
        migrations.RunSQL(
            [f"GRANT SELECT ON {table} TO bilag_definer" for table in READ_BY_DEFINER]
            + [
                f"CREATE POLICY definer_reads ON {table} FOR SELECT TO bilag_definer USING (true)"
                for table in READ_BY_DEFINER
            ],
            [f"DROP POLICY definer_reads ON {table}" for table in READ_BY_DEFINER]
            + [f"REVOKE SELECT ON {table} FROM bilag_definer" for table in READ_BY_DEFINER],
        ),
        *[migrations.RunSQL(make, drop) for make, drop in FUNCTIONS],
    ]
