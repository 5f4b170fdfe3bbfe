"""Questions about the clearing account: what providers hold and have not paid out, and what a payout held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from foundation import rows
from payments import chart, queries
from payments.models import BankLine, Payout, ProviderKind
from payments.online.payout_matching import Clearing
from tenants.models import Organization

SHOWN_MAX = 400
# Each movement of the clearing account but payouts themselves; a refund and a reversal name the payment's provider.
_MOVEMENTS = """
    SELECT p.id, v.day, split_part(coalesce(own.key, whose.key, ''), ':', 1) AS provider, v.kind,
           coalesce(nullif(own.payer_name, ''), nullif(whose.payer_name, ''), v.text) AS told,
           p.amount, v.currency, p.currency_amount, v.year, v.number
    FROM payments_posting p
    JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
    LEFT JOIN payments_payment own
      ON own.organization_id = v.organization_id AND v.source_kind = 'payment' AND own.id = v.source_id
    LEFT JOIN payments_refund r
      ON r.organization_id = v.organization_id AND v.source_kind = 'refund' AND r.id = v.source_id
    LEFT JOIN payments_payment whose ON whose.organization_id = r.organization_id AND whose.id = r.payment_id
    WHERE p.organization_id = %s AND p.account_id = %s AND v.source_kind <> 'payout' AND v.day <= %s
"""
_NOT_PAID_OUT = """
      AND NOT EXISTS (SELECT 1 FROM payments_payoutpart part
        WHERE part.organization_id = p.organization_id AND part.posting_id = p.id AND NOT part.is_undone)
"""
# As of a day: held by no payout that was booked by then and not undone by then.
_NOT_PAID_OUT_BY = """
      AND NOT EXISTS (SELECT 1 FROM payments_payoutpart part
        JOIN payments_payout o ON o.organization_id = part.organization_id AND o.id = part.payout_id
        JOIN payments_voucher b ON b.organization_id = o.organization_id AND b.id = o.voucher_id
        LEFT JOIN payments_voucher u ON u.organization_id = o.organization_id AND u.id = o.reversal_id
        WHERE part.organization_id = p.organization_id AND part.posting_id = p.id
          AND b.day <= %s AND (u.id IS NULL OR u.day > %s))
"""


@dataclass(frozen=True, slots=True)
class NotPaidOut:
    """What stands at one provider as of a day: how many movements, since when, how much in the books."""

    provider: str
    count: int
    since: date
    amount: Decimal

    @property
    def label(self) -> str:
        """The provider's name; empty where nobody knows whose money it is."""
        return str(ProviderKind(self.provider).label) if self.provider in ProviderKind.values else ""


def clearing_account_id(organization: Organization) -> UUID:
    """The account on which money at providers stands."""
    return queries.accounts_by_purpose(organization.pk)[chart.PROVIDER_CLEARING].pk


def not_paid_out(organization: Organization, day: date, *, only: Sequence[UUID] | None = None) -> list[Clearing]:
    """The movements through a day that no payout holds, the oldest first; all of those asked for, or a bounded lot."""
    values: list[object] = [organization.pk, clearing_account_id(organization), day]
    sql = _MOVEMENTS + _NOT_PAID_OUT
    if only is not None:
        sql += " AND p.id = ANY(%s::uuid[])"
        values.append(list(only))
    found = rows.fetch_all(f"{sql} ORDER BY v.day, v.year, v.number, p.id LIMIT %s", [*values, SHOWN_MAX])
    return [
        Clearing(
            posting_id=row[0],
            day=row[1],
            provider=row[2],
            kind=row[3],
            text=row[4],
            amount=row[5],
            currency=row[6],
            currency_amount=row[7],
        )
        for row in found
    ]


def not_paid_out_as_of(organization: Organization, day: date) -> list[NotPaidOut]:
    """What stood at each provider at the end of a day."""
    sql = f"""SELECT provider, count(*), min(day), sum(amount) FROM ({_MOVEMENTS}{_NOT_PAID_OUT_BY}) AS standing
              GROUP BY provider ORDER BY provider"""  # noqa: S608 - our own words
    values = [organization.pk, clearing_account_id(organization), day, day, day]
    return [NotPaidOut(*row) for row in rows.fetch_all(sql, values)]


def standing_payout(organization: Organization, line: BankLine) -> Payout | None:
    """The payout that a movement on the bank account was said to be, where that stands."""
    payouts = Payout.objects.of(organization).select_related("voucher")
    return payouts.filter(bank_line_id=line.pk, reversal=None).first()
