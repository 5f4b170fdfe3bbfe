"""What a customer has answered stands fast, and what was shown is never changed."""

from django.db import migrations

QUOTE, LINE = "billing_backlog_quote", "billing_backlog_quoteline"
ORDER = "billing_backlog_orderconfirmation"
UNCHANGED = ("billing_backlog_quoteversion",)

QUOTES = """CREATE FUNCTION guard_quotes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.accepted_at IS NOT NULL OR OLD.declined_at IS NOT NULL THEN
    RAISE EXCEPTION 'quote % is answered', OLD.id USING ERRCODE = '23001';
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF OLD.sent_at IS NOT NULL THEN
      RAISE EXCEPTION 'quote % was sent and is kept', OLD.id USING ERRCODE = '23001';
    END IF;
    RETURN OLD;
  END IF;
  IF (NEW.number, NEW.customer_id) IS DISTINCT FROM (OLD.number, OLD.customer_id) AND OLD.sent_at IS NOT NULL
     OR OLD.sent_at IS NOT NULL AND NEW.sent_at IS NULL
     OR OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
    RAISE EXCEPTION 'what was done with quote % stays done', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

LINES = """CREATE FUNCTION guard_quote_lines() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  line billing_backlog_quoteline;
BEGIN
  IF TG_OP = 'DELETE' THEN line := OLD; ELSE line := NEW; END IF;
  IF EXISTS (SELECT 1 FROM billing_backlog_quote q
             WHERE q.organization_id = line.organization_id AND q.id = line.quote_id
               AND (q.accepted_at IS NOT NULL OR q.declined_at IS NOT NULL)) THEN
    RAISE EXCEPTION 'quote % is answered', line.quote_id USING ERRCODE = '23001';
  END IF;
  RETURN line;
END $$"""

ORDERS = """CREATE FUNCTION guard_orders() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'order confirmations are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.contract_id IS NOT NULL
     OR (to_jsonb(NEW) - 'contract_id') IS DISTINCT FROM (to_jsonb(OLD) - 'contract_id') THEN
    RAISE EXCEPTION 'order % was confirmed as it is', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0016_quotes")]

    operations = [
        migrations.RunSQL(
            [
                QUOTES,
                f"""CREATE TRIGGER answered_quotes_are_kept BEFORE UPDATE OR DELETE ON {QUOTE}
                    FOR EACH ROW EXECUTE FUNCTION guard_quotes()""",
                LINES,
                f"""CREATE TRIGGER answered_quotes_keep_their_lines BEFORE INSERT OR UPDATE OR DELETE ON {LINE}
                    FOR EACH ROW EXECUTE FUNCTION guard_quote_lines()""",
                ORDERS,
                f"""CREATE TRIGGER orders_stay_as_confirmed BEFORE UPDATE OR DELETE ON {ORDER}
                    FOR EACH ROW EXECUTE FUNCTION guard_orders()""",
                f"REVOKE DELETE, TRUNCATE ON {ORDER} FROM bilag_app",
                *[
                    f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {table}
                        FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in UNCHANGED
                ],
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in UNCHANGED
                ],
                *[f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM bilag_app" for table in UNCHANGED],
            ],
            [
                *[f"GRANT UPDATE, DELETE ON {table} TO bilag_app" for table in UNCHANGED],
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in UNCHANGED],
                *[f"DROP TRIGGER rows_are_never_changed ON {table}" for table in UNCHANGED],
                f"GRANT DELETE ON {ORDER} TO bilag_app",
                f"DROP TRIGGER orders_stay_as_confirmed ON {ORDER}",
                "DROP FUNCTION guard_orders()",
                f"DROP TRIGGER answered_quotes_keep_their_lines ON {LINE}",
                "DROP FUNCTION guard_quote_lines()",
                f"DROP TRIGGER answered_quotes_are_kept ON {QUOTE}",
                "DROP FUNCTION guard_quotes()",
            ],
        )
    ]
