"""One line per verb."""

from django.urls import path

from payments.views import settings

app_name = "payments"

urlpatterns = [
    path("exchange-rates/", settings.list_exchange_rates, name="list_exchange_rates"),
    path("exchange-rates/enter/", settings.enter_exchange_rate, name="enter_exchange_rate"),
    path("exchange-rates/import/", settings.import_exchange_rates, name="import_exchange_rates"),
    path("chart-of-accounts/", settings.list_accounts, name="list_accounts"),
    path("chart-of-accounts/new/", settings.add_account, name="add_account"),
    path("chart-of-accounts/<uuid:ledger_account_id>/", settings.update_account, name="update_account"),
    path("vouchers/<uuid:voucher_id>/", settings.show_voucher, name="show_voucher"),
]
