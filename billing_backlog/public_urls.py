"""The customer's pages of quotes, mounted at i/quotes/: one address with a secret in it, and the page behind it."""

from django.urls import path

from billing_backlog.views import public_quotes

app_name = "public_quotes"

PAGE = "v/<uuid:link_id>/"

urlpatterns = [
    path(PAGE, public_quotes.show, name="show"),
    path(PAGE + "accept/", public_quotes.accept, name="accept"),
    path(PAGE + "decline/", public_quotes.decline, name="decline"),
    path(PAGE + "opened/", public_quotes.note_opening, name="note_opening"),
    path(PAGE + "pdf/", public_quotes.download_pdf, name="download_pdf"),
    path("<str:token>/", public_quotes.enter, name="enter"),
]
