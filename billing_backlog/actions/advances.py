"""Advances are asked for by a payment request, used on invoices, and what is left of them is paid back (M-053)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.errors import AdvanceIsTooSmall, AdvanceIsUnclear, RetainerIsOver
from billing_backlog.models import Advance, AdvanceKind, Contract, Proforma
from billing_backlog.queries.advances import (
    Stood,
    advance_of_request,
    advances_for,
    family_of,
    list_advances,
    lock_advances,
    retainers,
    standing_of_advances,
)
from customers.models import Customer
from customers.vat import VatTreatment
from foundation.ids import uuid7
from foundation.money import round_amount
from foundation.templatetags.formatting import format_amount, language_of_page
from foundation.transactions import read_only
from invoicing import queries as invoicing
from invoicing.actions.beginnings import Beginning
from invoicing.actions.drafts import DraftIsMade, NewDraft, create_drafts
from invoicing.actions.prepaid import set_prepaid
from invoicing.drafting.content import LINE_FIELDS
from invoicing.models import Invoice, InvoiceKind
from invoicing.prepaying import PrepaidPart, parts_of
from payments.actions.advances import give_back_advance
from payments.actions.refunds import RefundTerms, request_refund
from payments.models import Refund
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

ADVANCES = "advances"  # the kind of source of a request's line
ZERO = Decimal("0.00")

USED_MEANWHILE = gettext_lazy(
    "The advance was used by somebody else at this moment. Look at what is left and try again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceTerms:
    """What is asked for in advance: of whom, how much, for what, and how it is to be used."""

    customer: Customer
    name: str
    amount: Decimal
    contract: Contract | None = None
    currency: str = ""
    kind: str = AdvanceKind.ADVANCE
    applies_itself: bool = True
    refill_below: Decimal | None = None
    refill_amount: Decimal | None = None
    refills: Advance | None = None
    key: UUID = field(default_factory=uuid7)  # of the request that is to be made: the same key asks once


@transaction.atomic
def ask_advance(organization: Organization, terms: AdvanceTerms, *, actor: Actor, today: date) -> Advance:
    """Draft the payment request of an advance; whoever finalizes and sends it asks the customer for the money.

    Asked with the same key again it is the first one. bokføringsforskriften § 5-2-6: the request states no VAT.
    """
    _refuse_unclear(terms)
    new = NewDraft(
        customer=terms.customer,
        header=_header(terms),
        lines=[_line(terms)],
        beginning=Beginning(invoice_id=terms.key, origin="advance"),
        kind=InvoiceKind.PAYMENT_REQUEST,
    )
    try:
        [request] = create_drafts(organization, [new], actor=actor, today=today)
    except DraftIsMade:
        made = advance_of_request(organization, terms.key)
        if made is None:
            raise
        return made
    advance = Advance(
        organization=organization,
        invoice=request,
        customer=terms.customer,
        contract=terms.contract,
        kind=terms.kind,
        name=terms.name.strip()[:120],
        amount=round_amount(terms.amount),
        currency=request.currency,
        applies_itself=terms.applies_itself,
        refill_below=terms.refill_below,
        refill_amount=terms.refill_amount,
        refills=terms.refills,
    )
    advance.save(force_insert=True)
    audit.record(
        actor, "advance.asked", advance, amount=f"{advance.amount} {advance.currency}", request=str(request.pk)
    )
    return advance


def _refuse_unclear(terms: AdvanceTerms) -> None:
    if not terms.name.strip():
        raise AdvanceIsUnclear(_("Say what the advance is for."), field="name")
    if terms.amount <= 0:
        raise AdvanceIsUnclear(_("Write an amount, more than 0."), field="amount")
    if terms.kind == AdvanceKind.RETAINER and terms.refills is None:
        if terms.refill_amount is None or terms.refill_amount <= 0:
            raise AdvanceIsUnclear(_("Write how much the retainer is filled up with."), field="refill_amount")
        if terms.refill_below is None or terms.refill_below < 0:
            raise AdvanceIsUnclear(_("Write when the retainer is filled up."), field="refill_below")


def _header(terms: AdvanceTerms) -> dict[str, Any]:
    header: dict[str, Any] = {"prices_include_vat": False}
    currency = terms.currency or (terms.contract.currency if terms.contract else "")
    if currency:
        header["currency"] = currency
    if terms.contract is not None:
        header["contract_reference"] = terms.contract.number
        told = {"buyer_reference": terms.contract.buyer_reference, "order_reference": terms.contract.order_reference}
        header |= {name: value for name, value in told.items() if value}
    return header


def _line(terms: AdvanceTerms) -> dict[str, Any]:
    """The one line of the request, of which a draft may change nothing (M-044)."""
    label = terms.contract.number if terms.contract else terms.name.strip()
    return {
        "description": terms.name.strip()[:120],
        "quantity": Decimal(1),
        "unit_price": round_amount(terms.amount),
        "vat_treatment": VatTreatment.OUTSIDE.value,
        "revenue_account": "2900",
        "locked_fields": sorted(LINE_FIELDS),
        "source": {"kind": ADVANCES, "label": label},
    }


@transaction.atomic
def use_advances(
    organization: Organization, draft_id: UUID, wanted: Mapping[UUID, Decimal], *, actor: Actor, today: date
) -> Invoice:
    """Let these advances pay these amounts of a draft, and no others; 0 takes one off, none pays beyond its rest."""
    [draft] = invoicing.lock_drafts(organization, [draft_id])
    proforma = Proforma.objects.of(organization).filter(invoice_id=draft.pk).first()
    offered = _offered_locked(organization, draft, proforma.contract_id if proforma else None)
    own = {part.id: part.amount for part in parts_of(draft.prepaid)}
    parts = []
    for each in offered:
        amount = round_amount(wanted.get(each.advance.pk, ZERO))
        most = each.standing.available + own.get(str(each.advance.pk), ZERO)
        if not 0 <= amount <= max(most, ZERO):
            raise AdvanceIsTooSmall(
                _("%(advance)s has %(most)s left. Write that or less.")
                % {"advance": each.advance, "most": f"{format_amount(most, language_of_page())} {draft.currency}"},
                field=f"amount_{each.advance.pk}",
            )
        parts.append(_part(each.advance, amount))
    gone = wanted.keys() - {each.advance.pk for each in offered}
    if any(wanted[advance_id] for advance_id in gone):
        raise AdvanceIsTooSmall(str(USED_MEANWHILE))
    return _put(organization, {draft.pk: parts}, actor=actor, today=today)[0]


def apply_by_itself(
    organization: Organization, drafts: Iterable[tuple[Invoice, UUID | None]], *, actor: Actor, today: date
) -> None:
    """Let advances pay new drafts of their customer and contract, oldest first; in the caller's transaction (M-053).

    Each draft comes with its contract. One question where nobody has paid anything in advance.
    """
    customers = {draft.customer_id for draft, _contract in drafts} if (drafts := list(drafts)) else set()
    found = list_advances(organization).filter(customer_id__in=customers, applies_itself=True)
    if not customers or not found.exists():
        return
    for draft, contract_id in drafts:
        found_here = _offered_locked(organization, draft, contract_id)
        offered = [each for each in found_here if each.advance.applies_itself]
        parts = _oldest_first(offered, draft.payable_amount)
        if parts:
            _put(organization, {draft.pk: parts}, actor=actor, today=today)


def _offered_locked(organization: Organization, draft: Invoice, contract_id: UUID | None) -> list[Stood]:
    """What may pay the draft, read again once nobody else can use any of it."""
    offered = advances_for(organization, draft, contract_id)
    if not offered:
        return []
    lock_advances(organization, [each.advance.pk for each in offered])
    return advances_for(organization, draft, contract_id)


def _oldest_first(offered: Sequence[Stood], owed: Decimal) -> list[PrepaidPart]:
    parts, left = [], owed
    for each in offered:
        amount = min(each.standing.available, left)
        if amount > 0:
            parts.append(_part(each.advance, amount))
            left -= amount
    return parts


def _part(advance: Advance, amount: Decimal) -> PrepaidPart:
    return PrepaidPart(str(advance.pk), f"{advance.name} ({advance.invoice.number})", amount)


def _put(
    organization: Organization, wanted: Mapping[UUID, Sequence[PrepaidPart]], *, actor: Actor, today: date
) -> list[Invoice]:
    try:
        with transaction.atomic():
            return set_prepaid(organization, wanted, actor=actor, today=today)
    except IntegrityError as error:
        # Somebody else has used the same money between our look and our write.
        raise AdvanceIsTooSmall(str(USED_MEANWHILE)) from error


@transaction.atomic
def refund_advance(
    organization: Organization,
    advance_id: UUID,
    terms: RefundTerms,
    *,
    actor: Actor,
    day: date,
    now: datetime,
) -> list[Refund]:
    """Pay back what no invoice uses of an advance, or a part of it; with the same key once.

    One refund for each payment that the money came by.
    """
    advance = lock_advances(organization, [advance_id])[advance_id]
    made = list(Refund.objects.of(organization).filter(key__startswith=f"{terms.key}:"))
    if made:
        return made
    available = standing_of_advances(organization, [advance])[advance.pk].available
    if not 0 < terms.amount <= available:
        raise AdvanceIsTooSmall(
            _("%(advance)s has %(most)s left. Write that or less.")
            % {"advance": advance, "most": f"{format_amount(available, language_of_page())} {advance.currency}"},
            field="amount",
        )
    receivable_id = advance.invoice.receivable_id
    assert receivable_id is not None
    freed = give_back_advance(
        organization, receivable_id, terms.amount, reason=terms.reason, actor=actor, day=day, now=now
    )
    refunds = []
    for place, (payment, amount) in enumerate(freed):
        part = RefundTerms(
            key=f"{terms.key}:{place}",
            amount=amount,
            channel=terms.channel,
            reason=terms.reason,
            payee_name=terms.payee_name,
            payee_account=terms.payee_account,
        )
        refunds.append(request_refund(organization, payment.pk, part, actor=actor, day=day, now=now))
    audit.record(actor, "advance.refunded", advance, amount=str(terms.amount), reason=terms.reason)
    return refunds


@transaction.atomic
def change_use(organization: Organization, advance_id: UUID, *, applies_itself: bool, actor: Actor) -> Advance:
    """Say whether an advance is used on the next invoices by itself."""
    advance = lock_advances(organization, [advance_id])[advance_id]
    if advance.applies_itself != applies_itself:
        advance.applies_itself = applies_itself
        advance.save(update_fields=["applies_itself"])
        audit.record(actor, "advance.changed", advance, applies_itself=str(applies_itself))
    return advance


@transaction.atomic
def end_retainer(organization: Organization, advance_id: UUID, *, actor: Actor, now: datetime) -> Advance:
    """Fill a retainer up no more; what is left of it can still be used or paid back. Twice is as good as once."""
    advance = lock_advances(organization, [advance_id])[advance_id]
    if advance.kind != AdvanceKind.RETAINER or advance.refills_id is not None:
        raise RetainerIsOver(_("Only a retainer that is filled up can be ended."))
    if advance.ended_at is None:
        advance.ended_at = now
        advance.save(update_fields=["ended_at"])
        audit.record(actor, "advance.ended", advance)
    return advance


def refill_retainers(organization: Organization, *, actor: Actor, today: date) -> int:
    """Draft a payment request for each retainer of which too little is left; returns how many.

    What is asked for already counts: nobody is asked twice for the same.
    """
    with read_only():
        short = [family[0].advance.pk for family in retainers(organization) if _is_short(family)]
    return sum(_refill(organization, advance_id, actor=actor, today=today) for advance_id in short)


@transaction.atomic
def _refill(organization: Organization, advance_id: UUID, *, actor: Actor, today: date) -> int:
    first = lock_advances(organization, [advance_id])[advance_id]
    if not _is_short(family_of(organization, first)):
        return 0
    assert first.refill_amount is not None
    terms = AdvanceTerms(
        customer=first.customer,
        contract=first.contract,
        name=first.name,
        amount=first.refill_amount,
        currency=first.currency,
        kind=AdvanceKind.RETAINER,
        applies_itself=first.applies_itself,
        refills=first,
    )
    ask_advance(organization, terms, actor=actor, today=today)
    return 1


def _is_short(family: Collection[Stood]) -> bool:
    first = next(iter(family))
    if first.advance.ended_at is not None or first.advance.refill_below is None:
        return False
    if first.standing.is_draft or first.standing.is_withdrawn:
        return False  # nothing was ever asked for, or no longer is
    awaited = sum((_awaited(each) for each in family), ZERO)
    return awaited < first.advance.refill_below


def _awaited(each: Stood) -> Decimal:
    """What is left of it, and what is still to come in."""
    coming = each.standing.asked if each.standing.is_draft else each.standing.open
    return each.standing.available + coming
