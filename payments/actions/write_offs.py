"""A claim that is lost leaves the books as a loss; its VAT comes back only where the law lets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import models, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import rows
from foundation.dates import add_months
from foundation.ids import uuid7
from foundation.money import round_amount
from foundation.templatetags.formatting import format_day, language_of_page
from payments import bookings, chart, errors, queries
from payments.ledger import PostingDraft, post_vouchers
from payments.models import Allocation, AllocationKind, Posting, Receivable, ReceivableKind, VoucherKind
from payments.terms import NOTHING, Share, part_of
from payments.voucher_words import book_text
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

MONTHS_OVERDUE = 6


class LossGround(models.TextChoices):
    """Why a claim is lost: regulation to the VAT act § 4-7-1, and losses that leave VAT alone."""

    OVERDUE = "overdue", gettext_lazy("Six months overdue, and reminded three times")
    ENFORCEMENT = "enforcement", gettext_lazy("Enforcement gave nothing")
    INSOLVENCY = "insolvency", gettext_lazy("Bankruptcy, or a settlement of debt")
    OTHER = "other", gettext_lazy("Given up for another reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTerms:
    """What is given up of a claim (None: all that is open), why by law, why in words, and whether VAT comes back."""

    ground: str
    reason: str
    takes_vat_back: bool
    amount: Decimal | None = None


@transaction.atomic
def write_off_receivable(
    organization: Organization, receivable_id: UUID, terms: LossTerms, *, actor: Actor, day: date, now: datetime
) -> Allocation:
    """Book what is open on a claim, or a part of it, as lost.

    Output VAT of the sale is taken back in proportion where asked for and the ground allows it (Norwegian VAT act § 4-7
    with its regulation § 4-7-1; a loss that is merely given up leaves the VAT as it is).
    """
    claim = queries.lock_receivables(organization.pk, [receivable_id]).get(receivable_id)
    if claim is None:
        raise Http404
    if not terms.reason.strip():
        raise errors.ReasonIsMissing(_("Say why the claim is given up."), field="reason")
    _refuse_advance(claim)
    open_now = queries.balances(organization.pk, [receivable_id])[receivable_id]
    if open_now.currency_amount <= 0:
        raise errors.NothingIsOwed(_("Nothing is owed on %(number)s.") % {"number": claim})
    lost = open_now.currency_amount if terms.amount is None else terms.amount
    if not 0 < lost <= open_now.currency_amount:
        raise errors.MoreThanThereIs(
            _("%(number)s has %(open)s open. Write that or less.")
            % {"number": claim, "open": f"{open_now.currency_amount} {claim.currency}"},
            field="amount",
        )
    if terms.takes_vat_back:
        _refuse_vat(claim, LossGround(terms.ground), day)
    share = Share(claim.pk, lost, part_of(open_now, lost), NOTHING, NOTHING)
    accounts = queries.accounts_by_purpose(organization.pk)
    vat = _vat_of(organization, claim, share) if terms.takes_vat_back else []
    draft = bookings.claim_written_off(
        share,
        vat,
        text=book_text(organization, gettext_lazy("Loss on %(number)s"), number=claim),
        currency=claim.currency,
        day=day,
        accounts=accounts,
    )
    [voucher] = post_vouchers(organization.pk, [draft])
    allocation = Allocation(
        id=uuid7(),
        organization_id=organization.pk,
        receivable_id=claim.pk,
        kind=AllocationKind.WRITE_OFF,
        amount=share.amount,
        base_amount=share.base,
        voucher_id=voucher.pk,
        allocated_at=now,
    )
    rows.insert(organization.pk, [allocation])
    vat_back = sum((posting.amount for posting in vat), NOTHING)
    audit.record(
        actor,
        "receivable.written_off",
        claim,
        amount=str(lost),
        about=terms.ground,
        reason=terms.reason.strip()[:300],
        vat=str(vat_back),
    )
    return allocation


@transaction.atomic
def reverse_write_off(
    organization: Organization, allocation_id: UUID, *, reason: str, actor: Actor, day: date, now: datetime
) -> Allocation:
    """Let a claim that was given up stand open again, with its VAT, by a voucher that reverses the loss."""
    if not reason.strip():
        raise errors.ReasonIsMissing(_("Say why the claim is asked for again."), field="reason")
    found = queries.get_allocation(organization, allocation_id)
    if found.kind != AllocationKind.WRITE_OFF:
        raise Http404
    claim = queries.lock_receivables(organization.pk, [found.receivable_id])[found.receivable_id]
    if queries.reversed_among(organization, [found.pk]):
        raise errors.IsUndoneAlready(_("The claim on %(number)s stands open again already.") % {"number": claim})
    postings = Posting.objects.of(organization).filter(voucher_id=found.voucher_id).order_by("position")
    mirrored = [
        PostingDraft(
            account_id=posting.account_id,
            amount=-posting.amount,
            currency_amount=-posting.currency_amount,
            vat_code=posting.vat_code,
            receivable_id=posting.receivable_id,
        )
        for posting in postings
    ]
    text = book_text(organization, gettext_lazy("Loss on %(number)s taken back"), number=claim)
    draft = bookings.loss_reversed(found, mirrored, text=text, currency=claim.currency, day=day)
    [voucher] = post_vouchers(organization.pk, [draft])
    undone = Allocation(
        id=uuid7(),
        organization_id=organization.pk,
        receivable_id=claim.pk,
        kind=AllocationKind.WRITE_OFF,
        amount=-found.amount,
        base_amount=-(found.base_amount or NOTHING),
        voucher_id=voucher.pk,
        reverses_id=found.pk,
        allocated_at=now,
    )
    rows.insert(organization.pk, [undone])
    audit.record(actor, "receivable.write_off_reversed", claim, amount=str(found.amount), reason=reason.strip()[:300])
    return undone


def _refuse_advance(claim: Receivable) -> None:
    if claim.kind == ReceivableKind.ADVANCE:
        raise errors.NothingIsLost(
            _("Payment request %(number)s is no sale, so nothing is lost by it. Withdraw it instead.")
            % {"number": claim}
        )


def _refuse_vat(claim: Receivable, ground: LossGround, day: date) -> None:
    if ground == LossGround.OTHER:
        raise errors.VatStays(
            _("VAT comes back only for a claim that is lost by law (VAT act § 4-7). Choose the ground, or leave VAT."),
            field="takes_vat_back",
        )
    if ground == LossGround.OVERDUE:
        first = add_months(claim.due_date or claim.issue_date, MONTHS_OVERDUE)
        if day < first:
            raise errors.VatStays(
                _("%(number)s is six months overdue on %(day)s: until then its VAT stays (regulation § 4-7-1).")
                % {"number": claim, "day": format_day(first, language_of_page())},
                field="takes_vat_back",
            )


def _vat_of(organization: Organization, claim: Receivable, share: Share) -> list[PostingDraft]:
    """The sale's output VAT in proportion to what is lost of it, account by account and code by code."""
    sale = Posting.objects.of(organization).filter(receivable=claim, voucher__kind=VoucherKind.SALE).first()
    if sale is None or not sale.amount:
        return []
    vat = (
        Posting.objects.of(organization)
        .filter(voucher_id=sale.voucher_id, account__purpose__startswith=chart.vat_purpose(""))
        .order_by("position")
    )
    return [
        PostingDraft(
            account_id=posting.account_id,
            amount=round_amount(-posting.amount * share.base / sale.amount),
            currency_amount=round_amount(-posting.currency_amount * share.amount / sale.currency_amount),
            vat_code=posting.vat_code,
        )
        for posting in vat
        if posting.amount
    ]
