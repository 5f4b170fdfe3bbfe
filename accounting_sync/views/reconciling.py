"""The doors of reconciliation: how the months stand, what needs somebody, one month, comparing it now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounting_sync.actions import reconciling as actions
from accounting_sync.forms.reconciling import MonthForm
from accounting_sync.forms.repairs import WhyForm
from accounting_sync.models import Connection, ConnectionState, Reconciliation, StrayDocument, SyncItem
from accounting_sync.providers.registry import adapters
from accounting_sync.queries import months as queries
from accounting_sync.queries.connections import list_connections
from accounting_sync.queries.reconciling import MONTHS_MAX, get_reconciliation, open_strays
from accounting_sync.views.desk import KINDS, is_gone, tabs_of, way_to_look
from accounting_sync.views.reports import report_shown
from accounting_sync.words import FINDINGS, differences_in_words, finding_in_words, month_in_words, reason_in_words
from foundation.dates import add_months
from foundation.htmx import go_to, wants_fragment
from foundation.templatetags.formatting import format_amount, format_day, language_of_page
from foundation.transactions import read_only
from payments.views.doing import Question, ask, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

COMPARED = (ConnectionState.ACTIVE, ConnectionState.PAUSED)
NEEDY_SHOWN = 20
NAMED = ("connection", "item__connection", "item__customer")  # what the work list says of a stray
FINDINGS_SHOWN = 50
PATIENCE = 30  # looks two seconds apart; then it is looked at less often
LOOKS_MAX = 1_000
PROGRESS = "accounting_sync/_month_progress.html"


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_reconciliation(request: OrganizationRequest) -> HttpResponse:
    """The sums of all months, what needs somebody with its way out, and how each month stands."""
    organization, today = request.organization, local_today(request.organization)
    connections = _comparable(request)
    items = list(queries.items_that_differ(organization)[: NEEDY_SHOWN + 1])
    strays = list(open_strays(organization).select_related(*NAMED)[: NEEDY_SHOWN + 1])
    page = queries.list_months(organization, before=_asked_month(request.GET.get("before", "")))
    context = {
        **tabs_of(request, "reconciliation"),
        "figures": (figures := queries.figures_of(organization)),
        "balance": figures.balance,
        "today": today,
        "needy": [*(_needy_stray(each) for each in strays), *(_needy_item(each) for each in items)][:NEEDY_SHOWN],
        "has_more": len(items) + len(strays) > NEEDY_SHOWN,
        "months": [_month(each) for each in page.months],
        "older": page.older,
        "is_newest": "before" not in request.GET,
        "connections": connections,
        "choices": _months_to_choose(request, connections, today),
        "may_push": request.may(Permission.SYNC_VOUCHERS),
    }
    return render(request, "accounting_sync/reconciliation.html", context)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_month(request: OrganizationRequest, reconciliation_id: UUID) -> HttpResponse:
    """One comparison of a month: figures, accounts, and what was found, as it stood then."""
    row = get_reconciliation(request.organization, reconciliation_id)
    others = queries.comparisons_of(request.organization, row.connection_id, row.month)
    start = min(_asked_place(request.GET.get("from", "")), max(len(row.findings) - 1, 0))
    words, tone = month_in_words(row)
    context = {
        **_progress(row, 0),
        **report_shown(request, row),
        "words": words,
        "tone": tone,
        "system": adapters()[row.connection.system].label,
        "today": local_today(request.organization),
        "accounts": [_account(each) for each in row.accounts],
        "findings": [_finding(each) for each in row.findings[start : start + FINDINGS_SHOWN]],
        "pagination": _places(row, start),
        "others": [(each, *month_in_words(each)) for each in others],
        "newest": others[0] if others and others[0].pk > row.pk else None,
        "may_compare": request.may(Permission.SYNC_VOUCHERS) and row.connection.state in COMPARED and row.is_over,
    }
    return render(request, "accounting_sync/month.html", context)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def panel_month(request: OrganizationRequest, reconciliation_id: UUID) -> HttpResponse:
    """How far a comparison has come; once it is over, the whole page is read anew."""
    row = get_reconciliation(request.organization, reconciliation_id)
    if row.is_over and wants_fragment(request):
        return HttpResponseClientRefresh()
    return render(request, PROGRESS, _progress(row, _asked_place(request.GET.get("look", "")) + 1))


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def reconcile_now(request: OrganizationRequest) -> HttpResponse:
    """Have a month compared at once; one that is under way already is shown."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        connections = _comparable(request)
    form = MonthForm(request.POST)
    chosen = _chosen(form, connections) if form.is_valid() else None
    if chosen is None:
        messages.info(request, _("Choose a connection and a month.") if connections else _("Nothing can be compared."))
        return go_to(request, _page(request))
    month = (form.cleaned_data["month"] or today).replace(day=1)
    actions.ask_for_months(organization, chosen, [month], actor=request.actor, today=today, now=timezone.now())
    with read_only():
        [newest, *_earlier] = queries.comparisons_of(organization, chosen, month)
    return go_to(request, reverse("accounting_sync:show_month", args=[organization.slug, newest.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SYNC_VOUCHERS)
def accept_stray(request: OrganizationRequest, stray_id: UUID) -> HttpResponse:
    """Let stand what stands there twice, with a reason."""
    form = WhyForm(sent(request))
    with read_only():
        stray = queries.get_stray(request.organization, stray_id)

    def accept() -> None:
        why = form.cleaned_data["why"]
        actions.accept_stray(request.organization, stray_id, why=why, actor=request.actor, now=timezone.now())

    if is_done(form, accept):
        messages.success(request, _("Done."))
        return go_to(request, _page(request))
    return ask(request, form, _question(request, stray))


def _question(request: OrganizationRequest, stray: StrayDocument) -> Question:
    language = language_of_page()
    return Question(
        heading=_("Let %(number)s stand there twice?") % {"number": stray.number},
        button=_("Let it stand"),
        back=_page(request),
        back_label=_("Reconciliation"),
        sentences=(_("Nothing changes there. Who let it stand, and why, stays with the voucher."),),
        facts=(
            (_("Accounting system"), adapters()[stray.connection.system].label),
            (_("Its ID there"), stray.remote_id),
            *(((_("Day"), format_day(stray.day, language)),) if stray.day else ()),
            *(((_("Amount"), f"{format_amount(stray.total, language)} {stray.currency}"),) if stray.total else ()),
        ),
        is_dangerous=False,
    )


def _needy_item(item: SyncItem) -> dict[str, Any]:
    """A voucher that differs, with the door that mends it."""
    return {
        "item_id": item.pk,
        "number": item.number,
        "kind": KINDS.get(item.kind, item.kind),
        "customer": item.customer,
        "connection": item.connection,
        "amount": item.amount,
        "currency": item.currency,
        "reason": reason_in_words(item),
        "way": "repair_gone" if is_gone(item) else way_to_look(item),
        "month": (item.pushed_day or item.day).replace(day=1),
        "stray": None,
    }


def _needy_stray(stray: StrayDocument) -> dict[str, Any]:
    """A document that stands there and should not: it is deleted there, and looked for with the rest of its month."""
    item = stray.item
    return _needy_item(item) | {
        "amount": stray.total,
        "currency": stray.currency or item.currency,
        "reason": _("It stands there more than once: delete the one with the ID %(id)s.") % {"id": stray.remote_id},
        "way": "reconcile_now",
        "stray": stray,
    }


def _month(month: queries.Month) -> dict[str, Any]:
    words, tone = month_in_words(month.newest)
    return {"newest": month.newest, "done": month.done, "words": words, "tone": tone}


def _account(told: dict[str, str]) -> dict[str, Any]:
    ours, theirs = Decimal(told["ours"]), Decimal(told["theirs"])
    return {**told, "ours": ours, "theirs": theirs, "difference": theirs - ours}


def _finding(told: dict[str, Any]) -> dict[str, Any]:
    words, tone = FINDINGS.get(told["code"], (told["code"], "bad"))
    unlike = differences_in_words(told["differences"]) if told["code"] == "differs" else []
    return {
        "item_id": told["item"],
        "number": told["number"],
        "kind": KINDS.get(told["kind"], told["kind"]),
        "day": date.fromisoformat(told["day"]),
        "words": words,
        "tone": tone,
        "what": "; ".join(unlike) or finding_in_words(told),
        "amount": Decimal(told["amount"]),
    }


def _progress(row: Reconciliation, looks: int) -> dict[str, Any]:
    return {"row": row, "looks": min(looks, LOOKS_MAX), "is_slow": looks > PATIENCE}


def _places(row: Reconciliation, start: int) -> dict[str, str] | None:
    """The neighbours of a page of findings; None where one page holds all of them."""
    end, count = min(start + FINDINGS_SHOWN, len(row.findings)), len(row.findings)
    if count <= FINDINGS_SHOWN:
        return None
    return {
        "summary": _("%(first)s–%(last)s of %(all)s") % {"first": start + 1, "last": end, "all": count},
        "previous_url": f"?from={max(start - FINDINGS_SHOWN, 0)}" if start else "",
        "next_url": f"?from={end}" if end < count else "",
        "target": "",
    }


def _comparable(request: OrganizationRequest) -> list[Connection]:
    """The connections whose months can be compared."""
    return list(list_connections(request.organization).filter(state__in=COMPARED))


def _months_to_choose(request: OrganizationRequest, connections: Sequence[Connection], today: date) -> list[date]:
    """This month and those before it, down to the oldest voucher that was chosen; the newest first."""
    oldest = queries.oldest_day(request.organization, connections) if connections else None
    newest = today.replace(day=1)
    months = [add_months(newest, -back) for back in range(MONTHS_MAX)]
    return [month for month in months if month == newest or (oldest is not None and month >= oldest.replace(day=1))]


def _chosen(form: MonthForm, connections: Sequence[Connection]) -> UUID | None:
    """The connection that was named, else the only one."""
    named: UUID | None = form.cleaned_data["connection"]
    return named or (connections[0].pk if len(connections) == 1 else None)


def _asked_month(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error


def _asked_place(text: str) -> int:
    """A number from an address; nothing else is one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _page(request: OrganizationRequest) -> str:
    return reverse("accounting_sync:show_reconciliation", args=[request.organization.slug])
