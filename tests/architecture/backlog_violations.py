"""What each constraint of the billing backlog refuses."""

from __future__ import annotations

from tests.architecture.violating import change, copy

ITEM = "billing_backlog_backlogitem"
LINE = "billing_backlog_contractline"
RUN = "billing_backlog_billingrun"
ENTRY = "billing_backlog_workentry"
REQUEST = "billing_backlog_limitrequest"
SETTINGS = "billing_backlog_backlogsettings"
UNAPPROVED = "'approved_at', NULL, 'approved_by_id', NULL"

BACKLOG_VIOLATIONS: dict[str, str] = {
    "project_number_is_unique": copy("billing_backlog_project"),
    "billing_backlog_project_version_check": change("billing_backlog_project", "version = -1"),
    "contract_number_is_unique": copy("billing_backlog_contract"),
    "contract_runs_forward": change("billing_backlog_contract", "ends_on = starts_on - 1"),
    "contract_limit_is_positive": change("billing_backlog_contract", "limit_amount = 0"),
    "contract_exchange_rate_is_positive": change("billing_backlog_contract", "fixed_exchange_rate = 0"),
    "billing_backlog_contract_version_check": change("billing_backlog_contract", "version = -1"),
    "one_share_per_customer": copy("billing_backlog_contractcustomer"),
    "share_in_range": change("billing_backlog_contractcustomer", "share_percent = 100.01"),
    "customer_limit_is_positive": change("billing_backlog_contractcustomer", "limit_amount = 0"),
    "billing_method_is_known": change(LINE, "billing_method = 'barter'"),
    "frequency_is_known": change(LINE, "frequency = 'daily', schedule_day = NULL"),
    "schedule_has_its_day": change(LINE, "frequency = 'monthly', schedule_day = NULL"),
    "runs_in_range": change(LINE, "runs_per_month = 5"),
    "a_fixed_price_has_an_amount": change(LINE, "billing_method = 'fixed_price', amount = NULL"),
    "line_limit_is_positive": change(LINE, "limit_amount = 0"),
    "billing_backlog_contractline_position_check": change(LINE, "position = -1"),
    "one_limit_per_line_and_customer": copy("billing_backlog_linecustomer"),
    "line_customer_limit_is_positive": change("billing_backlog_linecustomer", "limit_amount = 0"),
    "asked_limit_is_positive": change(REQUEST, "amount = 0"),
    "who_asks_says_why": change(REQUEST, "reason = ''"),
    "a_refused_limit_has_an_answer": change(REQUEST, "decision = 'refused', decided_at = now()"),
    "a_decided_limit_has_its_moment": change(REQUEST, "decided_at = now()"),
    "one_open_request_per_limit": copy(REQUEST),
    "milestone_has_an_amount": change("billing_backlog_milestone", "amount = 0"),
    "billing_backlog_milestone_position_check": change("billing_backlog_milestone", "position = -1"),
    "facility_number_is_unique": copy("billing_backlog_facility"),
    "billing_backlog_facility_version_check": change("billing_backlog_facility", "version = -1"),
    "work_kind_is_known": copy(ENTRY, "'kind', 'gift'"),
    "entry_has_a_quantity": copy(ENTRY, "'quantity', 0, 'corrects_id', t.id"),
    "only_a_correction_is_negative": copy(ENTRY, "'quantity', -1, 'corrects_id', NULL"),
    "entry_price_is_not_negative": copy(ENTRY, "'unit_price', -0.01"),
    "entry_markup_in_range": copy(ENTRY, "'markup_percent', 1000.01"),
    "entry_is_approved_by_somebody": copy(ENTRY, "'approved_by_id', NULL, 'approved_at', now()"),
    "billing_backlog_workentry_version_check": copy(ENTRY, "'version', -1"),
    "deputy_period_runs_forward": change("billing_backlog_deputy", "last_day = first_day - 1"),
    "deputy_is_somebody_else": change("billing_backlog_deputy", "deputy_id = person_id"),
    "told_of_twice_is_one_item": copy(ITEM, "'entry_id', NULL", where="source_system <> ''"),
    "one_item_per_entry_and_customer": copy(ITEM, "'source_system', ''", where="entry_id IS NOT NULL"),
    "one_item_per_milestone_and_customer": copy(ITEM, where="milestone_id IS NOT NULL"),
    "item_has_a_quantity": change(ITEM, "quantity = 0"),
    "item_price_is_not_negative": change(ITEM, "unit_price = -0.01"),
    "item_kind_is_known": copy(ITEM, "'kind', 'gift'", where="milestone_id IS NOT NULL"),
    "item_charge_is_known": change(ITEM, "charge_kind = 'gift'"),
    "another_price_has_a_reason": change(ITEM, "rule_price = unit_price + 1"),
    "only_what_may_be_billed_is_ready": change(ITEM, "ready_at = now(), is_over_limit = true"),
    "cancellation_has_a_reason": change(ITEM, "cancelled_at = now()"),
    "item_period_runs_forward": change(ITEM, "period_from = day + 1"),
    "billing_backlog_backlogitem_share_number_check": copy(ITEM, "'share_number', -1", where="entry_id IS NULL"),
    "billing_backlog_backlogitem_version_check": change(ITEM, "version = -1"),
    "write_off_has_a_quantity": copy("billing_backlog_writeoff", "'quantity', 0"),
    "write_off_has_a_reason": copy("billing_backlog_writeoff", "'reason', ''"),
    "write_off_reversed_once": copy("billing_backlog_writeoff", "'reverses_id', t.id", times=2),
    "one_proforma_per_document": copy("billing_backlog_proforma"),
    "proforma_maker_is_known": change("billing_backlog_proforma", "made_by = 'magic'"),
    "proforma_step_is_known": copy("billing_backlog_proformastep", "'kind', 'lost'"),
    "a_return_has_a_reason": copy("billing_backlog_proformastep", "'kind', 'returned'"),
    "one_run_per_contract_and_day": copy("billing_backlog_schedulerun"),
    "schedule_state_is_known": change("billing_backlog_schedulerun", "state = 'lost'"),
    "billing_backlog_schedulerun_drafts_check": change("billing_backlog_schedulerun", "drafts = -1"),
    "one_row_of_backlog_settings": copy(SETTINGS),
    "own_approval_is_known": change(SETTINGS, "own_approval_by = 'king'"),
    "reduced_rest_is_known": change(SETTINGS, "reduced_rest = 'lost'"),
    "notice_comes_within_a_month": change(SETTINGS, "notice_days = 32"),
    "billing_backlog_backlogsettings_notice_days_check": change(SETTINGS, "notice_days = -1"),
    "billing_backlog_backlogsettings_version_check": change(SETTINGS, "version = -1"),
    "one_run_per_scope_and_day": copy(RUN),
    "run_scope_is_known": copy(RUN, "'until', '2026-12-31', 'scope', 'half'"),
    "run_period_runs_forward": copy(RUN, "'until', '2026-10-31'"),
    "run_window_runs_forward": change(RUN, "closes_on = '2026-12-09'"),
    "change_percent_is_positive": change(RUN, "change_percent = 0"),
    "only_a_frozen_run_is_approved": copy(RUN, "'until', '2026-12-31', 'frozen_at', NULL, 'approved_at', now()"),
    "only_an_approved_run_is_generated": change(RUN, "generated_at = now()"),
    "undoing_a_run_has_a_reason": change(RUN, "undone_at = now()"),
    "facility_stands_once_in_a_run": copy("billing_backlog_runfacility"),
    "facility_is_finished_with_its_control": change("billing_backlog_runfacility", "control_count = NULL"),
    "billing_backlog_runfacility_control_count_check": change("billing_backlog_runfacility", "control_count = -1"),
    "customer_is_held_once_in_a_run": copy("billing_backlog_runhold"),
    "holding_back_has_a_reason": change("billing_backlog_runhold", "reason = ''"),
    "difference_is_answered_once": copy("billing_backlog_runanswer"),
    "item_stands_once_in_a_basis": copy("billing_backlog_runrow", "'position', 2"),
    "basis_has_its_order": copy(
        "billing_backlog_runrow",
        "'item_id', (SELECT id FROM billing_backlog_backlogitem WHERE milestone_id IS NOT NULL LIMIT 1)",
    ),
    "billing_backlog_runrow_position_check": copy("billing_backlog_runrow", "'position', -1"),
    # Of invoicing, made for this room.
    "only_drafts_wait": change("invoicing_invoice", "waits_for = 'rain'", where="id = %(draft)s"),
}
# What the named constraint refuses before this one is asked.
BACKLOG_IMPLIED = {
    "billing_backlog_contractline_runs_per_month_check": "runs_in_range",
    "billing_backlog_contractline_schedule_day_check": "schedule_has_its_day",
}
