"""The claims of a year as they were on each of its days: for plans that are tried on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments.reports.reading import fetch, stream
from reminders.charging import CURRENCY_OF
from reminders.policy.law import DebtorKind
from reminders.queries.plans import DEBTOR_OF
from reminders.simulation import Held, PastClaim
from tenants.models import Organization

_KINDS = {debtor: kind for kind, debtor in DEBTOR_OF.items()}
# A hold stands through the day before it was released, or through its last day.
_HOLD = """jsonb_build_array((h.made_at AT TIME ZONE %(zone)s)::date,
                             least(h.until, (h.released_at AT TIME ZONE %(zone)s)::date - 1)"""
_ABOUT = """
    FROM payments_receivable r
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = r.customer_id
    LEFT JOIN reminders_planchoice of_customer
      ON of_customer.organization_id = %(organization)s AND of_customer.customer_id = r.customer_id
    LEFT JOIN reminders_planchoice of_claim
      ON of_claim.organization_id = %(organization)s AND of_claim.receivable_id = r.id
    WHERE r.organization_id = %(organization)s AND r.kind IN ('invoice', 'opening')
      AND r.due_date BETWEEN %(first)s AND %(last)s AND c.kind = %(kind)s
      AND (c.country = %(country)s OR %(country)s = '' AND c.country NOT IN ('NO', 'DK', 'SE'))
      AND NOT coalesce(of_customer.is_stopped, false) AND NOT coalesce(of_claim.is_stopped, false)
"""
_COUNT = f"SELECT count(*) {_ABOUT}"
_CLAIMS = f"""
    WITH wanted AS MATERIALIZED (
      SELECT r.id, r.customer_id, r.due_date, r.currency, c.country,
             coalesce(of_claim.plan_id, of_customer.plan_id) AS plan_id
      {_ABOUT} ORDER BY r.due_date DESC, r.id LIMIT %(most)s)
    SELECT w.due_date, w.currency, w.country, w.plan_id, moved.days, held.spans, customer_held.spans
    FROM wanted w
    JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_array(day, amount) ORDER BY day) AS days
      FROM (SELECT v.day, sum(p.currency_amount) AS amount
            FROM payments_posting p
            JOIN payments_voucher v ON v.organization_id = %(organization)s AND v.id = p.voucher_id
            WHERE p.organization_id = %(organization)s AND p.receivable_id = w.id
            GROUP BY v.day) by_day) moved ON moved.days IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT jsonb_agg({_HOLD}, h.amount)) AS spans FROM payments_hold h
      WHERE h.organization_id = %(organization)s AND h.receivable_id = w.id) held ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_agg({_HOLD}, NULL)) AS spans FROM payments_customerhold h
      WHERE h.organization_id = %(organization)s AND h.customer_id = w.customer_id) customer_held ON true
    ORDER BY w.due_date DESC, w.id
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which claims: of customers of a country and kind, due in a span, the newest so many."""

    country: str  # empty: any other than those with a plan of their own
    debtor: DebtorKind
    first: date
    last: date
    most: int


def count_past_claims(organization: Organization, wanted: Wanted) -> int:
    """How many such claims there are."""
    [(count,)] = fetch(_COUNT, _values(organization, wanted))
    return int(count)


def stream_past_claims(organization: Organization, wanted: Wanted) -> Iterator[tuple[UUID | None, PastClaim]]:
    """The claims, the last due first, each with the plan that was chosen for it; in the open transaction."""
    for due, currency, country, plan_id, days, spans, of_customer in stream(_CLAIMS, _values(organization, wanted)):
        yield (
            plan_id,
            PastClaim(
                due=due,
                country=country,
                debtor=wanted.debtor,
                bears_fees=CURRENCY_OF.get(country) == currency,
                moves=tuple((date.fromisoformat(day), Decimal(str(amount))) for day, amount in json.loads(days)),
                holds=tuple(_held(span) for kept in (spans, of_customer) if kept for span in json.loads(kept)),
            ),
        )


def _values(organization: Organization, wanted: Wanted) -> dict[str, Any]:
    return {
        "organization": organization.pk,
        "zone": organization.time_zone,
        "kind": _KINDS[wanted.debtor],
        "country": wanted.country,
        "first": wanted.first,
        "last": wanted.last,
        "most": wanted.most,
    }


def _held(span: list[Any]) -> Held:
    first, last, amount = span
    return Held(
        date.fromisoformat(first),
        date.fromisoformat(last) if last else None,
        None if amount is None else Decimal(str(amount)),
    )
