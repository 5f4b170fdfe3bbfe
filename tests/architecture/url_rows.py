"""One row per address: who may open it, how, and which of an organization's things it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from foundation import files
from invoicing import queries
from invoicing.models import Invoice
from payments.queries import list_accounts
from tenants import jobs, notices
from tenants.actions import invite_member
from tenants.audit import Actor
from tenants.models import BankAccount, Membership, Organization
from tenants.permissions import Permission
from tests import builders
from tests.accounting_sync.connection_rows import connection_things
from tests.accounting_sync.export_rows import export_things
from tests.api.machine_rows import machine_things
from tests.billing_backlog.advance_rows import advance_things
from tests.billing_backlog.booking_rows import booking_things
from tests.billing_backlog.import_rows import import_things
from tests.billing_backlog.list_rows import backlog_things
from tests.billing_backlog.proforma_rows import proforma_things
from tests.billing_backlog.project_rows import project_things
from tests.billing_backlog.quote_rows import quote_things
from tests.billing_backlog.run_rows import run_things
from tests.billing_backlog.subscription_rows import subscription_things
from tests.billing_backlog.visit_rows import visit_things
from tests.billing_backlog.work_rows import work_things
from tests.config.moves import move_things
from tests.invoicing.papers_world import receipt_of
from tests.payments import by_hand
from tests.payments.bank_rows import bank_things
from tests.payments.online_rows import online_things
from tests.reminders.collection_world import collection_things
from tests.reminders.desk_rows import desk_things
from tests.reminders.plan_rows import plan_things

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
INSIDE = "<slug:organization>/"
# Addresses outside every organization; each decides for itself whom it serves.
PUBLIC = {
    "home",
    "accessibility",
    "healthz",
    "readyz",
    "create_organization",
    "accept_invitation",
    "receive_from_network",
    "receive_returned_mail",
    "receive_from_provider",
    "demo_checkout",
    "return_from_system",
    "api_description",
    "api_operations",
}
PUBLIC_PREFIXES = ("api:", "account_", "mfa_", "usersessions_", "public:", "public_quotes:", "public_subscriptions:")


@dataclass(frozen=True, slots=True)
class Row:
    """What is declared of one address inside an organization."""

    permission: Permission
    methods: tuple[str, ...] = GET
    things: tuple[tuple[str, str], ...] = ()  # argument of the address → thing of the organization
    query: str = ""
    form: str = ""  # what a POST must hold before the address looks for its things; {names} are things


def row(
    permission: Permission, methods: tuple[str, ...] = GET, *, query: str = "", form: str = "", **things: str
) -> Row:
    """A row whose further keyword arguments say which thing stands for each argument of the address."""
    return Row(permission, methods, tuple(things.items()), query, form)


P = Permission
ROWS: dict[str, Row] = {
    "overview": row(P.VIEW_INVOICES),
    "import_customers": row(P.IMPORT_DATA, BOTH),
    "import_products": row(P.IMPORT_DATA, BOTH),
    "map_customers": row(P.IMPORT_DATA, BOTH, sha256="uploaded"),
    "map_products": row(P.IMPORT_DATA, BOTH, sha256="uploaded"),
    "panel_rehearsal": row(P.IMPORT_DATA, job_id="job"),
    "start_import": row(P.IMPORT_DATA, POST, job_id="job"),
    "export_customers": row(P.EXPORT_DATA, BOTH),
    "export_products": row(P.EXPORT_DATA, BOTH),
    "show_person": row(P.ERASE_PERSONAL_DATA, customer_id="consumer"),
    "export_person": row(P.ERASE_PERSONAL_DATA, POST, customer_id="consumer"),
    "erase_person": row(P.ERASE_PERSONAL_DATA, BOTH, customer_id="consumer"),
    "show_contact_person": row(P.ERASE_PERSONAL_DATA, customer_id="customer", contact_id="contact"),
    "export_contact_person": row(P.ERASE_PERSONAL_DATA, POST, customer_id="customer", contact_id="contact"),
    "erase_contact_person": row(P.ERASE_PERSONAL_DATA, BOTH, customer_id="customer", contact_id="contact"),
    "move_in": row(P.MOVE_IN, BOTH),
    "map_move_in": row(P.MOVE_IN, BOTH, asked="move_in_asked"),
    "show_move": row(P.MOVE_IN, move_id="move_rehearsal"),
    "switch_move_in": row(P.MOVE_IN, POST, move_id="move_rehearsal"),
    "show_retention": row(P.VIEW_SETTINGS),
    "show_api": row(P.MANAGE_API),
    "create_token": row(P.MANAGE_API, BOTH),
    "revoke_token": row(P.MANAGE_API, POST, token_id="api_token"),
    "create_webhook": row(P.MANAGE_API, BOTH),
    "update_webhook": row(P.MANAGE_API, BOTH, endpoint_id="webhook"),
    "test_webhook": row(P.MANAGE_API, POST, endpoint_id="webhook"),
    "rotate_webhook": row(P.MANAGE_API, POST, endpoint_id="webhook"),
    "resume_webhook": row(P.MANAGE_API, POST, endpoint_id="webhook"),
    "remove_webhook": row(P.MANAGE_API, POST, endpoint_id="webhook"),
    "send_webhook_again": row(P.MANAGE_API, POST, delivery_id="webhook_delivery"),
    "show_month_end": row(P.VIEW_LEDGER),
    "hide_checklist": row(P.VIEW_INVOICES, POST),
    "command_palette": row(P.VIEW_INVOICES, query="q=a"),
    "create_product": row(P.EDIT_PRODUCTS, BOTH),
    "update_product": row(P.EDIT_PRODUCTS, BOTH, product_id="product"),
    "billing_backlog:update_week": row(P.ENTER_WORK, BOTH),
    "billing_backlog:show_day": row(P.ENTER_WORK, BOTH),
    "billing_backlog:list_work": row(P.ENTER_WORK),
    "billing_backlog:create_work": row(P.ENTER_WORK, BOTH),
    "billing_backlog:submit_work": row(P.ENTER_WORK, POST, form="id={work_entry}"),
    "billing_backlog:update_work": row(P.ENTER_WORK, BOTH, entry_id="work_entry"),
    "billing_backlog:remove_work": row(P.ENTER_WORK, POST, entry_id="work_entry"),
    "billing_backlog:withdraw_work": row(P.ENTER_WORK, POST, entry_id="work_entry"),
    "billing_backlog:correct_work": row(P.ENTER_WORK, POST, entry_id="work_entry"),
    "billing_backlog:download_receipt": row(P.VIEW_BACKLOG, entry_id="work_entry"),
    "billing_backlog:list_waiting_work": row(P.APPROVE_WORK),
    "billing_backlog:approve_work": row(P.APPROVE_WORK, POST, form="id={work_entry}"),
    "billing_backlog:return_work": row(P.APPROVE_WORK, POST, form="id={work_entry}"),
    "billing_backlog:list_deputies": row(P.APPROVE_WORK, BOTH),
    "billing_backlog:end_deputy": row(P.APPROVE_WORK, POST, deputy_id="deputy"),
    "billing_backlog:list_journal": row(P.RELEASE_WORK),
    "billing_backlog:review_items": row(P.RELEASE_WORK, POST),
    "billing_backlog:release_items": row(P.RELEASE_WORK, POST),
    "billing_backlog:update_billing": row(P.EDIT_BILLING, BOTH),
    "billing_backlog:update_automation": row(P.EDIT_BILLING, BOTH),
    "billing_backlog:choose_customer_automation": row(P.EDIT_BILLING, query="customer=1"),
    "billing_backlog:update_customer_automation": row(P.EDIT_BILLING, BOTH, customer_id="customer"),
    "billing_backlog:remove_customer_automation": row(P.EDIT_BILLING, POST, customer_id="customer"),
    "billing_backlog:panel_customer_automation": row(P.VIEW_BACKLOG, customer_id="customer"),
    "billing_backlog:list_bring_along": row(P.VIEW_INVOICES),
    "billing_backlog:print_bring_along": row(P.SEND_INVOICES, POST),
    "billing_backlog:list_projects": row(P.VIEW_BACKLOG),
    "billing_backlog:create_project": row(P.EDIT_CONTRACTS, BOTH),
    "billing_backlog:show_project": row(P.VIEW_BACKLOG, project_id="project"),
    "billing_backlog:update_project": row(P.EDIT_CONTRACTS, BOTH, project_id="project"),
    "billing_backlog:close_project": row(P.EDIT_CONTRACTS, POST, project_id="project"),
    "billing_backlog:reopen_project": row(P.EDIT_CONTRACTS, POST, project_id="project"),
    "billing_backlog:create_contract": row(P.EDIT_CONTRACTS, BOTH, project_id="project"),
    "billing_backlog:new_contract_row": row(P.EDIT_CONTRACTS, query="kind=line"),
    "billing_backlog:show_contract": row(P.VIEW_BACKLOG, contract_id="contract"),
    "billing_backlog:update_contract": row(P.EDIT_CONTRACTS, BOTH, contract_id="contract"),
    "billing_backlog:end_contract": row(P.EDIT_CONTRACTS, POST, contract_id="contract"),
    "billing_backlog:resplit_work": row(P.EDIT_CONTRACTS, POST, contract_id="contract"),
    "billing_backlog:set_limits": row(P.EDIT_CONTRACTS, BOTH, contract_id="contract"),
    "billing_backlog:ask_limit": row(P.MARK_READY, BOTH, contract_id="contract"),
    "billing_backlog:list_limit_requests": row(P.VIEW_BACKLOG),
    "billing_backlog:show_limit_request": row(P.VIEW_BACKLOG, request_id="limit_request"),
    "billing_backlog:answer_limit": row(P.VIEW_ALL_PROJECTS, POST, request_id="limit_request"),
    "billing_backlog:plan_milestones": row(P.EDIT_CONTRACTS, BOTH, contract_line_id="fixed_price"),
    "billing_backlog:bill_progress": row(P.EDIT_CONTRACTS, BOTH, contract_line_id="progress_line"),
    "billing_backlog:list_work_reports": row(P.VIEW_BACKLOG),
    "billing_backlog:report_unbilled": row(P.VIEW_BACKLOG),
    "billing_backlog:report_days": row(P.VIEW_BACKLOG),
    "billing_backlog:report_contracts": row(P.VIEW_BACKLOG),
    "billing_backlog:report_write_offs": row(P.VIEW_BACKLOG),
    "billing_backlog:report_runs": row(P.VIEW_BACKLOG),
    "billing_backlog:export_work_report": row(P.VIEW_BACKLOG, POST),
    "billing_backlog:panel_customer_work": row(P.VIEW_BACKLOG, customer_id="customer"),
    "billing_backlog:panel_contract_summary": row(P.VIEW_BACKLOG, invoice_id="contract_draft"),
    "billing_backlog:list_finance_targets": row(P.EDIT_BILLING),
    "billing_backlog:create_finance_target": row(P.EDIT_BILLING, BOTH),
    "billing_backlog:update_finance_target": row(P.EDIT_BILLING, BOTH, target_id="target"),
    "billing_backlog:try_finance_target": row(P.EDIT_BILLING, POST, target_id="target"),
    "billing_backlog:set_posting_string": row(P.EDIT_BILLING, POST, target_id="target"),
    "billing_backlog:remove_posting_string": row(P.EDIT_BILLING, POST, target_id="target", string_id="posting_string"),
    "billing_backlog:list_run_files": row(P.VIEW_BACKLOG),
    "billing_backlog:generate_run_file": row(P.APPROVE_RUNS, POST, target_id="target"),
    "billing_backlog:show_run_file": row(P.VIEW_BACKLOG, run_file_id="run_file"),
    "billing_backlog:download_run_log": row(P.VIEW_BACKLOG, run_file_id="run_file"),
    **{
        f"billing_backlog:{verb}_run_file": row(P.APPROVE_RUNS, POST, run_file_id="run_file")
        for verb in ("download", "transfer", "undo")
    },
    "billing_backlog:receive_run_file": row(P.PREPARE_RUNS, POST, run_file_id="run_file"),
    "billing_backlog:return_run_errors": row(P.PREPARE_RUNS, POST, run_file_id="run_file"),
    "billing_backlog:correct_run_file": row(P.PREPARE_RUNS, POST, run_file_id="run_file"),
    "billing_backlog:list_facilities": row(P.VIEW_BACKLOG),
    "billing_backlog:create_facility": row(P.EDIT_BILLING, BOTH),
    "billing_backlog:update_facility": row(P.EDIT_BILLING, BOTH, facility_id="facility"),
    "billing_backlog:archive_facility": row(P.EDIT_BILLING, POST, facility_id="facility"),
    "billing_backlog:list_bookings": row(P.VIEW_BACKLOG),
    "billing_backlog:create_booking": row(P.PREPARE_RUNS, BOTH),
    "billing_backlog:price_booking": row(P.PREPARE_RUNS),
    "billing_backlog:show_booking": row(P.VIEW_BACKLOG, booking_id="booking"),
    "billing_backlog:update_booking": row(P.PREPARE_RUNS, BOTH, booking_id="booking"),
    "billing_backlog:cancel_booking": row(P.PREPARE_RUNS, POST, booking_id="booking"),
    "billing_backlog:ready_booking": row(P.PREPARE_RUNS, POST, booking_id="booking"),
    "billing_backlog:list_price_lists": row(P.VIEW_BACKLOG),
    "billing_backlog:create_price_list": row(P.EDIT_BILLING, BOTH),
    "billing_backlog:update_price_list": row(P.EDIT_BILLING, BOTH, price_list_id="price_list"),
    "billing_backlog:copy_price_list": row(P.EDIT_BILLING, BOTH, price_list_id="price_list"),
    "billing_backlog:create_target_group": row(P.EDIT_BILLING, POST),
    "billing_backlog:archive_target_group": row(P.EDIT_BILLING, POST, target_group_id="target_group"),
    "billing_backlog:list_runs": row(P.VIEW_BACKLOG),
    "billing_backlog:open_run": row(P.PREPARE_RUNS, BOTH),
    "billing_backlog:show_run": row(P.VIEW_BACKLOG, run_id="run"),
    **{
        f"billing_backlog:{verb}_facility": row(P.PREPARE_RUNS, POST, run_id="run", facility_id="facility")
        for verb in ("take", "finish")
    },
    "billing_backlog:return_facility": row(P.PREPARE_RUNS, POST, run_id="run"),
    "billing_backlog:hold_customer": row(P.PREPARE_RUNS, POST, run_id="run"),
    "billing_backlog:release_customer": row(P.PREPARE_RUNS, POST, run_id="run", customer_id="run_customer"),
    "billing_backlog:answer_differences": row(P.PREPARE_RUNS, POST, run_id="run"),
    "billing_backlog:freeze_run": row(P.PREPARE_RUNS, POST, run_id="run"),
    "billing_backlog:approve_run": row(P.APPROVE_RUNS, POST, run_id="generated_run"),
    "billing_backlog:generate_run": row(P.APPROVE_RUNS, POST, run_id="generated_run"),
    "billing_backlog:finalize_run": row(P.FINALIZE_INVOICES, POST, run_id="generated_run"),
    "billing_backlog:undo_run": row(P.APPROVE_RUNS, POST, run_id="generated_run"),
    "billing_backlog:download_control_sheet": row(P.VIEW_BACKLOG, run_id="generated_run"),
    "billing_backlog:download_manifest": row(P.VIEW_BACKLOG, run_id="generated_run"),
    "billing_backlog:list_quotes": row(P.VIEW_INVOICES),
    "billing_backlog:list_orders": row(P.VIEW_INVOICES),
    "billing_backlog:create_quote": row(P.EDIT_DRAFTS, BOTH),
    "billing_backlog:new_quote_row": row(P.EDIT_DRAFTS),
    "billing_backlog:compute_quote": row(P.EDIT_DRAFTS, POST),
    "billing_backlog:show_quote": row(P.VIEW_INVOICES, quote_id="quote"),
    "billing_backlog:show_customer_quote": row(P.VIEW_INVOICES, quote_id="quote"),
    "billing_backlog:download_quote": row(P.VIEW_INVOICES, quote_id="quote"),
    "billing_backlog:update_quote": row(P.EDIT_DRAFTS, BOTH, quote_id="quote"),
    "billing_backlog:delete_quote": row(P.EDIT_DRAFTS, POST, quote_id="unsent_quote"),
    "billing_backlog:send_quote": row(P.SEND_INVOICES, POST, quote_id="quote"),
    "billing_backlog:copy_quote_link": row(P.SEND_INVOICES, POST, quote_id="quote"),
    "billing_backlog:enter_acceptance": row(P.EDIT_DRAFTS, POST, quote_id="quote"),
    "billing_backlog:withdraw_quote": row(P.EDIT_DRAFTS, POST, quote_id="quote"),
    "billing_backlog:show_order": row(P.VIEW_INVOICES, order_id="order"),
    "billing_backlog:download_order": row(P.VIEW_INVOICES, order_id="order"),
    "billing_backlog:send_order": row(P.SEND_INVOICES, POST, order_id="order"),
    "billing_backlog:draft_order": row(P.EDIT_DRAFTS, POST, order_id="order"),
    "billing_backlog:contract_order": row(P.EDIT_CONTRACTS, BOTH, order_id="order"),
    "billing_backlog:panel_order_of_invoice": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "billing_backlog:panel_order_of_contract": row(P.VIEW_INVOICES, contract_id="contract"),
    "billing_backlog:draft_for_contract": row(P.EDIT_DRAFTS, POST, contract_id="contract"),
    "billing_backlog:panel_customer_quotes": row(P.VIEW_INVOICES, customer_id="customer"),
    "billing_backlog:list_backlog": row(P.VIEW_BACKLOG),
    "billing_backlog:export_backlog": row(P.EXPORT_DATA, POST),
    "billing_backlog:mark_ready": row(P.MARK_READY, POST, form="id={backlog_item}"),
    "billing_backlog:mark_not_ready": row(P.MARK_READY, POST, form="id={backlog_item}"),
    "billing_backlog:change_items": row(P.MARK_READY, POST, form="id={backlog_item}&act=price"),
    "billing_backlog:panel_line_source": row(P.VIEW_BACKLOG, invoice_line_id="backlog_line"),
    "billing_backlog:show_item": row(P.VIEW_BACKLOG, item_id="backlog_item"),
    "billing_backlog:take_back_write_off": row(P.MARK_READY, POST, item_id="backlog_item", write_off_id="write_off"),
    "billing_backlog:list_advances": row(P.VIEW_BACKLOG),
    "billing_backlog:ask_advance": row(P.EDIT_DRAFTS, BOTH),
    "billing_backlog:show_advance": row(P.VIEW_BACKLOG, advance_id="advance"),
    "billing_backlog:refund_advance": row(P.REFUND_PAYMENTS, BOTH, advance_id="advance"),
    "billing_backlog:change_use": row(P.EDIT_DRAFTS, POST, advance_id="advance"),
    "billing_backlog:end_retainer": row(P.EDIT_DRAFTS, POST, advance_id="advance"),
    "billing_backlog:use_advances": row(P.EDIT_DRAFTS, BOTH, invoice_id="draft"),
    "billing_backlog:panel_draft_advances": row(P.EDIT_DRAFTS, invoice_id="draft"),
    "billing_backlog:list_visits": row(P.VIEW_BACKLOG),
    "billing_backlog:plan_visit": row(P.MARK_READY, BOTH),
    "billing_backlog:complete_visits": row(P.ENTER_WORK, POST, form="id={visit}"),
    "billing_backlog:move_visits": row(P.MARK_READY, POST, form="id={visit}&day=2026-11-27"),
    "billing_backlog:show_day_sheets": row(P.VIEW_BACKLOG),
    "billing_backlog:download_day_sheets": row(P.VIEW_BACKLOG),
    "billing_backlog:show_visit": row(P.VIEW_BACKLOG, visit_id="visit"),
    "billing_backlog:change_visit": row(P.MARK_READY, BOTH, visit_id="visit"),
    "billing_backlog:complete_visit": row(P.ENTER_WORK, POST, visit_id="visit"),
    "billing_backlog:cancel_visit": row(P.MARK_READY, POST, visit_id="visit"),
    "billing_backlog:reopen_visit": row(P.ENTER_WORK, POST, visit_id="done_visit"),
    "billing_backlog:list_subscriptions": row(P.VIEW_BACKLOG),
    "billing_backlog:create_subscription": row(P.EDIT_CONTRACTS, BOTH),
    "billing_backlog:show_subscription": row(P.VIEW_BACKLOG, subscription_id="subscription"),
    "billing_backlog:update_subscription": row(P.EDIT_CONTRACTS, BOTH, subscription_id="subscription"),
    "billing_backlog:change_price": row(P.EDIT_CONTRACTS, BOTH, subscription_id="subscription"),
    "billing_backlog:pause_subscription": row(P.EDIT_CONTRACTS, BOTH, subscription_id="subscription"),
    "billing_backlog:resume_subscription": row(P.EDIT_CONTRACTS, BOTH, subscription_id="paused_subscription"),
    "billing_backlog:stop_subscription": row(P.EDIT_CONTRACTS, BOTH, subscription_id="subscription"),
    "billing_backlog:keep_subscription": row(P.EDIT_CONTRACTS, POST, subscription_id="subscription"),
    "billing_backlog:charge_subscription": row(P.EDIT_CONTRACTS, POST, subscription_id="subscription"),
    "billing_backlog:draft_for_subscription": row(P.EDIT_DRAFTS, POST, subscription_id="subscription"),
    "billing_backlog:panel_subscription": row(P.VIEW_BACKLOG, invoice_id="subscription_draft"),
    "billing_backlog:list_proformas": row(P.VIEW_BACKLOG),
    "billing_backlog:create_proformas": row(P.MARK_READY, BOTH),
    "billing_backlog:confirm_many": row(P.CONFIRM_PROFORMAS, POST),
    "billing_backlog:panel_proforma": row(P.VIEW_BACKLOG, invoice_id="proforma_draft"),
    "billing_backlog:show_proforma": row(P.VIEW_BACKLOG, proforma_id="proforma"),
    "billing_backlog:confirm_draft": row(P.CONFIRM_PROFORMAS, POST, proforma_id="proforma"),
    "billing_backlog:return_proforma": row(P.FINALIZE_INVOICES, POST, proforma_id="proforma"),
    "billing_backlog:download_timesheet": row(P.VIEW_BACKLOG, proforma_id="proforma"),
    "billing_backlog:attach_timesheet": row(P.EDIT_DRAFTS, POST, proforma_id="proforma"),
    "billing_backlog:pull_in": row(P.MARK_READY, POST, proforma_id="proforma"),
    "billing_backlog:upload_work_file": row(P.PREPARE_RUNS, BOTH),
    "billing_backlog:map_work_file": row(P.PREPARE_RUNS, BOTH, sha256="uploaded"),
    "billing_backlog:show_work_import": row(P.PREPARE_RUNS, import_id="work_import"),
    "billing_backlog:take_work_file": row(P.PREPARE_RUNS, POST, import_id="work_import"),
    "billing_backlog:list_schedule_runs": row(P.VIEW_BACKLOG),
    "billing_backlog:retry_run": row(P.MARK_READY, POST, schedule_run_id="schedule_run"),
    "invoicing:list_invoices": row(P.VIEW_INVOICES),
    "invoicing:count_views": row(P.VIEW_INVOICES),
    "invoicing:sum_invoices": row(P.VIEW_INVOICES),
    "invoicing:list_views": row(P.VIEW_INVOICES),
    "invoicing:save_view": row(P.VIEW_INVOICES, POST),
    "invoicing:update_view": row(P.VIEW_INVOICES, POST, view_id="view"),
    "invoicing:rename_view": row(P.VIEW_INVOICES, POST, view_id="view"),
    "invoicing:share_view": row(P.SHARE_VIEWS, POST, view_id="view"),
    "invoicing:move_view": row(P.VIEW_INVOICES, POST, view_id="view"),
    "invoicing:delete_view": row(P.VIEW_INVOICES, POST, view_id="view"),
    "invoicing:create_draft": row(P.EDIT_DRAFTS, BOTH),
    "invoicing:finalize_many": row(P.FINALIZE_INVOICES, POST, form="id={draft}"),
    "invoicing:send_many": row(P.SEND_INVOICES, POST, form="id={invoice}"),
    "invoicing:export_invoices": row(P.EXPORT_DATA, BOTH, form="id={draft}"),
    "invoicing:change_many": row(P.EDIT_FOLLOW_UP, POST, form="id={draft}"),
    "invoicing:new_line": row(P.EDIT_DRAFTS),
    "invoicing:new_section": row(P.EDIT_DRAFTS),
    "invoicing:autosave_draft": row(P.EDIT_DRAFTS, POST),
    "invoicing:open_line": row(P.EDIT_DRAFTS, POST),
    "invoicing:fill_line": row(P.EDIT_DRAFTS, POST),
    "invoicing:compute_totals": row(P.EDIT_DRAFTS, POST),
    "invoicing:show_invoice": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:send_by_email": row(P.SEND_INVOICES, BOTH, invoice_id="invoice"),
    "invoicing:preview_email": row(P.SEND_INVOICES, POST, invoice_id="invoice"),
    "invoicing:write_own_mail": row(P.SEND_INVOICES, POST, invoice_id="invoice"),
    "invoicing:update_draft": row(P.EDIT_DRAFTS, BOTH, invoice_id="draft"),
    "invoicing:change_customer": row(P.EDIT_DRAFTS, BOTH, form="customer={customer}", invoice_id="draft"),
    "invoicing:preview_draft": row(P.VIEW_INVOICES, invoice_id="draft"),
    "invoicing:preview_draft_pdf": row(P.VIEW_INVOICES, invoice_id="draft"),
    "invoicing:show_checks": row(P.EDIT_DRAFTS, invoice_id="draft"),
    "invoicing:attach_files": row(P.EDIT_DRAFTS, POST, invoice_id="draft"),
    "invoicing:download_attachment": row(P.VIEW_INVOICES, invoice_id="draft", attachment_id="attachment"),
    "invoicing:move_attachment": row(P.EDIT_DRAFTS, POST, invoice_id="draft", attachment_id="attachment"),
    "invoicing:remove_attachment": row(P.EDIT_DRAFTS, POST, invoice_id="draft", attachment_id="attachment"),
    "invoicing:finalize_invoice": row(P.FINALIZE_INVOICES, BOTH, invoice_id="draft"),
    "invoicing:date_draft": row(P.EDIT_DRAFTS, POST, invoice_id="draft"),
    "invoicing:list_waiting_approvals": row(P.VIEW_INVOICES),
    "invoicing:ask_approval": row(P.EDIT_DRAFTS, POST, invoice_id="draft"),
    "invoicing:approve_draft": row(P.APPROVE_INVOICES, POST, invoice_id="draft"),
    "invoicing:refuse_draft": row(P.APPROVE_INVOICES, POST, form="reason=x", invoice_id="draft"),
    "invoicing:withdraw_approval": row(P.EDIT_DRAFTS, POST, invoice_id="draft"),
    "invoicing:correct_invoice": row(P.CORRECT_INVOICES, BOTH, form="reason=x", invoice_id="invoice"),
    "invoicing:show_correction": row(P.VIEW_INVOICES, correction_id="correction"),
    "invoicing:finalize_correction": row(P.FINALIZE_INVOICES, POST, correction_id="correction"),
    "invoicing:abandon_correction": row(P.CORRECT_INVOICES, POST, correction_id="correction"),
    "invoicing:void_invoice": row(P.CREDIT_INVOICES, BOTH, form="reason=x", invoice_id="invoice"),
    "invoicing:delete_draft": row(P.DELETE_DRAFTS, POST, invoice_id="draft"),
    "invoicing:clone_invoice": row(P.EDIT_DRAFTS, POST, invoice_id="invoice"),
    "invoicing:credit_invoice": row(P.CREDIT_INVOICES, BOTH, invoice_id="invoice"),
    "invoicing:compute_credit": row(P.CREDIT_INVOICES, POST, invoice_id="invoice"),
    "invoicing:update_credit_note": row(P.CREDIT_INVOICES, BOTH, invoice_id="note"),
    "invoicing:explain_invoice": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:list_invoice_history": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:list_documents": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:retry_documents": row(P.FINALIZE_INVOICES, POST, invoice_id="invoice"),
    "invoicing:download_pdf": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:download_ehf": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:panel_customer_invoices": row(P.VIEW_INVOICES, customer_id="customer"),
    "invoicing:set_custom_properties": row(P.EDIT_FOLLOW_UP, POST, invoice_id="invoice"),
    "invoicing:set_owner": row(P.EDIT_FOLLOW_UP, POST, invoice_id="invoice"),
    "invoicing:show_invoice_as_of": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:panel_links": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:copy_link": row(P.SEND_INVOICES, POST, invoice_id="invoice"),
    "invoicing:revoke_link": row(P.SEND_INVOICES, POST, link_id="link"),
    "invoicing:show_customer_view": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:panel_enquiries": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:list_enquiries": row(P.ANSWER_CUSTOMERS),
    "invoicing:answer_enquiry": row(P.ANSWER_CUSTOMERS, BOTH, enquiry_id="enquiry"),
    "invoicing:panel_deliveries": row(P.VIEW_INVOICES, invoice_id="invoice"),
    "invoicing:dispatch_invoice": row(P.SEND_INVOICES, POST, invoice_id="invoice"),
    "invoicing:settle_deliveries": row(P.SEND_INVOICES, POST, invoice_id="invoice"),
    "invoicing:list_undelivered": row(P.VIEW_INVOICES),
    "invoicing:send_again_many": row(P.SEND_INVOICES, POST),
    "invoicing:list_letters": row(P.VIEW_INVOICES),
    "invoicing:make_print_batch": row(P.SEND_INVOICES, POST),
    "invoicing:download_test_sheet": row(P.VIEW_INVOICES),
    "invoicing:download_print_file": row(P.SEND_INVOICES, batch_id="batch"),
    "invoicing:remake_print_file": row(P.SEND_INVOICES, POST, batch_id="batch"),
    "invoicing:mark_printed": row(P.SEND_INVOICES, POST, batch_id="batch"),
    "invoicing:show_sending": row(P.VIEW_SETTINGS),
    "invoicing:update_sending": row(P.EDIT_SETTINGS, POST),
    "invoicing:take_proof": row(P.TAKE_PROOF, POST, invoice_id="invoice"),
    "invoicing:start_proof": row(P.TAKE_PROOF, BOTH),
    "invoicing:number_ledger": row(P.VIEW_LEDGER),
    "invoicing:check_series": row(P.VIEW_LEDGER, POST),
    "invoicing:show_mail_settings": row(P.VIEW_SETTINGS),
    "invoicing:add_sender": row(P.EDIT_SETTINGS, POST),
    "invoicing:update_sender": row(P.EDIT_SETTINGS, BOTH, sender_id="sender"),
    "invoicing:choose_sender": row(P.EDIT_SETTINGS, POST, sender_id="sender"),
    "invoicing:archive_sender": row(P.EDIT_SETTINGS, POST, sender_id="sender"),
    "invoicing:update_mail_server": row(P.EDIT_SETTINGS, POST),
    "invoicing:test_mail_server": row(P.EDIT_SETTINGS, POST),
    "invoicing:renew_mail_hook": row(P.EDIT_SETTINGS, POST),
    "invoicing:list_caught_mails": row(P.SEND_INVOICES),
    "invoicing:show_caught_mail": row(P.SEND_INVOICES, mail_id="caught_mail"),
    "invoicing:show_access_point": row(P.VIEW_SETTINGS),
    "invoicing:update_access_point": row(P.EDIT_SETTINGS, POST),
    "invoicing:test_access_point": row(P.EDIT_SETTINGS, POST),
    "invoicing:renew_hook": row(P.EDIT_SETTINGS, POST),
    "invoicing:look_up_customers": row(P.EDIT_CUSTOMERS, POST),
    "invoicing:panel_customer_network": row(P.VIEW_CUSTOMERS, customer_id="customer"),
    "invoicing:look_up_customer": row(P.EDIT_CUSTOMERS, POST, customer_id="customer"),
    "invoicing:choose_ehf": row(P.EDIT_CUSTOMERS, POST, customer_id="customer"),
    "invoicing:list_series": row(P.VIEW_SETTINGS),
    "invoicing:open_series": row(P.EDIT_SETTINGS, POST),
    "invoicing:choose_series": row(P.EDIT_SETTINGS, POST, series_id="series"),
    "invoicing:update_layout": row(P.EDIT_SETTINGS, BOTH),
    "invoicing:update_customer_layout": row(P.EDIT_CUSTOMERS, BOTH, customer_id="customer"),
    "invoicing:show_texts": row(P.VIEW_SETTINGS),
    "invoicing:update_texts": row(P.EDIT_SETTINGS, POST),
    "customers:show_vat": row(P.VIEW_SETTINGS),
    "customers:list_custom_properties": row(P.VIEW_SETTINGS),
    "customers:create_property": row(P.EDIT_SETTINGS, POST),
    "customers:change_property": row(P.EDIT_SETTINGS, POST, form="name=Ny", property_id="property"),
    "customers:move_property": row(P.EDIT_SETTINGS, POST, property_id="property"),
    "customers:archive_property": row(P.EDIT_SETTINGS, POST, property_id="property"),
    "customers:restore_property": row(P.EDIT_SETTINGS, POST, property_id="property"),
    "customers:list_customers": row(P.VIEW_CUSTOMERS),
    "customers:create_customer": row(P.EDIT_CUSTOMERS, BOTH),
    "customers:show_customer": row(P.VIEW_CUSTOMERS, customer_id="customer"),
    "customers:show_customer_as_of": row(P.VIEW_CUSTOMERS, customer_id="customer"),
    "customers:show_product_as_of": row(P.VIEW_PRODUCTS, product_id="product"),
    "customers:update_customer": row(P.EDIT_CUSTOMERS, BOTH, customer_id="customer"),
    "customers:archive_customer": row(P.EDIT_CUSTOMERS, POST, customer_id="customer"),
    "customers:restore_customer": row(P.EDIT_CUSTOMERS, POST, customer_id="customer"),
    "customers:add_contact": row(P.EDIT_CUSTOMERS, POST, customer_id="customer"),
    "customers:remove_contact": row(P.EDIT_CUSTOMERS, POST, customer_id="customer", contact_id="contact"),
    "customers:keep_national_id": row(P.EDIT_CUSTOMERS, POST, customer_id="customer"),
    "customers:reveal_national_id": row(P.REVEAL_NATIONAL_ID, POST, customer_id="customer"),
    "customers:erase_national_id": row(P.EDIT_CUSTOMERS, POST, customer_id="customer"),
    "customers:list_products": row(P.VIEW_PRODUCTS),
    "customers:archive_product": row(P.EDIT_PRODUCTS, POST, product_id="product"),
    "customers:restore_product": row(P.EDIT_PRODUCTS, POST, product_id="product"),
    "payments:list_exchange_rates": row(P.VIEW_SETTINGS),
    "payments:enter_exchange_rate": row(P.EDIT_EXCHANGE_RATES, POST),
    "payments:import_exchange_rates": row(P.EDIT_EXCHANGE_RATES, POST),
    "payments:list_accounts": row(P.VIEW_SETTINGS),
    "payments:add_account": row(P.EDIT_SETTINGS, BOTH),
    "payments:update_account": row(P.EDIT_SETTINGS, BOTH, ledger_account_id="ledger_account"),
    "payments:show_voucher": row(P.VIEW_LEDGER, voucher_id="voucher"),
    "reminders:show_effect": row(P.VIEW_PAYMENTS),
    "reminders:list_late_interest": row(P.VIEW_PAYMENTS),
    "reminders:send_late_interest": row(P.SEND_REMINDERS, POST),
    "reminders:simulate_plan": row(P.VIEW_PAYMENTS),
    "reminders:export_effect": row(P.EXPORT_DATA, POST),
    "accounting_sync:show_overview": row(P.VIEW_LEDGER),
    "accounting_sync:list_queue": row(P.VIEW_LEDGER),
    "accounting_sync:list_stopped": row(P.VIEW_LEDGER),
    "accounting_sync:list_pushed": row(P.VIEW_LEDGER),
    "accounting_sync:list_left_out": row(P.VIEW_LEDGER),
    "accounting_sync:push_now": row(P.SYNC_VOUCHERS, POST),
    "accounting_sync:try_again": row(P.SYNC_VOUCHERS, POST),
    "accounting_sync:show_item": row(P.VIEW_LEDGER, sync_item_id="sync_item"),
    "accounting_sync:look_again": row(P.SYNC_VOUCHERS, POST, sync_item_id="sync_item"),
    "accounting_sync:accept_difference": row(P.SYNC_VOUCHERS, BOTH, sync_item_id="sync_item"),
    "accounting_sync:leave_out": row(P.SYNC_VOUCHERS, BOTH, sync_item_id="sync_item"),
    "accounting_sync:take_in": row(P.SYNC_VOUCHERS, POST, sync_item_id="sync_item"),
    "accounting_sync:push_anew": row(P.SYNC_VOUCHERS, BOTH, sync_item_id="sync_item"),
    "accounting_sync:move_to_open_day": row(P.SYNC_VOUCHERS, BOTH, sync_item_id="sync_item"),
    "accounting_sync:say_it_is_there": row(P.SYNC_VOUCHERS, BOTH, sync_item_id="sync_item"),
    "accounting_sync:say_it_is_not_there": row(P.SYNC_VOUCHERS, POST, sync_item_id="sync_item"),
    "accounting_sync:repair_gone": row(P.SYNC_VOUCHERS, POST, sync_item_id="sync_item"),
    "accounting_sync:show_reconciliation": row(P.VIEW_LEDGER),
    "accounting_sync:reconcile_now": row(P.SYNC_VOUCHERS, POST),
    "accounting_sync:accept_stray": row(P.SYNC_VOUCHERS, BOTH, stray_id="stray"),
    "accounting_sync:show_month": row(P.VIEW_LEDGER, reconciliation_id="reconciliation"),
    "accounting_sync:panel_month": row(P.VIEW_LEDGER, reconciliation_id="reconciliation"),
    "accounting_sync:download_report": row(P.VIEW_LEDGER, reconciliation_id="reconciliation"),
    "accounting_sync:make_report": row(P.SYNC_VOUCHERS, POST, reconciliation_id="reconciliation"),
    "accounting_sync:panel_report": row(P.VIEW_LEDGER, reconciliation_id="reconciliation"),
    "accounting_sync:list_proposals": row(P.VIEW_LEDGER),
    "accounting_sync:list_settled_proposals": row(P.VIEW_LEDGER),
    "accounting_sync:take_proposal": row(P.REGISTER_PAYMENTS, POST, proposal_id="proposal"),
    "accounting_sync:say_it_is_known": row(P.REGISTER_PAYMENTS, POST, proposal_id="proposal"),
    "accounting_sync:ignore_proposal": row(P.SYNC_VOUCHERS, BOTH, proposal_id="proposal"),
    "accounting_sync:list_customer_changes": row(P.VIEW_LEDGER),
    "accounting_sync:take_customer_change": row(P.EDIT_CUSTOMERS, POST, customer_change_id="customer_change"),
    "accounting_sync:ignore_customer_change": row(P.SYNC_VOUCHERS, POST, customer_change_id="customer_change"),
    "accounting_sync:choose_link": row(P.SYNC_VOUCHERS, POST, customer_link_id="customer_link"),
    "accounting_sync:forget_link": row(P.SYNC_VOUCHERS, POST, customer_link_id="customer_link"),
    "accounting_sync:tell_again": row(P.SYNC_VOUCHERS, POST, customer_link_id="customer_link"),
    "accounting_sync:panel_for_voucher": row(P.VIEW_LEDGER, voucher_id="voucher"),
    "accounting_sync:choose_system": row(P.VIEW_LEDGER),
    "accounting_sync:create_connection": row(P.CONNECT_ACCOUNTING, BOTH, query="system=fiken"),
    "accounting_sync:show_connection": row(P.VIEW_LEDGER, connection_id="connection"),
    "accounting_sync:panel_connection": row(P.VIEW_LEDGER, connection_id="connection"),
    "accounting_sync:enter_system": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:update_keys": row(P.CONNECT_ACCOUNTING, BOTH, connection_id="connection"),
    "accounting_sync:update_options": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:refresh_lists": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:try_connection": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:pause_connection": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:resume_connection": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:disconnect": row(P.CONNECT_ACCOUNTING, BOTH, connection_id="connection"),
    "accounting_sync:show_mapping": row(P.VIEW_LEDGER, connection_id="connection"),
    "accounting_sync:save_mapping": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:add_exception": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:remove_exception": row(
        P.CONNECT_ACCOUNTING, POST, connection_id="connection", mapping_id="mapping_exception"
    ),
    "accounting_sync:export_mapping": row(P.VIEW_LEDGER, connection_id="connection"),
    "accounting_sync:import_mapping": row(P.CONNECT_ACCOUNTING, POST, connection_id="connection"),
    "accounting_sync:show_preview": row(P.VIEW_LEDGER, connection_id="connection"),
    "accounting_sync:update_push_terms": row(P.CONNECT_ACCOUNTING, BOTH, connection_id="connection"),
    "accounting_sync:list_exports": row(P.VIEW_LEDGER),
    "accounting_sync:start_export": row(P.EXPORT_DATA, POST),
    "accounting_sync:show_export": row(P.VIEW_LEDGER, export_id="export"),
    "accounting_sync:download_export": row(P.VIEW_LEDGER, export_id="export"),
    "accounting_sync:update_export_settings": row(P.CONNECT_ACCOUNTING, BOTH),
    "payments:list_reports": row(P.VIEW_LEDGER),
    "payments:show_ageing": row(P.VIEW_LEDGER),
    "payments:show_open_items": row(P.VIEW_LEDGER),
    "payments:show_received_payments": row(P.VIEW_LEDGER),
    "payments:show_vat_report": row(P.VIEW_LEDGER),
    "payments:show_postings": row(P.VIEW_LEDGER),
    "payments:show_sales_days": row(P.VIEW_LEDGER),
    "payments:export_report": row(P.VIEW_LEDGER, POST),
    "payments:start_saft": row(P.VIEW_LEDGER, BOTH),
    "payments:show_ledger_card": row(P.VIEW_LEDGER, customer_id="customer"),
    "payments:list_payments": row(P.VIEW_PAYMENTS),
    "payments:register_payment": row(P.REGISTER_PAYMENTS, BOTH, query="unknown=1"),
    "payments:compute_parts": row(P.REGISTER_PAYMENTS, POST),
    "payments:list_credits": row(P.VIEW_PAYMENTS),
    "payments:panel_customer_credit": row(P.VIEW_PAYMENTS, customer_id="customer"),
    "payments:list_refunds": row(P.VIEW_PAYMENTS),
    "payments:settle_refund": row(P.REFUND_PAYMENTS, BOTH, refund_id="refund"),
    "payments:end_refund": row(P.REFUND_PAYMENTS, BOTH, refund_id="refund"),
    "payments:detach_allocation": row(P.REGISTER_PAYMENTS, BOTH, allocation_id="use_of_payment"),
    "payments:reverse_write_off": row(P.WRITE_OFF_CLAIMS, BOTH, allocation_id="loss"),
    "payments:show_payment": row(P.VIEW_PAYMENTS, payment_id="payment"),
    "payments:describe_payment": row(P.REGISTER_PAYMENTS, BOTH, payment_id="payment"),
    "payments:apply_payment": row(P.REGISTER_PAYMENTS, BOTH, payment_id="payment"),
    "payments:reverse_payment": row(P.REGISTER_PAYMENTS, BOTH, payment_id="payment"),
    "payments:request_refund": row(P.REFUND_PAYMENTS, BOTH, payment_id="payment"),
    "reminders:list_collection_cases": row(P.VIEW_PAYMENTS),
    "reminders:list_ready_for_collection": row(P.VIEW_PAYMENTS),
    "reminders:hand_to_collection": row(P.HAND_TO_COLLECTION, POST, form="claim={collected_claim}&agency={agency}"),
    "reminders:show_collection_case": row(P.VIEW_PAYMENTS, case_id="collection_case"),
    "reminders:download_collection_file": row(P.VIEW_PAYMENTS, case_id="collection_case", case_file_id="case_file"),
    "reminders:export_collection_payments": row(P.VIEW_PAYMENTS, case_id="collection_case"),
    **{
        f"reminders:{verb}": row(P.HAND_TO_COLLECTION, POST, case_id="collection_case")
        for verb in ("note_agency_told", "transfer_case", "note_case_status", "take_case_back")
    },
    "reminders:list_collection_agencies": row(P.HAND_TO_COLLECTION),
    "reminders:create_collection_agency": row(P.HAND_TO_COLLECTION, BOTH),
    "reminders:update_collection_agency": row(P.HAND_TO_COLLECTION, BOTH, agency_id="agency"),
    "reminders:upload_status_file": row(P.HAND_TO_COLLECTION, BOTH),
    "reminders:show_status_file": row(P.HAND_TO_COLLECTION, status_file_id="status_file"),
    "reminders:take_status_file": row(P.HAND_TO_COLLECTION, POST, status_file_id="status_file"),
    "reminders:write_off_with_evidence": row(P.WRITE_OFF_CLAIMS, BOTH, receivable_id="collected_claim"),
    "reminders:download_loss_evidence": row(P.VIEW_PAYMENTS, evidence_id="loss_evidence"),
    "reminders:list_upcoming": row(P.VIEW_PAYMENTS),
    "reminders:panel_progress": row(P.VIEW_PAYMENTS),
    "reminders:list_held": row(P.VIEW_PAYMENTS),
    "reminders:list_sent": row(P.VIEW_PAYMENTS),
    "reminders:show_letter": row(P.VIEW_PAYMENTS, letter_id="reminder_letter"),
    "reminders:send_letter_again": row(P.SEND_REMINDERS, POST, letter_id="reminder_letter"),
    "reminders:send_now": row(P.SEND_REMINDERS, BOTH),
    "reminders:send_for_invoices": row(P.SEND_REMINDERS, POST),
    "reminders:approve_steps": row(P.SEND_REMINDERS, POST),
    "reminders:skip_steps": row(P.SEND_REMINDERS, POST),
    "reminders:hold_claims": row(P.HOLD_CLAIMS, POST),
    "reminders:pause_reminders": row(P.SEND_REMINDERS, BOTH),
    "reminders:resume_reminders": row(P.SEND_REMINDERS, POST),
    "reminders:remove_step": row(P.SEND_REMINDERS, BOTH, receivable_id="reminded_claim", position="reminded_step"),
    "reminders:put_back": row(P.SEND_REMINDERS, POST, reminder_id="removed_reminder"),
    "reminders:start_round": row(P.SEND_REMINDERS, BOTH, receivable_id="reminded_claim"),
    "reminders:list_plans": row(P.VIEW_PAYMENTS),
    "reminders:list_law_figures": row(P.VIEW_PAYMENTS),
    "reminders:adopt_plan": row(P.EDIT_REMINDER_PLANS, POST, form="country=SE&debtor=public"),
    "reminders:create_plan": row(P.EDIT_REMINDER_PLANS, BOTH),
    "reminders:new_plan_step": row(P.EDIT_REMINDER_PLANS),
    "reminders:update_plan": row(P.EDIT_REMINDER_PLANS, BOTH, plan_id="reminder_plan"),
    "reminders:make_plan_default": row(P.EDIT_REMINDER_PLANS, POST, plan_id="reminder_plan"),
    "reminders:archive_plan": row(P.EDIT_REMINDER_PLANS, POST, plan_id="reminder_plan"),
    "reminders:update_level_texts": row(
        P.EDIT_REMINDER_PLANS, BOTH, plan_id="reminder_plan", level_id="reminder_level"
    ),
    "reminders:update_settings": row(P.EDIT_REMINDER_PLANS, BOTH),
    "reminders:choose_for_customer": row(P.EDIT_REMINDER_PLANS, BOTH, customer_id="customer"),
    "reminders:choose_for_claim": row(P.EDIT_REMINDER_PLANS, BOTH, receivable_id="reminded_claim"),
    "reminders:panel_for_receivable": row(P.VIEW_PAYMENTS, receivable_id="reminded_claim"),
    "reminders:panel_for_customer": row(P.VIEW_PAYMENTS, customer_id="customer"),
    "payments:show_receivable": row(P.VIEW_PAYMENTS, receivable_id="claim"),
    "payments:panel_for_receivable": row(P.VIEW_PAYMENTS, receivable_id="claim"),
    "payments:pay_receivable": row(P.REGISTER_PAYMENTS, BOTH, receivable_id="claim"),
    "payments:find_payments": row(P.REGISTER_PAYMENTS, receivable_id="claim"),
    "payments:apply_to_receivable": row(P.REGISTER_PAYMENTS, POST, receivable_id="claim"),
    "payments:free_credit": row(P.REFUND_PAYMENTS, BOTH, receivable_id="claim"),
    "payments:write_off_receivable": row(P.WRITE_OFF_CLAIMS, BOTH, receivable_id="claim"),
    "payments:show_online_payments": row(P.VIEW_SETTINGS),
    "payments:update_provider": row(P.EDIT_SETTINGS, POST, form="provider=stripe"),
    "payments:connect_provider": row(P.EDIT_SETTINGS, POST, form="provider=stripe"),
    "payments:panel_saved_methods": row(P.VIEW_PAYMENTS, customer_id="customer"),
    "payments:revoke_method": row(P.CHARGE_METHODS, POST, method_id="saved_method"),
    "payments:choose_charges": row(P.CHARGE_METHODS),
    "payments:charge_methods": row(P.CHARGE_METHODS, POST, form="claim={claim}"),
    "payments:place_hold": row(P.HOLD_CLAIMS, BOTH, receivable_id="claim"),
    "payments:release_hold": row(P.HOLD_CLAIMS, BOTH, hold_id="hold"),
    "payments:place_instalments": row(P.HOLD_CLAIMS, BOTH, receivable_id="claim"),
    "payments:waive_addition": row(P.WRITE_OFF_CLAIMS, BOTH, receivable_id="addition"),
    "payments:panel_customer_holds": row(P.VIEW_PAYMENTS, customer_id="customer"),
    "payments:hold_customer": row(P.HOLD_CLAIMS, BOTH, customer_id="customer"),
    "payments:release_customer_hold": row(P.HOLD_CLAIMS, BOTH, customer_hold_id="customer_hold"),
    "payments:list_bank_lines": row(P.VIEW_PAYMENTS),
    "payments:show_bank_line": row(P.VIEW_PAYMENTS, line_id="bank_line"),
    "payments:sum_line_parts": row(P.REGISTER_PAYMENTS, POST, line_id="bank_line"),
    "payments:settle_bank_line": row(P.REGISTER_PAYMENTS, POST, line_id="bank_line"),
    "payments:credit_bank_line": row(P.REGISTER_PAYMENTS, POST, line_id="bank_line"),
    "payments:ignore_bank_line": row(P.REGISTER_PAYMENTS, POST, form="reason=x", line_id="bank_line"),
    "payments:take_back_with_line": row(P.REGISTER_PAYMENTS, POST, form="payment={payment}", line_id="bank_line"),
    "payments:settle_refund_with_line": row(P.REFUND_PAYMENTS, POST, form="refund={refund}", line_id="bank_line"),
    "payments:settle_payout_with_line": row(P.REGISTER_PAYMENTS, POST, line_id="bank_line"),
    "payments:sum_payout_parts": row(P.REGISTER_PAYMENTS, POST, line_id="bank_line"),
    "payments:reopen_bank_line": row(P.REGISTER_PAYMENTS, POST, form="reason=x", line_id="bank_line"),
    "payments:list_bank_files": row(P.VIEW_PAYMENTS),
    "payments:import_bank_file": row(P.REGISTER_PAYMENTS, POST),
    "payments:show_bank_file": row(P.VIEW_PAYMENTS, file_id="bank_file"),
    "payments:download_bank_file": row(P.VIEW_PAYMENTS, file_id="bank_file"),
    "payments:resume_bank_file": row(P.REGISTER_PAYMENTS, POST, file_id="bank_file"),
    "payments:map_csv_file": row(P.REGISTER_PAYMENTS, BOTH, upload="csv_upload"),
    "payments:make_refund_file": row(P.REFUND_PAYMENTS, BOTH),
    "payments:download_refund_file": row(P.REFUND_PAYMENTS, refund_file_id="refund_file"),
    "payments:list_direct_debits": row(P.VIEW_PAYMENTS),
    "payments:make_direct_debit_file": row(P.REGISTER_PAYMENTS, POST),
    "payments:download_direct_debit_file": row(P.VIEW_PAYMENTS, direct_debit_file_id="direct_debit_file"),
    "payments:list_bank_agreements": row(P.VIEW_SETTINGS),
    "payments:update_bank_agreement": row(P.EDIT_BANK_ACCOUNTS, BOTH, account_id="bank_account"),
    "payments:list_period_locks": row(P.VIEW_LEDGER),
    "payments:close_period": row(P.CLOSE_PERIODS, POST),
    "payments:update_payment_settings": row(P.EDIT_SETTINGS, BOTH),
    "invoicing:send_receipt": row(P.SEND_INVOICES, BOTH, payment_id="payment"),
    "invoicing:preview_receipt": row(P.SEND_INVOICES, payment_id="payment"),
    "invoicing:download_paper": row(P.VIEW_INVOICES, paper_id="paper"),
    "invoicing:send_paper_again": row(P.SEND_INVOICES, POST, paper_id="paper"),
    "invoicing:settle_paper": row(P.SEND_INVOICES, POST, paper_id="paper"),
    "invoicing:show_statement": row(P.VIEW_INVOICES, customer_id="customer"),
    "invoicing:send_statement": row(P.SEND_INVOICES, POST, customer_id="customer"),
    "invoicing:preview_statement": row(P.VIEW_INVOICES, customer_id="customer"),
    "invoicing:copy_statement_link": row(P.SEND_INVOICES, POST, customer_id="customer"),
    "invoicing:send_statements": row(P.SEND_INVOICES, BOTH),
    "invoicing:show_claimed_document": row(P.VIEW_INVOICES, receivable_id="claim"),
    "tenants:show_company": row(P.VIEW_SETTINGS),
    "tenants:show_company_as_of": row(P.VIEW_SETTINGS),
    "tenants:show_bank_account_as_of": row(P.VIEW_SETTINGS, account_id="bank_account"),
    "tenants:update_company": row(P.EDIT_SETTINGS, POST),
    "tenants:show_document_settings": row(P.VIEW_SETTINGS),
    "tenants:update_document_settings": row(P.EDIT_SETTINGS, POST),
    "tenants:show_logo": row(P.VIEW_INVOICES),
    "tenants:set_logo": row(P.EDIT_SETTINGS, POST),
    "tenants:remove_logo": row(P.EDIT_SETTINGS, POST),
    "tenants:list_bank_accounts": row(P.VIEW_SETTINGS),
    "tenants:create_bank_account": row(P.EDIT_BANK_ACCOUNTS, BOTH),
    "tenants:update_bank_account": row(P.EDIT_BANK_ACCOUNTS, BOTH, account_id="bank_account"),
    "tenants:approve_bank_change": row(P.EDIT_BANK_ACCOUNTS, POST, change_id="bank_change"),
    "tenants:withdraw_bank_change": row(P.EDIT_BANK_ACCOUNTS, POST, change_id="bank_change"),
    "tenants:show_rules": row(P.VIEW_SETTINGS),
    "tenants:update_rules": row(P.EDIT_SETTINGS, POST),
    "tenants:list_roles": row(P.VIEW_SETTINGS),
    "tenants:list_routines": row(P.VIEW_SETTINGS),
    "tenants:show_routine": row(P.VIEW_SETTINGS, query="step=draft"),
    "tenants:write_routine": row(P.EDIT_SETTINGS, BOTH, query="step=draft"),
    "tenants:list_people": row(P.VIEW_SETTINGS),
    "tenants:invite_member": row(P.MANAGE_MEMBERS, POST),
    "tenants:change_role": row(P.MANAGE_MEMBERS, POST, form="role=accountant", membership_id="membership"),
    "tenants:remove_member": row(P.MANAGE_MEMBERS, POST, membership_id="membership"),
    "tenants:withdraw_invitation": row(P.MANAGE_MEMBERS, POST, invitation_id="invitation"),
    "tenants:list_jobs": row(P.VIEW_INVOICES),
    "tenants:show_job": row(P.VIEW_INVOICES, job_id="job"),
    "tenants:show_job_progress": row(P.VIEW_INVOICES, job_id="job"),
    "tenants:cancel_job": row(P.VIEW_INVOICES, POST, job_id="job"),
    "tenants:repeat_job": row(P.VIEW_INVOICES, POST, job_id="job"),
    "tenants:download_job_file": row(P.VIEW_INVOICES, job_id="job"),
    "tenants:list_notices": row(P.VIEW_INVOICES),
    "tenants:read_notices": row(P.VIEW_INVOICES, POST),
    "tenants:open_notice": row(P.VIEW_INVOICES, POST, notice_id="notice"),
    "tenants:list_audit_entries": row(P.VIEW_AUDIT),
}

Things = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern of the URLconf."""

    route: str
    name: str
    permission: Permission | None

    @property
    def is_inside(self) -> bool:
        """Whether it lies under an organization."""
        return self.route.startswith(INSIDE)


def addresses(resolver: URLResolver | None = None, route: str = "", namespace: str = "") -> Iterator[Address]:
    """Every pattern of a URLconf, however deep it is included."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, here, inner)
        elif isinstance(pattern, URLPattern):
            permission = getattr(pattern.callback, "permission", None)
            yield Address(here, f"{namespace}{pattern.name or here}", permission)


def complaints(found: list[Address]) -> list[str]:
    """Every address that is open to whoever finds it, or of which nothing is declared here."""
    wrong = []
    for address in found:
        if address.is_inside:
            declared = ROWS.get(address.name)
            if address.permission is None:
                wrong.append(f"{address.route}: asks for no permission")
            if declared is None:
                wrong.append(f"{address.route}: {address.name} has no row")
            elif declared.permission != address.permission:
                wrong.append(f"{address.route}: asks for {address.permission}, its row says {declared.permission}")
        elif address.name not in PUBLIC and not address.name.startswith(PUBLIC_PREFIXES):
            wrong.append(f"{address.route}: {address.name} is outside every organization and not declared as public")
    return wrong


def make_things(organization: Organization) -> Things:
    """One of each thing that an address can name."""
    customer = builders.make_customer(organization)
    invoice = builders.make_finalized_invoice(organization, customer)
    member = builders.make_member(organization, "auditor") if not _has(organization, "auditor") else None
    draft, note = builders.make_draft(organization, customer), builders.make_credit_note_draft(organization, invoice)
    attachment = builders.make_attachment(organization, draft)
    product = builders.make_product(organization)
    correction = builders.make_correction(organization, builders.make_finalized_invoice(organization, customer))
    with builders.in_organization(organization):
        contact = customer.contacts.create(organization=organization, name="Kari Kontakt")
        stored = Invoice.objects.get(pk=invoice.pk)
        members = (
            Membership.objects.filter(role="auditor") if member is None else Membership.objects.filter(user=member)
        )
        owner = Membership.objects.select_related("user").get(role="owner").user
        invitation = invite_member(
            organization,
            email=f"invited@{organization.slug}.example",
            role="accountant",
            inviter=owner,
            actor=builders.actor_of(organization),
            now=invoice.finalized_at or stored.created_at,
        )
        assert stored.voucher_id is not None
        assert stored.receivable_id is not None
        starter = Actor.person(owner)
        job = jobs.start(
            organization,
            "invoicing.finalize_many",
            actor=starter,
            parameters={},
            items=[(draft.pk, str(customer))],
        )
        news = notices.News(owner.pk, "job.finished", {"task": job.kind}, f"jobs/{job.pk}/", f"job:{job.pk}")
        notices.tell(organization.pk, [news])
        enquiry = builders.make_enquiry(organization, invoice)
        return {
            "enquiry": enquiry.pk,
            "link": enquiry.link_id,
            "job": job.pk,
            "uploaded": files.store(str(organization.pk), f"number;name\n;{organization.pk}\n".encode()),
            "notice": notices.list_notices(organization, owner)[0].pk,
            "customer": customer.pk,
            "consumer": builders.make_customer(organization, kind="consumer", organization_number="").pk,
            "product": product.pk,
            "contact": contact.pk,
            "draft": draft.pk,
            "attachment": attachment.pk,
            "invoice": invoice.pk,
            "note": note.pk,
            "correction": correction.pk,
            "voucher": stored.voucher_id,
            **(money := by_hand.money_of_every_kind(organization, customer)),
            "paper": receipt_of(organization, money["payment"]).pk,
            **backlog_things(organization),
            **visit_things(organization),
            **advance_things(organization),
            **subscription_things(organization),
            **proforma_things(organization),
            **quote_things(organization),
            **import_things(organization),
            **project_things(organization),
            **run_things(organization),
            **booking_things(organization),
            **work_things(organization),
            **bank_things(organization),
            **move_things(organization),
            **machine_things(organization),
            **online_things(organization, stored.receivable_id),
            **collection_things(organization, stored.receivable_id),
            **desk_things(organization),
            **plan_things(organization),
            **export_things(organization),
            **connection_things(organization),
            "series": queries.default_series(organization).pk,
            "bank_account": BankAccount.objects.get().pk,
            "ledger_account": list_accounts(organization)[0].pk,
            "sender": builders.make_sender(organization).pk,
            "caught_mail": builders.make_caught_mail(organization, stored).pk,
            "batch": builders.make_print_batch(organization).pk,
            "bank_change": builders.make_bank_change(organization).pk,
            "membership": members.get().pk,
            "invitation": invitation.pk,
            "property": builders.make_property(organization).pk,
            "view": builders.make_view(organization, owner).pk,
        }


def _has(organization: Organization, role: str) -> bool:
    with builders.in_organization(organization):
        return Membership.objects.filter(role=role).exists()


def url_of(name: str, organization: Organization, things: Things) -> str:
    """The address with the ids of these things."""
    declared = ROWS[name]
    arguments: dict[str, Any] = {argument: things[thing] for argument, thing in declared.things}
    path = reverse(name, kwargs={"organization": organization.slug, **arguments})
    return f"{path}?{declared.query}" if declared.query else path


def form_of(name: str, things: Things) -> dict[str, str]:
    """What a POST to the address sends along."""
    return dict(parse_qsl(ROWS[name].form.format(**things)))
