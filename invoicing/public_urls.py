"""The customer's pages, mounted at i/: one address with a secret in it, and the page that it leads to."""

from django.urls import path

from invoicing.views.public import account, door, downloads, page, paying

app_name = "public"

PAGE = "v/<uuid:link_id>/"

urlpatterns = [
    path(PAGE, page.show, name="show"),
    path(PAGE + "say/", page.say, name="say"),
    path(PAGE + "pay/", paying.pay, name="pay"),
    path(PAGE + "paying/<uuid:attempt_id>/", paying.show_paying, name="show_paying"),
    path(PAGE + "paying/<uuid:attempt_id>/ask/", paying.ask_provider, name="ask_provider"),
    path(PAGE + "account/", account.show_account, name="show_account"),
    path(PAGE + "account/pay/", paying.pay_account, name="pay_account"),
    path(PAGE + "account/pdf/", account.download_statement, name="download_statement"),
    path(PAGE + "account/<uuid:invoice_id>/", account.open_invoice, name="open_invoice"),
    path(PAGE + "opened/", page.note_opening, name="note_opening"),
    path(PAGE + "new-link/", page.ask_for_new_link, name="ask_for_new_link"),
    path(PAGE + "pdf/", downloads.download_pdf, name="download_pdf"),
    path(PAGE + "ehf/", downloads.download_ehf, name="download_ehf"),
    path(PAGE + "files/<int:place>/", downloads.download_file, name="download_file"),
    path("<str:token>/", door.enter, name="enter"),
]
