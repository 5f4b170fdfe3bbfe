"""Visits for programs: plan, correct, report as done, cancel, list; the same thing sent twice is one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from billing_backlog.actions.visits import Planned, change_visits
from billing_backlog.actions.visits import plan_visits as plan
from billing_backlog.actions.visits_done import Completed, Report
from billing_backlog.actions.visits_done import cancel_visits as cancel
from billing_backlog.actions.visits_done import complete_visits as complete
from billing_backlog.api.visit_schemas import (
    ReportsSent,
    VisitAnswer,
    VisitAnswers,
    VisitFields,
    VisitIds,
    VisitPage,
    VisitsAsked,
    VisitsCancelled,
    VisitsSent,
    VisitTold,
    told_visit,
)
from billing_backlog.errors import ItemIsUnclear
from billing_backlog.file_words import own_system_words
from billing_backlog.intake.plain import Outcome, Source, is_own_system
from billing_backlog.listing.visits import visit_rows
from billing_backlog.queries import told, visits
from billing_backlog.visiting import VisitPlan
from foundation.api.pages import page_after
from foundation.keyset import Key
from foundation.transactions import read_only
from tenants.api.door import ApiRequest
from tenants.api.once import once
from tenants.api.operations import Says, operation
from tenants.clock import local_today
from tenants.permissions import Permission

router = Router(tags=["Visits"])
DAY_ORDER = (Key("planned_on", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
VISIT = "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8b10"
SENT = {
    "source": {"system": "plan", "order": "2027-W02", "line": "7"},
    "planned_on": "2027-01-14",
    "starts_at": "08:00",
    "ends_at": "09:30",
    "customer_number": 10042,
    "product_number": "2001",
    "worker_name": "Vera Vask",
    "quantity": "1",
    "place": "Bakgården 2",
    "note": "Nøkkel hos vaktmester",
}
TOLD: dict[str, Any] = {
    "id": VISIT,
    "state": "planned",
    "customer_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11",
    "line_id": None,
    "project_id": None,
    "product_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a13",
    "worker_name": "Vera Vask",
    "planned_on": "2027-01-14",
    "starts_at": "08:00",
    "ends_at": "09:30",
    "text": "Vinduspuss",
    "quantity": "1",
    "unit_code": "NAR",
    "unit_price": None,
    "price_reason": "",
    "place": "Bakgården 2",
    "note": "Nøkkel hos vaktmester",
    "done_on": None,
    "done_by": "",
    "cancelled_reason": "",
    "source_system": "plan",
    "source_order": "2027-W02",
    "source_line": "7",
    "item_ids": [],
    "document_ids": [],
    "created_at": "2027-01-11T08:00:00Z",
}
ANSWER = {"outcome": "new", "id": VISIT, "message": "", "field": ""}
_PLAIN = (
    "planned_on", "starts_at", "ends_at", "line_id", "project_id", "worker_name", "text", "quantity", "unit_code",
    "unit_price", "price_reason", "place", "note",
)  # fmt: skip


@operation(
    router, "GET", "/visits", Permission.VIEW_BACKLOG, Says(answer=VisitPage, told={"items": [TOLD], "next": ""})
)
def list_visits(request: ApiRequest, asked: Query[VisitsAsked]) -> VisitPage:
    """List visits with what became of each, the latest day first."""
    organization = request.organization
    search = visits.VisitSearch(**asked.model_dump(exclude={"limit", "after"}))
    page = page_after(visits.find_visits(visits.all_visits(organization), search), DAY_ORDER, asked)
    rows = visit_rows(organization, page.rows, today=local_today(organization))
    return VisitPage(items=[told_visit(row) for row in rows], next=page.after)


@operation(
    router,
    "GET",
    "/visits/{uuid:visit_id}",
    Permission.VIEW_BACKLOG,
    Says(answer=VisitTold, told=TOLD, refuses=(404,)),
)
def get_visit(request: ApiRequest, visit_id: UUID) -> VisitTold:
    """Fetch one visit with what became of it."""
    organization = request.organization
    visit = visits.get_visit(visits.all_visits(organization), visit_id)
    [row] = visit_rows(organization, [visit], today=local_today(organization))
    return told_visit(row)


@operation(
    router,
    "POST",
    "/visits",
    Permission.MARK_READY,
    Says(answer=VisitAnswers, sent={"visits": [SENT]}, told={"visits": [ANSWER]}),
)
def plan_visits(request: ApiRequest, sent: VisitsSent) -> Any:
    """Plan up to 500 visits, each with its own answer; one that is refused keeps no other out."""

    def act(plans: list[VisitPlan]) -> list[Planned]:
        return plan(request.organization, plans, actor=request.actor, now=timezone.now())

    return _each(request, sent.visits, act)


@operation(
    router,
    "POST",
    "/visits/correct",
    Permission.MARK_READY,
    Says(
        answer=VisitAnswers,
        sent={"visits": [{**SENT, "starts_at": "10:00", "ends_at": "11:30"}]},
        told={"visits": [{**ANSWER, "outcome": "corrected"}]},
    ),
)
def correct_visits(request: ApiRequest, sent: VisitsSent) -> Any:
    """Say anew, whole, what was sent under the same sources, as long as it is planned and not billed."""
    organization = request.organization

    def act(plans: list[VisitPlan]) -> list[Planned]:
        sources = [(each.source.system, each.source.order, each.source.line) for each in plans if each.source]
        known = visits.told_visits(organization, sources)
        changes = [(known[key].pk, each) for key, each in zip(sources, plans, strict=True) if key in known]
        answers = iter(change_visits(organization, changes, actor=request.actor, now=timezone.now()))
        return [next(answers) if key in known else _not_told() for key in sources]

    return _each(request, sent.visits, act)


@operation(
    router,
    "POST",
    "/visits/complete",
    Permission.MARK_READY,
    Says(
        answer=VisitAnswers,
        sent={"visits": [{"id": VISIT, "done_on": "2027-01-14", "quantity": "1.5"}]},
        told={"visits": [{**ANSWER, "outcome": "done"}]},
        refuses=(404,),
    ),
)
def complete_visits(request: ApiRequest, sent: ReportsSent) -> Any:
    """Say that up to 500 visits are done, each with its own answer; each is billed as its customer decided."""
    today = local_today(request.organization)
    reports = [Report(each.id, each.done_on or today, each.quantity) for each in sent.visits]

    def act() -> VisitAnswers:
        completed = complete(request.organization, reports, actor=request.actor, today=today, now=timezone.now())
        outcomes = _outcomes(completed)
        return VisitAnswers(visits=[outcomes[each.visit_id] for each in reports])

    return once(request, act)


@operation(
    router,
    "POST",
    "/visits/cancel",
    Permission.MARK_READY,
    Says(
        answer=VisitIds, sent={"ids": [VISIT], "reason": "Kunden er bortreist"}, told={"ids": [VISIT]}, refuses=(404,)
    ),
)
def cancel_visits(request: ApiRequest, asked: VisitsCancelled) -> Any:
    """Say of visits that they will not take place: all of them or none; what was billed beforehand is taken back."""
    ids = list(dict.fromkeys(asked.ids))
    today = local_today(request.organization)

    def act() -> VisitIds:
        gone = cancel(
            request.organization, ids, reason=asked.reason, actor=request.actor, today=today, now=timezone.now()
        )
        return VisitIds(ids=[visit.pk for visit in gone])

    return once(request, act)


@dataclass(frozen=True, slots=True)
class _Known:
    """Whom and what the sent numbers and addresses mean."""

    customers: dict[int, UUID]
    products: dict[str, UUID]
    workers: dict[str, UUID]


def _each(request: ApiRequest, sent: Sequence[VisitFields], take: Callable[[list[VisitPlan]], list[Planned]]) -> Any:
    """Let the action take what names somebody whom we know, and answer all of it in its order."""
    organization = request.organization
    with read_only():
        known = _Known(
            told.customers_by_number(
                organization, {each.customer_number for each in sent if each.customer_number is not None}
            ),
            told.products_by_number(organization, {each.product_number for each in sent if each.product_number}),
            visits.workers_by_email(organization, {each.worker_email for each in sent if each.worker_email}),
        )
    answers = [_unknown(each, known) for each in sent]
    plans = [_plan_of(each, known) for each, answer in zip(sent, answers, strict=True) if answer is None]

    def act() -> VisitAnswers:
        taken = iter(take(plans) if plans else ())
        return VisitAnswers(visits=[answer or _told(next(taken)) for answer in answers])

    return once(request, act)


def _unknown(sent: VisitFields, known: _Known) -> VisitAnswer | None:
    """The refusal of a number or address that nobody has, and of a teller's name that is our own."""
    if is_own_system(sent.source.system):
        return _refused(own_system_words(sent.source.system), "source.system")
    if sent.customer_number is not None and sent.customer_number not in known.customers:
        return _refused(_("There is no customer with that number."), "customer_number")
    if sent.product_number and sent.product_number not in known.products:
        return _refused(_("There is no product with that number."), "product_number")
    if sent.worker_email and sent.worker_email.lower() not in known.workers:
        return _refused(_("Nobody here has that address."), "worker_email")
    return None


def _refused(sentence: str, field: str) -> VisitAnswer:
    return VisitAnswer(outcome=Outcome.REFUSED.value, id=None, message=sentence, field=field)


def _plan_of(sent: VisitFields, known: _Known) -> VisitPlan:
    return VisitPlan(
        **{name: getattr(sent, name) for name in _PLAIN},
        customer_id=sent.customer_id or known.customers.get(sent.customer_number or 0),
        product_id=sent.product_id or known.products.get(sent.product_number),
        worker_id=known.workers.get(sent.worker_email.lower()),
        source=Source(sent.source.system, sent.source.order, sent.source.line),
    )


def _not_told() -> Planned:
    words = _("Nothing was told under this source. Send it as new work.")
    return Planned(Outcome.REFUSED, None, ItemIsUnclear(words, field="source"))


def _told(answer: Planned) -> VisitAnswer:
    return VisitAnswer(
        outcome=answer.outcome.value,
        id=answer.visit.pk if answer.visit else None,
        message=str(answer.refusal or ""),
        field=answer.refusal.field if answer.refusal else "",
    )


def _outcomes(completed: Completed) -> dict[UUID, VisitAnswer]:
    told_of = {visit.pk: VisitAnswer(outcome="done", id=visit.pk) for visit in completed.done}
    told_of |= {visit.pk: VisitAnswer(outcome="known", id=visit.pk) for visit in completed.known}
    return told_of | {
        visit.pk: VisitAnswer(outcome="refused", id=visit.pk, message=str(refusal), field=refusal.field)
        for visit, refusal in completed.refused
    }
