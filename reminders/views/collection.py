"""The doors to what is ready for collection, and to the cases that an agency has."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from reminders.actions import collection, collection_agencies, collection_news
from reminders.collection_facts import case_of
from reminders.collection_files import csv_of_payments
from reminders.collection_words import sentence_of_stop, tone_of_case
from reminders.forms.collection import CaseStatusForm, TakeBackForm
from reminders.handing import words_of
from reminders.law import current_law
from reminders.models import CaseState, CollectionCase
from reminders.queries import collection as queries
from reminders.queries.collection import ReadyClaim
from reminders.step_words import step_word
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
FILTERS = ("open", "closed", *CaseState.values)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_collection_cases(request: OrganizationRequest) -> HttpResponse:
    """The cases, those that are open unless asked otherwise."""
    asked = request.GET.get("state", "")
    state = asked if asked in FILTERS else "open"
    cases = list(queries.list_cases(request.organization, state))
    context = {
        "rows": [(case, tone_of_case(case.state)) for case in cases],
        "state": state,
        "states": [("open", _("Open")), ("closed", _("Closed"))],
        "is_full": len(cases) == queries.CASES_SHOWN_MAX,
        "may_hand_over": request.may(Permission.HAND_TO_COLLECTION),
    }
    return render(request, "reminders/collection_cases.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_ready_for_collection(request: OrganizationRequest) -> HttpResponse:
    """What could be handed over, by customer, and what stands in the way."""
    return render(request, "reminders/collection_ready.html", _ready_page(request))


@require_POST
@organization_view(Permission.HAND_TO_COLLECTION)
def hand_to_collection(request: OrganizationRequest) -> HttpResponse:
    """Hand the chosen claims over to the chosen agency."""
    organization = request.organization
    try:
        chosen = [UUID(key) for key in request.POST.getlist("claim")]
        agency_id = UUID(request.POST.get("agency", ""))
    except ValueError:
        messages.error(request, _("Choose an agency, and at least one claim."))
        return go_to(request, reverse("reminders:list_ready_for_collection", args=[organization.slug]))
    cases = collection.hand_to_collection(
        organization,
        chosen,
        agency_id,
        actor=request.actor,
        today=local_today(organization),
        now=timezone.now(),
    )
    said = ngettext("%(count)s case is handed over.", "%(count)s cases are handed over.", len(cases))
    messages.success(request, said % {"count": len(cases)})
    if len(cases) == 1:
        return go_to(request, _address(request, cases[0].pk))
    return go_to(request, reverse("reminders:list_collection_cases", args=[organization.slug]))


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def show_collection_case(request: OrganizationRequest, case_id: UUID) -> HttpResponse:
    """One case with what was handed over, what the agency told, and what came in since."""
    return _page(request, case_id)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def download_collection_file(request: OrganizationRequest, case_id: UUID, case_file_id: UUID) -> HttpResponse:
    """A file of the case, byte for byte as it was written."""
    file = queries.get_file(request.organization, case_id, case_file_id)
    return attached(files.load(str(request.organization.pk), file.sha256), file.name)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def export_collection_payments(request: OrganizationRequest, case_id: UUID) -> HttpResponse:
    """What came in here since the hand-over, as a file for the agency."""
    organization = request.organization
    case = queries.get_case(organization, case_id)
    paid = queries.paid_since(organization, case)
    left = queries.open_of(organization, [each.receivable_id for each in paid])
    rows = ((str(each.receivable), each.voucher.day, each.kind, each.amount, left[each.receivable_id]) for each in paid)
    return attached(csv_of_payments(case_of(case.snapshot), rows), f"case-{case.number}-payments.csv")


@require_POST
@organization_view(Permission.HAND_TO_COLLECTION)
def note_agency_told(request: OrganizationRequest, case_id: UUID) -> HttpResponse:
    """Note that the agency knows of what has come in here."""
    collection.note_agency_told(request.organization, case_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("Noted."))
    return go_to(request, _address(request, case_id))


@require_POST
@organization_view(Permission.HAND_TO_COLLECTION)
def transfer_case(request: OrganizationRequest, case_id: UUID) -> HttpResponse:
    """Let the files be brought to the agency, or note that somebody has."""
    case = collection_agencies.start_transfer(request.organization, case_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("Noted.") if case.transferred_at else _("It is on its way. Look again in a moment."))
    return go_to(request, _address(request, case_id))


@require_POST
@organization_view(Permission.HAND_TO_COLLECTION)
def take_case_back(request: OrganizationRequest, case_id: UUID) -> HttpResponse:
    """Withdraw the case."""
    form = TakeBackForm(request.POST)
    return _act(
        request,
        case_id,
        form,
        lambda: collection.take_case_back(
            request.organization,
            case_id,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            now=timezone.now(),
        ),
        "take_back_form",
    )


@require_POST
@organization_view(Permission.HAND_TO_COLLECTION)
def note_case_status(request: OrganizationRequest, case_id: UUID) -> HttpResponse:
    """Note what the agency told of the case."""
    organization = request.organization
    with read_only():
        case = queries.get_case(organization, case_id)
    form = CaseStatusForm(request.POST, state=case.state, today=local_today(organization))
    return _act(
        request,
        case_id,
        form,
        lambda: collection_news.note_case_status(
            organization, case_id, form.news(), actor=request.actor, now=timezone.now()
        ),
        "status_form",
    )


def _act(
    request: OrganizationRequest, case_id: UUID, form: forms.Form, act: Callable[[], Any], name: str
) -> HttpResponse:
    if form.is_valid():
        try:
            act()
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Noted."))
            return go_to(request, _address(request, case_id))
    with read_only():
        return _page(request, case_id, status=INVALID, **{name: form})


def attached(content: bytes, name: str) -> HttpResponse:
    """A file to be kept, never shown in the browser."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _address(request: OrganizationRequest, case_id: UUID) -> str:
    return reverse("reminders:show_collection_case", args=[request.organization.slug, case_id])


def _ready_page(request: OrganizationRequest) -> dict[str, Any]:
    organization, today = request.organization, local_today(request.organization)
    ready = queries.ready_claims(organization, current_law(), today=today)
    agencies = [agency for agency in queries.list_agencies(organization) if agency.is_active]
    by_customer = sorted(ready, key=_customer)
    groups = [(name, [_shown(each) for each in group]) for (name, _id), group in groupby(by_customer, key=_customer)]
    return {
        "groups": groups,
        "agencies": agencies,
        "count": sum(not each.stops for each in ready),
        "is_full": len(ready) == queries.READY_MAX,
        "may_hand_over": request.may(Permission.HAND_TO_COLLECTION),
        "may_choose": request.may(Permission.HAND_TO_COLLECTION) and bool(agencies),
    }


def _customer(ready: ReadyClaim) -> tuple[str, str]:
    return ready.claim.customer_name, str(ready.claim.customer_id)


def _shown(ready: ReadyClaim) -> tuple[ReadyClaim, list[str]]:
    return ready, [sentence_of_stop(code) for code in ready.stops]


def _page(request: OrganizationRequest, case_id: UUID, *, status: int = 200, **forms_sent: Any) -> HttpResponse:
    organization = request.organization
    case = queries.get_case(organization, case_id)
    ids = queries.claim_ids_of(organization, case)
    context = {
        "case": case,
        "tone": tone_of_case(case.state),
        "facts": case_of(case.snapshot),
        "open_now": sum(amount for amount in queries.open_of(organization, ids).values() if amount > 0),
        "place": words_of(case.agency),
        "files": queries.files_of_case(organization, case),
        "steps": _steps(case),
        "news": queries.news_of_case(organization, case),
        "paid": [
            (each, each.allocated_at > queries.untold_since(case)) for each in queries.paid_since(organization, case)
        ],
        "may_act": request.may(Permission.HAND_TO_COLLECTION),
        "may_write_off": request.may(Permission.WRITE_OFF_CLAIMS),
        "status_form": CaseStatusForm(state=case.state, today=local_today(organization)),
        "take_back_form": TakeBackForm(),
        **forms_sent,
    }
    context["is_untold"] = any(is_new for _row, is_new in context["paid"])
    return render(request, "reminders/collection_case.html", context, status=status)


def _steps(case: CollectionCase) -> list[tuple[str, list[tuple[str, Any]]]]:
    """What was sent for each claim before it was handed over: the claim, and its steps in words."""
    facts = case_of(case.snapshot)
    return [(claim.number, [(step_word(sent.step), sent) for sent in claim.reminders]) for claim in facts.claims]
