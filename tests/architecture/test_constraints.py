"""Every constraint of ours is violated once, as the application, and refuses under its own name.

A constraint that is added fails the last test of this module until it has a row in the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import databases
from tests.architecture.backlog_violations import BACKLOG_IMPLIED, BACKLOG_VIOLATIONS
from tests.architecture.collection_violations import COLLECTION_VIOLATIONS
from tests.architecture.export_violations import EXPORT_IMPLIED, EXPORT_VIOLATIONS
from tests.architecture.machine_violations import MACHINE_IMPLIED, MACHINE_VIOLATIONS
from tests.architecture.reminder_violations import REMINDER_VIOLATIONS
from tests.architecture.sync_violations import SYNC_VIOLATIONS
from tests.architecture.violating import change, copy
from tests.committed_world import World, committed_world, database_name, refusal_of

OWN_TABLES = "^(tenants|customers|payments|invoicing|billing_backlog|reminders|accounting_sync)_"


def rate(day: str, value: str, id_name: str) -> str:
    return f"""INSERT INTO payments_exchangerate (id, organization_id, currency, day, rate, source, created_at)
               VALUES (%({id_name})s, %(organization)s, 'EUR', '{day}', {value}, 'Bank', now())"""


SERIES_COPY = (
    "'code', 'b', 'is_default', false, 'first_number', {first}, 'last_allowed', {allowed}, 'last_number', {last}"
)
USED_NUMBER = """status = 'finalized', series_id = %(series)s, snapshot = '{}', issue_date = '2026-11-21', hash = 'x',
                 finalized_at = now(), number = %(next_number)s - 1"""
DRAFT = "id = %(draft)s"
DRAFT_LINE = "id = %(draft_line)s"

VIOLATIONS: dict[str, str] = {
    # tenants
    "tenants_organization_slug_key": "UPDATE tenants_organization SET slug = 'fremmed' WHERE id = %(organization)s",
    "tenants_organization_payment_terms_days_check": (
        "UPDATE tenants_organization SET payment_terms_days = -1 WHERE id = %(organization)s"
    ),
    "tenants_user_email_key": "UPDATE tenants_user SET email = 'stranger@fremmed.example'",
    "one_active_account_per_currency": copy("tenants_bankaccount"),
    "kid_length_is_4_to_25": change("tenants_bankaccount", "kid_length = 26"),
    "bank_account_has_a_number": change("tenants_bankaccount", "account_number = '', iban = ''"),
    "one_membership_per_person": copy("tenants_membership"),
    "membership_role_is_known": change("tenants_membership", "role = 'king'"),
    "one_open_invitation_per_address": copy("tenants_invitation", "'token_sha256', 'another'"),
    "invitation_token_is_unique": copy("tenants_invitation", "'email', 'somebody@else.example'"),
    "audit_sequence_is_unique": copy(
        "tenants_auditseal", "'entry_id', (SELECT id FROM tenants_auditentry ORDER BY id DESC LIMIT 1)"
    ),
    "audit_entry_is_sealed_once": copy("tenants_auditseal", "'sequence', 1000000"),
    "audit_line_is_erased_once": """INSERT INTO tenants_auditerasure
        (id, organization_id, entry_id, erased_by_id, digest, remaining_digest)
        SELECT fresh.id, e.organization_id, e.id, e.id, 'x', 'y'
        FROM (SELECT * FROM tenants_auditentry WHERE organization_id = %(organization)s ORDER BY id LIMIT 1) e,
             (VALUES (%(fresh)s::uuid), (%(fresh_2)s::uuid)) AS fresh (id)""",
    "outbox_key_is_unique": copy("tenants_outboxrow"),
    "outbox_state_is_known": change("tenants_outboxrow", "state = 'lost'"),
    "approval_amount_is_not_negative": (
        "UPDATE tenants_organization SET approval_from_amount = -0.01 WHERE id = %(organization)s"
    ),
    "who_may_is_known": "UPDATE tenants_organization SET corrections_by = 'all' WHERE id = %(organization)s",
    "job_state_is_known": change("tenants_job", "state = 'lost'"),
    "job_counts_add_up": change("tenants_job", "done = total + 1"),
    "tenants_job_done_check": change("tenants_job", "done = -1, failed = -2"),
    "tenants_job_failed_check": change("tenants_job", "failed = -1"),
    "job_item_position_is_unique": copy("tenants_jobitem"),
    "job_item_state_is_known": change("tenants_jobitem", "state = 'lost'"),
    "tenants_jobitem_position_check": change("tenants_jobitem", "position = -1"),
    "notice_is_told_once": copy("tenants_notice"),
    "routine_version_is_unique": copy("tenants_routine"),
    "routine_step_is_known": copy("tenants_routine", "'version', 2, 'step', 'dance'"),
    "tenants_routine_version_check": copy("tenants_routine", "'version', -1"),
    "bank_change_is_approved_by_another": change("tenants_bankaccountchange", "approved_by_id = requested_by_id"),
    "bank_change_ends_one_way": change("tenants_bankaccountchange", "applied_at = now(), withdrawn_at = now()"),
    "one_waiting_change_per_account": copy("tenants_bankaccountchange"),
    "tenants_environment_is_only_key": """INSERT INTO tenants_environment (id, is_only, is_paused, adopted_at)
        VALUES (%(fresh)s, true, false, now()); INSERT INTO tenants_environment (id, is_only, is_paused, adopted_at)
        VALUES (%(fresh_2)s, true, false, now())""",
    "there_is_one_environment": """INSERT INTO tenants_environment (id, is_only, is_paused, adopted_at)
        VALUES (%(fresh)s, false, false, now())""",
    "tenants_outboxrow_attempts_check": change("tenants_outboxrow", "attempts = -1"),
    # customers
    "customer_number_is_unique": copy("customers_customer"),
    "customer_kind_is_known": change("customers_customer", "kind = 'pet'"),
    "only_consumers_have_national_ids": change("customers_customer", "national_id_lookup = 'x'"),
    "national_id_stands_on_one_customer": copy(
        "customers_customer",
        "'number', 900 + fresh.place, 'kind', 'consumer', 'national_id_lookup', 'the same'",
        times=2,
    ),
    "customers_customer_number_check": change("customers_customer", "number = -1"),
    "customers_customer_payment_terms_days_check": change("customers_customer", "payment_terms_days = -1"),
    "customers_customer_version_check": change("customers_customer", "version = -1"),
    "one_customer_number_series": copy("customers_customernumberseries"),
    "customers_customernumberseries_last_number_check": change("customers_customernumberseries", "last_number = -1"),
    "custom_property_name_is_unique": copy("customers_customproperty"),
    "custom_property_kind_is_known": change("customers_customproperty", "kind = 'colour'"),
    "only_choices_have_choices": change("customers_customproperty", "choices = '[\"a\"]'"),
    "customers_customproperty_position_check": change("customers_customproperty", "position = -1"),
    "product_number_is_unique": copy("customers_product"),
    "product_price_is_not_negative": change("customers_product", "unit_price = -0.01"),
    "customers_product_version_check": change("customers_product", "version = -1"),
    # payments
    "account_number_is_unique": copy("payments_account", "'purpose', ''"),
    "account_purpose_is_unique": copy("payments_account", "'number', '9999'", where="purpose <> ''"),
    "account_of_a_rule_stays_in_use": change("payments_account", "is_active = false", where="purpose <> ''"),
    "one_exchange_rate_per_day": rate("2026-11-02", "11.5", "fresh") + "; " + rate("2026-11-02", "11.6", "fresh_2"),
    "exchange_rate_is_positive": rate("2026-11-03", "0", "fresh"),
    "one_voucher_series_per_year": copy("payments_voucherseries", "'last_number', 0"),
    "payments_voucherseries_year_check": copy("payments_voucherseries", "'last_number', 0, 'year', -1"),
    "voucher_number_is_unique": copy("payments_voucher"),
    "voucher_is_reversed_once": copy(
        "payments_voucher", "'number', 900 + fresh.place, 'reverses_id', %(voucher)s::uuid", times=2
    ),
    "payments_voucher_number_check": copy("payments_voucher", "'number', -1"),
    "payments_voucher_year_check": copy("payments_voucher", "'year', -1"),
    "kid_names_one_receivable": copy("payments_receivable", where="kid <> ''"),
    "receivable_kind_is_known": copy("payments_receivable", "'kid', '', 'kind', 'gift'"),
    "additions_name_their_principal": copy("payments_receivable", "'kid', '', 'kind', 'fee'"),
    "one_balance_per_receivable": copy("payments_receivablebalance"),
    "posting_position_is_unique": copy("payments_posting"),
    "payments_posting_position_check": copy("payments_posting", "'position', -1"),
    "allocation_is_not_zero": copy("payments_allocation", "'amount', 0"),
    "allocation_has_two_sides": copy("payments_allocation", "'credit_receivable_id', t.receivable_id"),
    "allocation_has_a_source": copy("payments_allocation", "'credit_receivable_id', NULL"),
    "allocation_is_reversed_once": copy("payments_allocation", "'reverses_id', %(allocation)s::uuid", times=2),
    "payment_is_kept_once": copy("payments_payment"),
    "payment_is_positive": copy("payments_payment", "'key', 'x', 'base_amount', -1"),
    "fee_is_less_than_the_payment": copy("payments_payment", "'key', 'x', 'fee', t.amount"),
    "parts_of_payment_are_not_negative": copy("payments_payment", "'key', 'x', 'unapplied_base', -1"),
    "every_krone_of_a_payment_is_somewhere": copy("payments_payment", "'key', 'x', 'amount', t.amount + 1"),
    "payment_source_is_known": copy("payments_payment", "'key', 'x', 'source', 'gift'"),
    "payment_method_is_known": copy("payments_payment", "'key', 'x', 'method', 'gift'"),
    "refund_is_asked_once": copy("payments_refund"),
    "refund_is_positive": copy("payments_refund", "'key', 'x', 'base_amount', -1"),
    "refund_state_is_known": copy("payments_refund", "'key', 'x', 'state', 'lost'", where="state = 'requested'"),
    "refund_is_booked_when_done": copy("payments_refund", "'key', 'x', 'voucher_id', NULL", where="state = 'done'"),
    "books_are_opened_once": copy("payments_openingbalance"),
    "one_payment_settings": copy("payments_paymentsettings"),
    "small_difference_is_small": change("payments_paymentsettings", "small_difference_max = 100.01"),
    "one_agreement_per_bank_account": copy("payments_bankagreement"),
    "source_of_payments_is_known": change("payments_bankagreement", "source_format = 'fax'"),
    "bank_file_is_taken_once": copy("payments_bankfile"),
    "bank_file_state_is_known": copy("payments_bankfile", "'sha256', 'x', 'state', 'lost'"),
    "bank_line_is_kept_once": copy("payments_bankline"),
    "bank_line_is_not_negative": copy("payments_bankline", "'fingerprint', 'x', 'amount', -1"),
    "bank_line_outcome_is_known": copy("payments_bankline", "'fingerprint', 'x', 'outcome', 'lost'"),
    "bank_line_says_when_it_was_settled": copy("payments_bankline", "'fingerprint', 'x', 'settled_at', NULL"),
    "posted_bank_line_has_its_payment": copy("payments_bankline", "'fingerprint', 'x', 'payment_id', NULL"),
    "one_csv_mapping_per_header": copy("payments_csvmapping"),
    "one_mandate_per_kid": copy("payments_directdebitmandate"),
    "direct_debit_file_has_its_number": copy("payments_directdebitfile"),
    "direct_debit_file_is_not_empty": copy("payments_directdebitfile", "'number', 9, 'count', 0"),
    "one_payout_per_bank_line": copy("payments_payout"),
    "payout_fee_is_not_negative": copy("payments_payout", "'reversal_id', voucher_id, 'fee', -1"),
    "posting_is_paid_out_once": copy("payments_payoutpart"),
    "one_direct_debit_per_receivable": copy("payments_directdebitclaim"),
    "direct_debit_is_positive": copy("payments_directdebitclaim", "'amount', 0"),
    "cancelled_direct_debit_names_its_file": copy("payments_directdebitclaim", "'state', 'cancelled'"),
    "known_payer_is_one": copy("payments_knownpayer"),
    "refund_file_has_its_number": copy("payments_refundfile"),
    "refund_file_is_not_empty": copy("payments_refundfile", "'message_id', 'x', 'count', 0"),
    "hold_kind_is_known": copy("payments_hold", "'kind', 'whim'"),
    "one_account_per_provider": copy("payments_provideraccount"),
    "provider_is_known": change("payments_provideraccount", "provider = 'other'"),
    "method_is_saved_once": copy("payments_savedmethod"),
    "saved_method_has_a_mandate": change("payments_savedmethod", "mandate_text = ''"),
    "attempt_is_made_once": copy("payments_paymentattempt", "'claims_key', 'another'"),
    "one_open_attempt_per_claims": """INSERT INTO payments_paymentattempt
        SELECT (jsonb_populate_record(NULL::payments_paymentattempt, to_jsonb(t) || jsonb_build_object(
            'id', fresh.id, 'key', fresh.id, 'state', 'pending'))).*
        FROM (SELECT * FROM payments_paymentattempt WHERE organization_id = %(organization)s ORDER BY id LIMIT 1) t,
             (VALUES (%(fresh)s::uuid), (%(fresh_2)s::uuid)) AS fresh (id)""",
    "attempt_is_positive": copy("payments_paymentattempt", "'key', 'x', 'amount', 0"),
    "attempt_state_is_known": copy("payments_paymentattempt", "'key', 'x', 'state', 'lost'"),
    "charge_names_its_method": copy("payments_paymentattempt", "'key', 'x', 'kind', 'checkout'"),
    "captured_attempt_has_a_payment": copy("payments_paymentattempt", "'key', 'x', 'state', 'captured'"),
    "dispute_state_is_known": copy("payments_paymentattempt", "'key', 'x', 'dispute_state', 'maybe'"),
    "payments_paymentattempt_looks_check": copy("payments_paymentattempt", "'key', 'x', 'looks', -1"),
    "payments_provideraccount_version_check": change("payments_provideraccount", "version = -1"),
    "attempt_pays_claim_once": copy("payments_attemptpart"),
    "attempt_part_is_positive": copy(
        "payments_attemptpart", "'amount', 0, 'receivable_id', (SELECT id FROM payments_receivable LIMIT 1)"
    ),
    "event_is_kept_once": copy("payments_providerevent"),
    "one_demo_checkout_per_attempt": copy("payments_democheckout"),
    "demo_checkout_state_is_known": change("payments_democheckout", "state = 'lost'"),
    "customer_hold_kind_is_known": copy("payments_customerhold", "'kind', 'whim'"),
    "instalment_position_is_unique": copy("payments_instalment"),
    "payments_instalment_position_check": copy("payments_instalment", "'position', -1"),
    "invoicing_enquiry_wished_count_check": copy("invoicing_enquiry", "'key', 'x', 'wished_count', -1"),
    "instalment_is_positive": copy("payments_instalment", "'position', 9, 'amount', 0"),
    "held_amount_is_positive": copy("payments_hold", "'amount', 0"),
    # invoicing
    "series_code_is_unique": copy(
        "invoicing_numberseries", "'is_default', false, 'first_number', 5, 'last_allowed', 9, 'last_number', 4"
    ),
    "one_default_series": copy(
        "invoicing_numberseries", "'code', 'b', 'first_number', 5, 'last_allowed', 9, 'last_number', 4"
    ),
    "series_range_is_forward": copy("invoicing_numberseries", SERIES_COPY.format(first=9, allowed=5, last=8)),
    "series_stays_in_its_range": change("invoicing_numberseries", "last_number = last_allowed + 1"),
    "series_ranges_are_disjoint": copy("invoicing_numberseries", SERIES_COPY.format(first=5, allowed=999999, last=4)),
    "invoicing_seriescheck_documents_check": """INSERT INTO invoicing_seriescheck
        (id, organization_id, series_id, checked_at, last_number, documents, problems)
        VALUES (%(fresh)s, %(organization)s, %(series)s, now(), 1, -1, '[]')""",
    "invoice_number_is_unique": change("invoicing_invoice", USED_NUMBER, where=DRAFT),
    "number_exactly_when_finalized": change("invoicing_invoice", "number = %(next_number)s", where=DRAFT),
    "invoice_kind_is_known": change("invoicing_invoice", "kind = 'gift'", where=DRAFT),
    "only_credit_notes_credit": change("invoicing_invoice", "credits_id = %(invoice)s", where=DRAFT),
    "invoice_discount_in_range": change("invoicing_invoice", "discount_percent = 100.01", where=DRAFT),
    "invoice_period_runs_forward": change(
        "invoicing_invoice", "period_from = '2026-02-01', period_to = '2026-01-31'", where=DRAFT
    ),
    "invoicing_invoice_payment_terms_days_check": change("invoicing_invoice", "payment_terms_days = -1", where=DRAFT),
    "invoicing_invoice_version_check": change("invoicing_invoice", "version = -1", where=DRAFT),
    "charge_kind_is_known": change("invoicing_invoiceline", "charge_kind = 'gift'", where=DRAFT_LINE),
    "line_price_is_not_negative": change("invoicing_invoiceline", "unit_price = -0.01", where=DRAFT_LINE),
    "line_discount_in_range": change("invoicing_invoiceline", "discount_amount = -0.01", where=DRAFT_LINE),
    "line_vat_treatment_is_known": change("invoicing_invoiceline", "vat_treatment = 'none'", where=DRAFT_LINE),
    "invoicing_invoiceline_position_check": change("invoicing_invoiceline", "position = -1", where=DRAFT_LINE),
    "one_open_spell_per_draft": copy("invoicing_editingspell"),
    "invoicing_editingspell_saves_check": change("invoicing_editingspell", "saves = -1"),
    "draft_version_is_unique": copy("invoicing_draftversion"),
    "invoicing_draftversion_version_check": copy("invoicing_draftversion", "'version', -1"),
    "approval_verdict_is_known": copy("invoicing_draftapproval", "'verdict', 'perhaps'"),
    "refusal_carries_a_reason": copy("invoicing_draftapproval", "'verdict', 'refused', 'reason', ''"),
    "approval_is_by_a_second_person": copy("invoicing_draftapproval", "'verdict', 'approved', 'user_id', NULL"),
    "invoicing_draftapproval_version_check": copy("invoicing_draftapproval", "'version', -1"),
    "credit_note_stands_in_one_correction": copy("invoicing_correction", "'replacement_id', %(draft)s::uuid"),
    "replacement_stands_in_one_correction": copy("invoicing_correction", "'credit_note_id', %(spare_note)s::uuid"),
    "attachment_name_is_unique": copy("invoicing_attachment"),
    "invoicing_attachment_position_check": change("invoicing_attachment", "position = -1"),
    "invoicing_attachment_size_bytes_check": change("invoicing_attachment", "size_bytes = -1"),
    "view_name_is_unique_per_person": copy("invoicing_savedview"),
    "invoicing_savedview_position_check": change("invoicing_savedview", "position = -1"),
    "one_text_per_place": copy("invoicing_documenttext"),
    "text_place_is_known": change("invoicing_documenttext", "place = 'wall'"),
    "one_layout_for_each_customer": copy("invoicing_layoutdefaults"),
    "layout_is_known": change("invoicing_layoutdefaults", "shows = 'poster'"),
    "one_follow_up_per_invoice": copy("invoicing_invoicefollowup"),
    "one_check_per_draft": copy("invoicing_draftcheck"),
    "one_file_per_subject_and_kind": copy("invoicing_documentfile"),
    "invoicing_documentfile_size_bytes_check": copy("invoicing_documentfile", "'kind', 'pdf', 'size_bytes', -1"),
    # receipts, statements and demands
    "the_same_words_are_one_paper": copy("invoicing_customerpaper"),
    "paper_kind_is_known": copy("invoicing_customerpaper", "'snapshot_sha256', 'x', 'kind', 'poem'"),
    "receipt_names_its_payment": copy("invoicing_customerpaper", "'snapshot_sha256', 'x', 'payment_id', null"),
    # sending
    "dispatch_happens_once": copy("invoicing_dispatch"),
    "dispatch_kind_is_known": copy("invoicing_dispatch", "'key', 'another', 'kind', 'whim'"),
    "one_delivery_per_recipient": copy("invoicing_delivery"),
    "delivery_state_is_known": change("invoicing_delivery", "state = 'lost'"),
    "delivery_channel_is_known": copy("invoicing_delivery", "'channel', 'pigeon'"),
    "invoicing_delivery_attempts_check": change("invoicing_delivery", "attempts = -1"),
    "delivery_news_comes_once": copy("invoicing_deliveryevent", where="key <> ''"),
    "event_source_is_known": copy("invoicing_deliveryevent", "'key', '', 'source', 'rumour'"),
    "message_is_received_once": copy("invoicing_receivedmessage"),
    "print_batch_number_is_unique": copy("invoicing_printbatch"),
    "invoicing_printbatch_number_check": change("invoicing_printbatch", "number = -1"),
    "invoicing_printbatch_size_bytes_check": change("invoicing_printbatch", "size_bytes = -1"),
    "invoicing_printbatch_sheets_check": change("invoicing_printbatch", "sheets = -1"),
    "one_set_of_delivery_settings": copy("invoicing_deliverysettings"),
    "email_deadline_is_not_negative": change("invoicing_deliverysettings", "email_deadline_hours = -1"),
    "ehf_deadline_is_not_negative": change("invoicing_deliverysettings", "ehf_deadline_hours = -1"),
    "paper_deadline_is_not_negative": change("invoicing_deliverysettings", "paper_deadline_hours = -1"),
    "link_life_is_not_negative": change("invoicing_deliverysettings", "link_days_after_paid = -1"),
    "invoicing_deliverysettings_window_left_mm_check": change("invoicing_deliverysettings", "window_left_mm = -1"),
    "invoicing_deliverysettings_window_top_mm_check": change("invoicing_deliverysettings", "window_top_mm = -1"),
    "invoicing_deliverysettings_version_check": change("invoicing_deliverysettings", "version = -1"),
    "sender_address_is_unique": copy("invoicing_sender", "'is_default', false"),
    "one_default_sender": copy("invoicing_sender", "'address', 'another@nordlys.example'"),
    "one_mail_server": copy("invoicing_mailserver"),
    "mail_is_always_encrypted": change("invoicing_mailserver", "security = 'none'"),
    "invoicing_mailserver_port_check": change("invoicing_mailserver", "port = -1"),
    "invoicing_mailserver_version_check": change("invoicing_mailserver", "version = -1"),
    "one_access_point": copy("invoicing_accesspoint"),
    "access_point_kind_is_known": change("invoicing_accesspoint", "kind = 'fax'"),
    "invoicing_accesspoint_version_check": change("invoicing_accesspoint", "version = -1"),
    "one_answer_per_participant": copy("invoicing_participant"),
    "reachability_is_known": change("invoicing_participant", "answer = 'perhaps'"),
    "link_token_is_unique": copy("invoicing_publiclink"),
    "invoicing_publiclink_openings_check": change("invoicing_publiclink", "openings = -1"),
    "enquiry_is_made_once": copy("invoicing_enquiry"),
    "enquiry_kind_is_known": change("invoicing_enquiry", "kind = 'gift'"),
    **BACKLOG_VIOLATIONS,
    **COLLECTION_VIOLATIONS,
    **REMINDER_VIOLATIONS,
    **MACHINE_VIOLATIONS,
    **EXPORT_VIOLATIONS,
    **SYNC_VIOLATIONS,
}
# What the named constraint or trigger refuses before this one is asked.
IMPLIED = {
    "tenants_job_total_check": "job_counts_add_up",
    "tenants_bankaccount_kid_length_check": "kid_length_is_4_to_25",
    "payments_voucherseries_last_number_check": "series_moves_forward",
    **BACKLOG_IMPLIED,
    **MACHINE_IMPLIED,
    **EXPORT_IMPLIED,
}
# Tables that the application may not write at all are tried as superuser.
NOT_WRITTEN_BY_THE_APPLICATION = {
    "law_figure_is_dated_once": "INSERT INTO tenants_lawfigure SELECT gen_random_uuid(), (t.*).country, t.kind,"
    " t.variant, t.valid_from, t.valid_to, t.value, t.unit, t.source, t.entered_by FROM tenants_lawfigure t",
}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), committed_world() as made:
        yield made


def constraints_in_the_database() -> set[str]:
    """Every check, unique and exclusion of our tables, by name."""
    with databases.superuser(database_name()) as session:
        rows = session.execute(
            """SELECT c.conname FROM pg_constraint c
               WHERE c.contype IN ('c', 'u', 'x') AND c.conrelid <> 0 AND c.conrelid::regclass::text ~ %(ours)s
               UNION SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
               WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid::regclass::text ~ %(ours)s""",
            {"ours": OWN_TABLES},
        ).fetchall()
    return {str(row[0]) for row in rows}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_constraint_refuses_by_name(world: World, name: str) -> None:
    error = refusal_of(VIOLATIONS[name].split("; "), world.ids, organization_id=world.organization.pk)

    assert error is not None, f"accepted: {name}"
    assert error.diag.constraint_name == name, error
    assert world.changed_tables() == []


@pytest.mark.parametrize("name", NOT_WRITTEN_BY_THE_APPLICATION)
def test_a_constraint_on_what_the_application_only_reads_refuses_by_name(world: World, name: str) -> None:
    with databases.superuser(database_name()) as session, pytest.raises(psycopg.errors.IntegrityError) as refused:
        session.execute(NOT_WRITTEN_BY_THE_APPLICATION[name])

    assert refused.value.diag.constraint_name == name


def test_every_constraint_has_its_violation(world: World) -> None:
    tried = {*VIOLATIONS, *IMPLIED, *NOT_WRITTEN_BY_THE_APPLICATION}

    assert constraints_in_the_database() - tried == set(), "a constraint without a row in the table above"
    assert tried - constraints_in_the_database() == set(), "a row for a constraint that does not exist"
