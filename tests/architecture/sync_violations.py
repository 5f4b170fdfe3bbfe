"""How each constraint on connections, mappings and sync items is violated."""

from __future__ import annotations

from tests.architecture.violating import change, copy

CONNECTION, PERMIT, CHOICE = (
    "accounting_sync_connection",
    "accounting_sync_permit",
    "accounting_sync_remotechoice",
)
MAPPING, LINK, ITEM = "accounting_sync_accountmapping", "accounting_sync_customerlink", "accounting_sync_syncitem"

MONTH, STRAY = "accounting_sync_reconciliation", "accounting_sync_straydocument"
PROPOSAL, CHANGE = "accounting_sync_paymentproposal", "accounting_sync_customerchange"

SYNC_VIOLATIONS: dict[str, str] = {
    "connection_name_is_unique": copy(CONNECTION),
    "connection_state_is_known": change(CONNECTION, "state = 'lost'"),
    "connection_mode_is_known": change(CONNECTION, "mode = 'guess'"),
    "push_hour_is_of_a_day": change(CONNECTION, "push_hour = 24"),
    "active_connection_has_start_and_keys": change(CONNECTION, "state = 'active', start_day = NULL"),
    "closed_connection_keeps_no_keys": change(CONNECTION, "state = 'closed'"),
    "accounting_sync_connection_push_hour_check": change(CONNECTION, "push_hour = -1"),
    "accounting_sync_connection_secrets_version_check": change(CONNECTION, "secrets_version = -1"),
    "accounting_sync_connection_failures_check": change(CONNECTION, "failures = -1"),
    "accounting_sync_connection_version_check": change(CONNECTION, "version = -1"),
    "permit_state_is_unique": copy(PERMIT),
    "remote_choice_stands_once": copy(CHOICE),
    "one_mapping_per_key_and_customer": copy(MAPPING),
    "mapping_kind_is_known": copy(MAPPING, "'kind', 'colour'"),
    "one_link_per_customer": copy(LINK),
    "link_state_is_known": change(LINK, "state = 'perhaps'"),
    "link_names_somebody": change(LINK, "remote_id = ''"),
    "accounting_sync_customerlink_pushed_version_check": change(LINK, "pushed_version = -1"),
    "accounting_sync_customerlink_failures_check": change(LINK, "failures = -1"),
    "each_voucher_is_pushed_once": copy(ITEM),
    "sync_state_is_known": change(ITEM, "state = 'lost'"),
    "confirmed_item_names_its_remote": change(ITEM, "state = 'confirmed'"),
    "sending_item_names_its_step": change(ITEM, "state = 'sending', step = ''"),
    "accounting_sync_syncitem_revision_check": copy(ITEM, "'revision', -1"),
    "accounting_sync_syncitem_attempts_check": change(ITEM, "attempts = -1"),
    "accounting_sync_syncitem_looks_check": change(ITEM, "looks = -1"),
    "accounting_sync_pushattempt_status_check": copy("accounting_sync_pushattempt", "'status', -1"),
    "accounting_sync_pushattempt_milliseconds_check": copy("accounting_sync_pushattempt", "'milliseconds', -1"),
    "reconciliation_state_is_known": copy(MONTH, "'state', 'lost'"),
    "ended_reconciliation_names_its_end": copy(MONTH, "'state', 'done', 'ended_at', NULL"),
    "every_voucher_of_a_reconciliation_is_somewhere": copy(MONTH, "'vouchers', -1"),
    "a_month_is_reconciled_once_at_a_time": copy(MONTH),
    "reconciliation_has_one_report": copy("accounting_sync_reconciliationreport"),
    "stray_document_stands_once": copy(STRAY),
    "stray_state_is_known": change(STRAY, "state = 'lost', settled_at = now()"),
    "settled_stray_names_its_moment": change(STRAY, "state = 'gone', settled_at = NULL"),
    "remote_payment_is_proposed_once": copy(PROPOSAL),
    "proposal_state_is_known": change(PROPOSAL, "state = 'lost', settled_at = now()"),
    "taken_proposal_has_payment": change(PROPOSAL, "state = 'taken', settled_at = now()"),
    "settled_proposal_names_its_moment": change(PROPOSAL, "state = 'ignored', settled_at = NULL"),
    "one_change_per_customer_and_connection": copy(CHANGE),
    "customer_change_state_is_known": change(CHANGE, "state = 'lost', settled_at = now()"),
    "settled_change_names_its_moment": change(CHANGE, "state = 'ignored', settled_at = NULL"),
}
