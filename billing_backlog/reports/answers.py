"""The rows of each report on work, as the documents and the backlog have them at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from billing_backlog.models import Contract
from billing_backlog.queries.contracts import whole_contracts
from billing_backlog.queries.figures import VALUED, Subject, figures_by, figures_in
from billing_backlog.queries.summaries import coming_runs
from billing_backlog.reports.asked import WorkAsked
from foundation.spreadsheets import Cell
from payments.reports.reading import stream
from tenants.models import Organization

CONTRACTS_AT_ONCE = 200
DAYS_AHEAD = 62
RUNS_MAX = 12

_SEEN = "(%(projects)s::uuid[] IS NULL OR i.project_id = ANY(%(projects)s::uuid[]))"
_OPEN = f"i.cancelled_at IS NULL AND i.settled_at IS NULL AND {_SEEN}"

_UNBILLED = (
    VALUED.format(organization="%(organization)s", condition=_OPEN)
    + """SELECT v.project_id, p.number, p.name, c.name, v.currency,
  coalesce(sum(v.value) FILTER (WHERE %(today)s - v.day <= 30), 0),
  coalesce(sum(v.value) FILTER (WHERE %(today)s - v.day BETWEEN 31 AND 60), 0),
  coalesce(sum(v.value) FILTER (WHERE %(today)s - v.day BETWEEN 61 AND 90), 0),
  coalesce(sum(v.value) FILTER (WHERE %(today)s - v.day > 90), 0),
  sum(v.value), max(%(today)s - v.day)
FROM valued v
JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = v.customer_id
LEFT JOIN billing_backlog_project p ON p.organization_id = %(organization)s AND p.id = v.project_id
WHERE v.unbilled <> 0
GROUP BY v.project_id, p.number, p.name, c.name, v.currency
ORDER BY sum(v.value) DESC, p.number, c.name"""
)

_LAG = f"""SELECT i.project_id, p.number, p.name, d.currency, count(*), sum(l.net_amount),
  round(avg(d.issue_date - i.day), 1),
  round(sum((d.issue_date - i.day) * abs(l.net_amount)) / nullif(sum(abs(l.net_amount)), 0), 1),
  max(d.issue_date - i.day)
FROM invoicing_invoice d
JOIN invoicing_invoiceline l ON l.organization_id = d.organization_id AND l.invoice_id = d.id
JOIN billing_backlog_backlogitem i ON i.organization_id = l.organization_id AND i.id = l.source_id
LEFT JOIN billing_backlog_project p ON p.organization_id = i.organization_id AND p.id = i.project_id
WHERE d.organization_id = %(organization)s AND d.status = 'finalized' AND d.kind <> 'credit_note'
  AND d.issue_date BETWEEN %(first)s AND %(last)s AND {_SEEN}
GROUP BY i.project_id, p.number, p.name, d.currency
ORDER BY 8 DESC NULLS LAST, p.number"""  # noqa: S608 - our own names

_WRITE_OFFS = f"""SELECT i.project_id, (w.made_at AT TIME ZONE %(zone)s)::date, p.number, c.name, i.text, i.currency,
  w.quantity, round(w.quantity * i.unit_price, 2), w.reason, w.made_by
FROM billing_backlog_writeoff w
JOIN billing_backlog_backlogitem i ON i.organization_id = w.organization_id AND i.id = w.item_id
JOIN customers_customer c ON c.organization_id = i.organization_id AND c.id = i.customer_id
LEFT JOIN billing_backlog_project p ON p.organization_id = i.organization_id AND p.id = i.project_id
WHERE w.organization_id = %(organization)s AND {_SEEN}
  AND (w.made_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s
ORDER BY w.made_at DESC, w.id DESC"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Answer:
    """One row: its cells, and the project or contract that it leads to."""

    cells: Sequence[Cell]
    project_id: UUID | None = None
    contract_id: UUID | None = None


def unbilled_by_age(organization: Organization, asked: WorkAsked) -> Iterator[Answer]:
    """What stands on no document, by how long ago the work was done: the most first."""
    for project_id, number, name, *cells in _asked(_UNBILLED, organization, asked):
        yield Answer([number or "", name or "", *cells], project_id)


def lag_to_invoice(organization: Organization, asked: WorkAsked) -> Iterator[Answer]:
    """How many days pass from the work to the date of its invoice, for what was invoiced in the period."""
    for project_id, number, name, currency, *figures in _asked(_LAG, organization, asked):
        yield Answer([number or "", name or "", currency, *figures], project_id)


def billed_against_value(organization: Organization, asked: WorkAsked) -> Iterator[Answer]:
    """Each contract's value and limit beside what is billed, on drafts, unbilled and left."""
    seen = asked.projects(organization).order_by().values("pk")
    contracts = Contract.objects.of(organization).filter(project__in=seen).select_related("project__customer")
    every = iter(contracts.order_by("-starts_on", "-number", "id"))
    while some := list(islice(every, CONTRACTS_AT_ONCE)):
        figures = figures_by(organization, Subject.CONTRACT, [contract.pk for contract in some])
        for whole in whole_contracts(organization, some):
            contract = whole.contract
            told = figures_in(figures.get(contract.pk, []), contract.currency)
            value = whole.value or None
            rest = None if value is None else value - told.billed - told.drafted
            amounts = [value, contract.limit_amount, told.billed, told.drafted, told.unbilled, rest]
            names = [contract.number, contract.name, contract.project.customer.name, contract.currency]
            yield Answer([*names, *amounts], contract.project_id, contract.pk)


def write_offs(organization: Organization, asked: WorkAsked) -> Iterator[Answer]:
    """What was given up in the period, and why; what was taken back again stands below zero."""
    for project_id, *cells in _asked(_WRITE_OFFS, organization, asked):
        yield Answer([cell if cell is not None else "" for cell in cells], project_id)


def runs_to_come(organization: Organization, asked: WorkAsked) -> Iterator[Answer]:
    """The days on which schedules will bill in the next two months, with what is ready for them now."""
    seen = asked.projects(organization).filter(closed_on=None).order_by().values("pk")
    contracts = list(
        Contract.objects.of(organization)
        .filter(project__in=seen)
        .exclude(ends_on__lt=asked.today)
        .filter(lines__frequency__in=["weekly", "biweekly", "monthly"])
        .select_related("project__customer")
        .distinct()
    )
    figures = figures_by(organization, Subject.CONTRACT, [contract.pk for contract in contracts])
    last = asked.today + timedelta(days=DAYS_AHEAD)
    found = [
        (run, whole.contract)
        for whole in whole_contracts(organization, contracts)
        for run in coming_runs(whole, today=asked.today, most=RUNS_MAX)
        if run.day <= last
    ]
    for run, contract in sorted(found, key=lambda each: (each[0].day, each[1].number)):
        told = figures_in(figures.get(contract.pk, []), contract.currency)
        names = [run.day, run.cut_off, contract.number, contract.name, contract.project.customer.name]
        lines = ", ".join(run.lines)
        cells = [*names, lines, contract.currency, told.ready, told.waiting]
        yield Answer(cells, contract.project_id, contract.pk)


def _asked(statement: str, organization: Organization, asked: WorkAsked) -> Iterator[tuple[Any, ...]]:
    values = {
        "organization": organization.pk,
        "projects": asked.scope(organization),
        "today": asked.today,
        "first": asked.first,
        "last": asked.last,
        "zone": organization.time_zone,
    }
    return stream(statement, values)
