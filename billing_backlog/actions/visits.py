"""Planning visits, one or a series, and changing and moving what is planned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.correcting import correct_items
from billing_backlog.errors import ItemIsUnclear, StaleRecord, StandsOnDocument, VisitIsOver
from billing_backlog.intake.composing import Surroundings, compose_items
from billing_backlog.intake.plain import NewItem, Outcome
from billing_backlog.models import BacklogItem, Visit
from billing_backlog.queries.intake import surroundings_of
from billing_backlog.queries.standing import standing_of
from billing_backlog.queries.visits import items_of_visits, lock_visits, members_by_id, told_visits
from billing_backlog.visiting import BILLED_BY, SERIES_MAX, Every, VisitPlan, days_of, work_of
from foundation import rows
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_day, language_of_page
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization, User

PLANNED_MAX = 1_000
AWAY_MAX = timedelta(days=3660)
PLANNED = (
    "customer_id", "line_id", "project_id", "product_id", "worker_id", "worker_name", "planned_on", "starts_at",
    "ends_at", "text", "quantity", "unit_code", "unit_price", "price_reason", "place", "note",
)  # fmt: skip
WRITTEN = (*(name.removesuffix("_id") for name in PLANNED), "version")
# What decides who is billed; once the work is in the backlog it stays.
PAYERS = frozenset({"customer_id", "line_id"})
# What no document says of a visit, or says as it was told when the document was made.
UNBILLED = frozenset({"worker_id", "worker_name", "starts_at", "ends_at", "place", "note"})


@dataclass(frozen=True, slots=True)
class Planned:
    """The answer to one plan, in the order in which they were told."""

    outcome: Outcome
    visit: Visit | None = None
    refusal: DomainError | None = None


@dataclass(slots=True)
class _World:
    """What plans can name."""

    around: Surroundings
    members: dict[UUID, User]
    now: datetime


def plan_visits(
    organization: Organization, plans: Sequence[VisitPlan], *, actor: Actor, now: datetime
) -> list[Planned]:
    """Plan visits, at most a thousand, and answer each: new, known, differing or refused.

    One that is refused does not keep the others out; the same thing told twice is one visit.
    """
    if len(plans) > PLANNED_MAX:
        raise ValueError(f"At most {PLANNED_MAX} visits at once, not {len(plans)}.")
    try:
        return _plan(organization, plans, actor=actor, now=now)
    except IntegrityError:
        # Somebody told the same at the same moment; by now it is known.
        return _plan(organization, plans, actor=actor, now=now)


@transaction.atomic
def plan_series(
    organization: Organization, plan: VisitPlan, *, every: Every, until: date | None, actor: Actor, now: datetime
) -> list[Visit]:
    """Plan a visit, and again every week, second week or month through a day: all of them or none."""
    if every is not Every.ONCE and (until is None or until < plan.planned_on):
        raise ItemIsUnclear(_("Choose a last day that is not before the first."), field="until")
    if until is not None and until > now.date() + AWAY_MAX:
        raise ItemIsUnclear(_("That is more than ten years ahead. Check the year."), field="until")
    days = list(days_of(plan.planned_on, every, until))
    if len(days) > SERIES_MAX:
        raise ItemIsUnclear(
            _("That is more than %(most)s visits. Choose an earlier last day.") % {"most": SERIES_MAX}, field="until"
        )
    answers = plan_visits(organization, [replace(plan, planned_on=day) for day in days], actor=actor, now=now)
    return [_visit_or_raise(answer) for answer in answers]


@transaction.atomic
def change_visit(
    organization: Organization, visit_id: UUID, plan: VisitPlan, *, version: int, actor: Actor, now: datetime
) -> Visit:
    """Change one planned visit, unless somebody else has saved it meanwhile."""
    [visit] = lock_visits(organization, [visit_id])
    if visit.version != version:
        raise StaleRecord(
            _("%(visit)s was changed by somebody else meanwhile. Look at the page again, then save.") % {"visit": visit}
        )
    [answer] = change_visits(organization, [(visit_id, plan)], actor=actor, now=now)
    return _visit_or_raise(answer)


@transaction.atomic
def change_visits(
    organization: Organization, changes: Sequence[tuple[UUID, VisitPlan]], *, actor: Actor, now: datetime
) -> list[Planned]:
    """Say anew what planned visits are, and answer each: corrected, known or refused.

    Work that is in the backlog already is corrected with its visit; what stands on a document is refused.
    """
    visits = {visit.pk: visit for visit in lock_visits(organization, [key for key, _plan in changes])}
    items = items_of_visits(organization, visits)
    documented = _documented(organization, items)
    world = _world(organization, [plan for _key, plan in changes], now)
    answers: list[Planned] = []
    changed: list[tuple[Visit, dict[str, list[str]]]] = []
    for key, plan in changes:
        visit = visits[key]
        try:
            refuse_over(visit)
            after = _composed(organization, plan, world)
            differences = _differences(visit, after)
            _refuse_billed(visit, differences, items.get(key, []), is_documented=key in documented)
        except DomainError as refusal:
            answers.append(Planned(Outcome.REFUSED, visit, refusal))
            continue
        if differences:
            for name in PLANNED:
                setattr(visit, name, getattr(after, name))
            visit.version += 1
            changed.append((visit, differences))
        answers.append(Planned(Outcome.CORRECTED if differences else Outcome.KNOWN, visit))
    corrected = [work_of(visit) for visit, _each in changed if visit.pk in items and visit.pk not in documented]
    for told in correct_items(organization, corrected, actor=actor, now=now) if corrected else ():
        if told.outcome is Outcome.REFUSED:
            raise StandsOnDocument(told.sentence, field=told.field)
    rows.update(organization.pk, [visit for visit, _each in changed], WRITTEN)
    audit.record_each(
        actor, "visit.changed", [(visit, {"changes": differences}) for visit, differences in changed], now=now
    )
    return answers


@transaction.atomic
def move_visits(
    organization: Organization, visit_ids: Collection[UUID], *, day: date, actor: Actor, now: datetime
) -> list[Visit]:
    """Move planned visits to another day: all of them or none."""
    visits = lock_visits(organization, visit_ids)
    plans = []
    for visit in visits:
        refuse_over(visit)
        plans.append(replace(plan_of(visit), planned_on=day))
    answers = change_visits(
        organization, list(zip([visit.pk for visit in visits], plans, strict=True)), actor=actor, now=now
    )
    return [_visit_or_raise(answer) for answer in answers]


def plan_of(visit: Visit) -> VisitPlan:
    """What a stored visit was planned as."""
    return VisitPlan(**{name: getattr(visit, name) for name in PLANNED})


def refuse_over(visit: Visit) -> None:
    """Refuse to touch a visit that is done or cancelled, with the way out."""
    words = {"visit": visit}
    if visit.is_cancelled:
        raise VisitIsOver(_("%(visit)s is cancelled. Plan a new visit.") % words)
    if visit.is_done:
        raise VisitIsOver(_("%(visit)s is done. Change its work in the backlog, or credit its invoice.") % words)


@transaction.atomic
def _plan(organization: Organization, plans: Sequence[VisitPlan], *, actor: Actor, now: datetime) -> list[Planned]:
    world = _world(organization, plans, now)
    sources = [
        (plan.source.system, plan.source.order, plan.source.line)
        for plan in plans
        if plan.source and plan.source.system
    ]
    known = told_visits(organization, sources)
    answers: list[Planned] = []
    fresh: list[Visit] = []
    for plan in plans:
        try:
            visit = _composed(organization, plan, world)
        except DomainError as refusal:
            answers.append(Planned(Outcome.REFUSED, None, refusal))
            continue
        key = (visit.source_system, visit.source_order, visit.source_line)
        before = known.get(key) if visit.source_system else None
        if before is not None:
            is_same = not _differences(before, visit)
            answers.append(Planned(Outcome.KNOWN if is_same else Outcome.DIFFERS, before))
            continue
        known[key] = visit
        fresh.append(visit)
        answers.append(Planned(Outcome.NEW, visit))
    rows.insert(organization.pk, fresh)
    told = [(visit, {"planned_on": visit.planned_on.isoformat(), "worker_name": visit.worker_name}) for visit in fresh]
    audit.record_each(actor, "visit.planned", told, now=now)
    return answers


def _world(organization: Organization, plans: Sequence[VisitPlan], now: datetime) -> _World:
    around = surroundings_of(organization, [_work(plan) for plan in plans])
    members = members_by_id(organization, {plan.worker_id for plan in plans if plan.worker_id is not None})
    return _World(around, members, now)


def _work(plan: VisitPlan) -> NewItem:
    """The work of a plan, to look up what it names."""
    return work_of(Visit(**{name: getattr(plan, name) for name in PLANNED}))


def _composed(organization: Organization, plan: VisitPlan, world: _World) -> Visit:
    """The visit of a plan, priced once as its work will be, so that what cannot be billed is refused now."""
    around, now = world.around, world.now
    _refuse_senseless(plan, now.date())
    line = around.lines.get(plan.line_id) if plan.line_id else None
    if line is not None and line.billing_method not in BILLED_BY:
        raise ItemIsUnclear(
            _("%(line)s is not billed by visits. Choose a line that is billed per visit or by time.") % {"line": line},
            field="line",
        )
    product = around.products.get(plan.product_id or (line.product_id if line else None))  # type: ignore[arg-type]
    text = plan.text.strip() or (product.name if product else line.name if line else "")
    worker = world.members.get(plan.worker_id) if plan.worker_id else None
    if plan.worker_id and worker is None:
        raise ItemIsUnclear(_("Nobody here has that id. Check who does it."), field="worker")
    values = {name: getattr(plan, name) for name in PLANNED}
    visit = Visit(organization=organization, **{**values, "text": text[:500]}, created_at=now)
    item = _priced(visit, world)
    visit.customer_id = plan.customer_id or item.customer_id
    visit.project_id = item.project_id
    visit.unit_code = item.unit_code
    visit.worker_name = (plan.worker_name.strip() or (str(worker) if worker else ""))[:120]
    if plan.unit_price is not None and item.unit_price == item.rule_price:
        visit.unit_price, visit.price_reason = None, ""  # the rule's own price: it follows the rule
    for name in ("place", "note", "price_reason"):
        setattr(visit, name, getattr(visit, name).strip())
    if plan.source is not None:
        visit.source_system, visit.source_order = plan.source.system, plan.source.order
        visit.source_line = plan.source.line
    return visit


def _priced(visit: Visit, world: _World) -> BacklogItem:
    """The first item that its work would become."""
    try:
        return compose_items(work_of(visit), world.around, now=world.now, is_released=True)[0]
    except ItemIsUnclear as refusal:
        refusal.field = "planned_on" if refusal.field == "day" else refusal.field
        raise


def _refuse_senseless(plan: VisitPlan, today: date) -> None:
    if abs(plan.planned_on - today) > AWAY_MAX:
        raise ItemIsUnclear(_("That day is more than ten years away. Check the year."), field="planned_on")
    if plan.quantity <= 0:
        raise ItemIsUnclear(_("Give a quantity greater than zero."), field="quantity")
    if plan.ends_at is not None and (plan.starts_at is None or plan.ends_at <= plan.starts_at):
        raise ItemIsUnclear(_("A visit ends after it begins. Check the times."), field="ends_at")


def _differences(before: Visit, after: Visit) -> dict[str, list[str]]:
    return audit.changes(
        {name: getattr(before, name) for name in PLANNED}, {name: getattr(after, name) for name in PLANNED}
    )


def _documented(organization: Organization, items: Mapping[UUID, Sequence[BacklogItem]]) -> set[UUID]:
    """The visits whose work stands on a document or is written off."""
    standing = standing_of(organization, [item for each in items.values() for item in each])
    return {
        key
        for key, each in items.items()
        if any(standing[item.pk].billed or standing[item.pk].on_draft or standing[item.pk].written_off for item in each)
    }


def _refuse_billed(
    visit: Visit, differences: Mapping[str, Any], items: Sequence[BacklogItem], *, is_documented: bool
) -> None:
    """What is billed already stays as it is; who goes there, when in the day and with what note may change."""
    billed = set(differences) - UNBILLED
    if items and billed and (is_documented or billed & PAYERS):
        words = {"visit": visit, "day": format_day(visit.planned_on, language_of_page())}
        raise StandsOnDocument(
            _("%(visit)s on %(day)s is billed already. Cancel it, which takes the bill back, and plan another visit.")
            % words
        )


def _visit_or_raise(answer: Planned) -> Visit:
    if answer.refusal is not None:
        raise answer.refusal
    assert answer.visit is not None
    return answer.visit
