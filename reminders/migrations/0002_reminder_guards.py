"""A step that was sent stays sent with what it asked for; what was sent is never forgotten."""

from django.db import migrations

REMINDERS = "reminders_reminder"
LETTERS = "reminders_reminderletter"
RUNS = "reminders_dunningrun"

SENT = """CREATE FUNCTION guard_reminders() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'reminders are never deleted' USING ERRCODE = '23001';
  END IF;
  IF (NEW.receivable_id, NEW.customer_id, NEW.round, NEW.position) IS DISTINCT FROM
     (OLD.receivable_id, OLD.customer_id, OLD.round, OLD.position) THEN
    RAISE EXCEPTION 'reminder % is about one claim', OLD.id USING ERRCODE = '23001';
  END IF;
  -- What was sent says for ever what it asked for; what reached nobody may be planned once more.
  IF OLD.state = 'sent' AND (NEW.state NOT IN ('sent', 'withheld') OR
     NEW.state = 'withheld' AND NEW.withdrawn_at IS NULL OR
     (NEW.step, NEW.letter_id, NEW.day, NEW.sent_at, NEW.owed, NEW.held, NEW.fee, NEW.compensation, NEW.interest,
      NEW.deadline, NEW.additions) IS DISTINCT FROM
     (OLD.step, OLD.letter_id, OLD.day, OLD.sent_at, OLD.owed, OLD.held, OLD.fee, OLD.compensation, OLD.interest,
      OLD.deadline, OLD.additions)) THEN
    RAISE EXCEPTION 'reminder % was sent', OLD.id USING ERRCODE = '23001';
  END IF;
  IF OLD.state = 'sent' AND OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
    RAISE EXCEPTION 'reminder % is withdrawn', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""

WRITTEN = """CREATE FUNCTION guard_reminder_letters() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'letters are never deleted' USING ERRCODE = '23001';
  END IF;
  IF OLD.withdrawn_at IS NOT NULL OR
     (NEW.customer_id, NEW.step, NEW.paper_id, NEW.currency, NEW.total, NEW.deadline, NEW.sent_by, NEW.sent_at)
     IS DISTINCT FROM
     (OLD.customer_id, OLD.step, OLD.paper_id, OLD.currency, OLD.total, OLD.deadline, OLD.sent_by, OLD.sent_at) THEN
    RAISE EXCEPTION 'letter % was sent', OLD.id USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_plans_and_runs")]

    operations = [
        migrations.RunSQL(
            [
                SENT,
                WRITTEN,
                f"""CREATE TRIGGER sent_reminders_are_kept BEFORE UPDATE OR DELETE ON {REMINDERS}
                    FOR EACH ROW EXECUTE FUNCTION guard_reminders()""",
                f"""CREATE TRIGGER letters_are_kept BEFORE UPDATE OR DELETE ON {LETTERS}
                    FOR EACH ROW EXECUTE FUNCTION guard_reminder_letters()""",
                *[
                    f"""CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table}
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{table}')"""
                    for table in (REMINDERS, LETTERS)
                ],
                f"REVOKE DELETE, TRUNCATE ON {REMINDERS}, {LETTERS}, {RUNS} FROM bilag_app",
            ],
            [
                f"GRANT DELETE ON {REMINDERS}, {LETTERS}, {RUNS} TO bilag_app",
                *[f"DROP TRIGGER rows_are_never_truncated ON {table}" for table in (REMINDERS, LETTERS)],
                f"DROP TRIGGER letters_are_kept ON {LETTERS}",
                f"DROP TRIGGER sent_reminders_are_kept ON {REMINDERS}",
                "DROP FUNCTION guard_reminder_letters()",
                "DROP FUNCTION guard_reminders()",
            ],
        )
    ]
