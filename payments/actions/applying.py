"""Money that is here pays claims, and is taken off them again: always by a further voucher, never by a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import rows
from foundation.ids import uuid7
from payments import bookings, chart, errors, queries
from payments.actions.registering import claim_of, new_allocation
from payments.additions import with_additions
from payments.ledger import PostingDraft, VoucherDraft, post_vouchers
from payments.models import Account, Allocation, AllocationKind, Payment, Receivable
from payments.terms import Balance, Part, Rest, Share, share_across, share_out
from payments.voucher_words import book_text
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

REASON_LENGTH = 300


@transaction.atomic
def apply_payment(
    organization: Organization, payment_id: UUID, parts: Sequence[Part], *, actor: Actor, day: date, now: datetime
) -> list[Allocation]:
    """Let the unused rest of a payment pay claims, up to what is open on each; what is left stays with the payer."""
    named = {part.receivable_id for part in parts}
    claims = queries.lock_with_balances(organization.pk, named, with_additions=True)[0]
    payment = queries.lock_payment(organization, payment_id)
    if not payment.unapplied:
        raise errors.NothingIsLeft(_("All of this payment is used already. Detach it from an invoice first."))
    open_now = queries.balances(organization.pk, claims)
    rest = Rest(payment.unapplied, payment.unapplied_base)
    shares: list[Share] = []
    for part in with_additions(parts, claims):
        shares.extend(_shares_of(payment, part, claim_of(claims, part), rest, open_now))
    if not shares:
        raise errors.NothingIsOwed(_("Nothing is owed on what you chose. Choose an invoice that is open."))
    accounts = queries.accounts_by_purpose(organization.pk)
    drafts = [
        bookings.payment_applied(
            organization, payment, share, currency=claims[share.receivable_id].currency, day=day, accounts=accounts
        )
        for share in shares
    ]
    vouchers = post_vouchers(organization.pk, drafts)
    allocations = [
        new_allocation(organization.pk, payment.pk, share, voucher, now=now)
        for share, voucher in zip(shares, vouchers, strict=True)
    ]
    rows.insert(organization.pk, allocations)
    payment.applied += payment.unapplied - rest.amount
    payment.unapplied, payment.unapplied_base = rest.amount, rest.base
    if payment.customer_id is None:
        payment.customer_id = claims[shares[0].receivable_id].customer_id
    payment.save(update_fields=["applied", "unapplied", "unapplied_base", "customer"])
    numbers = ", ".join(str(claims[share.receivable_id]) for share in shares)
    audit.record(actor, "payment.applied", payment, documents=numbers)
    audit.record_each(
        actor,
        "receivable.paid",
        [(claims[share.receivable_id], {"amount": str(share.amount), "payment": str(payment)}) for share in shares],
        now=now,
    )
    return allocations


@transaction.atomic
def detach_allocation(
    organization: Organization, allocation_id: UUID, *, reason: str, actor: Actor, day: date, now: datetime
) -> Allocation:
    """Take money off a claim again, by a reversing voucher: the claim stands open, the money is the payer's to use.

    A small difference that was closed with it opens again as well. Returns the reversing allocation.
    """
    if not reason.strip():
        raise errors.ReasonIsMissing(_("Say why the payment is taken off."), field="reason")
    found = queries.get_allocation(organization, allocation_id)
    claims = queries.lock_receivables(organization.pk, [found.receivable_id])
    if found.kind != AllocationKind.PAYMENT or found.payment_id is None:
        raise errors.CreditStays(_("Only payments are taken off a claim here."))
    payment = queries.lock_payment(organization, found.payment_id)
    undone = detach(organization, payment, [found], claims, day=day, now=now)
    audit.record(
        actor,
        "payment.detached",
        payment,
        document=str(claims[found.receivable_id]),
        amount=str(found.amount),
        reason=reason.strip()[:REASON_LENGTH],
    )
    return undone[0]


@transaction.atomic
def reverse_payment(
    organization: Organization, payment_id: UUID, *, reason: str, actor: Actor, day: date, now: datetime
) -> Payment:
    """Take a payment back that never came, or was registered wrongly: every claim that it paid stands open again.

    Reversing it a second time changes nothing. What was paid back cannot be reversed.
    """
    if not reason.strip():
        raise errors.ReasonIsMissing(_("Say why the payment is taken back."), field="reason")
    standing = queries.standing_allocations(organization, payment_id)
    claims = queries.lock_receivables(organization.pk, {row.receivable_id for row in standing})
    payment = queries.lock_payment(organization, payment_id)
    if payment.is_reversed:
        return payment
    if payment.refunded:
        raise errors.PaymentIsInUse(
            _("%(amount)s of this payment was paid back, so it cannot be taken back as if it had never come.")
            % {"amount": f"{payment.refunded} {payment.currency}"}
        )
    # Read again under the locks: what was applied meanwhile lies on a claim that is not locked.
    now_standing = queries.standing_allocations(organization, payment_id)
    if {row.pk for row in now_standing} != {row.pk for row in standing}:
        raise errors.PaymentIsInUse(_("The payment was used by somebody else at this moment. Try once more."))
    if now_standing:
        detach(organization, payment, now_standing, claims, day=day, now=now)
    accounts = queries.accounts_by_purpose(organization.pk)
    post_vouchers(organization.pk, [bookings.payment_reversed(organization, payment, day=day, accounts=accounts)])
    payment.reversed, payment.unapplied, payment.unapplied_base = payment.amount, Decimal(0), Decimal(0)
    payment.save(update_fields=["reversed", "unapplied", "unapplied_base"])
    audit.record(actor, "payment.reversed", payment, reason=reason.strip()[:REASON_LENGTH])
    return payment


def detach(
    organization: Organization,
    payment: Payment,
    allocations: Sequence[Allocation],
    claims: dict[UUID, Receivable],
    *,
    day: date,
    now: datetime,
) -> list[Allocation]:
    """Undo these allocations of a locked payment on locked claims, in the caller's transaction."""
    accounts = queries.accounts_by_purpose(organization.pk)
    found = queries.with_their_differences(organization, allocations)
    if queries.reversed_among(organization, [row.pk for row in found]):
        raise errors.IsUndoneAlready(_("This payment was taken off the invoice already."))
    drafts = [_undoing(organization, row, claims[row.receivable_id], accounts, day) for row in found]
    vouchers = post_vouchers(organization.pk, drafts)
    undone = [
        Allocation(
            id=uuid7(),
            organization_id=organization.pk,
            receivable_id=row.receivable_id,
            kind=row.kind,
            payment_id=row.payment_id,
            amount=-row.amount,
            base_amount=-(row.base_amount or 0),
            payment_amount=None if row.payment_amount is None else -row.payment_amount,
            source_base_amount=None if row.source_base_amount is None else -row.source_base_amount,
            voucher_id=voucher.pk,
            reverses_id=row.pk,
            allocated_at=now,
        )
        for row, voucher in zip(found, vouchers, strict=True)
    ]
    rows.insert(organization.pk, undone)
    back = sum((row.payment_amount or Decimal(0) for row in found), Decimal(0))
    payment.applied -= back
    payment.unapplied += back
    payment.unapplied_base += sum((row.source_base_amount or Decimal(0) for row in found), Decimal(0))
    payment.save(update_fields=["applied", "unapplied", "unapplied_base"])
    return undone


def _undoing(
    organization: Organization, row: Allocation, claim: Receivable, accounts: dict[str, Account], day: date
) -> VoucherDraft:
    """The reversing voucher of one allocation: a payment's money goes back to the payer, a difference to rounding."""
    base, source_base = row.base_amount or Decimal(0), row.source_base_amount
    purpose = chart.ROUNDING if source_base is None else chart.UNAPPLIED_PAYMENTS
    given = base if source_base is None else source_base
    share = Share(row.receivable_id, row.amount, base, row.payment_amount or Decimal(0), given)
    return bookings.allocation_undone(
        source_id=row.pk,
        text=book_text(organization, gettext_lazy("Payment taken off %(number)s"), number=claim),
        currency=claim.currency,
        day=day,
        share=share,
        source=PostingDraft(account_id=accounts[purpose].pk, amount=-given, currency_amount=-row.amount),
        accounts=accounts,
    )


def _shares_of(
    payment: Payment, part: Part, claim: Receivable, rest: Rest, open_now: dict[UUID, Balance]
) -> list[Share]:
    if claim.currency == payment.currency:
        return share_out(rest, [replace(part, payment_amount=None)], open_now)
    if part.amount is None or part.payment_amount is None:
        raise errors.CurrencyDiffers(
            _("%(number)s is in %(claim)s and the payment in %(paid)s. Write what is settled in both currencies.")
            % {"number": claim, "claim": claim.currency, "paid": payment.currency},
            field="payment_amount",
        )
    try:
        return [share_across(rest, part, open_now)]
    except ValueError as error:
        raise errors.MoreThanThereIs(
            _("That is more than what is open on %(number)s, or more than what is left of the payment.")
            % {"number": claim},
            field="amount",
        ) from error
