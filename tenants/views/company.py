"""The doors to what the organization says of itself: identity, documents, logo."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation import files
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants import actions
from tenants.forms import CompanyForm, DocumentSettingsForm, LogoForm
from tenants.logo import UPLOAD_BYTES_MAX, LogoRefused, read_logo
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_company(request: OrganizationRequest) -> HttpResponse:
    """The company's details, to read or to change."""
    form = CompanyForm(instance=request.organization)
    return _page(request, "tenants/company.html", {"form": form})


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_company(request: OrganizationRequest) -> HttpResponse:
    """Change the company's details; finalized documents keep theirs."""
    form = CompanyForm(request.POST, instance=request.organization)
    if not form.is_valid():
        return _page(request, "tenants/company.html", {"form": form}, status=INVALID)
    actions.update_organization(request.organization, form.values(), actor=request.actor)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse("tenants:show_company", args=[request.organization.slug]))


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_document_settings(request: OrganizationRequest) -> HttpResponse:
    """Language, terms, colour, footer and logo of documents."""
    form = DocumentSettingsForm(instance=request.organization)
    return _page(request, "tenants/documents.html", {"form": form, "logo_form": LogoForm()})


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def update_document_settings(request: OrganizationRequest) -> HttpResponse:
    """Change how documents look from now on."""
    form = DocumentSettingsForm(request.POST, instance=request.organization)
    if not form.is_valid():
        return _page(request, "tenants/documents.html", {"form": form, "logo_form": LogoForm()}, status=INVALID)
    actions.update_organization(request.organization, form.values(), actor=request.actor)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(_documents_url(request))


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def set_logo(request: OrganizationRequest) -> HttpResponse:
    """Take a new logo, decoded and written anew."""
    organization = request.organization
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            # One byte more than is allowed is enough to refuse the rest unread.
            picture = read_logo(form.cleaned_data["logo"].read(UPLOAD_BYTES_MAX + 1))
        except LogoRefused as refusal:
            show_refusal(form, refusal)
        else:
            sha256 = files.store(str(organization.pk), picture)
            actions.set_logo(organization, sha256=sha256, actor=request.actor)
            messages.success(request, _("The logo is saved. It stands on drafts and on what you finalize from now on"))
            return HttpResponseRedirect(_documents_url(request))
    context = {"form": DocumentSettingsForm(instance=organization), "logo_form": form}
    return _page(request, "tenants/documents.html", context, status=INVALID)


@require_POST
@organization_view(Permission.EDIT_SETTINGS)
def remove_logo(request: OrganizationRequest) -> HttpResponse:
    """Use no logo from now on."""
    actions.set_logo(request.organization, sha256="", actor=request.actor)
    messages.success(request, _("The logo is removed"))
    return HttpResponseRedirect(_documents_url(request))


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_logo(request: OrganizationRequest) -> HttpResponse:
    """The logo in use, as a picture."""
    if not request.organization.logo_sha256:
        raise Http404
    content = files.load(str(request.organization.pk), request.organization.logo_sha256)
    return HttpResponse(content, content_type="image/png")


def _documents_url(request: OrganizationRequest) -> str:
    return reverse("tenants:show_document_settings", args=[request.organization.slug])


def _page(
    request: OrganizationRequest, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    with read_only():
        # A form that was refused has written the typed values on its instance; the frame shows the stored ones.
        request.organization.refresh_from_db()
        may_edit = request.may(Permission.EDIT_SETTINGS)
        return render(request, template, {**context, "may_edit": may_edit}, status=status)
