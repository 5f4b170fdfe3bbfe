"""The sums of a new payment are looked at once, not by the payment and by each of its allocations."""

from django.db import migrations

SUMS = """CREATE OR REPLACE FUNCTION check_payment_sums() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE wanted uuid; wrong record;
BEGIN
  -- payment
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

# An allocation is never older than its payment, never changed and never deleted: those of a new payment are as new as
# it is, and each of them has the same sums looked at, in the same moment or later.
ASKED_ONCE = """IF TG_ARGV[0] = 'payment' THEN
    IF TG_OP = 'INSERT' AND EXISTS (SELECT 1 FROM public.payments_allocation a
                                    WHERE a.organization_id = NEW.organization_id AND a.payment_id = NEW.id) THEN
      RETURN NULL;
    END IF;
    wanted := NEW.id;
  ELSE
    wanted := NEW.payment_id;
  END IF;"""
BY_WHOLE_ROW = "wanted := coalesce((to_jsonb(NEW) ->> 'payment_id')::uuid, NEW.id);"


def _check(payment: str, argument: str) -> list[str]:
    return [
        "SET LOCAL ROLE bilag_definer",  # whose function it is
        SUMS.replace("-- payment", payment),
        "RESET ROLE",
        "DROP TRIGGER every_krone_is_somewhere ON payments_payment",
        f"""CREATE CONSTRAINT TRIGGER every_krone_is_somewhere AFTER INSERT OR UPDATE ON payments_payment
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payment_sums({argument})""",
    ]


class Migration(migrations.Migration):
    dependencies = [("payments", "0027_forgetting_bank_files")]

    operations = [
        migrations.RunSQL(_check(ASKED_ONCE, "'payment'"), _check(BY_WHOLE_ROW, "")),
    ]
