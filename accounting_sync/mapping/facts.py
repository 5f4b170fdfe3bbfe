"""What a voucher of ours is, as far as an accounting system needs to know: read from the database, translated here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from accounting_sync.mapping.entries import Party, Remote, Target

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingFact:
    """One posting, debit positive."""

    account_number: str
    is_receivables: bool
    amount: Decimal
    currency_amount: Decimal
    vat_code: str = ""
    claim_id: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFact:
    """A claim that a voucher is about."""

    id: str
    number: str
    due_date: date | None
    kid: str
    customer_id: str
    opened_by: str  # the voucher
    remote: Remote | None = None  # as which that voucher stands in the accounting system
    is_under_way: bool = False  # it shall stand there and does not yet


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One charged line of a document; its net only weighs, the postings say the amounts."""

    text: str
    account_number: str
    vat_code: str
    vat_treatment: str
    vat_category: str
    vat_rate_percent: Decimal
    net: Decimal
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatFact:
    """One row of a document's VAT summary."""

    category: str
    rate_percent: Decimal
    amount: Decimal
    base_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFact:
    """The invoice, credit note or request behind a voucher."""

    number: str
    takes_back: bool
    issue_date: date
    due_date: date | None
    customer_id: str
    kid: str = ""
    buyer_reference: str = ""
    order_reference: str = ""
    lines: Sequence[DocumentLine] = ()
    vat: Sequence[VatFact] = ()
    credits_claim_id: str = ""  # of a credit note: the claim that it takes back
    pdf_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherFact:
    """One voucher with everything that its translation needs."""

    id: str
    label: str
    kind: str
    day: date
    text: str
    currency: str
    base_currency: str
    postings: Sequence[PostingFact]
    claims: Mapping[str, ClaimFact] = field(default_factory=dict)
    document: DocumentFact | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """The mappings of one connection; what is said for a customer goes before what is said for all."""

    country: str  # where our VAT is of
    accounts: Mapping[str, Target]
    vat: Mapping[str, Target]  # treatment:rate:country
    dimensions: Mapping[str, Target] = field(default_factory=dict)  # kind:value
    accounts_of: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)  # customer → …
    vat_of: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)
    parties: Mapping[str, Party] = field(default_factory=dict)  # customer → as it is linked

    def account(self, number: str, customer_id: str) -> Target | None:
        """What an account is called, for this customer."""
        return self.accounts_of.get(customer_id, {}).get(number) or self.accounts.get(number)

    def vat_code(self, key: str, customer_id: str) -> Target | None:
        """What a VAT treatment is called, for this customer."""
        return self.vat_of.get(customer_id, {}).get(key) or self.vat.get(key)


def vat_key(treatment: str, rate_percent: Decimal, country: str) -> str:
    """The key of a VAT mapping: never the rate alone."""
    rate = format(rate_percent.normalize(), "f")
    return f"{treatment}:{rate}:{country}"
