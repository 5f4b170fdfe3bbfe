"""Bookings are never forgotten, and one that is cancelled stays what it was."""

from django.db import migrations

BOOKING = "billing_backlog_booking"

# What names a person may be erased later; what was booked, and that it was cancelled, may not change.
BOOKINGS = """CREATE FUNCTION guard_bookings() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'bookings are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (NEW.id, NEW.organization_id, NEW.source_system, NEW.source_order, NEW.source_line, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.organization_id, OLD.source_system, OLD.source_order, OLD.source_line, OLD.created_at) THEN
    RAISE EXCEPTION 'a booking stays what it is' USING ERRCODE = '23001';
  END IF;
  IF OLD.cancelled_at IS NOT NULL
     AND (NEW.cancelled_at, NEW.cancelled_reason, NEW.facility_id, NEW.customer_id, NEW.payer_id, NEW.day,
          NEW.starts_at, NEW.ends_at, NEW.quantity, NEW.unit_code, NEW.unit_price, NEW.is_billable, NEW.item_id)
         IS DISTINCT FROM
         (OLD.cancelled_at, OLD.cancelled_reason, OLD.facility_id, OLD.customer_id, OLD.payer_id, OLD.day,
          OLD.starts_at, OLD.ends_at, OLD.quantity, OLD.unit_code, OLD.unit_price, OLD.is_billable, OLD.item_id) THEN
    RAISE EXCEPTION 'booking % is cancelled', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("billing_backlog", "0014_bookings")]

    operations = [
        migrations.RunSQL(
            [
                BOOKINGS,
                f"""CREATE TRIGGER bookings_are_never_forgotten BEFORE UPDATE OR DELETE ON {BOOKING}
                    FOR EACH ROW EXECUTE FUNCTION guard_bookings()""",
                f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {BOOKING}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{BOOKING}')""",
                f"REVOKE DELETE, TRUNCATE ON {BOOKING} FROM bilag_app",
            ],
            [
                f"GRANT DELETE ON {BOOKING} TO bilag_app",
                f"DROP TRIGGER rows_are_never_truncated ON {BOOKING}",
                f"DROP TRIGGER bookings_are_never_forgotten ON {BOOKING}",
                "DROP FUNCTION guard_bookings()",
            ],
        )
    ]
