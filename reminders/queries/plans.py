"""Which plan holds for whom: the organization's own plans, the lawful ones where it has none, and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.http import Http404

from customers.models import Customer, CustomerKind
from payments.models import BankFile, BankFileState
from reminders.models import PlanChoice, ReminderLevel, ReminderPlan, ReminderSettings
from reminders.policy.interest import DayCount
from reminders.policy.law import DebtorKind, Step
from reminders.policy.plans import Plan, PlanLevel, lawful_plan
from tenants.models import Organization

DEBTOR_OF: Final = {
    CustomerKind.CONSUMER.value: DebtorKind.CONSUMER,
    CustomerKind.BUSINESS.value: DebtorKind.BUSINESS,
    CustomerKind.PUBLIC_BODY.value: DebtorKind.PUBLIC,
}


@dataclass(slots=True)
class Plans:
    """Every plan that may hold, made plain once: by id, and by the country and kind of the customer."""

    by_id: dict[UUID, Plan]
    by_default: dict[tuple[str, str], UUID]

    def plan_for(self, chosen: UUID | None, country: str, debtor: DebtorKind) -> tuple[UUID | None, Plan]:
        """The chosen plan, else the one for the country and kind, else that for other countries, else the lawful."""
        for plan_id in (
            chosen,
            self.by_default.get((country, debtor.value)),
            self.by_default.get(("", debtor.value)),
        ):
            if plan_id is not None and plan_id in self.by_id:
                return plan_id, self.by_id[plan_id]
        return None, lawful_plan(country, debtor)

    @property
    def longest_ahead(self) -> int:
        """How many days before the due date the earliest step of any plan comes."""
        days = [level.days for plan in self.by_id.values() for level in plan.levels]
        days += [level.days for kind in DebtorKind for level in lawful_plan("NO", kind).levels]
        return max(0, -min(days))


def settings_of(organization: Organization) -> ReminderSettings:
    """The organization's row, or what it is where nothing was decided."""
    stored = ReminderSettings.objects.of(organization).first()
    return stored or ReminderSettings(organization=organization)


def lock_settings(organization: Organization) -> ReminderSettings | None:
    """The row, locked: whoever plans or sends the day's reminders stands in line here."""
    return ReminderSettings.objects.of(organization).select_for_update().first()


def list_plans(organization: Organization) -> QuerySet[ReminderPlan]:
    """The plans in use with their steps, by name."""
    levels = Prefetch("levels", queryset=ReminderLevel.objects.of(organization).order_by("position"))
    return (
        ReminderPlan.objects.of(organization)
        .filter(archived_at=None)
        .prefetch_related(levels)
        .order_by("debtor", "country", "name", "id")
    )


def get_plan(organization: Organization, plan_id: UUID) -> ReminderPlan:
    """One plan in use with its steps, or 404."""
    plan = list_plans(organization).filter(pk=plan_id).first()
    if plan is None:
        raise Http404
    return plan


def get_level(organization: Organization, plan_id: UUID, level_id: UUID) -> ReminderLevel:
    """One step of a plan in use, or 404."""
    level = (
        ReminderLevel.objects.of(organization)
        .select_related("plan")
        .filter(pk=level_id, plan_id=plan_id, plan__archived_at=None)
        .first()
    )
    if level is None:
        raise Http404
    return level


def lock_plan(organization: Organization, plan_id: UUID) -> ReminderPlan:
    """One plan in use, locked, or 404."""
    plan = ReminderPlan.objects.of(organization).select_for_update().filter(pk=plan_id, archived_at=None).first()
    if plan is None:
        raise Http404
    return plan


def plans_of(organization: Organization) -> Plans:
    """All plans in use, two statements."""
    stored = list(list_plans(organization))
    return Plans(
        {plan.pk: plain_plan(plan) for plan in stored},
        {(plan.country, plan.debtor): plan.pk for plan in stored if plan.is_default},
    )


def plain_plan(plan: ReminderPlan) -> Plan:
    """A stored plan as the policy reads it."""
    return Plan(
        key=str(plan.pk),
        levels=tuple(plain_level(level) for level in plan.levels.all()),
        spacing_days=plan.spacing_days,
        fee_is_agreed=plan.fee_is_agreed,
        agreed_rate=plan.agreed_rate,
        day_count=DayCount(plan.day_count),
    )


def plain_level(level: ReminderLevel) -> PlanLevel:
    """A stored step as the policy reads it."""
    return PlanLevel(
        key=str(level.pk),
        position=level.position,
        step=Step(level.step),
        days=level.days,
        wants_fee=level.wants_fee,
        wants_compensation=level.wants_compensation,
        wants_interest=level.wants_interest,
        agreed_fee=level.agreed_fee,
        deadline_days=level.deadline_days,
        needs_approval=level.needs_approval,
        minimum=level.minimum,
    )


def levels_by_id(organization: Organization) -> dict[str, ReminderLevel]:
    """Every stored step by the key that plain plans name it by: for its texts."""
    return {str(level.pk): level for level in ReminderLevel.objects.of(organization)}


def debtor_of(customer: Customer) -> DebtorKind | None:
    """Whom the law sees in the customer; None for the organization's own units, who are never reminded."""
    return DEBTOR_OF.get(customer.kind)


def choice_for_customer(organization: Organization, customer_id: UUID) -> PlanChoice | None:
    """What holds for all claims of one customer, where something else was chosen."""
    return PlanChoice.objects.of(organization).filter(customer_id=customer_id).select_related("plan").first()


def choice_for_claim(organization: Organization, receivable_id: UUID) -> PlanChoice | None:
    """What holds for one claim, where something else was chosen."""
    return PlanChoice.objects.of(organization).filter(receivable_id=receivable_id).select_related("plan").first()


def smallest(settings: ReminderSettings, level: PlanLevel) -> Decimal:
    """The least for which the step is sent."""
    return max(settings.minimum, level.minimum)


def last_bank_file_at(organization: Organization) -> datetime | None:
    """When the newest bank file was taken in."""
    done = BankFile.objects.of(organization).filter(state=BankFileState.DONE)
    return done.order_by("-id").values_list("finished_at", flat=True).first()


def waits_for_bank(organization: Organization, settings: ReminderSettings, *, today: date) -> bool:
    """Whether payments may stand in the bank that nobody has read for more days than the organization accepts."""
    if settings.bank_days_max is None:
        return False
    last = last_bank_file_at(organization)
    if last is None:
        return True
    return (today - last.astimezone(ZoneInfo(organization.time_zone)).date()).days > settings.bank_days_max
