"""The doors to what comes, what is held back and what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import queries as customers
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from invoicing.dispatching.shown import acts_of
from invoicing.papers.demand import Demand
from invoicing.papers.demand_page import page_of_demand
from invoicing.views.slices import slice_of
from payments.views.doing import address_of_claim
from reminders.actions.withdrawing import plan_again
from reminders.forms.steps import LetterSearchForm
from reminders.law import current_law
from reminders.models import ReminderSettings, ReminderState
from reminders.policy.law import DebtorKind
from reminders.queries import desk
from reminders.queries.effect import paid_after_step
from reminders.queries.plans import Plans, last_bank_file_at, list_plans, settings_of, waits_for_bank
from reminders.queries.reminders import count_by_state
from reminders.step_words import plan_line, step_word
from reminders.views.letters import letters_shown
from reminders.views.rows import days_of, held_rows, way_to
from tenants.clock import local_today
from tenants.models import Organization
from tenants.permissions import OrganizationRequest, Permission, organization_view

ROWS_SHOWN = 50
HELD_SHOWN = 3
HELD_READ_MAX = 200
LETTERS_COUNTED_MAX = 1_000
EFFECT_DAYS = 90
LONG_AGO = datetime.min.replace(tzinfo=UTC)
MOMENT_ORDER = (Key("sent_at", datetime.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_upcoming(request: OrganizationRequest) -> HttpResponse:
    """What goes out today and in the days ahead, why, and what is kept back."""
    organization = request.organization
    today = local_today(organization)
    around = desk.look_around(organization, today=today, law=current_law())
    shown, pagination = slice_of(around.coming, ROWS_SHOWN, request.GET)
    held = desk.with_their_facts(organization, around.stopped[:HELD_READ_MAX], today=today)
    newest = sorted(held, key=lambda each: each.made_at or LONG_AGO, reverse=True)[:HELD_SHOWN]
    context = {
        "days": days_of(request, around.coming, shown, today),
        "pagination": pagination,
        "tomorrow": sum(1 for row in around.coming if row.on <= today + timedelta(days=1)),
        "held": held_rows(request, newest),
        "shares": paid_after_step(organization, today=today, days=EFFECT_DAYS),
        "bank_read_at": last_bank_file_at(organization),
        **_standard_plan(organization, around.plans),
        **_counts(organization, around),
        **_progress(request, around.settings),
    }
    return render(request, "reminders/list_upcoming.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def panel_progress(request: OrganizationRequest) -> HttpResponse:
    """How far the sending has come; asked again by itself while something is about to leave."""
    return render(request, "reminders/_standing.html", _progress(request, settings_of(request.organization)))


def _progress(request: OrganizationRequest, settings: ReminderSettings) -> dict[str, Any]:
    """The state of it all: off, paused, waiting for approval, being sent, done."""
    today = local_today(request.organization)
    counts = count_by_state(request.organization, day=today)
    return {
        "settings": settings,
        "waits_for_bank": settings.is_on and waits_for_bank(request.organization, settings, today=today),
        "progress": desk.Progress(
            sent=counts.get(ReminderState.SENT, 0),
            planned=counts.get(ReminderState.PLANNED, 0),
            waiting=desk.count_waiting(request.organization, through=today),
            withheld=counts.get(ReminderState.WITHHELD, 0),
        ),
        "may_send": request.may(Permission.SEND_REMINDERS),
        "may_hold": request.may(Permission.HOLD_CLAIMS),
    }


def _counts(organization: Organization, around: desk.Desk) -> dict[str, Any]:
    return {
        "coming_count": len(around.coming),
        "held_count": len(around.stopped),
        "sent_count": desk.count_letters(organization, most=LETTERS_COUNTED_MAX),
        "plan_count": len(around.plans.by_id),
    }


def _standard_plan(organization: Organization, plans: Plans) -> dict[str, Any]:
    """The plan of businesses at home, and how many customers are reminded by it or by one of their own."""
    plan_id, plan = plans.plan_for(None, organization.country, DebtorKind.BUSINESS)
    name = desk.names_of_plans(organization).get(plan_id, "") if plan_id else ""
    by_standard, by_own = desk.customers_by_plan(organization)
    return {"plan_name": name, "plan_steps": plan_line(plan), "by_standard": by_standard, "by_own": by_own}


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_held(request: OrganizationRequest) -> HttpResponse:
    """Everything that is due and would be asked for but is not: why, by whom, until when, and the way out."""
    organization = request.organization
    today = local_today(organization)
    around = desk.look_around(organization, today=today, law=current_law())
    shown, pagination = slice_of(around.stopped, ROWS_SHOWN, request.GET)
    context = {
        "held": held_rows(request, desk.with_their_facts(organization, shown, today=today)),
        "sums": desk.open_sums(around.stopped),
        "pagination": pagination,
        "may_hold": request.may(Permission.HOLD_CLAIMS),
        **_counts(organization, around),
    }
    return render(request, "reminders/list_held.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_sent(request: OrganizationRequest) -> HttpResponse:
    """Every letter that was sent, the newest first: what it asked for, and whether it came through."""
    organization = request.organization
    form = LetterSearchForm(request.GET)
    search = form.search(organization)
    page = page_of(desk.list_letters(organization, search), MOMENT_ORDER, request.GET)
    context = {
        "form": form,
        "search": search,
        "customer": customers.get_customer(organization, search.customer_id) if search.customer_id else None,
        "letters": letters_shown(organization, page.rows),
        "pagination": page.pagination(form.parameters(), "#letters") if page.before or page.after else None,
        "sent_count": desk.count_letters(organization, most=LETTERS_COUNTED_MAX),
        "plan_count": list_plans(organization).count(),
    }
    return render_page_or_fragment(request, "reminders/list_sent.html", "reminders/_letters.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def show_letter(request: OrganizationRequest, letter_id: UUID) -> HttpResponse:
    """One letter: what it asked for each claim, the letter itself, and what became of it."""
    organization = request.organization
    letter = desk.get_letter(organization, letter_id)
    [shown] = letters_shown(organization, [letter])
    rows = _claims_of(request, letter_id)
    context = {
        "shown": shown,
        "letter": letter,
        "title": step_word(letter.step),
        "rows": rows,
        "page": page_of_demand(Demand.from_json(letter.paper.snapshot), letter.sent_at),
        "acts": acts_of(organization, letter.paper_id),
        "may_send": request.may(Permission.SEND_REMINDERS),
        "can_send_again": any(row.state == ReminderState.SENT and row.withdrawn_at for row, _url, _step in rows),
    }
    return render(request, "reminders/show_letter.html", context)


def _claims_of(request: OrganizationRequest, letter_id: UUID) -> Sequence[Any]:
    rows = desk.reminders_of_letter(request.organization, letter_id)
    return [(row, address_of_claim(request, row.receivable), step_word(row.step)) for row in rows]


@require_POST
@organization_view(Permission.SEND_REMINDERS)
def send_letter_again(request: OrganizationRequest, letter_id: UUID) -> HttpResponse:
    """Let the steps of a letter that nobody got go once more; the new letter is shown before it is sent."""
    organization = request.organization
    with read_only():
        desk.get_letter(organization, letter_id)
        rows = desk.reminders_of_letter(organization, letter_id)
    if not plan_again(organization, [row.pk for row in rows], actor=request.actor, now=timezone.now()):
        messages.info(request, _("Nothing of this letter waits any more."))
        return go_to(request, way_to(request, "reminders:show_letter", letter_id))
    chosen = urlencode([("id", str(row.receivable_id)) for row in rows])
    return go_to(request, f"{way_to(request, 'reminders:send_now')}?{chosen}")
