"""What work comes to in money: billed, on drafts, unbilled and given up, summed by what it belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from billing_backlog.queries.billed import told_of
from foundation import rows
from tenants.models import Organization

ZERO = Decimal("0.00")


class Subject(StrEnum):
    """What the work is summed by."""

    PROJECT = "project_id"
    CONTRACT = "contract_id"
    LINE = "line_id"
    CUSTOMER = "customer_id"
    MILESTONE = "milestone_id"
    ITEM = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Amounts without VAT in one currency, and how many items are left to bill."""

    currency: str
    billed: Decimal = ZERO
    drafted: Decimal = ZERO
    ready: Decimal = ZERO
    waiting: Decimal = ZERO  # unbilled and not ready: not judged yet, held by the journal or over a limit
    over_limit: Decimal = ZERO  # part of what waits
    written_off: Decimal = ZERO
    items: int = 0

    @property
    def unbilled(self) -> Decimal:
        """What stands on no document."""
        return self.ready + self.waiting

    @property
    def taken(self) -> Decimal:
        """What counts towards a limit: billed, on drafts, and unbilled within it."""
        return self.billed + self.drafted + self.unbilled - self.over_limit


# The items are those of the condition; `value` is what of an item stands nowhere, in money without VAT. The
# organization is named four times, the last two after the condition.
_VALUED = """WITH item AS (
  SELECT i.*, i.ready_at IS NOT NULL AS is_ready, i.cancelled_at IS NOT NULL AS is_cancelled,
    i.charge_kind = 'chargeable' AS is_charged,
    coalesce((SELECT sum(w.quantity) FROM billing_backlog_writeoff w
              WHERE w.organization_id = {organization} AND w.item_id = i.id), 0) AS given_up
  FROM billing_backlog_backlogitem i
  WHERE i.organization_id = {organization} AND {condition}),
told AS (
  SELECT t.item_id, sum(t.billed) AS billed, sum(t.drafted) AS drafted,
    sum(t.net_amount) FILTER (WHERE t.is_billed) AS billed_amount,
    sum(t.net_amount) FILTER (WHERE t.is_drafted) AS drafted_amount
  FROM ({told}) t
  GROUP BY t.item_id),
rest AS (
  SELECT item.*, coalesce(told.billed_amount, 0) AS billed_amount, coalesce(told.drafted_amount, 0) AS drafted_amount,
    CASE WHEN is_cancelled
           OR sign(quantity) * (quantity - coalesce(billed, 0) - coalesce(drafted, 0) - given_up) <= 0 THEN 0
         ELSE quantity - coalesce(billed, 0) - coalesce(drafted, 0) - given_up END AS unbilled
  FROM item LEFT JOIN told ON told.item_id = item.id),
valued AS (
  SELECT rest.*, CASE WHEN NOT is_charged THEN 0 WHEN unbilled = quantity THEN amount
                      ELSE round(unbilled * unit_price, 2) END AS value
  FROM rest)
"""
VALUED = _VALUED.replace("{told}", told_of("IN (SELECT item.id FROM item)", organization="{organization}"))
_FIGURES = (
    VALUED
    + """SELECT {subject}, currency, sum(billed_amount), sum(drafted_amount),
  coalesce(sum(value) FILTER (WHERE is_ready), 0), coalesce(sum(value) FILTER (WHERE NOT is_ready), 0),
  coalesce(sum(value) FILTER (WHERE is_over_limit), 0),
  coalesce(sum(round(given_up * unit_price, 2)) FILTER (WHERE is_charged), 0), count(*) FILTER (WHERE unbilled <> 0)
FROM valued GROUP BY {subject}, currency ORDER BY {subject}, currency"""
)

_STATEMENTS = {
    subject: _FIGURES.format(organization="%s", subject=subject.value, condition=f"i.{subject.value} = ANY(%s::uuid[])")
    for subject in Subject
}


def figures_by(organization: Organization, subject: Subject, ids: Collection[UUID]) -> dict[UUID, list[Figures]]:
    """The figures of each of these, one for every currency that its work is in; one statement for all."""
    found: dict[UUID, list[Figures]] = {}
    if not ids:
        return found
    parameters = [organization.pk, organization.pk, list(ids), organization.pk, organization.pk]
    for key, currency, billed, drafted, ready, waiting, over_limit, written_off, items in rows.fetch_all(
        _STATEMENTS[subject], parameters
    ):
        found.setdefault(key, []).append(
            Figures(
                currency=currency,
                billed=billed,
                drafted=drafted,
                ready=ready,
                waiting=waiting,
                over_limit=over_limit,
                written_off=written_off,
                items=items,
            )
        )
    return found


def figures_in(found: Iterable[Figures], currency: str) -> Figures:
    """The figures in one currency; zeros where nothing was done in it."""
    return next((each for each in found if each.currency == currency), Figures(currency=currency))


def sum_figures(found: Iterable[Figures]) -> list[Figures]:
    """The figures summed, currency by currency."""
    sums: dict[str, Figures] = {}
    names = [each.name for each in fields(Figures) if each.name != "currency"]
    for each in found:
        before = sums.get(each.currency, Figures(currency=each.currency))
        added = {name: getattr(before, name) + getattr(each, name) for name in names}
        sums[each.currency] = Figures(currency=each.currency, **added)
    return [sums[currency] for currency in sorted(sums)]
