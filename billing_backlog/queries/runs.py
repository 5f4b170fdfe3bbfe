"""Runs, what is ready for them, what stands in the way, and what the last period was like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from billing_backlog.models import BillingRun, Proforma, RunAnswer, RunFacility, RunHold, RunRow, RunScope
from billing_backlog.queries.billed import told_of
from billing_backlog.runs.basis import ZERO, BasisRow
from billing_backlog.runs.differences import Past
from foundation import rows
from foundation.dates import add_months
from foundation.money import round_amount
from invoicing.models import Invoice
from tenants.models import Organization

ROWS_MAX = 100_000  # of one run

_NAMES = (
    "item_id", "customer_id", "customer", "customer_number", "source", "case_worker", "day", "text", "quantity",
    "unit_code", "unit_price", "price_includes_vat", "currency", "charge_kind", "vat_treatment", "price_reason",
    "source_system", "source_order", "source_line", "is_ready", "is_over_limit", "is_released", "lacks_number",
)  # fmt: skip
# Everything that is unbilled through the day, with what keeps it from being billed; the standing as `standing_of` says.
_CANDIDATES = f"""SELECT i.id, i.customer_id, c.name, c.number,
  coalesce(f.number || ' ' || f.name, k.number || ' ' || k.name, p.number || ' ' || p.name, i.source_system, ''),
  coalesce(u.name, ''), i.day, i.text, i.quantity - coalesce(s.taken, 0) - coalesce(w.given_up, 0) AS unbilled,
  i.unit_code, i.unit_price, i.price_includes_vat, i.currency, i.charge_kind, i.vat_treatment, i.price_reason,
  i.source_system, i.source_order, i.source_line, i.ready_at IS NOT NULL, i.is_over_limit, i.released_at IS NOT NULL,
  CASE c.kind WHEN 'internal' THEN c.resource_number = ''
              WHEN 'consumer' THEN %(needs_id)s AND c.national_id_lookup = ''
              ELSE c.organization_number = '' AND (%(for_file)s OR c.vat_number = '') END
FROM billing_backlog_backlogitem i
JOIN customers_customer c ON c.organization_id = i.organization_id AND c.id = i.customer_id
LEFT JOIN billing_backlog_facility f ON f.organization_id = i.organization_id AND f.id = i.facility_id
LEFT JOIN tenants_user u ON u.id = f.case_worker_id
LEFT JOIN billing_backlog_contract k ON k.organization_id = i.organization_id AND k.id = i.contract_id
LEFT JOIN billing_backlog_project p ON p.organization_id = i.organization_id AND p.id = i.project_id
LEFT JOIN LATERAL (SELECT sum(t.billed + t.drafted) AS taken FROM ({told_of("= i.id")}) t) s ON true
LEFT JOIN LATERAL (
  SELECT sum(o.quantity) AS given_up FROM billing_backlog_writeoff o
  WHERE o.organization_id = %(organization)s AND o.item_id = i.id) w ON true
WHERE i.organization_id = %(organization)s AND i.settled_at IS NULL AND i.cancelled_at IS NULL AND i.day <= %(until)s
  AND (NOT %(facilities)s OR i.facility_id IS NOT NULL AND f.is_billable)
  AND (%(corrects)s::uuid IS NULL OR EXISTS (
    SELECT 1 FROM billing_backlog_returnederror e
    JOIN billing_backlog_runfilerow r ON r.organization_id = e.organization_id AND r.id = e.row_id
    WHERE e.organization_id = %(organization)s AND e.file_id = %(corrects)s::uuid AND r.item_id = i.id))
  AND sign(i.quantity) * (i.quantity - coalesce(s.taken, 0) - coalesce(w.given_up, 0)) > 0
ORDER BY c.number, i.day, i.id
LIMIT %(limit)s"""  # noqa: S608 - our own names

_PAST = f"""SELECT i.customer_id, c.name,
  count(*) FILTER (WHERE i.day BETWEEN %(first)s AND %(last)s),
  coalesce(sum(t.net_amount) FILTER (WHERE i.day BETWEEN %(first)s AND %(last)s), 0),
  array_agg(DISTINCT coalesce(f.number || ' ' || f.name, k.number || ' ' || k.name, p.number || ' ' || p.name,
            i.source_system) || E'\\t' || trim_scale(i.unit_price)::text)
FROM billing_backlog_backlogitem i
JOIN ({told_of("IS NOT NULL")}) t ON t.item_id = i.id
JOIN customers_customer c ON c.organization_id = i.organization_id AND c.id = i.customer_id
LEFT JOIN billing_backlog_facility f ON f.organization_id = i.organization_id AND f.id = i.facility_id
LEFT JOIN billing_backlog_contract k ON k.organization_id = i.organization_id AND k.id = i.contract_id
LEFT JOIN billing_backlog_project p ON p.organization_id = i.organization_id AND p.id = i.project_id
WHERE i.organization_id = %(organization)s AND i.day < %(before)s
  AND (t.is_billed OR t.is_drafted)
  AND (NOT %(facilities)s OR i.facility_id IS NOT NULL)
GROUP BY i.customer_id, c.name"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Candidate:
    """An unbilled item as a row of the basis, and what keeps it out of the run: empty for one that is billed."""

    row: BasisRow
    obstacle: str  # not_ready, over_limit, unreleased, no_identifier, held


def get_run(organization: Organization, run_id: UUID) -> BillingRun:
    """One run, or 404."""
    found = BillingRun.objects.of(organization).select_related("target", "corrects").filter(pk=run_id).first()
    if found is None:
        raise Http404
    return found


def lock_run(organization: Organization, run_id: UUID) -> BillingRun:
    """One run, locked until the end of the transaction: whoever works on it is the only one; 404 when not here."""
    found = BillingRun.objects.of(organization).select_for_update().filter(pk=run_id).first()
    if found is None:
        raise Http404
    return found


def list_runs(organization: Organization) -> QuerySet[BillingRun]:
    """The runs, the newest first."""
    return BillingRun.objects.of(organization).order_by("-until", "-id")


def find_run(organization: Organization, scope: str, until: date) -> BillingRun | None:
    """The run of that work through that day, unless it was undone."""
    found = BillingRun.objects.of(organization).filter(scope=scope, until=until, undone_at=None, corrects=None)
    return found.first()


def candidates(organization: Organization, run: BillingRun) -> list[Candidate]:
    """Everything unbilled through the run's last day, customer by customer, with what keeps it out."""
    held = set(RunHold.objects.of(organization).filter(run_id=run.pk).values_list("customer_id", flat=True))
    facilities = run.scope == RunScope.FACILITIES
    asked = {
        "organization": organization.pk,
        "until": run.until,
        "facilities": facilities,
        "needs_id": facilities if run.target is None else run.target.asks_national_id,
        "for_file": run.target_id is not None,
        "corrects": run.corrects_id,
        "limit": ROWS_MAX + 1,
    }
    return [_candidate(values, held) for values in rows.fetch_all(_CANDIDATES, asked)]


def _candidate(values: tuple[Any, ...], held: set[UUID]) -> Candidate:
    told = dict(zip(_NAMES, values, strict=True))
    is_ready, over_limit, released, no_number = (told.pop(name) for name in _NAMES[-4:])
    row = BasisRow(amount=round_amount(told["quantity"] * told["unit_price"]), **told)
    checks = (
        ("unreleased", not released),
        ("over_limit", over_limit),
        ("no_identifier", no_number),
        ("not_ready", not is_ready),
        ("held", row.customer_id in held),
    )
    return Candidate(row, next((obstacle for obstacle, stands in checks if stands), ""))


def past_of(organization: Organization, run: BillingRun) -> dict[UUID, Past]:
    """What each customer was billed for the period before the run's, and the prices it has had until then."""
    first = add_months(run.period_from, -_months(run))
    asked = {
        "organization": organization.pk,
        "first": first,
        "last": date.fromordinal(run.period_from.toordinal() - 1),
        "before": run.period_from,
        "facilities": run.scope == RunScope.FACILITIES,
    }
    return {
        customer_id: Past(
            customer_id=customer_id, customer=name, count=count, amount=amount or ZERO, prices=_prices(prices)
        )
        for customer_id, name, count, amount, prices in rows.fetch_all(_PAST, asked)
    }


def _months(run: BillingRun) -> int:
    return max(1, (run.until.year - run.period_from.year) * 12 + run.until.month - run.period_from.month + 1)


def _prices(told: Iterable[str]) -> frozenset[tuple[str, Decimal]]:
    pairs = (each.rpartition("\t") for each in told)
    return frozenset((source, Decimal(price)) for source, _tab, price in pairs)


def answered_keys(organization: Organization, run: BillingRun) -> set[str]:
    """The differences of the run that somebody has accepted or explained."""
    return set(RunAnswer.objects.of(organization).filter(run_id=run.pk).values_list("key", flat=True))


def facilities_of(organization: Organization, run: BillingRun) -> list[RunFacility]:
    """The facilities in the run with who has taken them, in the order of their numbers."""
    found = RunFacility.objects.of(organization).filter(run_id=run.pk)
    return list(found.select_related("facility__case_worker", "taken_by").order_by("facility__number"))


def get_facility_of_run(organization: Organization, run_id: UUID, facility_id: UUID) -> RunFacility:
    """One facility in a run, or 404."""
    found = RunFacility.objects.of(organization).filter(run_id=run_id, facility_id=facility_id)
    place = found.select_related("facility").first()
    if place is None:
        raise Http404
    return place


def frozen_rows(organization: Organization, run: BillingRun) -> list[RunRow]:
    """The frozen basis in its order."""
    return list(RunRow.objects.of(organization).filter(run_id=run.pk).order_by("position"))


def drafted_customers(organization: Organization, run: BillingRun) -> set[UUID]:
    """The customers who have their draft of the run already."""
    found = Proforma.objects.of(organization).filter(run_id=run.pk)
    return set(found.values_list("invoice__customer_id", flat=True))


def documents_of(organization: Organization, run: BillingRun) -> list[Invoice]:
    """The documents that the run has made, customer by customer."""
    found = Invoice.objects.of(organization).filter(proformas__run_id=run.pk).select_related("customer")
    return list(found.order_by("customer__number", "id"))
