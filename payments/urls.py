"""One line per verb."""

from django.urls import path

from payments.views import (
    bank_agreements,
    bank_files,
    bank_lines,
    bank_mappings,
    claims,
    customer_credit,
    customer_holds,
    direct_debits,
    holds,
    instalments,
    online,
    payments,
    periods,
    refund_files,
    refunds,
    registering,
    reports,
    settings,
    write_offs,
)

app_name = "payments"

PAYMENT = "payments/<uuid:payment_id>/"
REFUND = "payments/refunds/<uuid:refund_id>/"
CLAIM = "receivables/<uuid:receivable_id>/"
BANK_FILE = "payments/bank/files/<uuid:file_id>/"
BANK_LINE = "payments/bank/<uuid:line_id>/"
USE = "payments/uses/<uuid:allocation_id>/"

urlpatterns = [
    path("exchange-rates/", settings.list_exchange_rates, name="list_exchange_rates"),
    path("exchange-rates/enter/", settings.enter_exchange_rate, name="enter_exchange_rate"),
    path("exchange-rates/import/", settings.import_exchange_rates, name="import_exchange_rates"),
    path("chart-of-accounts/", settings.list_accounts, name="list_accounts"),
    path("chart-of-accounts/new/", settings.add_account, name="add_account"),
    path("chart-of-accounts/<uuid:ledger_account_id>/", settings.update_account, name="update_account"),
    path("vouchers/<uuid:voucher_id>/", settings.show_voucher, name="show_voucher"),
    # Money by hand
    path("payments/", payments.list_payments, name="list_payments"),
    path("payments/new/", registering.register_payment, name="register_payment"),
    path("payments/new/sums/", registering.compute_parts, name="compute_parts"),
    path("payments/credits/", customer_credit.list_credits, name="list_credits"),
    path("payments/refunds/", refunds.list_refunds, name="list_refunds"),
    path(REFUND + "settle/", refunds.settle_refund, name="settle_refund"),
    path(REFUND + "stop/", refunds.end_refund, name="end_refund"),
    path(USE + "detach/", payments.detach_allocation, name="detach_allocation"),
    path(USE + "reopen/", write_offs.reverse_write_off, name="reverse_write_off"),
    path(PAYMENT, payments.show_payment, name="show_payment"),
    path(PAYMENT + "describe/", payments.describe_payment, name="describe_payment"),
    path(PAYMENT + "apply/", registering.apply_payment, name="apply_payment"),
    path(PAYMENT + "reverse/", payments.reverse_payment, name="reverse_payment"),
    path(PAYMENT + "refund/", refunds.request_refund, name="request_refund"),
    path(CLAIM, claims.show_receivable, name="show_receivable"),
    path(CLAIM + "panel/", claims.panel_for_receivable, name="panel_for_receivable"),
    path(CLAIM + "pay/", claims.pay_receivable, name="pay_receivable"),
    path(CLAIM + "find/", claims.find_payments, name="find_payments"),
    path(CLAIM + "apply/", claims.apply_to_receivable, name="apply_to_receivable"),
    path(CLAIM + "free/", customer_credit.free_credit, name="free_credit"),
    path(CLAIM + "write-off/", write_offs.write_off_receivable, name="write_off_receivable"),
    path(CLAIM + "hold/", holds.place_hold, name="place_hold"),
    path(CLAIM + "instalments/", instalments.place_instalments, name="place_instalments"),
    path(CLAIM + "waive/", write_offs.waive_addition, name="waive_addition"),
    path("holds/<uuid:hold_id>/release/", holds.release_hold, name="release_hold"),
    path("customers/<uuid:customer_id>/credit/", customer_credit.panel_customer_credit, name="panel_customer_credit"),
    path("customers/<uuid:customer_id>/holds/", customer_holds.panel_customer_holds, name="panel_customer_holds"),
    path("customers/<uuid:customer_id>/hold/", customer_holds.hold_customer, name="hold_customer"),
    path(
        "customer-holds/<uuid:customer_hold_id>/release/",
        customer_holds.release_customer_hold,
        name="release_customer_hold",
    ),
    path("settings/closed-periods/", periods.list_period_locks, name="list_period_locks"),
    path("settings/closed-periods/close/", periods.close_period, name="close_period"),
    path("settings/payments/", periods.update_payment_settings, name="update_payment_settings"),
    # What the ledger says
    path("reports/", reports.list_reports, name="list_reports"),
    path("reports/ageing/", reports.show_ageing, name="show_ageing"),
    path("reports/open-items/", reports.show_open_items, name="show_open_items"),
    path("reports/received-payments/", reports.show_received_payments, name="show_received_payments"),
    path("reports/vat/", reports.show_vat_report, name="show_vat_report"),
    path("reports/postings/", reports.show_postings, name="show_postings"),
    path("reports/days-sales-outstanding/", reports.show_sales_days, name="show_sales_days"),
    path("reports/export/", reports.export_report, name="export_report"),
    path("reports/saft/", reports.start_saft, name="start_saft"),
    path("customers/<uuid:customer_id>/ledger-card/", reports.show_ledger_card, name="show_ledger_card"),
    # Bank files and the work list
    path("payments/bank/", bank_lines.list_bank_lines, name="list_bank_lines"),
    path("payments/bank/files/", bank_files.list_bank_files, name="list_bank_files"),
    path("payments/bank/files/import/", bank_files.import_bank_file, name="import_bank_file"),
    path(BANK_FILE, bank_files.show_bank_file, name="show_bank_file"),
    path(BANK_FILE + "download/", bank_files.download_bank_file, name="download_bank_file"),
    path(BANK_FILE + "resume/", bank_files.resume_bank_file, name="resume_bank_file"),
    path(BANK_LINE, bank_lines.show_bank_line, name="show_bank_line"),
    path(BANK_LINE + "sums/", bank_lines.sum_line_parts, name="sum_line_parts"),
    path(BANK_LINE + "settle/", bank_lines.settle_bank_line, name="settle_bank_line"),
    path(BANK_LINE + "credit/", bank_lines.credit_bank_line, name="credit_bank_line"),
    path(BANK_LINE + "ignore/", bank_lines.ignore_bank_line, name="ignore_bank_line"),
    path(BANK_LINE + "take-back/", bank_lines.take_back_with_line, name="take_back_with_line"),
    path(BANK_LINE + "refund/", bank_lines.settle_refund_with_line, name="settle_refund_with_line"),
    path(BANK_LINE + "payout/", bank_lines.settle_payout_with_line, name="settle_payout_with_line"),
    path(BANK_LINE + "payout/sums/", bank_lines.sum_payout_parts, name="sum_payout_parts"),
    path(BANK_LINE + "reopen/", bank_lines.reopen_bank_line, name="reopen_bank_line"),
    path("payments/refunds/file/", refund_files.make_refund_file, name="make_refund_file"),
    path(
        "payments/refunds/files/<uuid:refund_file_id>/", refund_files.download_refund_file, name="download_refund_file"
    ),
    # AvtaleGiro
    path("payments/direct-debit/", direct_debits.list_direct_debits, name="list_direct_debits"),
    path("payments/direct-debit/file/", direct_debits.make_direct_debit_file, name="make_direct_debit_file"),
    path(
        "payments/direct-debit/files/<uuid:direct_debit_file_id>/",
        direct_debits.download_direct_debit_file,
        name="download_direct_debit_file",
    ),
    path("settings/bank-agreements/", bank_agreements.list_bank_agreements, name="list_bank_agreements"),
    path(
        "settings/bank-agreements/<uuid:account_id>/",
        bank_agreements.update_bank_agreement,
        name="update_bank_agreement",
    ),
    path("payments/bank/columns/<slug:upload>/", bank_mappings.map_csv_file, name="map_csv_file"),
    # Paying online
    path("settings/online-payments/", online.show_online_payments, name="show_online_payments"),
    path("settings/online-payments/save/", online.update_provider, name="update_provider"),
    path("settings/online-payments/connect/", online.connect_provider, name="connect_provider"),
    path("customers/<uuid:customer_id>/saved-methods/", online.panel_saved_methods, name="panel_saved_methods"),
    path("payments/saved-methods/<uuid:method_id>/revoke/", online.revoke_method, name="revoke_method"),
    path("payments/charge/", online.choose_charges, name="choose_charges"),
    path("payments/charge/start/", online.charge_methods, name="charge_methods"),
]
