"""The doors to the organization's own routines."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants import queries, routines
from tenants.forms import RoutineForm
from tenants.models import RoutineStep
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
VERSIONS_SHOWN_MAX = 50


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_routines(request: OrganizationRequest) -> HttpResponse:
    """Every step with the routine that holds."""
    newest = queries.newest_routines(request.organization)
    context = {
        "steps": [(step, newest.get(step)) for step in RoutineStep],
        "may_edit": request.may(Permission.EDIT_SETTINGS),
    }
    return render(request, "tenants/list_routines.html", context)


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_routine(request: OrganizationRequest) -> HttpResponse:
    """One routine with its versions: who wrote what, when, and what each changed."""
    return _page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_SETTINGS)
def write_routine(request: OrganizationRequest) -> HttpResponse:
    """Write the next version of a step's routine."""
    step = _step(request)
    if request.method != "POST":
        routine = queries.newest_routine(request.organization, step)
        initial = {"text": routine.text, "version": routine.version} if routine else {"text": "", "version": 0}
        return _page(request, RoutineForm(initial=initial))
    form = RoutineForm(request.POST)
    if form.is_valid():
        try:
            routines.write_routine(
                request.organization,
                step,
                form.cleaned_data["text"],
                on_version=form.cleaned_data["version"],
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The routine is saved. It is shown at its step from now on"))
            return HttpResponseRedirect(
                f"{reverse('tenants:show_routine', args=[request.organization.slug])}?step={step}"
            )
    return _page(request, form, status=INVALID)


def _step(request: OrganizationRequest) -> RoutineStep:
    try:
        return RoutineStep(request.GET.get("step", ""))
    except ValueError:
        raise Http404 from None


def _page(request: OrganizationRequest, form: RoutineForm | None, *, status: int = 200) -> HttpResponse:
    step = _step(request)
    with read_only():
        found = queries.list_routine_versions(request.organization, step, VERSIONS_SHOWN_MAX + 1)
        if form is not None and form.is_bound and "text" in form.errors and found:
            # The next save is made on what stands now, which the page shows beside what was typed.
            form.data = {**form.data.dict(), "version": str(found[0].version)}  # type: ignore[attr-defined]  # a QueryDict
        context = {
            "step": step,
            "form": form,
            "newest": found[0] if found else None,
            "versions": routines.with_differences(found, VERSIONS_SHOWN_MAX),
            "may_edit": request.may(Permission.EDIT_SETTINGS),
        }
        return render(request, "tenants/routine.html", context, status=status)
