"""Making, changing and leaving the plans by which customers are reminded. A plan that breaks the law is not stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.errors import DomainError, Refusals
from reminders.law import current_law
from reminders.models import DayCountChoice, PlanChoice, ReminderLevel, ReminderPlan
from reminders.plan_terms import HEAD, LEVEL, LEVELS_MAX, Fault, LevelTerms, PlanTerms, faults_of, places_for
from reminders.plan_terms import plain_plan as plain
from reminders.policy.law import DebtorKind
from reminders.policy.plans import lawful_plan
from reminders.queries.plans import list_plans, lock_plan
from tenants import audit
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization

OUT_OF_THE_WAY = 1_000  # above every place of a step, where steps wait while others move


class PlanBreaksTheLaw(DomainError):
    """A step, a fee or a deadline of the plan is not lawful for its country and customers."""


class PlanHasTooManySteps(DomainError):
    """A plan has a bounded number of steps."""


class PlanChangedMeanwhile(DomainError):
    """Somebody else has saved the plan since it was opened."""


class PlanIsChosen(DomainError):
    """Customers or invoices have the plan by name."""


@transaction.atomic
def adopt_plan(
    organization: Organization, *, country: str, debtor: str, name: str, actor: Actor, now: datetime
) -> ReminderPlan:
    """Store the lawful plan of a country and kind as the organization's own, to be changed; twice is once."""
    tenants.lock_organization(organization.pk)
    stored = list_plans(organization).filter(country=country, debtor=debtor, is_default=True).first()
    if stored is not None:
        return stored
    lawful = lawful_plan(country, DebtorKind(debtor))
    plan = ReminderPlan.objects.create(
        organization=organization,
        name=name[:80],
        country=country,
        debtor=debtor,
        spacing_days=lawful.spacing_days,
        fee_is_agreed=lawful.fee_is_agreed,
        agreed_rate=lawful.agreed_rate,
        day_count=DayCountChoice(lawful.day_count.value),
        created_at=now,
    )
    ReminderLevel.objects.bulk_create(
        ReminderLevel(
            organization=organization,
            plan=plan,
            position=level.position,
            **{name: getattr(level, name) for name in LEVEL if name != "step"},
            step=level.step.value,
        )
        for level in lawful.levels
    )
    audit.record(actor, "reminder_plan.created", plan)
    return plan


@transaction.atomic
def create_plan(
    organization: Organization, terms: PlanTerms, *, actor: Actor, today: date, now: datetime
) -> ReminderPlan:
    """Store a new plan; where it is the default, it takes the place of the one before."""
    _refuse_unlawful(terms, today)
    tenants.lock_organization(organization.pk)
    plan = ReminderPlan(organization=organization, created_at=now)
    _make_room(organization, terms, plan)
    for name in HEAD:
        setattr(plan, name, terms.values[name])
    plan.save()
    _store_levels(plan, terms)
    audit.record(actor, "reminder_plan.created", plan)
    return plan


@transaction.atomic
def update_plan(
    organization: Organization, plan_id: UUID, terms: PlanTerms, *, version: int, actor: Actor, today: date
) -> ReminderPlan:
    """Change a plan; what was sent stays as it was, and claims go on with the steps that are left to them."""
    _refuse_unlawful(terms, today)
    tenants.lock_organization(organization.pk)
    plan = _lock(organization, plan_id, version)
    before = _told(plan)
    _make_room(organization, terms, plan)
    for name in HEAD:
        setattr(plan, name, terms.values[name])
    _store_levels(plan, terms)
    changes = audit.changes(before, _told(plan))
    if changes:
        plan.version += 1
        plan.save(update_fields=[*HEAD, "version"])
        audit.record(actor, "reminder_plan.changed", plan, changes=changes)
    return plan


@transaction.atomic
def make_plan_default(organization: Organization, plan_id: UUID, *, actor: Actor) -> ReminderPlan:
    """Let a plan hold wherever no other is chosen, for the customers of its country and kind."""
    tenants.lock_organization(organization.pk)
    plan = lock_plan(organization, plan_id)
    if plan.is_default:
        return plan
    _leave_default(organization, plan.country, plan.debtor, plan)
    plan.is_default, plan.version = True, plan.version + 1
    plan.save(update_fields=["is_default", "version"])
    audit.record(actor, "reminder_plan.made_default", plan)
    return plan


@transaction.atomic
def archive_plan(organization: Organization, plan_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Take a plan out of use; where it was the default the lawful plan of the country holds again."""
    tenants.lock_organization(organization.pk)
    plan = lock_plan(organization, plan_id)
    chosen = PlanChoice.objects.of(organization).filter(plan=plan).count()
    if chosen:
        words = ngettext(
            "%(count)s customer or invoice has this plan by choice. Choose another plan there first.",
            "%(count)s customers or invoices have this plan by choice. Choose another plan there first.",
            chosen,
        )
        raise PlanIsChosen(words % {"count": chosen})
    plan.archived_at, plan.version = now, plan.version + 1
    plan.save(update_fields=["archived_at", "version"])
    audit.record(actor, "reminder_plan.archived", plan)


@transaction.atomic
def update_level_texts(
    organization: Organization,
    plan_id: UUID,
    level_id: UUID,
    texts: Mapping[str, Mapping[str, str]],
    *,
    version: int,
    actor: Actor,
) -> ReminderLevel:
    """Write a step's own subject and text by language; what is empty is said in the built-in words."""
    plan = _lock(organization, plan_id, version)
    level = ReminderLevel.objects.of(organization).select_for_update().filter(plan=plan, pk=level_id).first()
    if level is None:
        raise Http404
    written = {language: {name: words for name, words in own.items() if words} for language, own in texts.items()}
    written = {language: own for language, own in written.items() if own}
    if written != level.texts:
        level.texts = written
        level.save(update_fields=["texts"])
        plan.version += 1
        plan.save(update_fields=["version"])
        audit.record(actor, "reminder_plan.worded", plan, about=level.step)
    return level


def _refuse_unlawful(terms: PlanTerms, today: date) -> None:
    if len(terms.levels) > LEVELS_MAX:
        raise PlanHasTooManySteps(_("A plan has at most %(count)s steps.") % {"count": LEVELS_MAX})
    said = terms.values
    found = faults_of(plain(terms), country=said["country"], debtor=said["debtor"], law=current_law(), day=today)
    if found:
        raise Refusals(_refusal(fault, terms.in_order) for fault in found)


def _refusal(fault: Fault, levels: Sequence[LevelTerms]) -> PlanBreaksTheLaw:
    if fault.place is None:
        return PlanBreaksTheLaw(fault.sentence, field=fault.field)
    return PlanBreaksTheLaw(fault.sentence, field=f"{levels[fault.place].key}-{fault.field or 'step'}")


def _lock(organization: Organization, plan_id: UUID, version: int) -> ReminderPlan:
    plan = lock_plan(organization, plan_id)
    if plan.version != version:
        raise PlanChangedMeanwhile(
            _("Somebody else has saved this plan meanwhile. Compare with the plan as it is now, and save again.")
        )
    return plan


def _make_room(organization: Organization, terms: PlanTerms, plan: ReminderPlan) -> None:
    """A default plan takes the place of the one before."""
    if terms.values["is_default"]:
        _leave_default(organization, terms.values["country"], terms.values["debtor"], plan)


def _leave_default(organization: Organization, country: str, debtor: str, plan: ReminderPlan) -> None:
    others = list_plans(organization).filter(country=country, debtor=debtor, is_default=True).exclude(pk=plan.pk)
    for other in others:
        other.is_default, other.version = False, other.version + 1
        other.save(update_fields=["is_default", "version"])


def _store_levels(plan: ReminderPlan, terms: PlanTerms) -> None:
    """Steps keep their row and their words; those that are not named any more are removed."""
    ordered = terms.in_order
    stored = {level.pk: level for level in ReminderLevel.objects.of(plan.organization).filter(plan=plan)}
    kept = [stored.pop(each.level_id, None) if each.level_id else None for each in ordered]
    for level in stored.values():
        level.delete()
    rows = ReminderLevel.objects.of(plan.organization).filter(plan=plan)
    places = places_for([level.position if level else None for level in kept])
    for place, stands in enumerate(kept):
        if stands is not None:
            rows.filter(pk=stands.pk).update(position=OUT_OF_THE_WAY + place)
    for each, found, place in zip(ordered, kept, places, strict=True):
        level = found or ReminderLevel(organization=plan.organization, plan=plan)
        for name in LEVEL:
            setattr(level, name, each.values[name])
        level.position = place
        level.save()


def _told(plan: ReminderPlan) -> dict[str, Any]:
    """The plan as the audit trail compares it."""
    rows = ReminderLevel.objects.of(plan.organization).filter(plan=plan).order_by("position")
    told: dict[str, Any] = {name: getattr(plan, name) for name in HEAD}
    told |= {f"step_{place}": "" for place in range(1, LEVELS_MAX + 1)}
    for place, level in enumerate(rows, 1):
        values = [f"{name} {getattr(level, name)}" for name in LEVEL if name != "step"]
        told[f"step_{place}"] = f"{level.step}: {', '.join(values)}"
    return told
