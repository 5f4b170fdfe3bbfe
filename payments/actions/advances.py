"""What of an advance is not needed goes back to the payer: off the request that it paid, free to be refunded."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import rows
from foundation.ids import uuid7
from payments import bookings, errors, queries
from payments.actions.applying import apply_payment, detach_allocation
from payments.ledger import post_vouchers
from payments.models import Allocation, AllocationKind, Payment, Receivable, ReceivableKind
from payments.terms import NOTHING, Part, Share, part_of
from payments.voucher_words import book_text
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

GivenBack = list[tuple[Payment, Decimal]]


@transaction.atomic
def give_back_advance(
    organization: Organization,
    receivable_id: UUID,
    amount: Decimal,
    *,
    reason: str,
    actor: Actor,
    day: date,
    now: datetime,
) -> GivenBack:
    """Free an amount of what has paid a request for an advance; the request asks for so much less from now on.

    Whoever calls has seen to it that no invoice uses it. Returns the payments with what of each is free, newest first.
    """
    claim = queries.lock_receivables(organization.pk, [receivable_id]).get(receivable_id)
    if claim is None or claim.kind != ReceivableKind.ADVANCE:
        raise Http404
    if amount <= 0:
        raise errors.NotPositive(_("Write the amount to pay back, more than 0."), field="amount")
    taken = _payments_on(organization, claim, amount)
    for found, _part in taken:
        detach_allocation(organization, found.pk, reason=reason, actor=actor, day=day, now=now)
    _ask_for_less(organization, claim, amount, actor=actor, day=day, now=now)
    for found, part in taken:
        rest = found.amount - part
        if rest > 0:
            assert found.payment_id is not None
            parts = [Part(receivable_id=claim.pk, amount=rest)]
            apply_payment(organization, found.payment_id, parts, actor=actor, day=day, now=now)
    return [(queries.lock_payment(organization, found.payment_id), part) for found, part in taken if found.payment_id]


def _payments_on(organization: Organization, claim: Receivable, amount: Decimal) -> list[tuple[Allocation, Decimal]]:
    """The payments that have paid the request, the newest first, with what is taken of each."""
    found = Allocation.objects.of(organization).filter(
        receivable=claim, kind=AllocationKind.PAYMENT, reverses=None, payment__currency=claim.currency
    )
    newest = list(found.order_by("-allocated_at", "-id"))
    undone = queries.reversed_among(organization, [row.pk for row in newest])
    taken, left = [], amount
    for row in newest:
        if row.pk in undone or left <= 0:
            continue
        part = min(row.amount, left)
        left -= part
        taken.append((row, part))
    if left > 0:
        raise errors.MoreThanThereIs(
            _("Only %(most)s was paid in %(currency)s and can be paid back.")
            % {"most": amount - left, "currency": claim.currency},
            field="amount",
        )
    return taken


def _ask_for_less(
    organization: Organization, claim: Receivable, amount: Decimal, *, actor: Actor, day: date, now: datetime
) -> None:
    open_now = queries.balances(organization.pk, [claim.pk])[claim.pk]
    share = Share(claim.pk, amount, part_of(open_now, amount), NOTHING, NOTHING)
    draft = bookings.advance_given_back(
        share,
        text=book_text(organization, gettext_lazy("Advance given back, %(number)s"), number=claim),
        currency=claim.currency,
        day=day,
        accounts=queries.accounts_by_purpose(organization.pk),
    )
    [voucher] = post_vouchers(organization.pk, [draft])
    allocation = Allocation(
        id=uuid7(),
        organization_id=organization.pk,
        receivable_id=claim.pk,
        kind=AllocationKind.GIVEN_BACK,
        amount=share.amount,
        base_amount=share.base,
        voucher_id=voucher.pk,
        allocated_at=now,
    )
    rows.insert(organization.pk, [allocation])
    audit.record(actor, "receivable.advance_given_back", claim, amount=str(amount))
