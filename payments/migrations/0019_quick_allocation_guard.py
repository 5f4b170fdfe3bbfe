"""The guard of allocations finds the claims that it locks by their keys: it no longer reads every balance there is."""

from django.db import migrations

ALLOCATIONS = """CREATE OR REPLACE FUNCTION guard_new_allocations() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  -- lock
  SELECT side.receivable_id, sum(p.currency_amount) AS balance, min(side.sign) AS sign INTO wrong
  FROM (SELECT a.organization_id, a.receivable_id, 1 AS sign FROM fresh a
        UNION SELECT a.organization_id, a.credit_receivable_id, -1 FROM fresh a
        WHERE a.credit_receivable_id IS NOT NULL) side
  JOIN public.payments_posting p
    ON p.organization_id = side.organization_id AND p.receivable_id = side.receivable_id
  GROUP BY side.organization_id, side.receivable_id
  HAVING sum(p.currency_amount) * min(side.sign) < 0
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'receivable % would be settled beyond its amount', wrong.receivable_id USING ERRCODE = '23514';
  END IF;
  SELECT a.id INTO wrong FROM fresh a
  LEFT JOIN public.payments_voucher v ON v.organization_id = a.organization_id AND v.id = a.voucher_id
  WHERE v.transaction_id IS DISTINCT FROM pg_current_xact_id()::text::bigint OR v.posted_at < transaction_timestamp()
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'allocation % names a voucher of another moment', wrong.id USING ERRCODE = '23514';
  END IF;
  SELECT side.voucher_id, side.receivable_id INTO wrong
  FROM (SELECT a.organization_id, a.voucher_id, moved.receivable_id, sum(moved.amount) AS amount
        FROM (SELECT DISTINCT organization_id, voucher_id FROM fresh) f
        JOIN public.payments_allocation a ON a.organization_id = f.organization_id AND a.voucher_id = f.voucher_id
        CROSS JOIN LATERAL (VALUES (a.receivable_id, -a.amount), (a.credit_receivable_id, a.amount))
          AS moved (receivable_id, amount)
        WHERE moved.receivable_id IS NOT NULL
        GROUP BY a.organization_id, a.voucher_id, moved.receivable_id) side
  WHERE side.amount <> (SELECT coalesce(sum(p.currency_amount), 0) FROM public.payments_posting p
                        WHERE p.organization_id = side.organization_id AND p.voucher_id = side.voucher_id
                          AND p.receivable_id = side.receivable_id)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'voucher % does not carry what is allocated to receivable %', wrong.voucher_id, wrong.receivable_id
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

BY_KEYS = """PERFORM 1 FROM (SELECT a.organization_id, a.receivable_id FROM fresh a
                  UNION SELECT a.organization_id, a.credit_receivable_id FROM fresh a
                  WHERE a.credit_receivable_id IS NOT NULL) side
  JOIN public.payments_receivablebalance b
    ON b.organization_id = side.organization_id AND b.receivable_id = side.receivable_id
  ORDER BY b.receivable_id FOR NO KEY UPDATE OF b;"""
EVERY_BALANCE = """PERFORM 1 FROM public.payments_receivablebalance b
  WHERE EXISTS (SELECT 1 FROM fresh a WHERE a.organization_id = b.organization_id
                AND b.receivable_id IN (a.receivable_id, a.credit_receivable_id))
  ORDER BY b.receivable_id FOR NO KEY UPDATE;"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0018_online_payment_guards")]

    operations = [
        migrations.RunSQL(
            ALLOCATIONS.replace("-- lock", BY_KEYS),
            ALLOCATIONS.replace("-- lock", EVERY_BALANCE),
        ),
    ]
