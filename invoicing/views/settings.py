"""The doors to number series and to texts on documents."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from invoicing import queries, texts
from invoicing.actions import series as series_actions
from invoicing.actions.texts import update_texts as write_texts
from invoicing.dispatching import letters
from invoicing.dispatching.letter_words import letter_words
from invoicing.forms.settings import PLACES, SeriesForm, TextsForm, show_built_in
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_series(request: OrganizationRequest) -> HttpResponse:
    """Every number series with its range and how far it has come, and where a new one is opened."""
    return _series_page(request, SeriesForm())


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def open_series(request: OrganizationRequest) -> HttpResponse:
    """Open a further series with a range of its own."""
    form = SeriesForm(request.POST)
    if form.is_valid():
        try:
            series_actions.open_series(request.organization, **form.cleaned_data, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The series is open. Choose it to use it for new documents"))
            return redirect("invoicing:list_series", request.organization.slug)
    return _series_page(request, form, status=INVALID)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def choose_series(request: OrganizationRequest, series_id: UUID) -> HttpResponse:
    """Number new documents from this series."""
    series = series_actions.choose_series(request.organization, series_id, actor=request.actor)
    messages.success(request, _("New documents take their numbers from %(series)s") % {"series": series.name})
    return redirect("invoicing:list_series", request.organization.slug)


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_texts(request: OrganizationRequest) -> HttpResponse:
    """The texts that new documents begin with, in one language."""
    language = _language(request)
    return _texts_page(request, TextsForm(initial=texts.texts_in(request.organization, language)), language)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_texts(request: OrganizationRequest) -> HttpResponse:
    """Change the texts of one language; documents that are written already keep theirs."""
    language = _language(request)
    form = TextsForm(request.POST)
    if not form.is_valid():
        return _texts_page(request, form, language, status=INVALID)
    write_texts(
        request.organization,
        language,
        {place.value: form.cleaned_data[place.value] for place in PLACES},
        actor=request.actor,
    )
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(
        f"{reverse('invoicing:show_texts', args=[request.organization.slug])}?language={language}"
    )


def _language(request: OrganizationRequest) -> str:
    language = request.GET.get("language", request.organization.language)
    if language not in dict(settings.DOCUMENT_LANGUAGES):
        raise Http404
    return language


def _series_page(request: OrganizationRequest, form: SeriesForm, *, status: int = 200) -> HttpResponse:
    with read_only():
        context = {
            "series": list(queries.list_series(request.organization)),
            "form": form,
            "may_edit": request.may(Permission.EDIT_SETTINGS),
        }
        return render(request, "invoicing/list_series.html", context, status=status)


def _texts_page(request: OrganizationRequest, form: TextsForm, language: str, *, status: int = 200) -> HttpResponse:
    with read_only():
        show_built_in(form, letter_words(language))
        written = texts.languages_with_texts(request.organization)
        context = {
            "form": form,
            "language": language,
            "languages": [
                {"code": code, "name": name, "is_written": code in written}
                for code, name in settings.DOCUMENT_LANGUAGES
            ],
            "may_edit": request.may(Permission.EDIT_SETTINGS),
            "placeholders": [f"{{{word}}}" for word in letters.PLACEHOLDERS],
        }
        return render(request, "invoicing/texts.html", context, status=status)
