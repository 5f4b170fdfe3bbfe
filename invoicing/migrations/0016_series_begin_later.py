"""A number series that has given no number yet may begin at a later one: the numbers of a system that was left go on."""

from django.db import migrations

SERIES = """CREATE OR REPLACE FUNCTION guard_number_series() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'number series are never deleted' USING ERRCODE = '23001';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.last_number <> NEW.first_number - 1 THEN
      RAISE EXCEPTION 'a number series begins before its first number' USING ERRCODE = '23001';
    END IF;
    RETURN NEW;
  END IF;
  -- unused
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id OR NEW.code <> OLD.code OR NEW.name <> OLD.name
     OR NEW.first_number <> OLD.first_number OR NEW.last_allowed <> OLD.last_allowed
     OR NEW.created_at <> OLD.created_at OR NEW.last_number < OLD.last_number THEN
    RAISE EXCEPTION 'a number series only moves forward' USING ERRCODE = '23001';
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
# Nothing but the beginning changes, only forwards, and only before the first number was given.
BEGINS_LATER = """IF NEW.first_number > OLD.first_number AND OLD.moved_at IS NULL
     AND OLD.last_number = OLD.first_number - 1 AND NEW.last_number = NEW.first_number - 1
     AND NEW.id = OLD.id AND NEW.organization_id = OLD.organization_id AND NEW.code = OLD.code AND NEW.name = OLD.name
     AND NEW.last_allowed = OLD.last_allowed AND NEW.created_at = OLD.created_at THEN
    NEW.moved_at := NULL;
    NEW.moved_transaction := NULL;
    RETURN NEW;
  END IF;"""
MOVED = """CREATE CONSTRAINT TRIGGER series_moved_for_documents AFTER UPDATE ON invoicing_numberseries
           DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({moved})
           EXECUTE FUNCTION check_number_series()"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0015_customer_paper_guards")]

    operations = [
        migrations.RunSQL(
            [
                SERIES.replace("-- unused", BEGINS_LATER),
                "DROP TRIGGER series_moved_for_documents ON invoicing_numberseries",
                MOVED.format(moved="NEW.last_number <> OLD.last_number AND NEW.first_number = OLD.first_number"),
            ],
            [
                "DROP TRIGGER series_moved_for_documents ON invoicing_numberseries",
                MOVED.format(moved="NEW.last_number <> OLD.last_number"),
                SERIES.replace("  -- unused\n", ""),
            ],
        ),
    ]
