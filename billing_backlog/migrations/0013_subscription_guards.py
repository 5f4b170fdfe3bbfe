"""What a subscription has charged stands fast: its terms, its prices, and the days on which it rested."""

from django.db import migrations

SUBSCRIPTION = "billing_backlog_subscription"
PRICE = "billing_backlog_subscriptionprice"
PAUSE = "billing_backlog_subscriptionpause"

# Periods are counted from these columns: once one was charged they would be counted differently.
TERMS = """CREATE FUNCTION guard_subscriptions() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'subscriptions are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (NEW.customer_id, NEW.currency, NEW.every, NEW.time_unit, NEW.timing, NEW.starts_on, NEW.periods_from)
     IS DISTINCT FROM
     (OLD.customer_id, OLD.currency, OLD.every, OLD.time_unit, OLD.timing, OLD.starts_on, OLD.periods_from)
     AND EXISTS (SELECT 1 FROM public.billing_backlog_backlogitem i
                 WHERE i.organization_id = OLD.organization_id AND i.source_system = 'subscriptions'
                   AND i.source_order = OLD.id::text) THEN
    RAISE EXCEPTION 'subscription % has charged by its terms', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

PAUSES = """CREATE FUNCTION guard_subscription_pauses() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'pauses are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (NEW.id, NEW.organization_id, NEW.subscription_id, NEW.first_day, NEW.reason, NEW.made_by, NEW.made_at)
     IS DISTINCT FROM
     (OLD.id, OLD.organization_id, OLD.subscription_id, OLD.first_day, OLD.reason, OLD.made_by, OLD.made_at)
     OR OLD.taken_back_at IS NOT NULL THEN
    RAISE EXCEPTION 'of a pause only its end is changed' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0012_subscriptions")]

    operations = [
        migrations.RunSQL(
            [
                TERMS,
                PAUSES,
                f"""CREATE TRIGGER subscriptions_keep_what_they_charged BEFORE UPDATE OR DELETE ON {SUBSCRIPTION}
                    FOR EACH ROW EXECUTE FUNCTION guard_subscriptions()""",
                f"""CREATE TRIGGER pauses_keep_their_beginning BEFORE UPDATE OR DELETE ON {PAUSE}
                    FOR EACH ROW EXECUTE FUNCTION guard_subscription_pauses()""",
                f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON {PRICE}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change('{PRICE}')""",
                f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {PRICE}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{PRICE}')""",
                f"REVOKE DELETE, TRUNCATE ON {SUBSCRIPTION}, {PAUSE} FROM bilag_app",
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {PRICE} FROM bilag_app",
            ],
            [
                f"GRANT UPDATE, DELETE ON {PRICE} TO bilag_app",
                f"GRANT DELETE ON {SUBSCRIPTION}, {PAUSE} TO bilag_app",
                f"DROP TRIGGER rows_are_never_truncated ON {PRICE}",
                f"DROP TRIGGER rows_are_never_changed ON {PRICE}",
                f"DROP TRIGGER pauses_keep_their_beginning ON {PAUSE}",
                f"DROP TRIGGER subscriptions_keep_what_they_charged ON {SUBSCRIPTION}",
                "DROP FUNCTION guard_subscription_pauses()",
                "DROP FUNCTION guard_subscriptions()",
            ],
        )
    ]
