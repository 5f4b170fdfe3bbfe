"""What other pages embed: the reminders of one claim, and those of one customer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers import queries as customers
from foundation.templatetags.formatting import format_day, language_of_page
from payments import claim_queries
from payments.models import Receivable
from reminders.actions.steps import refusal_of
from reminders.law import current_law
from reminders.law_words import sentence_of
from reminders.models import Reminder, ReminderState
from reminders.queries import desk
from reminders.queries.due import Decided, deciding_on, open_claims_by_id
from reminders.queries.plans import choice_for_claim, choice_for_customer, debtor_of, list_plans, plans_of
from reminders.queries.reminders import reminders_of_claim
from reminders.step_words import step_word, tone_of
from reminders.views.letters import letters_shown
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

LETTERS_SHOWN = 5


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def panel_for_receivable(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """What was sent for a claim, what comes next or why nothing does, and what can be done."""
    organization = request.organization
    claim = claim_queries.get_claim(organization, receivable_id).claim
    rows = reminders_of_claim(organization, receivable_id)
    letters = {each.letter.pk: each for each in letters_shown(organization, [r.letter for r in rows if r.letter])}
    context = {
        "claim": claim,
        "rows": [_row(row, letters) for row in rows if row.state in {ReminderState.SENT, ReminderState.REMOVED}],
        "choice": choice_for_claim(organization, receivable_id),
        **_next(request, claim, rows),
        "may_send": request.may(Permission.SEND_REMINDERS),
        "may_hold": request.may(Permission.HOLD_CLAIMS),
        "may_choose": request.may(Permission.EDIT_REMINDER_PLANS),
        "may_write_off": request.may(Permission.WRITE_OFF_CLAIMS),
    }
    return render(request, "reminders/_panel_for_receivable.html", context)


def _row(row: Reminder, letters: dict[UUID, Any]) -> dict[str, Any]:
    return {
        "reminder": row,
        "label": step_word(row.step),
        "added": row.fee + row.compensation + row.interest,
        "shown": letters.get(row.letter_id) if row.letter_id else None,
    }


def _next(request: OrganizationRequest, claim: Receivable, rows: list[Reminder]) -> dict[str, Any]:
    """The step that comes next with its day, or why nothing comes."""
    today = local_today(request.organization)
    opened = open_claims_by_id(request.organization, [claim.pk], day=today).get(claim.pk)
    if opened is None:
        return {"is_open": False}
    decided = deciding_on(request.organization, today, current_law()).about(opened)
    return {"is_open": True, "today": today, **_told(decided, rows)}


def _told(decided: Decided, rows: list[Reminder]) -> dict[str, Any]:
    decision = decided.decision
    refusal = refusal_of(decided)
    told: dict[str, Any] = {"why": sentence_of(decision.reason), "can_send": refusal is None}
    if decision.level is None or decision.on is None:
        return told
    standing = {(row.round, row.position): row.state for row in rows}.get((decision.round, decision.level.position))
    return {
        **told,
        "next": step_word(decision.level.step.value),
        "next_tone": tone_of(decision.level.step.value),
        "next_on": decision.on,
        "next_day": format_day(decision.on, language_of_page()),
        "next_position": decision.level.position,
        "is_waiting": standing == ReminderState.WAITING,
        "is_planned": standing == ReminderState.PLANNED,
    }


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def panel_for_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """By which plan a customer is reminded, whether that is stopped, and the newest letters."""
    organization = request.organization
    customer = customers.get_customer(organization, customer_id)
    choice, debtor = choice_for_customer(organization, customer_id), debtor_of(customer)
    plan_name = ""
    if debtor is not None:
        chosen = choice.plan_id if choice else None
        plan_id, _plan = plans_of(organization).plan_for(chosen, customer.country, debtor)
        plan_name = next((plan.name for plan in list_plans(organization) if plan.pk == plan_id), "")
    letters = desk.letters_of_customer(organization, customer_id, most=LETTERS_SHOWN)
    context = {
        "customer": customer,
        "choice": choice,
        "is_reminded": debtor is not None,
        "plan_name": plan_name,
        "letters": letters_shown(organization, letters),
        "may_choose": request.may(Permission.EDIT_REMINDER_PLANS),
    }
    return render(request, "reminders/_panel_for_customer.html", context)
