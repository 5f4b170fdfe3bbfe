"""What the database must guard by itself: its triggers, row security on every owned table, and three logins apart.

The lists below are what the migrations make, said a second time, so that a guard that was dropped or disabled shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connections

from tenants.database.schema import POLICY, is_organization, is_owned

ENABLED = {"O", "A"}  # fires in ordinary sessions; D is switched off, R fires in replicas alone

_UNCHANGED = {"rows_are_never_changed": "refuse_change", "rows_are_never_truncated": "refuse_change"}
_UNTRUNCATED = {"rows_are_never_truncated": "refuse_change"}

_SUMMED = {"every_krone_is_somewhere": "check_payment_sums"}

_KEPT = {"versions_are_kept": "keep_record_version"}

# Table, trigger, the function that it calls.
TRIGGERS: dict[str, dict[str, str]] = {
    "accounting_sync_exportedvoucher": _UNCHANGED,
    "accounting_sync_exportrun": {**_UNCHANGED, "exports_are_numbered": "guard_export_numbers"},
    "accounting_sync_pushattempt": _UNCHANGED,
    "accounting_sync_reconciliation": {
        **_UNTRUNCATED,
        "ended_reconciliations_stand_fast": "guard_reconciliations",
    },
    "accounting_sync_reconciliationreport": _UNCHANGED,
    "accounting_sync_straydocument": _UNTRUNCATED,
    "accounting_sync_paymentproposal": {**_UNTRUNCATED, "taken_proposals_stand_fast": "guard_proposals"},
    "accounting_sync_syncitem": {**_UNTRUNCATED, "posted_items_stand_fast": "guard_sync_items"},
    "reminders_collectioncase": {**_UNTRUNCATED, "handed_cases_stand_fast": "guard_collection_cases"},
    "reminders_collectionclaim": {**_UNTRUNCATED, "handed_claims_stand_fast": "guard_collection_claims"},
    "reminders_collectionfile": _UNCHANGED,
    "reminders_collectionnews": _UNCHANGED,
    "reminders_collectionstatusfile": {**_UNTRUNCATED, "status_files_are_taken_once": "guard_status_files"},
    "reminders_lossevidence": _UNCHANGED,
    "reminders_reminder": {**_UNTRUNCATED, "sent_reminders_are_kept": "guard_reminders"},
    "reminders_reminderletter": {**_UNTRUNCATED, "letters_are_kept": "guard_reminder_letters"},
    "billing_backlog_backlogitem": {
        **_UNTRUNCATED,
        "items_keep_what_is_billed": "guard_backlog_items",
        "only_approved_work_is_billed": "guard_items_of_work",
    },
    "billing_backlog_proformastep": {"rows_are_never_changed": "refuse_change"},
    "billing_backlog_workentry": {**_UNTRUNCATED, "approved_work_is_kept": "guard_approved_work"},
    "billing_backlog_billingrun": {"runs_keep_what_is_frozen": "guard_billing_runs"},
    "billing_backlog_booking": {**_UNTRUNCATED, "bookings_are_never_forgotten": "guard_bookings"},
    "billing_backlog_runanswer": _UNCHANGED,
    "billing_backlog_runrow": _UNCHANGED,
    "billing_backlog_runfile": {**_UNTRUNCATED, "written_files_stand_fast": "guard_run_files"},
    "billing_backlog_runfilerow": {
        **_UNTRUNCATED,
        "exported_rows_stand_fast": "guard_exported_rows",
        "work_is_billed_once": "guard_exported_work",
    },
    "billing_backlog_runorder": _UNCHANGED,
    "billing_backlog_transferattempt": _UNCHANGED,
    "billing_backlog_filereceipt": _UNCHANGED,
    "billing_backlog_returnederror": _UNCHANGED,
    "billing_backlog_advance": {"advances_stay_as_asked": "guard_advances"},
    "billing_backlog_visit": {**_UNTRUNCATED, "visits_keep_what_is_billed": "guard_visits"},
    "billing_backlog_subscription": {"subscriptions_keep_what_they_charged": "guard_subscriptions"},
    "billing_backlog_subscriptionpause": {"pauses_keep_their_beginning": "guard_subscription_pauses"},
    "billing_backlog_subscriptionprice": _UNCHANGED,
    "billing_backlog_orderconfirmation": {"orders_stay_as_confirmed": "guard_orders"},
    "billing_backlog_quote": {"answered_quotes_are_kept": "guard_quotes"},
    "billing_backlog_quoteline": {"answered_quotes_keep_their_lines": "guard_quote_lines"},
    "billing_backlog_quoteversion": _UNCHANGED,
    "billing_backlog_writeoff": _UNCHANGED,
    "customers_contact": _KEPT,
    "customers_customer": _KEPT,
    "customers_product": _KEPT,
    "invoicing_attachment": {"attachments_are_frozen": "guard_attachments"},
    "invoicing_correction": {
        "corrections_are_whole": "guard_corrections",
        "abandoned_halves_are_gone": "check_abandoned_correction",
    },
    "invoicing_customerpaper": _UNCHANGED,
    "invoicing_delivery": {"deliveries_keep_their_recipient": "guard_deliveries"},
    "invoicing_deliveryevent": _UNCHANGED,
    "invoicing_dispatch": _UNCHANGED,
    "invoicing_documentfile": _UNCHANGED,
    "invoicing_draftapproval": {"rows_are_never_changed": "refuse_change"},
    "invoicing_draftversion": {"rows_are_never_changed": "refuse_change"},
    "invoicing_invoice": {
        **_UNTRUNCATED,
        "finalized_documents_are_frozen": "guard_invoice",
        "numbers_come_from_series": "guard_new_numbers",
        "credits_stay_within": "guard_new_credits",
        "second_person_approved": "guard_approvals",
        "correction_halves_go_together": "guard_correction_halves",
        "advances_are_used_once": "guard_prepaid",
    },
    "invoicing_invoiceline": {
        **_UNTRUNCATED,
        "inserted_lines_belong_to_drafts": "guard_lines",
        "deleted_lines_belong_to_drafts": "guard_lines",
        "updated_lines_belonged_to_drafts": "guard_lines",
        "updated_lines_belong_to_drafts": "guard_lines",
        "work_is_billed_once": "guard_billed_work",
    },
    "invoicing_numberseries": {
        **_UNTRUNCATED,
        "series_moves_forward": "guard_number_series",
        "series_moved_for_documents": "check_number_series",
    },
    "invoicing_receivedmessage": _UNCHANGED,
    "payments_attemptpart": _UNCHANGED,
    "payments_paymentattempt": {"attempts_keep_what_they_pay": "guard_attempts"},
    "payments_providerevent": _UNCHANGED,
    "payments_bankfile": {"bank_files_stay_as_they_came": "guard_bank_files"},
    "payments_bankline": {"bank_lines_keep_what_they_say": "guard_bank_lines"},
    "payments_directdebitclaim": {"direct_debits_keep_what_they_say": "guard_direct_debits"},
    "payments_directdebitfile": _UNCHANGED,
    "payments_customerhold": {"holds_are_only_released": "guard_holds"},
    "payments_hold": {"holds_are_only_released": "guard_holds"},
    "payments_instalment": _UNCHANGED,
    "payments_openingbalance": _UNCHANGED,
    "payments_payment": {"payments_keep_what_they_say": "guard_payments", **_SUMMED},
    "payments_payout": {"payouts_keep_what_they_hold": "guard_payouts"},
    "payments_payoutpart": {"payouts_keep_what_they_hold": "guard_payouts"},
    "payments_periodlock": _UNCHANGED,
    "payments_refund": {"refunds_keep_what_they_say": "guard_refunds", **_SUMMED},
    "payments_refundfile": _UNCHANGED,
    "payments_voucher": {
        **_UNCHANGED,
        "closed_periods_stay_closed": "guard_closed_periods",
        "vouchers_take_series_numbers": "guard_new_vouchers",
        "voucher_has_postings": "check_voucher_has_postings",
    },
    "payments_posting": {**_UNCHANGED, "postings_balance": "guard_new_postings"},
    "payments_receivable": _UNCHANGED,
    "payments_receivablebalance": {"opened_balances_are_sums": "guard_balances", "balances_are_sums": "guard_balances"},
    "payments_allocation": {**_UNCHANGED, "allocations_stay_within": "guard_new_allocations", **_SUMMED},
    "payments_voucherseries": {
        "series_moves_forward": "guard_voucher_series",
        "series_moved_for_vouchers": "check_voucher_series",
    },
    "tenants_auditentry": _UNCHANGED,
    "tenants_auditerasure": _UNCHANGED,
    "tenants_auditseal": _UNCHANGED,
    "tenants_bankaccount": _KEPT,
    "tenants_organization": _KEPT,
    "tenants_recordversion": _UNCHANGED,
    "tenants_routine": _UNCHANGED,
}

# Tables on which the role behind the cross-tenant functions may read every row.
READ_BY_DEFINER = frozenset(
    {
        "customers_customer",
        "invoicing_accesspoint",
        "invoicing_deliverysettings",
        "invoicing_invoice",
        "invoicing_publiclink",
        "payments_allocation",
        "payments_payment",
        "payments_posting",
        "payments_provideraccount",
        "payments_refund",
        "payments_voucher",
        "tenants_apitoken",
        "tenants_auditentry",
        "tenants_auditseal",
        "tenants_membership",
        "tenants_organization",
        "tenants_outboxrow",
        "tenants_webhookendpoint",
    }
)
DEFINER_POLICY = ("definer_reads", "SELECT", "{bilag_definer}", "true", None)

# What the application's login may not do to a table of record, whatever its triggers say.
REFUSED_TO_APPLICATION: dict[str, tuple[str, ...]] = {
    "accounting_sync_connection": ("DELETE",),
    "accounting_sync_exportedvoucher": ("UPDATE", "DELETE"),
    "accounting_sync_exportrun": ("UPDATE", "DELETE"),
    "accounting_sync_pushattempt": ("UPDATE", "DELETE"),
    "accounting_sync_reconciliationreport": ("UPDATE", "DELETE"),
    "accounting_sync_syncitem": ("DELETE",),
    "billing_backlog_backlogitem": ("DELETE",),
    "billing_backlog_proformastep": ("UPDATE",),
    "billing_backlog_billingrun": ("DELETE",),
    "billing_backlog_booking": ("DELETE",),
    "billing_backlog_runanswer": ("UPDATE", "DELETE"),
    "billing_backlog_runrow": ("UPDATE", "DELETE"),
    "billing_backlog_runfile": ("DELETE",),
    "billing_backlog_runfilerow": ("DELETE",),
    "billing_backlog_runorder": ("UPDATE", "DELETE"),
    "billing_backlog_transferattempt": ("UPDATE", "DELETE"),
    "billing_backlog_filereceipt": ("UPDATE", "DELETE"),
    "billing_backlog_returnederror": ("UPDATE", "DELETE"),
    "billing_backlog_visit": ("DELETE",),
    "billing_backlog_subscription": ("DELETE",),
    "billing_backlog_subscriptionpause": ("DELETE",),
    "billing_backlog_subscriptionprice": ("UPDATE", "DELETE"),
    "billing_backlog_orderconfirmation": ("DELETE",),
    "billing_backlog_quoteversion": ("UPDATE", "DELETE"),
    "billing_backlog_writeoff": ("UPDATE", "DELETE"),
    "reminders_collectioncase": ("DELETE",),
    "reminders_collectionclaim": ("DELETE",),
    "reminders_collectionfile": ("UPDATE", "DELETE"),
    "reminders_collectionnews": ("UPDATE", "DELETE"),
    "reminders_collectionstatusfile": ("DELETE",),
    "reminders_lossevidence": ("UPDATE", "DELETE"),
    "reminders_dunningrun": ("DELETE",),
    "reminders_reminder": ("DELETE",),
    "reminders_reminderletter": ("DELETE",),
    "invoicing_customerpaper": ("UPDATE", "DELETE"),
    "invoicing_delivery": ("DELETE",),
    "invoicing_deliveryevent": ("UPDATE", "DELETE"),
    "invoicing_dispatch": ("UPDATE", "DELETE"),
    "invoicing_documentfile": ("UPDATE", "DELETE"),
    "invoicing_numberseries": ("DELETE",),
    "invoicing_receivedmessage": ("UPDATE", "DELETE"),
    "payments_attemptpart": ("UPDATE", "DELETE"),
    "payments_paymentattempt": ("DELETE",),
    "payments_providerevent": ("UPDATE", "DELETE"),
    "payments_bankfile": ("DELETE",),
    "payments_bankline": ("DELETE",),
    "payments_directdebitclaim": ("DELETE",),
    "payments_directdebitfile": ("UPDATE", "DELETE"),
    "payments_customerhold": ("DELETE",),
    "payments_hold": ("DELETE",),
    "payments_instalment": ("UPDATE", "DELETE"),
    "payments_payment": ("DELETE",),
    "payments_openingbalance": ("UPDATE", "DELETE"),
    "payments_payout": ("DELETE",),
    "payments_payoutpart": ("DELETE",),
    "payments_periodlock": ("UPDATE", "DELETE"),
    "payments_refund": ("DELETE",),
    "payments_refundfile": ("UPDATE", "DELETE"),
    "payments_voucher": ("UPDATE", "DELETE"),
    "payments_posting": ("UPDATE", "DELETE"),
    "payments_receivable": ("UPDATE", "DELETE"),
    "payments_allocation": ("UPDATE", "DELETE"),
    "payments_voucherseries": ("DELETE",),
    "payments_receivablebalance": ("DELETE",),
    "tenants_auditentry": ("UPDATE", "DELETE"),
    "tenants_auditerasure": ("UPDATE", "DELETE"),
    "tenants_auditseal": ("UPDATE", "DELETE"),
    "tenants_organization": ("DELETE",),
    "tenants_recordversion": ("UPDATE", "DELETE"),
    "tenants_routine": ("UPDATE", "DELETE"),
    "invoicing_draftapproval": ("UPDATE",),
    "invoicing_draftversion": ("UPDATE",),
    "tenants_lawfigure": ("INSERT", "UPDATE", "DELETE"),
    "tenants_environment": ("UPDATE", "DELETE"),
}

Row = tuple[object, ...]


def guard_problems(alias: str) -> list[str]:
    """Every guard that is missing, switched off, changed or too much, as seen through a login."""
    return [*_trigger_problems(alias), *_row_security_problems(alias), *_login_problems(alias)]


def _ask(alias: str, sql: str, *params: str) -> list[Row]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


def _trigger_problems(alias: str) -> Iterator[str]:
    found: dict[tuple[str, str], tuple[str, str]] = {}
    rows = _ask(
        alias,
        """SELECT c.relname, t.tgname, p.proname, t.tgenabled::text
           FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
           WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace""",
    )
    for table, name, function, enabled in rows:
        found[str(table), str(name)] = (str(function), str(enabled))
    for table, triggers in TRIGGERS.items():
        for name, function in triggers.items():
            actual = found.pop((table, name), None)
            if actual is None:
                yield f"Trigger {name} on {table}: is missing."
            elif actual[1] not in ENABLED:
                yield f"Trigger {name} on {table}: is switched off."
            elif actual[0] != function:
                yield f"Trigger {name} on {table}: calls {actual[0]}, not {function}."
    for table, name in sorted(found):
        if table in TRIGGERS:
            yield f"Trigger {name} on {table}: is not one of ours."


def _owned_tables() -> dict[str, str]:
    """Every table with rows of an organization, and the column that says whose."""
    tables = {}
    for model in apps.get_models():
        if is_owned(model):
            tables[model._meta.db_table] = "organization_id"
        elif is_organization(model):
            tables[model._meta.db_table] = "id"
    return tables


def _row_security_problems(alias: str) -> Iterator[str]:
    secured = {
        str(table): (enabled, forced)
        for table, enabled, forced in _ask(
            alias,
            """SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')""",
        )
    }
    policies: dict[str, set[Row]] = {}
    for table, *policy in _ask(
        alias,
        """SELECT tablename, policyname, cmd, roles::text, qual, with_check
           FROM pg_policies WHERE schemaname = 'public'""",
    ):
        policies.setdefault(str(table), set()).add(tuple(policy))
    for table, column in sorted(_owned_tables().items()):
        if secured.get(table) != (True, True):
            yield f"Table {table}: row security is not forced."
        own = f"({column} = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)"
        wanted: set[Row] = {(POLICY, "ALL", "{public}", own, own)}
        if table in READ_BY_DEFINER:
            wanted.add(DEFINER_POLICY)
        actual = policies.get(table, set())
        for lacking in sorted(map(str, wanted - actual)):
            yield f"Table {table}: lacks the policy {lacking}."
        for foreign in sorted(map(str, actual - wanted)):
            yield f"Table {table}: has a policy that is not ours: {foreign}."


def _login_problems(alias: str) -> Iterator[str]:
    login = settings.DATABASES["default"]["USER"]
    rights = _ask(
        alias,
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s",
        login,
    )
    if rights != [(False, False, False, False, False)]:
        yield f"Login {login}: may do more than the application needs."
    memberships = _ask(
        alias,
        """SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
           JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = %s""",
        login,
    )
    for (role,) in memberships:
        yield f"Login {login}: is a member of {role}."
    for name, truncates, owns in _ask(
        alias,
        """SELECT c.relname, has_table_privilege(%s, c.oid, 'TRUNCATE'), pg_get_userbyid(c.relowner) = %s
           FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1""",
        login,
        login,
    ):
        if truncates:
            yield f"Login {login}: may truncate {name}."
        if owns:
            yield f"Login {login}: owns {name}."
    for table, verbs in REFUSED_TO_APPLICATION.items():
        for verb in verbs:
            if _ask(alias, "SELECT has_table_privilege(%s, %s, %s)", login, table, verb) != [(False,)]:
                yield f"Login {login}: may {verb} on {table}."
