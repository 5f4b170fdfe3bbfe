"""Every krone of a payment stays where its allocations and refunds say; what a payment says is never changed."""

from django.db import migrations

DEFINER_READS = ("payments_payment", "payments_allocation", "payments_refund")

# What a payment is used for moves; who paid may be found out while nothing of it is used.
PAYMENTS = """CREATE FUNCTION guard_payments() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE moving text[] := ARRAY['customer_id', 'applied', 'refunded', 'reversed', 'unapplied', 'unapplied_base', 'note'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'payments are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'a payment keeps what it says' USING ERRCODE = '23001';
  END IF;
  IF OLD.customer_id IS NOT NULL AND NEW.customer_id IS DISTINCT FROM OLD.customer_id
     AND (NEW.applied <> 0 OR NEW.refunded <> 0) THEN
    RAISE EXCEPTION 'a payment that is used keeps its customer' USING ERRCODE = '23001';
  END IF;
  IF NEW.reversed < OLD.reversed THEN
    RAISE EXCEPTION 'a payment that was reversed stays reversed' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

REFUNDS = """CREATE FUNCTION guard_refunds() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE moving text[] := ARRAY['state', 'provider_reference', 'problem', 'voucher_id', 'settled_at'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'refunds are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
    RAISE EXCEPTION 'a refund keeps what it says' USING ERRCODE = '23001';
  END IF;
  IF OLD.state IN ('done', 'failed', 'cancelled') AND NEW.state <> OLD.state THEN
    RAISE EXCEPTION 'a refund that has ended stays as it ended' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

# Looked at when everything of the transaction is written. A payment comes from three tables, so all three ask.
SUMS = """CREATE FUNCTION check_payment_sums() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE wanted uuid; wrong record;
BEGIN
  wanted := coalesce((to_jsonb(NEW) ->> 'payment_id')::uuid, NEW.id);
  SELECT p.id, p.applied, p.refunded, p.used, p.back INTO wrong FROM (
    SELECT m.id, m.applied, m.refunded,
      (SELECT coalesce(sum(a.payment_amount), 0) FROM public.payments_allocation a
       WHERE a.organization_id = m.organization_id AND a.payment_id = m.id) AS used,
      (SELECT coalesce(sum(r.amount), 0) FROM public.payments_refund r
       WHERE r.organization_id = m.organization_id AND r.payment_id = m.id
         AND r.state NOT IN ('failed', 'cancelled')) AS back
    FROM public.payments_payment m WHERE m.organization_id = NEW.organization_id AND m.id = wanted) p
  WHERE p.applied <> p.used OR p.refunded <> p.back;
  IF FOUND THEN
    RAISE EXCEPTION 'payment % says % applied and % paid back, but % and % are', wrong.id, wrong.applied,
      wrong.refunded, wrong.used, wrong.back USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""


# Nothing is posted on a day of the books that is closed.
PERIODS = """CREATE FUNCTION guard_closed_periods() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE stray record;
BEGIN
  SELECT f.day, closed.locked_through INTO stray
  FROM (SELECT organization_id, min(day) AS day FROM fresh GROUP BY organization_id) f
  CROSS JOIN LATERAL (SELECT l.locked_through FROM public.payments_periodlock l
                      WHERE l.organization_id = f.organization_id ORDER BY l.id DESC LIMIT 1) closed
  WHERE f.day <= closed.locked_through;
  IF FOUND THEN
    RAISE EXCEPTION 'the books are closed through %, nothing is posted on %', stray.locked_through, stray.day
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

CHECKED = {
    "payments_payment": "INSERT OR UPDATE",
    "payments_allocation": "INSERT",
    "payments_refund": "INSERT OR UPDATE",
}


def _checks() -> list[str]:
    statements = []
    for table, moments in CHECKED.items():
        condition = "WHEN (NEW.payment_id IS NOT NULL) " if table == "payments_allocation" else ""
        statements.append(
            f"""CREATE CONSTRAINT TRIGGER every_krone_is_somewhere AFTER {moments} ON {table}
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {condition}EXECUTE FUNCTION check_payment_sums()"""
        )
    return statements


class Migration(migrations.Migration):
    dependencies = [("payments", "0012_allocations_of_payments")]

    operations = [
        migrations.RunSQL(
            [f"GRANT SELECT ON {table} TO bilag_definer" for table in DEFINER_READS]
            + [
                f"CREATE POLICY definer_reads ON {table} FOR SELECT TO bilag_definer USING (true)"
                for table in DEFINER_READS
            ],
            [f"DROP POLICY definer_reads ON {table}" for table in DEFINER_READS]
            + [f"REVOKE SELECT ON {table} FROM bilag_definer" for table in DEFINER_READS],
        ),
        migrations.RunSQL(
            [
                PAYMENTS,
                """CREATE TRIGGER payments_keep_what_they_say BEFORE UPDATE OR DELETE ON payments_payment
                   FOR EACH ROW EXECUTE FUNCTION guard_payments()""",
                REFUNDS,
                """CREATE TRIGGER refunds_keep_what_they_say BEFORE UPDATE OR DELETE ON payments_refund
                   FOR EACH ROW EXECUTE FUNCTION guard_refunds()""",
                SUMS,
                "ALTER FUNCTION check_payment_sums() OWNER TO bilag_definer",
                *_checks(),
                PERIODS,
                """CREATE TRIGGER closed_periods_stay_closed AFTER INSERT ON payments_voucher
                   REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION guard_closed_periods()""",
                """CREATE TRIGGER rows_are_never_changed BEFORE UPDATE OR DELETE ON payments_periodlock
                   FOR EACH ROW EXECUTE FUNCTION refuse_change('payments_periodlock')""",
                """CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON payments_periodlock
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('payments_periodlock')""",
                "REVOKE UPDATE, DELETE, TRUNCATE ON payments_periodlock FROM bilag_app",
                "REVOKE DELETE, TRUNCATE ON payments_payment FROM bilag_app",
                "REVOKE DELETE, TRUNCATE ON payments_refund FROM bilag_app",
            ],
            [
                "GRANT DELETE ON payments_refund TO bilag_app",
                "GRANT DELETE ON payments_payment TO bilag_app",
                "GRANT UPDATE, DELETE ON payments_periodlock TO bilag_app",
                "DROP TRIGGER rows_are_never_truncated ON payments_periodlock",
                "DROP TRIGGER rows_are_never_changed ON payments_periodlock",
                "DROP TRIGGER closed_periods_stay_closed ON payments_voucher",
                "DROP FUNCTION guard_closed_periods()",
                *[f"DROP TRIGGER every_krone_is_somewhere ON {table}" for table in CHECKED],
                "DROP FUNCTION check_payment_sums()",
                "DROP TRIGGER refunds_keep_what_they_say ON payments_refund",
                "DROP FUNCTION guard_refunds()",
                "DROP TRIGGER payments_keep_what_they_say ON payments_payment",
                "DROP FUNCTION guard_payments()",
            ],
        ),
    ]
