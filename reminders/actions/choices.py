"""Another plan for one customer or one claim, or no reminders at all, with the reason."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.queries import get_customer
from foundation.errors import DomainError
from payments import queries as ledger
from reminders.actions.pausing import REASON_LENGTH, ReasonIsMissing
from reminders.choosing import Chosen
from reminders.law import current_law
from reminders.models import PlanChoice, ReminderPlan
from reminders.plan_terms import faults_of
from reminders.queries.plans import debtor_of, lock_plan, plain_plan
from tenants import audit
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization


class PlanDoesNotFit(DomainError):
    """The plan would break the law for this customer's country or kind."""


@transaction.atomic
def choose_for_customer(
    organization: Organization,
    customer_id: UUID,
    chosen: Chosen,
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> PlanChoice | None:
    """Say what holds for all claims of one customer; None where nothing is chosen and its kind decides again."""
    tenants.lock_organization(organization.pk)
    customer = get_customer(organization, customer_id)
    choice = PlanChoice.objects.of(organization).filter(customer_id=customer_id).first()
    choice = choice or PlanChoice(organization=organization, customer=customer)
    return _store(choice, customer, chosen, actor=actor, today=today, now=now)


@transaction.atomic
def choose_for_claim(
    organization: Organization,
    receivable_id: UUID,
    chosen: Chosen,
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> PlanChoice | None:
    """Say what holds for one claim; None where nothing is chosen and its customer decides again."""
    tenants.lock_organization(organization.pk)
    receivable = ledger.lock_receivables(organization.pk, [receivable_id]).get(receivable_id)
    if receivable is None:
        raise Http404
    customer = get_customer(organization, receivable.customer_id)
    choice = PlanChoice.objects.of(organization).filter(receivable_id=receivable_id).first()
    choice = choice or PlanChoice(organization=organization, receivable=receivable)
    return _store(choice, customer, chosen, actor=actor, today=today, now=now)


def _store(
    choice: PlanChoice,
    customer: Customer,
    chosen: Chosen,
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> PlanChoice | None:
    organization = choice.organization
    if chosen.is_stopped and not chosen.reason.strip():
        raise ReasonIsMissing(_("Say why there are no reminders."), field="reason")
    plan = lock_plan(organization, chosen.plan_id) if chosen.plan_id else None
    if plan is not None and plan.pk != choice.plan_id:
        _refuse_unfit(plan, customer, today)
    is_new = choice._state.adding
    before = _told(PlanChoice() if is_new else PlanChoice.objects.of(organization).get(pk=choice.pk))
    choice.plan, choice.is_stopped = plan, chosen.is_stopped
    choice.consolidates, choice.reason = chosen.consolidates, chosen.reason.strip()[:REASON_LENGTH]
    changes = audit.changes(before, _told(choice))
    if not changes:
        return None if is_new else choice
    choice.made_by, choice.made_at = actor.name, now
    subject = choice.receivable or customer
    audit.record(actor, "reminder.chosen", subject, changes=changes, reason=choice.reason)
    # A claim's round stays: what was begun again is not begun once more.
    if plan is None and not choice.is_stopped and choice.consolidates is None and choice.round == 1:
        if not is_new:
            choice.delete()
        return None
    choice.save()
    return choice


def _refuse_unfit(plan: ReminderPlan, customer: Customer, today: date) -> None:
    """A plan made for businesses may not be lawful for a consumer, nor that of one country for another."""
    debtor = debtor_of(customer)
    if debtor is None:
        raise PlanDoesNotFit(_("A unit of your own is not reminded."), field="plan")
    faults = faults_of(plain_plan(plan), country=customer.country, debtor=debtor, law=current_law(), day=today)
    if faults:
        raise PlanDoesNotFit(
            _("This plan does not fit %(customer)s: %(why)s")
            % {"customer": customer.name, "why": " ".join(dict.fromkeys(fault.sentence for fault in faults))},
            field="plan",
        )


def _told(choice: PlanChoice) -> dict[str, object]:
    return {
        "plan": choice.plan.name if choice.plan else "",
        "is_stopped": choice.is_stopped,
        "consolidates": choice.consolidates,
        "reason": choice.reason,
    }
