"""The customer's pages, mounted at i/: one address with a secret in it, and the page that it leads to."""

from django.urls import path

from invoicing.views.public import door, downloads, page

app_name = "public"

PAGE = "v/<uuid:link_id>/"

urlpatterns = [
    path(PAGE, page.show, name="show"),
    path(PAGE + "say/", page.say, name="say"),
    path(PAGE + "opened/", page.note_opening, name="note_opening"),
    path(PAGE + "new-link/", page.ask_for_new_link, name="ask_for_new_link"),
    path(PAGE + "pdf/", downloads.download_pdf, name="download_pdf"),
    path(PAGE + "ehf/", downloads.download_ehf, name="download_ehf"),
    path(PAGE + "files/<int:place>/", downloads.download_file, name="download_file"),
    path("<str:token>/", door.enter, name="enter"),
]
