"""What a customer's page shows of subscriptions, mounted at i/: behind the cookie of the document's link."""

from django.urls import path

from billing_backlog.views import public_subscriptions

app_name = "public_subscriptions"

urlpatterns = [
    path("v/<uuid:link_id>/charges/", public_subscriptions.panel_coming_charges, name="panel_coming_charges"),
]
