"""How each constraint on plans, runs and reminders is violated."""

from __future__ import annotations

from tests.architecture.violating import change, copy

SETTINGS = "reminders_remindersettings"
PLAN, LEVEL, CHOICE = "reminders_reminderplan", "reminders_reminderlevel", "reminders_planchoice"
RUN, LETTER, REMINDER = "reminders_dunningrun", "reminders_reminderletter", "reminders_reminder"

REMINDER_VIOLATIONS: dict[str, str] = {
    "one_row_of_reminder_settings": copy(SETTINGS),
    "reminder_hour_is_of_a_day": change(SETTINGS, "hour = 24"),
    "reminder_minimum_is_not_negative": change(SETTINGS, "minimum = -1"),
    "reminders_remindersettings_hour_check": change(SETTINGS, "hour = -1"),
    "reminders_remindersettings_bank_days_max_check": change(SETTINGS, "bank_days_max = -1"),
    "reminders_remindersettings_version_check": change(SETTINGS, "version = -1"),
    "one_plan_by_default": copy(PLAN, "'is_default', true, 'archived_at', NULL", times=2),
    "plan_debtor_is_known": change(PLAN, "debtor = 'church'"),
    "day_count_is_known": change(PLAN, "day_count = 'guess'"),
    "steps_are_days_apart": change(PLAN, "spacing_days = 0"),
    "reminders_reminderplan_spacing_days_check": change(PLAN, "spacing_days = -1"),
    "reminders_reminderplan_version_check": change(PLAN, "version = -1"),
    "one_step_per_place": copy(LEVEL),
    "step_is_known": change(LEVEL, "step = 'threat'"),
    "step_is_within_a_year": change(LEVEL, "days = 400"),
    "reminders_reminderlevel_deadline_days_check": change(LEVEL, "deadline_days = -1"),
    "reminders_reminderlevel_position_check": change(LEVEL, "position = -1"),
    "one_choice_per_customer": copy(CHOICE, where="customer_id IS NOT NULL"),
    "one_choice_per_claim": copy(CHOICE, where="receivable_id IS NOT NULL"),
    "choice_is_for_a_customer_or_a_claim": change(CHOICE, "customer_id = NULL, receivable_id = NULL"),
    "reminders_planchoice_round_check": change(CHOICE, "round = -1"),
    "one_dunning_run_a_day": copy(RUN),
    "reminders_dunningrun_looked_at_check": change(RUN, "looked_at = -1"),
    "reminders_dunningrun_planned_check": change(RUN, "planned = -1"),
    "one_letter_per_paper": copy(LETTER),
    "letter_step_is_known": copy(LETTER, "'step', 'threat'"),
    "each_step_happens_once": copy(REMINDER),
    "reminder_step_is_known": copy(REMINDER, "'step', 'threat'"),
    "reminder_state_is_known": copy(REMINDER, "'state', 'lost'"),
    "what_is_sent_has_its_letter": copy(REMINDER, "'state', 'sent', 'letter_id', NULL"),
    "nothing_demanded_is_negative": copy(REMINDER, "'fee', -1"),
    "reminders_reminder_round_check": copy(REMINDER, "'round', -1"),
    "reminders_reminder_position_check": copy(REMINDER, "'position', -1"),
}
