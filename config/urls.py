"""One include per app, and what is composed of all rooms."""

from django.urls import include, path

from config.views import accessibility, health, home, new_company, palette, products
from tenants.views import invitations, profile, sessions

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accessibility/", accessibility.show_accessibility, name="accessibility"),
    path("accounts/sessions/<int:session_id>/end/", sessions.end_session, name="account_end_session"),
    path("accounts/profile/", profile.update_profile, name="account_profile"),
    path("accounts/", include("allauth.urls")),
    path("new-company/", new_company.create_organization, name="create_organization"),
    path("join/<uuid:organization_id>/<str:secret>/", invitations.accept_invitation, name="accept_invitation"),
    path("<slug:organization>/", home.overview, name="overview"),
    path("<slug:organization>/first-steps/hide/", home.hide_checklist, name="hide_checklist"),
    path("<slug:organization>/find/", palette.command_palette, name="command_palette"),
    path("<slug:organization>/products/new/", products.create_product, name="create_product"),
    path("<slug:organization>/products/<uuid:product_id>/", products.update_product, name="update_product"),
    path("<slug:organization>/", include("invoicing.urls")),
    path("<slug:organization>/", include("customers.urls")),
    path("<slug:organization>/", include("payments.urls")),
    path("<slug:organization>/", include("tenants.urls")),
]
