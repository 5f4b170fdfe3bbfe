"""The doors to what the ledger says: reports as of a day or for a period, and their files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.queries import get_customer
from foundation.dates import Period
from foundation.htmx import go_to
from foundation.spreadsheets import FileFormat
from foundation.transactions import read_only
from payments import queries
from payments.actions import reports as actions
from payments.forms.reports import ExportForm, ReportForm, SaftForm, initial_of
from payments.reports import pictures
from payments.reports.ageing import AGE_NAMES, ageing_as_of
from payments.reports.asked import PAGE_ROWS, Asked, vat_term_of, vat_terms
from payments.reports.ledger_card import ROWS as CARD_ROWS
from payments.reports.ledger_card import ledger_card
from payments.reports.open_items import open_items
from payments.reports.posted import ROWS as POSTED_ROWS
from payments.reports.posted import postings_of
from payments.reports.received import received_payments
from payments.reports.sales_days import sales_days
from payments.reports.vat import vat_report
from payments.reports.words import AGE_LABELS, SIDE_LABELS
from payments.views.doing import INVALID
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

PAGE_DIGITS_MAX = 5
# The fields of each report's question, those that are only carried along last.
FIELDS: dict[str, tuple[str, ...]] = {
    "ageing": ("day",),
    "open_items": ("day", "age", "customer", "currency"),
    "ledger_card": ("first", "last"),
    "received_payments": ("first", "last", "method", "account", "currency"),
    "vat": ("first", "last"),
    "postings": ("first", "last", "account", "vat_code", "side"),
    "sales_days": ("day",),
}


@dataclass(frozen=True, slots=True)
class Door:
    """A request for a report: its form, the question in it, and which page of the answer."""

    form: ReportForm
    asked: Asked
    page: int
    parameters: dict[str, str]

    @property
    def status(self) -> int:
        """What the answer's status is: a question that cannot be is told so."""
        return 200 if self.form.is_valid() else INVALID

    def context(self, report: str) -> dict[str, Any]:
        """What every report shows around its rows: the question as it was understood, or as it was refused."""
        form = ReportForm(initial=initial_of(self.asked)) if self.form.is_valid() else self.form
        return {
            "fields": [form[name] for name in FIELDS[report]],
            "asked": self.asked,
            "report": report,
            "export": {**self.parameters, **_days(self.asked)},
            "key": jobs.new_key(),
        }

    def pagination(self, count: int, size: int, *, has_more: bool) -> dict[str, Any] | None:
        """The way to the neighbours of the page; None where there are none."""
        if self.page == 1 and not has_more:
            return None
        kept = {**self.parameters, **_days(self.asked)}
        first = (self.page - 1) * size + 1
        return {
            "summary": f"{first}–{min(self.page * size, count)} / {count}",
            "previous_url": f"?{urlencode({**kept, 'page': self.page - 1})}" if self.page > 1 else "",
            "next_url": f"?{urlencode({**kept, 'page': self.page + 1})}" if has_more else "",
            "target": "",
        }


def _days(asked: Asked) -> dict[str, str]:
    return {name: getattr(asked, name).isoformat() for name in ("day", "first", "last")}


def _door(request: OrganizationRequest, today: date, **chosen: Any) -> Door:
    form = ReportForm(request.GET)
    asked = replace(form.asked(today), **chosen)
    typed = request.GET.get("page", "1")
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= PAGE_DIGITS_MAX
    return Door(form, asked, max(1, int(typed)) if is_number else 1, form.parameters())


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def list_reports(request: OrganizationRequest) -> HttpResponse:
    """Every report, and what it answers."""
    today = local_today(request.organization)
    context = {"today": today, "report": "", "term": vat_term_of(request.organization.country, today)}
    return render(request, "payments/reports/list_reports.html", context)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_ageing(request: OrganizationRequest) -> HttpResponse:
    """What is owed as of a day by its age: per customer, per currency and in all."""
    door = _door(request, local_today(request.organization))
    ageing = ageing_as_of(request.organization, door.asked.day, page=door.page)
    customers = sum(1 for _each in ageing.customers) + (door.page - 1) * PAGE_ROWS + int(ageing.has_more)
    context = {
        **door.context("ageing"),
        "ageing": ageing,
        "ages": [(name, AGE_LABELS[name]) for name in AGE_NAMES],
        "customers": [(row, list(zip(AGE_NAMES, row.books.amounts, strict=True))) for row in ageing.customers],
        "totals": list(zip(AGE_NAMES, ageing.books.amounts, strict=True)),
        "currencies": [(row, list(zip(AGE_NAMES, row.own.amounts, strict=True))) for row in ageing.currencies],
        "picture": pictures.ageing_picture(ageing),
        "pagination": door.pagination(customers, PAGE_ROWS, has_more=ageing.has_more),
    }
    return render(request, "payments/reports/ageing.html", context, status=door.status)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_open_items(request: OrganizationRequest) -> HttpResponse:
    """The claims that stand as of a day, the oldest first."""
    organization = request.organization
    door = _door(request, local_today(organization))
    found = open_items(organization, door.asked, page=door.page)
    customer_id = door.asked.customer_id
    context = {
        **door.context("open_items"),
        "found": found,
        "items": [(item, AGE_LABELS[item.age], item.days_late(door.asked.day)) for item in found.items],
        "customer": get_customer(organization, customer_id) if customer_id else None,
        "pagination": door.pagination(found.claims, PAGE_ROWS, has_more=found.has_more),
    }
    return render(request, "payments/reports/open_items.html", context, status=door.status)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_ledger_card(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Every posting of one customer in a period, with the balance after each."""
    organization = request.organization
    customer = get_customer(organization, customer_id)
    door = _door(request, local_today(organization), customer_id=customer.pk)
    card = ledger_card(organization, customer.pk, door.asked, page=door.page)
    context = {
        **door.context("ledger_card"),
        "customer": customer,
        "card": card,
        "pagination": door.pagination(card.count, CARD_ROWS, has_more=card.has_more),
    }
    context["export"]["customer"] = str(customer.pk)
    return render(request, "payments/reports/ledger_card.html", context, status=door.status)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_received_payments(request: OrganizationRequest) -> HttpResponse:
    """The payments that came in a period."""
    door = _door(request, local_today(request.organization))
    found = received_payments(request.organization, door.asked, page=door.page)
    context = {
        **door.context("received_payments"),
        "found": found,
        "picture": pictures.received_picture(found, door.asked),
        "pagination": door.pagination(found.count, PAGE_ROWS, has_more=found.has_more),
    }
    return render(request, "payments/reports/received_payments.html", context, status=door.status)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_vat_report(request: OrganizationRequest) -> HttpResponse:
    """Sales and output VAT of a term by standard code, each figure with the postings behind it."""
    organization = request.organization
    today = local_today(organization)
    door = _door(request, today)
    if not {"first", "last"} & set(door.parameters):
        term = vat_term_of(organization.country, today)
        door = replace(door, asked=replace(door.asked, first=term.first, last=term.last))
    terms = vat_terms(organization.country, door.asked.last.year)
    context = {
        **door.context("vat"),
        "vat": vat_report(organization, door.asked),
        "terms": terms,
        "term": next((each for each in terms if (each.first, each.last) == (door.asked.first, door.asked.last)), None),
        "years": [door.asked.last.year - 1, door.asked.last.year + 1],
    }
    return render(request, "payments/reports/vat.html", context, status=door.status)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_postings(request: OrganizationRequest) -> HttpResponse:
    """The postings behind a figure."""
    organization = request.organization
    door = _door(request, local_today(organization))
    found = postings_of(organization, door.asked, page=door.page)
    account_id = door.asked.account_id
    context = {
        **door.context("postings"),
        "found": found,
        "account": queries.get_account(organization, account_id) if account_id else None,
        "side": SIDE_LABELS.get(door.asked.side, ""),
        "pagination": door.pagination(found.count, POSTED_ROWS, has_more=found.has_more),
    }
    return render(request, "payments/reports/postings.html", context, status=door.status)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_sales_days(request: OrganizationRequest) -> HttpResponse:
    """How many days of sales are not paid yet, month by month."""
    door = _door(request, local_today(request.organization))
    months = sales_days(request.organization, door.asked.day)
    context = {**door.context("sales_days"), "months": months[::-1], "picture": pictures.days_picture(months)}
    return render(request, "payments/reports/sales_days.html", context, status=door.status)


@require_POST
@organization_view(Permission.VIEW_LEDGER)
def export_report(request: OrganizationRequest) -> HttpResponse:
    """Begin the job that writes a report into a file, and show it."""
    organization = request.organization
    wanted, form = ExportForm(request.POST), ReportForm(request.POST)
    asked = form.asked(local_today(organization))
    with read_only():
        is_card = request.POST.get("report") == "ledger_card"
        customer = get_customer(organization, asked.customer_id) if asked.customer_id else None
        if not wanted.is_valid() or not form.is_valid() or (is_card and customer is None):
            return render(request, "payments/reports/list_reports.html", _refused(request), status=INVALID)
    said = wanted.cleaned_data
    job = actions.export_report(
        organization,
        said["report"],
        asked,
        file_format=FileFormat(said["file_format"]),
        actor=request.actor,
        key=said["key"],
    )
    return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))


def _refused(request: OrganizationRequest) -> dict[str, Any]:
    today = local_today(request.organization)
    term = vat_term_of(request.organization.country, today)
    return {"today": today, "report": "", "term": term, "is_refused": True}


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.VIEW_LEDGER)
def start_saft(request: OrganizationRequest) -> HttpResponse:
    """Ask for the ledger of a period as a SAF-T file; sent, the job that writes it."""
    organization = request.organization
    term = vat_term_of(organization.country, local_today(organization))
    usual = {"first": term.first, "last": term.last, "key": jobs.new_key()}
    form = SaftForm(request.POST if request.method == "POST" else None, initial=usual)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        period = Period(said["first"], said["last"])
        job = actions.start_saft(organization, period, actor=request.actor, key=said["key"])
        return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))
    with read_only():
        context = {"form": form, "report": "saft"}
        return render(request, "payments/reports/start_saft.html", context, status=INVALID if form.is_bound else 200)
