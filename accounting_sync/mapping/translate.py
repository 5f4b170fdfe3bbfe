"""From a voucher and the mappings of a connection to an entry, or to the list of what is not mapped.

Amounts are only ever split, never computed anew: the lines of an entry are the postings of the voucher, and its items
sum to them in both currencies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from accounting_sync.mapping.entries import (
    ZERO,
    Entry,
    EntryItem,
    EntryKind,
    EntryLine,
    LinePart,
    Party,
    Settled,
    Target,
)
from accounting_sync.mapping.facts import Dictionary, DocumentLine, PostingFact, VoucherFact, vat_key
from foundation.money import split_amount


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Why there is no entry: keys such as account:3000 or vat:standard:25:NO, each once."""

    keys: tuple[str, ...]


def shape_of(voucher: VoucherFact) -> EntryKind:
    """What kind of entry a voucher is, by its postings alone where no document says it."""
    if voucher.document is not None:
        return EntryKind.CREDIT if voucher.document.takes_back else EntryKind.SALE
    claims = [posting for posting in voucher.postings if posting.is_receivables and posting.claim_id]
    others = [posting for posting in voucher.postings if not (posting.is_receivables and posting.claim_id)]
    if len(claims) == 1 and _opens(voucher, claims[0]):
        return EntryKind.SALE if claims[0].amount > 0 else EntryKind.CREDIT
    if claims and not others:
        return EntryKind.SETTLEMENT if _nets_out(claims) else EntryKind.JOURNAL
    if claims and len(others) == 1 and all((claim.amount > 0) != (others[0].amount > 0) for claim in claims):
        return EntryKind.PAYMENT
    return EntryKind.JOURNAL


def translate(voucher: VoucherFact, dictionary: Dictionary) -> Entry | Unmapped:
    """The entry of a voucher; Unmapped with every key that is missing."""
    return _Translation(voucher, dictionary).entry()


def needed_keys(voucher: VoucherFact, country: str) -> set[str]:
    """Every mapping that the voucher asks for, as `kind:local key`."""
    keys = {f"account:{posting.account_number}" for posting in voucher.postings}
    if voucher.document is not None:
        keys |= {
            f"vat:{vat_key(line.vat_treatment, line.vat_rate_percent, country)}" for line in voucher.document.lines
        }
    return keys


def _opens(voucher: VoucherFact, posting: PostingFact) -> bool:
    claim = voucher.claims.get(posting.claim_id)
    return claim is not None and claim.opened_by == voucher.id


def _nets_out(claims: Sequence[PostingFact]) -> bool:
    return not sum((claim.amount for claim in claims), ZERO) and len(claims) > 1


class _Translation:
    """One voucher on its way."""

    def __init__(self, voucher: VoucherFact, dictionary: Dictionary) -> None:
        self.voucher = voucher
        self.dictionary = dictionary
        self.kind = shape_of(voucher)
        self.missing: dict[str, None] = {}
        self.customer_id = self._customer()

    def entry(self) -> Entry | Unmapped:
        lines = [self._line(posting) for posting in self.voucher.postings]
        items = self._items() if self.kind in (EntryKind.SALE, EntryKind.CREDIT) else []
        if self.missing:
            return Unmapped(tuple(self.missing))
        voucher, document = self.voucher, self.voucher.document
        total = self._total(lines, items)
        money = next((line for line in lines if line.part != LinePart.RECEIVABLE), None)
        return Entry(
            key=voucher.key,
            kind=self.kind,
            voucher_kind=voucher.kind,
            number=document.number if document else voucher.label,
            voucher_label=voucher.label,
            day=voucher.day,
            issue_date=document.issue_date if document else voucher.day,
            due_date=document.due_date if document else self._due_date(),
            text=voucher.text,
            currency=voucher.currency,
            base_currency=voucher.base_currency,
            exchange_rate=self._rate(lines),
            lines=lines,
            items=items,
            settles=self._settles(),
            party=self.dictionary.parties.get(self.customer_id),
            total=total[0],
            base_total=total[1],
            vat_total=sum((item.vat_amount for item in items), ZERO),
            kid=document.kid if document else self._kid(),
            buyer_reference=document.buyer_reference if document else "",
            order_reference=document.order_reference if document else "",
            money=money if self.kind == EntryKind.PAYMENT else None,
            is_payout=self.kind == EntryKind.PAYMENT and money is not None and money.amount < 0,
            pdf_name=document.pdf_name if document else "",
        )

    def _customer(self) -> str:
        if self.voucher.document is not None:
            return self.voucher.document.customer_id
        customers = {claim.customer_id for claim in self.voucher.claims.values()}
        return customers.pop() if len(customers) == 1 else ""

    def _account(self, number: str) -> Target:
        found = self.dictionary.account(number, self.customer_id)
        if found is None:
            self.missing[f"account:{number}"] = None
            return Target("")
        return found

    def _line(self, posting: PostingFact) -> EntryLine:
        claim = self.voucher.claims.get(posting.claim_id)
        is_claim = posting.is_receivables and claim is not None
        part = LinePart.RECEIVABLE if is_claim else LinePart.OTHER
        if self.voucher.document is not None and posting.vat_code and not self._is_revenue(posting):
            part = LinePart.VAT
        return EntryLine(
            part=part,
            account_number=posting.account_number,
            account=self._account(posting.account_number),
            amount=posting.amount,
            currency_amount=posting.currency_amount,
            text=self.voucher.text,
            document_number=claim.number if claim is not None else "",
            due_date=claim.due_date if claim is not None else None,
            party=self._party(claim.customer_id) if claim is not None else None,
            dimensions=self._dimensions(posting.dimensions),
        )

    def _is_revenue(self, posting: PostingFact) -> bool:
        assert self.voucher.document is not None
        return any(_weighs(line, posting) for line in self.voucher.document.lines)

    def _party(self, customer_id: str) -> Party | None:
        return self.dictionary.parties.get(customer_id)

    def _dimensions(self, ours: Mapping[str, str]) -> dict[str, Target]:
        """What is mapped of them; a value that the accounting system does not know is left out."""
        found = {kind: self.dictionary.dimensions.get(f"{kind}:{value}") for kind, value in ours.items()}
        return {kind: target for kind, target in found.items() if target is not None}

    # Items: everything but the claim, seen from the document.

    def _items(self) -> list[EntryItem]:
        sign = -1 if self.kind == EntryKind.SALE else 1
        items: list[EntryItem] = []
        for posting in self.voucher.postings:
            if posting.is_receivables and posting.claim_id:
                continue
            lines = [line for line in self._document_lines() if _weighs(line, posting)]
            if lines:
                items += self._items_of_lines(posting, lines, sign)
            elif not (self.voucher.document is not None and posting.vat_code):
                items.append(self._plain_item(posting, sign))
        return self._with_vat(items)

    def _document_lines(self) -> Sequence[DocumentLine]:
        return self.voucher.document.lines if self.voucher.document is not None else ()

    def _items_of_lines(self, posting: PostingFact, lines: Sequence[DocumentLine], sign: int) -> list[EntryItem]:
        weights = [line.net for line in lines]
        nets = split_amount(sign * posting.currency_amount, weights)
        is_foreign = posting.amount != posting.currency_amount
        bases = split_amount(sign * posting.amount, weights) if is_foreign else nets
        return [
            EntryItem(
                text=line.text,
                account_number=posting.account_number,
                account=self._account(posting.account_number),
                net=net,
                vat_amount=ZERO,
                base_net=base,
                base_vat_amount=ZERO,
                vat=self._vat(line),
                vat_rate_percent=line.vat_rate_percent,
                vat_treatment=line.vat_treatment,
                dimensions=self._dimensions(posting.dimensions),
            )
            for line, net, base in zip(lines, nets, bases, strict=True)
        ]

    def _plain_item(self, posting: PostingFact, sign: int) -> EntryItem:
        return EntryItem(
            text=self.voucher.text,
            account_number=posting.account_number,
            account=self._account(posting.account_number),
            net=sign * posting.currency_amount,
            vat_amount=ZERO,
            base_net=sign * posting.amount,
            base_vat_amount=ZERO,
            dimensions=self._dimensions(posting.dimensions),
        )

    def _vat(self, line: DocumentLine) -> Target | None:
        key = vat_key(line.vat_treatment, line.vat_rate_percent, self.dictionary.country)
        found = self.dictionary.vat_code(key, self.customer_id)
        if found is None:
            self.missing[f"vat:{key}"] = None
        return found

    def _with_vat(self, items: list[EntryItem]) -> list[EntryItem]:
        """Each row of the VAT summary over the items that bear its category and rate, to the øre."""
        if self.voucher.document is None:
            return items
        for row in self.voucher.document.vat:
            places = [
                place
                for place, item in enumerate(items)
                if item.vat_treatment
                and item.vat_rate_percent == row.rate_percent
                and self._category(item) == row.category
            ]
            if not places:
                continue
            weights = [items[place].net for place in places]
            parts = split_amount(row.amount, weights)
            bases = split_amount(row.base_amount, weights) if row.base_amount != row.amount else parts
            for place, part, base in zip(places, parts, bases, strict=True):
                items[place] = replace(items[place], vat_amount=part, base_vat_amount=base)
        return items

    def _category(self, item: EntryItem) -> str:
        return next(line.vat_category for line in self._document_lines() if line.vat_treatment == item.vat_treatment)

    # What the entry as a whole says.

    def _total(self, lines: Sequence[EntryLine], items: Sequence[EntryItem]) -> tuple[Decimal, Decimal]:
        if self.kind in (EntryKind.SALE, EntryKind.CREDIT):
            return sum((item.gross for item in items), ZERO), sum((item.base_gross for item in items), ZERO)
        return (
            sum((line.currency_amount for line in lines if line.currency_amount > 0), ZERO),
            sum((line.amount for line in lines if line.amount > 0), ZERO),
        )

    def _rate(self, lines: Sequence[EntryLine]) -> Decimal:
        if self.voucher.currency == self.voucher.base_currency:
            return Decimal(1)
        largest = max(lines, key=lambda line: abs(line.currency_amount))
        if not largest.currency_amount:
            return Decimal(1)
        return (largest.amount / largest.currency_amount).quantize(Decimal("0.00000001"))

    def _due_date(self) -> date | None:
        return next((claim.due_date for claim in self.voucher.claims.values()), None)

    def _kid(self) -> str:
        return next((claim.kid for claim in self.voucher.claims.values()), "")

    def _settles(self) -> list[Settled]:
        if self.kind in (EntryKind.PAYMENT, EntryKind.SETTLEMENT):
            return [self._settled(posting) for posting in self.voucher.postings if posting.claim_id]
        document = self.voucher.document
        if self.kind == EntryKind.CREDIT and document is not None and document.credits_claim_id:
            claim = self.voucher.claims.get(document.credits_claim_id)
            if claim is not None:
                return [Settled(claim.number, ZERO, ZERO, claim.remote, party=self._party(claim.customer_id))]
        return []

    def _settled(self, posting: PostingFact) -> Settled:
        claim = self.voucher.claims[posting.claim_id]
        return Settled(
            claim.number,
            abs(posting.currency_amount),
            abs(posting.amount),
            claim.remote,
            is_credit=self.kind == EntryKind.SETTLEMENT and posting.amount > 0,
            party=self._party(claim.customer_id),
        )


def _weighs(line: DocumentLine, posting: PostingFact) -> bool:
    """Whether a line of the document is part of this posting of revenue."""
    return (
        line.account_number == posting.account_number
        and line.vat_code == posting.vat_code
        and dict(line.dimensions) == dict(posting.dimensions)
    )
