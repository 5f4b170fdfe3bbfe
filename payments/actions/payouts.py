"""A provider's payout: one sum on the bank account takes the payments that it holds off the clearing account.

What the provider kept is its fee, and is said. Each movement of the clearing account is paid out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.ids import uuid7
from foundation.money import round_amount
from foundation.templatetags.formatting import format_amount, language_of_page
from payments import chart, errors, queries
from payments.ledger import PostingDraft, VoucherDraft, post_vouchers
from payments.models import BankLine, Payout, PayoutPart, Posting, ProviderKind, VoucherKind
from payments.online import payouts
from payments.online.payout_matching import Clearing
from payments.voucher_words import book_text
from tenants.audit import Actor
from tenants.models import Organization

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTerms:
    """What a person says of a movement: the movements of the clearing account that it holds, and the fee kept."""

    posting_ids: Sequence[UUID]
    fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """What came and what it settles, in the movement's currency and in the books."""

    received: Decimal
    fee: Decimal
    settled: Decimal
    received_base: Decimal
    fee_base: Decimal
    settled_base: Decimal

    @property
    def gain(self) -> Decimal:
        """What the books win by the rate of the day."""
        return self.received_base + self.fee_base - self.settled_base


def book_payout(
    organization: Organization,
    line: BankLine,
    terms: PayoutTerms,
    *,
    account_id: UUID,
    actor: Actor,
    day: date,
    now: datetime,
) -> Payout:
    """Book a locked movement of the bank account as a payout, in the caller's transaction."""
    parts = payouts.not_paid_out(organization, day, only=terms.posting_ids)
    if not terms.posting_ids:
        raise errors.NothingIsChosen(_("Tick the payments that the payout holds."))
    if {part.posting_id for part in parts} != set(terms.posting_ids):
        raise _paid_out_already()
    sums = _sums(organization, line, parts, terms.fee, day)
    payout = Payout(
        id=uuid7(),
        organization=organization,
        bank_line=line,
        settled=sums.settled_base,
        fee=sums.fee,
        made_by=actor.name,
        made_at=now,
    )
    draft = VoucherDraft(
        day=day,
        kind=VoucherKind.PAYOUT,
        text=book_text(organization, gettext_lazy("Payout: %(provider)s"), provider=_whose(line, parts)),
        source_kind="payout",
        source_id=payout.pk,
        currency=line.currency,
        postings=_postings(organization, sums, account_id),
    )
    try:
        with transaction.atomic():
            [payout.voucher] = post_vouchers(organization.pk, [draft])
            payout.save(force_insert=True)
            PayoutPart.objects.bulk_create(
                PayoutPart(organization=organization, payout=payout, posting_id=part.posting_id) for part in parts
            )
    except IntegrityError as error:  # somebody else was quicker with one of them
        raise _paid_out_already() from error
    return payout


def undo_payout(organization: Organization, payout: Payout, *, reason: str, day: date) -> Payout:
    """Let what a payout held stand on the clearing account again, in the caller's transaction."""
    mirrored = [
        PostingDraft(account_id=row.account_id, amount=-row.amount, currency_amount=-row.currency_amount)
        for row in Posting.objects.of(organization).filter(voucher_id=payout.voucher_id).order_by("position")
    ]
    draft = VoucherDraft(
        day=day,
        kind=VoucherKind.REVERSAL,
        text=book_text(organization, gettext_lazy("Payout undone: %(reason)s"), reason=reason),
        source_kind="payout",
        source_id=payout.pk,
        currency=payout.voucher.currency,
        postings=mirrored,
        reverses_id=payout.voucher_id,
    )
    [payout.reversal] = post_vouchers(organization.pk, [draft])
    payout.save(update_fields=["reversal"])
    PayoutPart.objects.of(organization).filter(payout_id=payout.pk, is_undone=False).update(is_undone=True)
    return payout


def _sums(organization: Organization, line: BankLine, parts: Sequence[Clearing], fee: Decimal, day: date) -> _Sums:
    """What came against what is ticked: the difference is the fee, and the currency's where there are several."""
    if fee < 0:
        raise errors.FeeDiffers(_("The fee is what the provider kept: 0 or more."), field="fee")
    currencies = {part.currency for part in parts}
    is_one = currencies == {line.currency}
    if not is_one and line.currency != organization.base_currency:
        raise errors.CurrencyDiffers(
            _("The payout came in %(currency)s. Tick only payments in %(currency)s.") % {"currency": line.currency}
        )
    received = line.signed_amount
    settled_base = sum((part.amount for part in parts), NOTHING)
    settled = sum((part.currency_amount for part in parts), NOTHING) if is_one else settled_base
    if is_one and settled - received != fee:
        raise errors.FeeDiffers(_difference(line, settled, received), field="fee")
    if line.currency == organization.base_currency:
        rate = Decimal(1)
    else:
        of_day = queries.exchange_rate(organization, line.currency, day)
        rate = of_day.rate if of_day is not None else settled_base / settled if settled else Decimal(1)
    return _Sums(
        received=received,
        fee=fee,
        settled=settled,
        received_base=round_amount(received * rate),
        fee_base=round_amount(fee * rate),
        settled_base=settled_base,
    )


def _difference(line: BankLine, settled: Decimal, received: Decimal) -> str:
    values = {
        "settled": _money(settled, line.currency),
        "received": _money(received, line.currency),
        "fee": _money(settled - received, line.currency),
    }
    if settled < received:
        return _(
            "%(received)s came, and what is ticked comes to %(settled)s only. Tick all payments that the payout holds."
        ) % (values)
    return (
        _(
            "What is ticked comes to %(settled)s and %(received)s came, so the fee is %(fee)s. Write that as the fee, "
            "or tick other payments."
        )
        % values
    )


def _postings(organization: Organization, sums: _Sums, account_id: UUID) -> list[PostingDraft]:
    accounts = queries.accounts_by_purpose(organization.pk)
    drafts = [PostingDraft(account_id=account_id, amount=sums.received_base, currency_amount=sums.received)]
    if sums.fee:
        fees = accounts[chart.BANK_FEES].pk
        drafts.append(PostingDraft(account_id=fees, amount=sums.fee_base, currency_amount=sums.fee))
    if sums.settled_base:
        clearing = accounts[chart.PROVIDER_CLEARING].pk
        drafts.append(PostingDraft(account_id=clearing, amount=-sums.settled_base, currency_amount=-sums.settled))
    if sums.gain:
        rates = accounts[chart.CURRENCY_GAIN if sums.gain > 0 else chart.CURRENCY_LOSS].pk
        drafts.append(PostingDraft(account_id=rates, amount=-sums.gain, currency_amount=NOTHING))
    return drafts


def _whose(line: BankLine, parts: Sequence[Clearing]) -> str:
    """Whose payout it is, by the movements that it holds."""
    known = sorted({part.provider for part in parts if part.provider in ProviderKind.values})
    return ", ".join(str(ProviderKind(provider).label) for provider in known) or line.payer_name


def _paid_out_already() -> errors.IsPaidOutAlready:
    return errors.IsPaidOutAlready(
        _("One of these was paid out or taken back meanwhile, or came later than the payout. Look again.")
    )


def _money(amount: Decimal, currency: str) -> str:
    return f"{format_amount(amount, language_of_page())} {currency}"
