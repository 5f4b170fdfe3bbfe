"""What the work list shows of a movement that may be a provider's payout: what it may hold, and the fee kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from foundation.templatetags.formatting import format_amount, language_of_page
from payments.models import BankLine, ProviderKind, VoucherKind
from payments.online import payouts
from payments.online.payout_matching import BankMovement, Clearing, PayoutSuggestion, suggest_payout
from tenants.models import Organization

SINGLE_ROWS_MAX = 40  # more than these are shown by day
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """One movement of the clearing account, or all of one kind and day."""

    key: str
    day: date
    provider: str
    kind: str
    text: str
    count: int
    amount: Decimal
    currency: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutChoice:
    """What a movement may pay out; likely where the provider's name or the sum says so."""

    rows: Sequence[PayoutRow]
    provider: str
    whys: Sequence[str]
    total: Decimal
    fee: Decimal
    is_likely: bool


def payout_choice(organization: Organization, line: BankLine) -> PayoutChoice | None:
    """What a movement that waits may pay out; None where nothing stands at a provider."""
    open_parts = payouts.not_paid_out(organization, line.day)
    if not open_parts or line.payment_id is not None:
        return None
    suggested = suggest_payout(_movement(line), open_parts)
    chosen = {part.posting_id for part in suggested.parts} if suggested else set()
    named = suggested.provider if suggested else ""
    open_parts.sort(key=lambda part: bool(named) and part.provider != named)  # the likely provider's first
    return PayoutChoice(
        rows=_rows(open_parts, chosen),
        provider=provider_label(suggested.provider) if suggested else "",
        whys=_whys(suggested) if suggested else (),
        total=suggested.settled if suggested else NOTHING,
        fee=suggested.fee if suggested else NOTHING,
        is_likely=suggested is not None,
    )


def chosen_parts(organization: Organization, line: BankLine, keys: Iterable[str]) -> list[Clearing]:
    """The movements behind what is ticked."""
    wanted = set(keys)
    return [
        part
        for part in payouts.not_paid_out(organization, line.day)
        if str(part.posting_id) in wanted or _key_of_day(part) in wanted
    ]


def sum_of(parts: Iterable[Clearing], currency: str) -> Decimal:
    """What movements come to, in the currency of the payout where they have it, else in the books."""
    own = list(parts)
    is_one = all(part.currency == currency for part in own)
    return sum((part.currency_amount if is_one else part.amount for part in own), NOTHING)


def provider_label(provider: str) -> str:
    """The provider's name; empty where it is not known."""
    return str(ProviderKind(provider).label) if provider in ProviderKind.values else ""


def _movement(line: BankLine) -> BankMovement:
    told = f"{line.payer_name} {line.text} {line.reference}"
    return BankMovement(day=line.day, amount=line.signed_amount, currency=line.currency, text=told)


def _rows(parts: Sequence[Clearing], chosen: set[UUID]) -> list[PayoutRow]:
    if len(parts) <= SINGLE_ROWS_MAX:
        return [_row([part], str(part.posting_id), chosen) for part in parts]
    found = []
    groups: dict[str, list[Clearing]] = {}
    for part in parts:
        groups.setdefault(_key_of_day(part), []).append(part)
    for key, own in groups.items():
        ticked = [part for part in own if part.posting_id in chosen]
        if ticked and len(ticked) < len(own):  # a payout that ends within the day
            found += [_row([part], str(part.posting_id), chosen) for part in own]
        else:
            found.append(_row(own, key, chosen))
    return found


def _row(own: Sequence[Clearing], key: str, chosen: set[UUID]) -> PayoutRow:
    first = own[0]
    return PayoutRow(
        key=key,
        day=first.day,
        provider=provider_label(first.provider),
        kind=str(VoucherKind(first.kind).label),
        text=first.text if len(own) == 1 else "",
        count=len(own),
        amount=sum((part.currency_amount for part in own), NOTHING),
        currency=first.currency,
        is_chosen=first.posting_id in chosen,
    )


def _key_of_day(part: Clearing) -> str:
    return f"{part.day.isoformat()}/{part.provider}/{part.kind}/{part.currency}"


def _whys(suggested: PayoutSuggestion) -> list[str]:
    found = []
    label = provider_label(suggested.provider)
    if suggested.is_named:
        found.append(_("%(provider)s stands in the message") % {"provider": label})
    if suggested.fee:
        fee = format_amount(suggested.fee, language_of_page())
        found.append(_("The payments through a day come to this and a fee of %(fee)s") % {"fee": fee})
    else:
        found.append(_("The payments since the last payout come to exactly this"))
    return found
