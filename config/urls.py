"""One include per app, and what is composed of all rooms."""

from django.urls import include, path

from accounting_sync.views.permits import return_from_system
from config.api.mounted import API, show_description
from config.views import (
    accessibility,
    api_operations,
    health,
    home,
    imports,
    keys,
    machines,
    month_end,
    moving_in,
    new_company,
    palette,
    people,
    products,
    retention,
)
from invoicing.views import hooks, mail_hook
from payments.views import demo
from payments.views import hooks as provider_hooks
from tenants.views import invitations, profile, sessions

CUSTOMERS, PRODUCTS = {"kind": "customers"}, {"kind": "products"}
PERSON = "<slug:organization>/customers/<uuid:customer_id>/person/"
CONTACT = "<slug:organization>/customers/<uuid:customer_id>/contacts/<uuid:contact_id>/person/"
API_SETTINGS = "<slug:organization>/settings/api/"
WEBHOOK = API_SETTINGS + "webhooks/<uuid:endpoint_id>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accessibility/", accessibility.show_accessibility, name="accessibility"),
    path("accounts/sessions/<int:session_id>/end/", sessions.end_session, name="account_end_session"),
    path("accounts/profile/", profile.update_profile, name="account_profile"),
    path("accounts/keys/", keys.show_keys, name="account_keys"),
    path("accounts/", include("allauth.urls")),
    path("new-company/", new_company.create_organization, name="create_organization"),
    path("join/<uuid:organization_id>/<str:secret>/", invitations.accept_invitation, name="accept_invitation"),
    path("i/quotes/", include("billing_backlog.public_urls")),
    path("i/", include("billing_backlog.public_subscription_urls")),
    path("i/", include("invoicing.public_urls")),
    path("hooks/peppol/<str:secret>/", hooks.receive_from_network, name="receive_from_network"),
    path("hooks/mail/<str:secret>/", mail_hook.receive_returned_mail, name="receive_returned_mail"),
    path("hooks/<slug:provider>/<str:secret>/", provider_hooks.receive_from_provider, name="receive_from_provider"),
    path("api/v1/openapi.json", show_description, name="api_description"),
    path("api/v1/", api_operations.list_operations, name="api_operations"),
    path("api/v1/", API.urls),
    path("demo/<str:token>/", demo.demo_checkout, name="demo_checkout"),
    path("accounting/return/", return_from_system, name="return_from_system"),
    path("<slug:organization>/", home.overview, name="overview"),
    path("<slug:organization>/rehearsals/<uuid:job_id>/", imports.panel_rehearsal, name="panel_rehearsal"),
    path("<slug:organization>/rehearsals/<uuid:job_id>/import/", imports.start_import, name="start_import"),
    path("<slug:organization>/import/customers/", imports.upload_import, CUSTOMERS, name="import_customers"),
    path(
        "<slug:organization>/import/customers/<slug:sha256>/",
        imports.map_import,
        CUSTOMERS,
        name="map_customers",
    ),
    path("<slug:organization>/export/customers/", imports.export_records, CUSTOMERS, name="export_customers"),
    path("<slug:organization>/import/products/", imports.upload_import, PRODUCTS, name="import_products"),
    path(
        "<slug:organization>/import/products/<slug:sha256>/",
        imports.map_import,
        PRODUCTS,
        name="map_products",
    ),
    path("<slug:organization>/export/products/", imports.export_records, PRODUCTS, name="export_products"),
    path("<slug:organization>/first-steps/hide/", home.hide_checklist, name="hide_checklist"),
    path("<slug:organization>/reports/month-end/", month_end.show_month_end, name="show_month_end"),
    path("<slug:organization>/find/", palette.command_palette, name="command_palette"),
    path("<slug:organization>/products/new/", products.create_product, name="create_product"),
    path("<slug:organization>/products/<uuid:product_id>/", products.update_product, name="update_product"),
    path(PERSON, people.show_person, name="show_person"),
    path(PERSON + "export/", people.export_person, name="export_person"),
    path(PERSON + "erase/", people.erase_person, name="erase_person"),
    path(CONTACT, people.show_person, name="show_contact_person"),
    path(CONTACT + "export/", people.export_person, name="export_contact_person"),
    path(CONTACT + "erase/", people.erase_person, name="erase_contact_person"),
    path("<slug:organization>/settings/move-in/", moving_in.move_in, name="move_in"),
    path("<slug:organization>/settings/move-in/columns/<slug:asked>/", moving_in.map_move_in, name="map_move_in"),
    path("<slug:organization>/settings/move-in/<uuid:move_id>/", moving_in.show_move, name="show_move"),
    path(
        "<slug:organization>/settings/move-in/<uuid:move_id>/switch/", moving_in.switch_move_in, name="switch_move_in"
    ),
    path(API_SETTINGS, machines.show_api, name="show_api"),
    path(API_SETTINGS + "tokens/new/", machines.create_token, name="create_token"),
    path(API_SETTINGS + "tokens/<uuid:token_id>/revoke/", machines.revoke_token, name="revoke_token"),
    path(API_SETTINGS + "webhooks/new/", machines.create_webhook, name="create_webhook"),
    path(WEBHOOK, machines.update_webhook, name="update_webhook"),
    path(WEBHOOK + "test/", machines.test_webhook, name="test_webhook"),
    path(WEBHOOK + "rotate/", machines.rotate_webhook, name="rotate_webhook"),
    path(WEBHOOK + "resume/", machines.resume_webhook, name="resume_webhook"),
    path(WEBHOOK + "remove/", machines.remove_webhook, name="remove_webhook"),
    path(API_SETTINGS + "deliveries/<uuid:delivery_id>/again/", machines.send_webhook_again, name="send_webhook_again"),
    path("<slug:organization>/settings/retention/", retention.show_retention, name="show_retention"),
    path("<slug:organization>/", include("billing_backlog.urls")),
    path("<slug:organization>/reminders/", include("reminders.urls")),
    path("<slug:organization>/accounting/", include("accounting_sync.urls")),
    path("<slug:organization>/", include("invoicing.urls")),
    path("<slug:organization>/", include("customers.urls")),
    path("<slug:organization>/", include("payments.urls")),
    path("<slug:organization>/", include("tenants.urls")),
]
