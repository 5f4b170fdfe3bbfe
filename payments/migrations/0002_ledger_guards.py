"""The ledger guards itself: nothing is changed, every voucher sums to zero, and only its own transaction posts on it."""

from django.db import migrations

DEFINER_READS = ("payments_voucher", "payments_posting")
APPEND_ONLY = ("payments_voucher", "payments_posting", "payments_receivable", "payments_allocation")


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


SERIES = """CREATE FUNCTION guard_voucher_series() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'voucher series are never deleted' USING ERRCODE = '23001';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.last_number <> 0 THEN
      RAISE EXCEPTION 'a voucher series begins at 0' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.year <> OLD.year OR NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id
     OR NEW.last_number < OLD.last_number THEN
    RAISE EXCEPTION 'a voucher series only moves forward' USING ERRCODE = '23001';
  END IF;
  IF NEW.last_number > OLD.last_number THEN
    NEW.moved_at := greatest(clock_timestamp(), OLD.moved_at + interval '1 microsecond');
    NEW.moved_transaction := pg_current_xact_id()::text::bigint;
  ELSE
    IF NEW.head_hash <> OLD.head_hash AND (OLD.moved_at IS NULL OR OLD.moved_at < transaction_timestamp()
       OR OLD.moved_transaction IS DISTINCT FROM pg_current_xact_id()::text::bigint) THEN
      RAISE EXCEPTION 'the head of a chain moves with its numbers' USING ERRCODE = '23001';
    END IF;
    NEW.moved_at := OLD.moved_at;
    NEW.moved_transaction := OLD.moved_transaction;
  END IF;
  RETURN NEW;
END $$"""

# The checks at COMMIT run as bilag_definer: whatever organization is named by then, they see the rows they guard.
SERIES_COMPLETE = """CREATE FUNCTION check_voucher_series() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE found bigint;
BEGIN
  SELECT count(*) INTO found FROM public.payments_voucher v
  WHERE v.organization_id = NEW.organization_id AND v.year = NEW.year
    AND v.number > OLD.last_number AND v.number <= NEW.last_number;
  IF found <> NEW.last_number - OLD.last_number THEN
    RAISE EXCEPTION 'voucher series % moved by % for % vouchers', NEW.year, NEW.last_number - OLD.last_number, found
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

VOUCHER = """CREATE FUNCTION guard_new_vouchers() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE stray record;
BEGIN
  SELECT v.year, v.number INTO stray FROM fresh v
  LEFT JOIN public.payments_voucherseries s
    ON s.organization_id = v.organization_id AND s.year = v.year
  WHERE v.transaction_id <> pg_current_xact_id()::text::bigint OR s.id IS NULL
     OR v.transaction_id IS DISTINCT FROM s.moved_transaction OR v.number > s.last_number
     OR v.posted_at < transaction_timestamp() OR extract(year FROM v.day) <> v.year
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'voucher %-% did not take its number from its series', stray.year, stray.number
      USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

# Whole vouchers per statement: since postings are never changed, every sum stays at zero.
BALANCE = """CREATE FUNCTION guard_new_postings() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  SELECT p.voucher_id, sum(p.amount) AS total, count(*) AS parts INTO wrong FROM fresh p
  GROUP BY p.organization_id, p.voucher_id HAVING sum(p.amount) <> 0 OR count(*) < 2 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'voucher % does not balance: sum %, postings %', wrong.voucher_id, wrong.total, wrong.parts
      USING ERRCODE = '23514';
  END IF;
  SELECT p.voucher_id INTO wrong FROM fresh p
  LEFT JOIN public.payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
  WHERE v.transaction_id IS DISTINCT FROM pg_current_xact_id()::text::bigint
     OR v.posted_at < transaction_timestamp()
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'voucher % is closed', wrong.voucher_id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

HAS_POSTINGS = """CREATE FUNCTION check_voucher_has_postings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.payments_posting p
                 WHERE p.organization_id = NEW.organization_id AND p.voucher_id = NEW.id) THEN
    RAISE EXCEPTION 'voucher %-% has no postings', NEW.year, NEW.number USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""


# The kept balance is at all times the sum of the postings, whoever writes it.
BALANCES = """CREATE FUNCTION guard_balances() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  SELECT b.receivable_id, b.currency_amount, kept.total INTO wrong
  FROM fresh b
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.currency_amount), 0) AS currency_total, coalesce(sum(p.amount), 0) AS total
    FROM public.payments_posting p
    WHERE p.organization_id = b.organization_id AND p.receivable_id = b.receivable_id) kept
  WHERE b.currency_amount <> kept.currency_total OR b.amount <> kept.total
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the balance % of receivable % is not the sum of its postings', wrong.currency_amount,
      wrong.receivable_id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$"""

# A receivable is never settled beyond what it opened with, nor a credit used beyond what it holds, and what an
# allocation says is what its voucher posts.
ALLOCATIONS = """CREATE FUNCTION guard_new_allocations() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE wrong record;
BEGIN
  PERFORM 1 FROM public.payments_receivablebalance b
  WHERE EXISTS (SELECT 1 FROM fresh a WHERE a.organization_id = b.organization_id
                AND b.receivable_id IN (a.receivable_id, a.credit_receivable_id))
  ORDER BY b.receivable_id FOR NO KEY UPDATE;
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


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_ledger"), ("tenants", "0003_guards")]

    operations = [
        *[migrations.RunSQL(_append_only(table), _changeable(table)) for table in APPEND_ONLY],
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
                SERIES,
                """CREATE TRIGGER series_moves_forward BEFORE INSERT OR UPDATE OR DELETE ON payments_voucherseries
                   FOR EACH ROW EXECUTE FUNCTION guard_voucher_series()""",
                SERIES_COMPLETE,
                "ALTER FUNCTION check_voucher_series() OWNER TO bilag_definer",
                """CREATE CONSTRAINT TRIGGER series_moved_for_vouchers AFTER UPDATE ON payments_voucherseries
                   DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.last_number <> OLD.last_number)
                   EXECUTE FUNCTION check_voucher_series()""",
                VOUCHER,
                """CREATE TRIGGER vouchers_take_series_numbers AFTER INSERT ON payments_voucher
                   REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION guard_new_vouchers()""",
                BALANCE,
                """CREATE TRIGGER postings_balance AFTER INSERT ON payments_posting
                   REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION guard_new_postings()""",
                HAS_POSTINGS,
                "ALTER FUNCTION check_voucher_has_postings() OWNER TO bilag_definer",
                """CREATE CONSTRAINT TRIGGER voucher_has_postings AFTER INSERT ON payments_voucher
                   DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_voucher_has_postings()""",
                ALLOCATIONS,
                """CREATE TRIGGER allocations_stay_within AFTER INSERT ON payments_allocation
                   REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION guard_new_allocations()""",
                BALANCES,
                """CREATE TRIGGER opened_balances_are_sums AFTER INSERT ON payments_receivablebalance
                   REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION guard_balances()""",
                """CREATE TRIGGER balances_are_sums AFTER UPDATE ON payments_receivablebalance
                   REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION guard_balances()""",
                "REVOKE DELETE, TRUNCATE ON payments_voucherseries FROM bilag_app",
                "REVOKE DELETE, TRUNCATE ON payments_receivablebalance FROM bilag_app",
            ],
            [
                "GRANT DELETE ON payments_receivablebalance TO bilag_app",
                "GRANT DELETE ON payments_voucherseries TO bilag_app",
                "DROP TRIGGER balances_are_sums ON payments_receivablebalance",
                "DROP TRIGGER opened_balances_are_sums ON payments_receivablebalance",
                "DROP FUNCTION guard_balances()",
                "DROP TRIGGER allocations_stay_within ON payments_allocation",
                "DROP FUNCTION guard_new_allocations()",
                "DROP TRIGGER voucher_has_postings ON payments_voucher",
                "DROP FUNCTION check_voucher_has_postings()",
                "DROP TRIGGER postings_balance ON payments_posting",
                "DROP FUNCTION guard_new_postings()",
                "DROP TRIGGER vouchers_take_series_numbers ON payments_voucher",
                "DROP FUNCTION guard_new_vouchers()",
                "DROP TRIGGER series_moved_for_vouchers ON payments_voucherseries",
                "DROP FUNCTION check_voucher_series()",
                "DROP TRIGGER series_moves_forward ON payments_voucherseries",
                "DROP FUNCTION guard_voucher_series()",
            ],
        ),
    ]
