"""A finalized document as the ledger sees it: the claim it opens and the postings of its sale."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from customers.vat import TreatmentRule, rule_of
from foundation.ids import uuid7
from invoicing import posting
from invoicing.drafting.composition import Composed
from invoicing.models import Invoice, InvoiceKind, InvoiceLine
from payments import chart
from payments.actions.receivables import ReceivableTerms, receivable_kind_of
from payments.ledger import PostingDraft, VoucherDraft
from payments.models import Account, VoucherKind
from payments.voucher_words import BookText, book_text
from tenants.models import Organization

_VOUCHERS = {
    InvoiceKind.INVOICE: VoucherKind.SALE,
    InvoiceKind.CREDIT_NOTE: VoucherKind.CREDIT,
    InvoiceKind.PAYMENT_REQUEST: VoucherKind.ADVANCE,
    InvoiceKind.WITHDRAWAL: VoucherKind.ADVANCE,
}


@dataclass(slots=True)
class ReadyDocument:
    """A draft that may be numbered: everything about it is known but the number."""

    invoice: Invoice
    lines: list[InvoiceLine]
    composed: Composed
    receivable_id: UUID = field(default_factory=uuid7)
    postings: list[PostingDraft] = field(default_factory=list)
    lines_digest: str = ""
    snapshot: str = ""  # the body's JSON, as it is hashed and stored


class TermsBuilder:
    """Turns numbered documents into claims with their vouchers, for one organization."""

    def __init__(self, organization: Organization, accounts: dict[str, Account]) -> None:
        self.organization = organization
        self.accounts = accounts
        self.by_purpose = {account.purpose: account for account in accounts.values() if account.purpose}

    def prepare(self, item: ReadyDocument) -> None:
        """Work out the postings of the sale, which need no number: done before the series is held."""
        item.postings = self._postings(item)

    def __call__(self, item: ReadyDocument) -> ReceivableTerms:
        """The claim that the document opens."""
        invoice = item.invoice
        assert invoice.issue_date is not None
        return ReceivableTerms(
            id=item.receivable_id,
            customer_id=invoice.customer_id,
            kind=receivable_kind_of(is_credit_note=invoice.is_credit_note, is_about_advance=invoice.is_about_advance),
            document_number=str(invoice.number),
            kid=invoice.kid,
            currency=invoice.currency,
            issue_date=invoice.issue_date,
            due_date=invoice.due_date,
            voucher=self._voucher(item),
        )

    def _voucher(self, item: ReadyDocument) -> VoucherDraft | None:
        invoice = item.invoice
        if not item.postings:
            return None
        assert invoice.accounting_date is not None
        return VoucherDraft(
            day=invoice.accounting_date,
            kind=_VOUCHERS[InvoiceKind(invoice.kind)],
            text=BookText(f"{book_text(self.organization, InvoiceKind(invoice.kind).label)} {invoice.number}"),
            source_kind="invoice",
            source_id=invoice.pk,
            currency=invoice.currency,
            postings=item.postings,
        )

    def _postings(self, item: ReadyDocument) -> list[PostingDraft]:
        totals = item.composed.totals
        lines = [
            posting.SaleLine(
                account_number=line.revenue_account,
                vat_code=rule_of(line.vat_treatment).standard_tax_code,
                net_amount=amounts.net_after_document_discount,
                dimensions=tuple(sorted(line.dimensions.items())),
            )
            for line, amounts in zip(item.lines, totals.lines, strict=True)
        ]
        sale = posting.Sale(
            kind=item.invoice.kind,
            lines=lines,
            vat=self._vat(item),
            rounding=totals.rounding,
            prepaid=totals.prepaid,
            payable=totals.payable,
            receivable_account=self.by_purpose[chart.RECEIVABLES].number,
            rounding_account=self.by_purpose[chart.ROUNDING].number,
            prepaid_account=self.by_purpose[chart.CUSTOMER_ADVANCES].number,
            exchange_rate=item.composed.exchange_rate,
        )
        return [
            PostingDraft(
                account_id=self.accounts[line.account_number].pk,
                amount=line.amount,
                currency_amount=line.currency_amount,
                vat_code=line.vat_code,
                receivable_id=item.receivable_id if line.part == posting.PostingPart.RECEIVABLE else None,
                dimensions=dict(line.dimensions),
            )
            for line in posting.sale_postings(sale)
        ]

    def _vat(self, item: ReadyDocument) -> list[posting.SaleVat]:
        """The VAT rows by the account of their rate; the first treatment on the document with that rate names it."""
        rules: dict[tuple[str, Decimal], TreatmentRule] = {}
        for line in item.lines:
            rule = rule_of(line.vat_treatment)
            rules.setdefault((rule.category_code, line.vat_rate_percent), rule)
        rows = []
        for row in item.composed.body.vat:
            if not row.vat_amount:
                continue
            rule = rules[row.vat_category, row.vat_rate_percent]
            assert rule.rate_class is not None
            rows.append(
                posting.SaleVat(
                    account_number=self.by_purpose[chart.vat_purpose(rule.rate_class)].number,
                    vat_code=rule.standard_tax_code,
                    vat_amount=row.vat_amount,
                    base_currency_vat_amount=row.base_currency_vat_amount,
                )
            )
        return rows
