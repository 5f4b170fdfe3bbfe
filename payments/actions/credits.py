"""What customers have to their credit by credit notes: used on another claim, or freed to be paid back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments import errors, queries
from payments.actions.applying import apply_payment, detach_allocation
from payments.actions.receivables import Settlement, settle_by_credit
from payments.claim_queries import payment_in_the_way
from payments.models import Allocation, Payment, Receivable
from payments.terms import Part
from payments.voucher_words import book_text
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def use_credit(
    organization: Organization,
    credit_receivable_id: UUID,
    receivable_id: UUID,
    *,
    amount: Decimal | None = None,
    actor: Actor,
    day: date,
) -> Allocation:
    """Let a credit note's rest pay another claim of the same customer, up to what both sides have."""
    claims = queries.lock_receivables(organization.pk, [credit_receivable_id, receivable_id])
    claim, credit = claims.get(receivable_id), claims.get(credit_receivable_id)
    if claim is None or credit is None:
        raise Http404
    if amount is not None and amount <= 0:
        raise errors.NotPositive(_("Write an amount, more than 0."), field="amount")
    if (claim.customer_id, claim.currency) != (credit.customer_id, credit.currency):
        raise errors.CurrencyDiffers(
            _("Credit note %(credit)s belongs to another customer or is in another currency than %(number)s.")
            % {"credit": credit, "number": claim}
        )
    return _settle(organization, claim, credit, amount=amount, actor=actor, day=day)


@transaction.atomic
def free_credit(
    organization: Organization, credit_receivable_id: UUID, *, actor: Actor, day: date, now: datetime
) -> Payment:
    """Let a credit note's rest take the place of a payment on a paid claim, so that the money can be paid back.

    The payment is taken off, the credit settles the claim, what the credit did not reach is paid by the payment again.
    Returns the payment, whose rest is what is owed to the customer.
    """
    found = payment_in_the_way(organization, credit_receivable_id)
    claims = queries.lock_receivables(organization.pk, [credit_receivable_id, found.receivable_id])
    credit, claim = claims[credit_receivable_id], claims[found.receivable_id]
    assert found.payment_id is not None
    reason = _("Credit note %(number)s takes its place") % {"number": credit}
    detach_allocation(organization, found.pk, reason=reason, actor=actor, day=day, now=now)
    _settle(organization, claim, credit, amount=None, actor=actor, day=day)
    left = queries.balances(organization.pk, [claim.pk])[claim.pk].currency_amount
    if left > 0:
        part = Part(receivable_id=claim.pk, amount=min(left, found.amount))
        apply_payment(organization, found.payment_id, [part], actor=actor, day=day, now=now)
    return queries.lock_payment(organization, found.payment_id)


def _settle(
    organization: Organization,
    claim: Receivable,
    credit: Receivable,
    *,
    amount: Decimal | None,
    actor: Actor,
    day: date,
) -> Allocation:
    settlement = Settlement(
        credit_receivable_id=credit.pk,
        receivable_id=claim.pk,
        day=day,
        text=book_text(organization, gettext_lazy("Credit note %(credit)s on %(number)s"), credit=credit, number=claim),
        source_id=credit.pk,
        source_kind="receivable",
        amount=amount,
    )
    settled = settle_by_credit(organization.pk, [settlement])
    if not settled:
        raise errors.NothingIsOwed(
            _("Nothing is open on %(number)s, or nothing is left of the credit.") % {"number": claim}
        )
    audit.record(actor, "receivable.credit_used", claim, credit_note=str(credit), amount=str(settled[0].amount))
    return settled[0]
