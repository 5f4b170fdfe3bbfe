"""One line per verb."""

from django.urls import path

from payments import views

app_name = "payments"

urlpatterns = [
    path("exchange-rates/", views.list_exchange_rates, name="list_exchange_rates"),
    path("exchange-rates/enter/", views.enter_exchange_rate, name="enter_exchange_rate"),
    path("exchange-rates/import/", views.import_exchange_rates, name="import_exchange_rates"),
    path("chart-of-accounts/", views.list_accounts, name="list_accounts"),
    path("chart-of-accounts/new/", views.add_account, name="add_account"),
    path("chart-of-accounts/<uuid:ledger_account_id>/", views.update_account, name="update_account"),
    path("vouchers/<uuid:voucher_id>/", views.show_voucher, name="show_voucher"),
]
