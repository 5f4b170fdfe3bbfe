"""An attempt keeps what it pays, what a provider told is never changed, and its way back is found by a hash."""

from django.db import migrations

READ_BY_DEFINER = "payments_provideraccount"

# Whom, what and how much stays; how it goes on may be told, and what was paid stays paid by that payment.
ATTEMPTS = """CREATE FUNCTION guard_attempts() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'attempts to pay are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (NEW.organization_id, NEW.account_id, NEW.customer_id, NEW.kind, NEW.saved_method_id, NEW.key, NEW.claims_key,
      NEW.currency, NEW.amount, NEW.mandate_text, NEW.saves_method, NEW.created_at)
     IS DISTINCT FROM
     (OLD.organization_id, OLD.account_id, OLD.customer_id, OLD.kind, OLD.saved_method_id, OLD.key, OLD.claims_key,
      OLD.currency, OLD.amount, OLD.mandate_text, OLD.saves_method, OLD.created_at)
     OR (OLD.payment_id IS NOT NULL AND NEW.payment_id IS DISTINCT FROM OLD.payment_id) THEN
    RAISE EXCEPTION 'an attempt keeps what it pays' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

RESOLVE = """CREATE FUNCTION resolve_provider_hook(p_sha256 text, p_provider text)
RETURNS TABLE (organization_id uuid, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT t.organization_id, t.id FROM payments_provideraccount t
    WHERE t.hook_sha256 = p_sha256 AND t.provider = p_provider AND p_sha256 <> '' LIMIT 1;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0017_online_payments")]

    operations = [
        migrations.RunSQL(
            [
                ATTEMPTS,
                """CREATE TRIGGER attempts_keep_what_they_pay BEFORE UPDATE OR DELETE ON payments_paymentattempt
                   FOR EACH ROW EXECUTE FUNCTION guard_attempts()""",
                "REVOKE DELETE, TRUNCATE ON payments_paymentattempt FROM bilag_app",
                *[
                    statement
                    for table in ("payments_providerevent", "payments_attemptpart")
                    for statement in (
                        f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
                            FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')""",
                        f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')""",
                        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM bilag_app",
                    )
                ],
            ],
            [
                *[
                    statement
                    for table in ("payments_attemptpart", "payments_providerevent")
                    for statement in (
                        f"GRANT UPDATE, DELETE ON {table} TO bilag_app",
                        f"DROP TRIGGER rows_are_never_truncated ON {table}",
                        f"DROP TRIGGER rows_are_never_changed ON {table}",
                    )
                ],
                "GRANT DELETE ON payments_paymentattempt TO bilag_app",
                "DROP TRIGGER attempts_keep_what_they_pay ON payments_paymentattempt",
                "DROP FUNCTION guard_attempts()",
            ],
        ),
        migrations.RunSQL(
            [
                f"GRANT SELECT ON {READ_BY_DEFINER} TO bilag_definer",
                f"CREATE POLICY definer_reads ON {READ_BY_DEFINER} FOR SELECT TO bilag_definer USING (true)",
                RESOLVE,
                "REVOKE ALL ON FUNCTION resolve_provider_hook(text, text) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION resolve_provider_hook(text, text) TO bilag_app, bilag_backup",
                # Given away last: the migrating login may not change the rights of a function that is not its own.
                "ALTER FUNCTION resolve_provider_hook(text, text) OWNER TO bilag_definer",
            ],
            [
                "DROP FUNCTION resolve_provider_hook(text, text)",
                f"DROP POLICY definer_reads ON {READ_BY_DEFINER}",
                f"REVOKE SELECT ON {READ_BY_DEFINER} FROM bilag_definer",
            ],
        ),
    ]
