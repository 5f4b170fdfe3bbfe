"""Our vouchers, documents, payments and customers as Billy takes them, and what it cannot take. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryItem, EntryKind, EntryLine, LinePart, Party, Remote
from accounting_sync.providers.base import CannotBeTaken
from accounting_sync.providers.billy_rows import DOCUMENT_TAG, VOUCHER_TAG
from accounting_sync.providers.computing import parts_that_bear, vat_upon
from accounting_sync.providers.reading import mark_of
from accounting_sync.providers.vat_lines import with_vat

TEXT_MAX = 200
MONEY_KINDS = ("payment", "online", "refund")


def voucher_body(entry: Entry, daybook: str) -> dict[str, Any]:
    """A voucher of the daybook, approved at once; a document begins with its claim."""
    lines = _document_lines(entry) if entry.is_document else _voucher_lines(entry)
    return {
        "daybookId": daybook,
        "entryDate": entry.day.isoformat(),
        "voucherNo": entry.number,
        "description": f"{mark_of(entry)} {entry.text}"[:TEXT_MAX],
        "apiType": DOCUMENT_TAG if entry.is_document else VOUCHER_TAG,
        "state": "approved",
        "lines": [{**line, "priority": position} for position, line in enumerate(lines)],
    }


def _document_lines(entry: Entry) -> list[dict[str, Any]]:
    """The claim, and each item with its VAT, in parts of which Billy carves out ours."""
    claims = [line for line in entry.lines if line.part == LinePart.RECEIVABLE]
    sign = 1 if entry.kind == EntryKind.SALE else -1
    lines = [_line(line.account.id, line.amount, line.text or entry.text) for line in claims]
    for item in entry.items:
        parts = parts_that_bear(item.base_gross, item.base_vat_amount, _rate_of(item))
        if parts is None:
            raise CannotBeTaken(_cannot_compute(item.text))
        tax = item.vat.id if item.vat is not None else None
        lines += [_line(item.account.id, -sign * base, item.text, tax) for base in parts if base]
    return lines


def _voucher_lines(entry: Entry) -> list[dict[str, Any]]:
    lines = []
    for line, _vat, base_vat in with_vat(entry.lines):
        tax = line.vat.id if line.vat is not None and base_vat else None
        parts: Sequence[Decimal] | None = [line.amount]
        if base_vat:
            parts = parts_that_bear(line.amount + base_vat, base_vat, _rate_of(line))
        if parts is None:
            raise CannotBeTaken(_cannot_compute(line.text or entry.text))
        lines += [_line(line.account.id, part, line.text or entry.text, tax) for part in parts if part]
    return lines


def _line(account: str, amount: Decimal, text: str, tax: str | None = None) -> dict[str, Any]:
    return {
        "accountId": account,
        "amount": abs(amount),
        "side": "debit" if amount > 0 else "credit",
        "taxRateId": tax,
        "text": text[:TEXT_MAX],
    }


def _rate_of(line: EntryLine | EntryItem) -> Decimal:
    """The rate that Billy reckons with."""
    return Decimal((line.vat.facts.get("rate") if line.vat else "0") or line.vat_rate_percent)


def _cannot_compute(text: str) -> str:
    return _("Billy would compute other VAT than ours for “%(text)s”. Book it by hand in Billy.") % {"text": text}


# Documents.


def accounts_of(entry: Entry) -> list[str]:
    """The accounts of a document by their ids, each once: Billy wants a product for each."""
    return list(dict.fromkeys(item.account.id for item in entry.items))


def product_number(entry: Entry, account_id: str) -> str:
    """How the product for an account is found again."""
    code = next(item.account.code for item in entry.items if item.account.id == account_id)
    return f"bilag-{code or account_id}"


def product_body(entry: Entry, account_id: str) -> dict[str, Any]:
    """The product for an account; VAT is told with each line."""
    number = product_number(entry, account_id)
    return {"name": number, "productNo": number, "accountId": account_id}


def document_body(entry: Entry, products: Mapping[str, str]) -> dict[str, Any]:
    """An invoice or a credit note as a draft, without VAT as Billy computes that."""
    assert entry.party is not None
    body: dict[str, Any] = {
        "type": "invoice" if entry.kind == EntryKind.SALE else "creditNote",
        "contactId": entry.party.remote_id,
        "entryDate": entry.day.isoformat(),
        "state": "draft",
        "invoiceNo": entry.number,
        "externalId": entry.key,
        "taxMode": "excl",
        "currencyId": entry.currency,
        "lines": [
            {
                "productId": products[item.account.id],
                "description": item.text[:TEXT_MAX],
                "quantity": 1,
                "unitPrice": item.net,
                "taxRateId": item.vat.id if item.vat is not None else None,
                "priority": position,
            }
            for position, item in enumerate(document_items(entry))
        ],
    }
    if entry.kind == EntryKind.CREDIT:
        credited = next((each.remote.id for each in entry.settles if each.remote is not None), "")
        return body | ({"creditedInvoiceId": credited} if credited else {})
    if entry.due_date is not None:
        body |= {"paymentTermsMode": "date", "dueDate": entry.due_date.isoformat()}
    return body


def document_items(entry: Entry) -> list[EntryItem]:
    """The items; one for an account and VAT rate where VAT rounded line by line is not ours."""
    if sum((vat_upon(item.net, item.vat_rate_percent) for item in entry.items), ZERO) == entry.vat_total:
        return list(entry.items)
    merged: dict[tuple[str, str], EntryItem] = {}
    for item in entry.items:
        key = (item.account.id, item.vat.id if item.vat is not None else "")
        before = merged.get(key)
        merged[key] = item if before is None else _together(before, item)
    return list(merged.values())


def _together(one: EntryItem, other: EntryItem) -> EntryItem:
    return EntryItem(
        text=f"{one.text}; {other.text}",
        account_number=one.account_number,
        account=one.account,
        net=one.net + other.net,
        vat_amount=one.vat_amount + other.vat_amount,
        base_net=one.base_net + other.base_net,
        base_vat_amount=one.base_vat_amount + other.base_vat_amount,
        vat=one.vat,
        vat_rate_percent=one.vat_rate_percent,
        vat_treatment=one.vat_treatment,
    )


def refuse_document(entry: Entry) -> None:
    """Raises CannotBeTaken where Billy would compute VAT or the value in kroner otherwise."""
    items = document_items(entry)
    if sum((vat_upon(item.net, item.vat_rate_percent) for item in items), ZERO) != entry.vat_total:
        raise CannotBeTaken(_cannot_compute(entry.text))
    if entry.is_foreign:
        raise CannotBeTaken(
            _("Whether Billy converts other currencies as we do is not known. Send vouchers instead of invoices.")
        )


def refuse_difference(entry: Entry, drafted: Remote) -> None:
    """Raises CannotBeTaken where the draft that stands in Billy does not come to what we have."""
    if drafted.total != entry.total or drafted.vat_total != entry.vat_total:
        raise CannotBeTaken(
            _("Billy computes %(their_total)s with %(their_vat)s VAT, we %(total)s with %(vat)s. Delete its draft.")
            % {
                "their_total": drafted.total,
                "their_vat": drafted.vat_total,
                "total": entry.total,
                "vat": entry.vat_total,
            }
        )


# Payments and customers.


def refuse_payment(entry: Entry) -> None:
    """Raises CannotBeTaken for what is no plain payment of documents that stand in Billy."""
    is_there = [each.remote is not None and each.remote.facts.get("kind") != "journal" for each in entry.settles]
    if entry.is_foreign or entry.voucher_kind not in MONEY_KINDS or not is_there or not all(is_there):
        raise CannotBeTaken(
            _("Billy takes payments only of documents that were sent there, in kroner. Book it by hand in Billy.")
        )
    paid = sum((each.amount for each in entry.settles), ZERO)
    others = [line for line in entry.lines if line.part != LinePart.RECEIVABLE and line != entry.money]
    if entry.money is None or abs(entry.money.amount) != paid or any(line.amount for line in others):
        raise CannotBeTaken(_("Billy takes only payments whose money pays documents and nothing else."))


def payment_body(entry: Entry, step: str) -> dict[str, Any]:
    """The payment of one document."""
    settled = entry.settles[int(step.partition(":")[2])]
    assert entry.money is not None
    assert settled.remote is not None
    body: dict[str, Any] = {
        "entryDate": entry.day.isoformat(),
        "cashAmount": settled.amount,
        "cashSide": "credit" if entry.is_payout else "debit",
        "cashAccountId": entry.money.account.id,
        "associations": [{"subjectReference": f"invoice:{settled.remote.id}"}],
    }
    party = settled.party or entry.party
    return body | ({"contactId": party.remote_id} if party is not None and party.remote_id else {})


def contact_body(party: Party) -> dict[str, Any]:
    """A new contact, with our number as its own."""
    body: dict[str, Any] = {
        "type": "company" if party.is_business else "person",
        "name": party.name,
        "countryId": party.country,
        "contactNo": party.number,
        "isCustomer": True,
    }
    optional = {
        "registrationNo": party.organization_number,
        "street": ", ".join(line for line in (party.street, party.street_2) if line),
        "zipcodeText": party.postal_code,
        "cityText": party.city,
        "phone": party.phone,
    }
    body |= {name: value for name, value in optional.items() if value}
    if party.email:
        body["contactPersons"] = [{"name": party.contact_name or party.name, "email": party.email, "isPrimary": True}]
    return body
