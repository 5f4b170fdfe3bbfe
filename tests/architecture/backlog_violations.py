"""What each constraint of the billing backlog refuses."""

from __future__ import annotations

from tests.architecture.violating import change, copy

ITEM = "billing_backlog_backlogitem"
LINE = "billing_backlog_contractline"
RUN = "billing_backlog_billingrun"
TARGET = "billing_backlog_financetarget"
FILE = "billing_backlog_runfile"
ENTRY = "billing_backlog_workentry"
AUTOMATION = "billing_backlog_billingautomation"
ADVANCE = "billing_backlog_advance"
BOOKING = "billing_backlog_booking"
PRICE_ROW = "billing_backlog_pricelistrow"
REQUEST = "billing_backlog_limitrequest"
SETTINGS = "billing_backlog_backlogsettings"
SUBSCRIPTION = "billing_backlog_subscription"
VISIT = "billing_backlog_visit"
UNAPPROVED = "'approved_at', NULL, 'approved_by_id', NULL"

QUOTE, QUOTE_LINE = "billing_backlog_quote", "billing_backlog_quoteline"
ORDER = "billing_backlog_orderconfirmation"
_OTHER_ORDER = """'number', 999, 'contract_id', NULL, 'quote_id', (SELECT id FROM billing_backlog_quote
                  WHERE organization_id = %(organization)s AND sent_at IS NULL)"""
OPEN_QUOTE = """quote_id IN (SELECT id FROM billing_backlog_quote
                WHERE organization_id = %(organization)s AND accepted_at IS NULL)"""

BACKLOG_VIOLATIONS: dict[str, str] = {
    "one_advance_per_request": copy(ADVANCE),
    "advance_kind_is_known": copy(ADVANCE, "'invoice_id', %(draft)s::uuid, 'kind', 'loan'"),
    "advance_is_positive": copy(ADVANCE, "'invoice_id', %(draft)s::uuid, 'amount', 0"),
    "retainers_say_when_they_are_filled": copy(ADVANCE, "'invoice_id', %(draft)s::uuid, 'refill_amount', NULL"),
    "only_sales_are_prepaid": change(
        "invoicing_invoice", "prepaid = '[{}]'::jsonb, kind = 'payment_request'", where="id = %(draft)s"
    ),
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
    "one_series_per_kind_of_offer": copy("billing_backlog_offerseries"),
    "billing_backlog_offerseries_last_number_check": change("billing_backlog_offerseries", "last_number = -1"),
    "quote_number_is_unique": copy(QUOTE, where="accepted_at IS NULL"),
    "billing_backlog_quote_number_check": change(QUOTE, "number = -1", where="sent_at IS NULL"),
    "billing_backlog_quote_version_check": change(QUOTE, "version = -1", where="accepted_at IS NULL"),
    "acceptance_names_who_and_what": change(QUOTE, "accepted_at = now()", where="accepted_at IS NULL"),
    "quote_has_one_answer": change(
        QUOTE, "declined_at = now(), withdrawn_at = now(), withdrawn_reason = 'x'", where="accepted_at IS NULL"
    ),
    "withdrawing_a_quote_has_a_reason": change(QUOTE, "withdrawn_at = now()", where="accepted_at IS NULL"),
    "quoted_quantity_is_positive": change(QUOTE_LINE, "quantity = 0", where=OPEN_QUOTE),
    "quoted_price_is_not_negative": change(QUOTE_LINE, "unit_price = -1", where=OPEN_QUOTE),
    "quoted_discount_in_range": change(QUOTE_LINE, "discount_percent = 101", where=OPEN_QUOTE),
    "billing_backlog_quoteline_position_check": change(QUOTE_LINE, "position = -1", where=OPEN_QUOTE),
    "quote_versions_are_counted": copy("billing_backlog_quoteversion"),
    "billing_backlog_quoteversion_number_check": copy("billing_backlog_quoteversion", "'number', -1"),
    "order_number_is_unique": copy(
        ORDER,
        """'contract_id', NULL, 'quote_id', (SELECT id FROM billing_backlog_quote
           WHERE organization_id = %(organization)s AND sent_at IS NULL)""",
    ),
    "billing_backlog_orderconfirmation_number_check": copy(ORDER, "'number', -1"),
    "one_order_per_quote": copy(ORDER, "'number', 999, 'contract_id', NULL"),
    "one_order_per_contract": copy(
        ORDER,
        """'number', 999, 'quote_id', (SELECT id FROM billing_backlog_quote
           WHERE organization_id = %(organization)s AND sent_at IS NULL)""",
        where="contract_id IS NOT NULL",
    ),
    "order_is_billed_by_one_document": copy("billing_backlog_orderdraft", "'invoice_id', %(second)s::uuid"),
    "document_bills_one_order": f"""WITH fresh_order AS ({copy(ORDER, _OTHER_ORDER)} RETURNING id)
        INSERT INTO billing_backlog_orderdraft SELECT (jsonb_populate_record(NULL::billing_backlog_orderdraft,
            to_jsonb(d) || jsonb_build_object('id', %(fresh_2)s::uuid, 'order_id', fresh_order.id))).*
        FROM billing_backlog_orderdraft d, fresh_order WHERE d.organization_id = %(organization)s""",
    "offer_mail_has_one_paper": change("billing_backlog_offermail", "order_id = NULL, version_id = NULL"),
    "one_automation_per_customer": copy(AUTOMATION, where="customer_id IS NULL"),
    "the_company_leaves_nothing_open": change(AUTOMATION, "timing = ''", where="customer_id IS NULL"),
    "own_automation_decides_something": change(AUTOMATION, "posting = ''", where="customer_id IS NOT NULL"),
    "posting_is_known": change(AUTOMATION, "posting = 'often'"),
    "timing_is_known": change(AUTOMATION, "timing = 'never'"),
    "collecting_period_is_known": change(AUTOMATION, "period = 'year'"),
    "billing_backlog_billingautomation_version_check": change(AUTOMATION, "version = -1"),
    "facility_number_is_unique": copy("billing_backlog_facility"),
    "billing_backlog_facility_version_check": change("billing_backlog_facility", "version = -1"),
    "target_group_name_is_unique": copy("billing_backlog_targetgroup"),
    "price_list_is_named_once": copy("billing_backlog_pricelist"),
    "price_list_runs_forward": change("billing_backlog_pricelist", "valid_through = valid_from - 1"),
    "billing_backlog_pricelist_version_check": change("billing_backlog_pricelist", "version = -1"),
    "one_price_per_facility_and_target_group": copy(PRICE_ROW),
    "price_is_of_a_facility_or_a_group": change(PRICE_ROW, "facility_id = NULL, facility_group = ''"),
    "list_price_is_not_negative": change(PRICE_ROW, "unit_price = -0.01"),
    "list_price_unit_is_known": change(PRICE_ROW, "unit_code = 'KGM'"),
    "booking_told_of_twice_is_one_booking": copy(BOOKING, "'item_id', NULL", where="source_system <> ''"),
    "an_item_bills_one_booking": copy(BOOKING, "'source_system', ''", where="item_id IS NOT NULL"),
    "booking_times_run_forward": change(BOOKING, "ends_at = starts_at"),
    "booking_has_a_quantity": change(BOOKING, "quantity = 0"),
    "booking_unit_is_known": change(BOOKING, "unit_code = 'KGM'"),
    "payer_choice_is_known": change(BOOKING, "payer_choice = 'nobody', payer_chosen_by = 'x', payer_chosen_at = now()"),
    "another_payer_was_chosen_by_somebody": change(BOOKING, "payer_choice = 'person', payer_chosen_by = ''"),
    "a_billed_booking_has_a_price": change(BOOKING, "unit_price = NULL, rule_price = NULL", where="is_billable"),
    "another_booking_price_has_a_reason": change(BOOKING, "rule_price = unit_price + 1"),
    "a_free_booking_has_a_reason": change(BOOKING, "is_billable = false, item_id = NULL"),
    "a_cancelled_booking_has_a_reason": change(BOOKING, "cancelled_at = now()"),
    "billing_backlog_booking_version_check": change(BOOKING, "version = -1"),
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
    "subscription_period_in_range": change(SUBSCRIPTION, "every = 37"),
    "subscription_unit_of_time_is_known": change(SUBSCRIPTION, "time_unit = 'hour'"),
    "subscription_timing_is_known": change(SUBSCRIPTION, "timing = 'never'"),
    "subscription_starts_inside_a_period": change(SUBSCRIPTION, "periods_from = starts_on + 1"),
    "a_stopped_subscription_has_a_reason": change(SUBSCRIPTION, "stops_on = starts_on"),
    "billing_backlog_subscription_version_check": change(SUBSCRIPTION, "version = -1"),
    "subscription_price_is_not_negative": copy("billing_backlog_subscriptionprice", "'unit_price', -0.01"),
    "subscription_quantity_is_positive": copy("billing_backlog_subscriptionprice", "'quantity', 0"),
    "a_pause_runs_forward": change("billing_backlog_subscriptionpause", "last_day = first_day - 1"),
    "a_pause_has_a_reason": copy("billing_backlog_subscriptionpause", "'reason', ''"),
    "visit_told_of_twice_is_one_visit": copy(VISIT),
    "a_done_visit_is_not_cancelled": change(
        VISIT, "done_at = now(), done_on = planned_on, cancelled_at = now(), cancelled_reason = 'x'"
    ),
    "a_done_visit_has_its_day": change(VISIT, "done_at = now()"),
    "a_cancelled_visit_has_a_reason": change(VISIT, "cancelled_at = now()"),
    "visit_times_run_forward": change(VISIT, "ends_at = starts_at"),
    "visit_has_a_quantity": change(VISIT, "quantity = 0"),
    "visit_price_is_not_negative": change(VISIT, "unit_price = -0.01"),
    "billing_backlog_visit_version_check": change(VISIT, "version = -1"),
    "finance_target_name_is_unique": copy(TARGET),
    "target_layout_is_known": change(TARGET, "layout = 'papyrus'"),
    "target_handing_is_known": change(TARGET, "handing = 'pigeon'"),
    "target_person_id_is_known": change(TARGET, "person_id = 'shoe_size'"),
    "order_series_runs_forward": change(TARGET, "order_next = order_to + 2"),
    "billing_backlog_financetarget_order_from_check": change(TARGET, "order_from = -1"),
    "billing_backlog_financetarget_order_to_check": change(TARGET, "order_to = -1"),
    "billing_backlog_financetarget_order_next_check": change(TARGET, "order_next = -1"),
    "billing_backlog_financetarget_port_check": change(TARGET, "port = -1"),
    "billing_backlog_financetarget_version_check": change(TARGET, "version = -1"),
    "one_posting_string_per_group": copy("billing_backlog_postingstring"),
    "posting_string_has_an_article": change("billing_backlog_postingstring", "article = ''"),
    "finance_file_has_its_own_number": copy(FILE),
    "finance_file_number_has_two_digits": copy(FILE, "'number', 100"),
    "billing_backlog_runfile_number_check": copy(FILE, "'number', -1"),
    "finance_file_has_orders": copy(FILE, "'number', 2, 'orders', 0"),
    "billing_backlog_runfile_orders_check": copy(FILE, "'number', 2, 'orders', -1"),
    "billing_backlog_runfile_lines_check": copy(FILE, "'number', 2, 'lines', -1"),
    "what_is_transferred_is_not_undone": copy(FILE, "'number', 2, 'undone_at', now()"),
    "only_a_sent_file_is_received": copy(FILE, "'number', 2, 'received_at', now(), 'transferred_at', NULL"),
    "order_number_is_unique_per_series": copy("billing_backlog_runorder"),
    "one_order_per_customer": copy("billing_backlog_runorder", "'number', 2"),
    "billing_backlog_runorder_number_check": copy("billing_backlog_runorder", "'number', -1"),
    "item_is_exported_once_by_a_run": copy("billing_backlog_runfilerow"),
    "exported_row_has_a_quantity": copy("billing_backlog_runfilerow", "'quantity', 0"),
    "exported_row_has_its_place": copy("billing_backlog_runfilerow", "'line', NULL"),
    "billing_backlog_runfilerow_line_check": copy("billing_backlog_runfilerow", "'line', -1"),
    "transfer_outcome_is_known": copy("billing_backlog_transferattempt", "'outcome', 'lost'"),
    "failed_transfer_has_a_reason": copy("billing_backlog_transferattempt", "'outcome', 'failed'"),
    "billing_backlog_filereceipt_lines_check": copy("billing_backlog_filereceipt", "'lines', -1"),
    "row_is_returned_once": copy("billing_backlog_returnederror"),
    "returned_error_has_a_text": copy("billing_backlog_returnederror", "'text', ''"),
    "one_correction_at_a_time": copy(
        RUN,
        "'corrects_id', (SELECT id FROM billing_backlog_runfile LIMIT 1), "
        "'target_id', (SELECT id FROM billing_backlog_financetarget LIMIT 1)",
        times=2,
    ),
    "a_correction_has_its_target": copy(RUN, "'corrects_id', (SELECT id FROM billing_backlog_runfile LIMIT 1)"),
    # Of invoicing, made for this room.
    "only_drafts_wait": change("invoicing_invoice", "waits_for = 'rain'", where="id = %(draft)s"),
}
# What the named constraint refuses before this one is asked.
BACKLOG_IMPLIED = {
    "billing_backlog_contractline_runs_per_month_check": "runs_in_range",
    "billing_backlog_contractline_schedule_day_check": "schedule_has_its_day",
    "billing_backlog_subscription_every_check": "subscription_period_in_range",
}
