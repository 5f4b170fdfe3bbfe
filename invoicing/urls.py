"""One line per verb; mounted under the organization's address."""

from django.urls import path

from invoicing.views import credit, drafts, files, finalize, invoices, lines, series

app_name = "invoicing"

ONE = "invoices/<uuid:invoice_id>/"

urlpatterns = [
    path("invoices/", invoices.list_invoices, name="list_invoices"),
    path("invoices/new/", drafts.create_draft, name="create_draft"),
    path("invoices/line/", lines.new_line, name="new_line"),
    path("invoices/line/fill/", lines.fill_line, name="fill_line"),
    path("invoices/totals/", lines.compute_totals, name="compute_totals"),
    path(ONE, invoices.show_invoice, name="show_invoice"),
    path(ONE + "edit/", drafts.update_draft, name="update_draft"),
    path(ONE + "customer/", drafts.change_customer, name="change_customer"),
    path(ONE + "preview/", invoices.preview_draft, name="preview_draft"),
    path(ONE + "finalize/", finalize.finalize_invoice, name="finalize_invoice"),
    path(ONE + "delete/", drafts.delete_draft, name="delete_draft"),
    path(ONE + "clone/", drafts.clone_invoice, name="clone_invoice"),
    path(ONE + "credit/", credit.credit_invoice, name="credit_invoice"),
    path(ONE + "credit/totals/", credit.compute_credit, name="compute_credit"),
    path(ONE + "credit-note/", credit.update_credit_note, name="update_credit_note"),
    path(ONE + "history/", invoices.list_invoice_history, name="list_invoice_history"),
    path(ONE + "documents/", files.list_documents, name="list_documents"),
    path(ONE + "documents/retry/", files.retry_documents, name="retry_documents"),
    path(ONE + "pdf/", files.download_pdf, name="download_pdf"),
    path(ONE + "ehf/", files.download_ehf, name="download_ehf"),
    path(
        "invoices/panel/customer/<uuid:customer_id>/", invoices.panel_customer_invoices, name="panel_customer_invoices"
    ),
    path("number-ledger/", series.number_ledger, name="number_ledger"),
    path("number-ledger/check/", series.check_series, name="check_series"),
]
