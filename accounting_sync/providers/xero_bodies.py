"""What goes to Xero: bodies of its calls, and what it would not book as we do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryItem, EntryKind, EntryLine, LinePart, Party, Settled, Target
from accounting_sync.providers.base import CannotBeTaken
from accounting_sync.providers.reading import mark_of, unique_name
from accounting_sync.providers.xero_rows import based, rate_of

TEXT_MAX = 4000
REFERENCE_MAX = 255
NAME_MAX = 255
NO_TAX = "NONE"  # every organization in Xero has this tax type


def refuse(entry: Entry) -> None:
    """Raises CannotBeTaken for what Xero has no place for, or would book with other amounts than ours."""
    if entry.is_document:
        _refuse_document(entry)
    elif entry.kind == EntryKind.PAYMENT:
        _refuse_payment(entry)
    elif entry.kind == EntryKind.SETTLEMENT:
        _refuse_settlement(entry)
    else:
        _refuse_journal(entry)


def _refuse_document(entry: Entry) -> None:
    if "," in entry.number:
        raise CannotBeTaken(_("Xero finds no number with a comma. Use a number series without one."))
    for item in entry.items:
        categories = [target.facts.get("category") for target in item.dimensions.values()]
        if len(categories) != len(set(categories)):
            raise CannotBeTaken(_("A line in Xero can bear only one option of each tracking category."))
    if entry.is_foreign:
        amounts = [(entry.total, entry.base_total), *((item.net, item.base_net) for item in entry.items)]
        amounts += [(item.vat_amount, item.base_vat_amount) for item in entry.items]
        _refuse_other_base(entry, amounts)


def _refuse_payment(entry: Entry) -> None:
    _refuse_unknown(entry)
    wanted = "credit" if entry.is_payout else "invoice"
    for each in entry.settles:
        if each.remote is None or each.remote.facts.get("kind") != wanted:
            raise CannotBeTaken(_("Xero takes money back only for credit notes. Book it by hand in Xero."))
        if each.amount <= 0:
            raise CannotBeTaken(_("Xero takes no payment of zero. Book it by hand in Xero."))
    money = entry.money
    if money is None or abs(money.currency_amount) != sum((each.amount for each in entry.settles), Decimal(0)):
        raise CannotBeTaken(_("Xero takes a payment only where it is used on claims wholly. Book it by hand in Xero."))
    if money.account.facts.get("payments") == "no":
        raise CannotBeTaken(
            _("Xero takes no payment on the account %(account)s. Enable payments to this account in Xero.")
            % {"account": money.account.label or money.account.code}
        )
    if entry.is_foreign:
        _refuse_other_base(entry, [(each.amount, each.base_amount) for each in entry.settles])


def _refuse_settlement(entry: Entry) -> None:
    _refuse_unknown(entry)
    notes = [each for each in entry.settles if each.is_credit]
    wanted = {True: "credit", False: "invoice"}
    kinds_fit = all(each.remote and each.remote.facts.get("kind") == wanted[each.is_credit] for each in entry.settles)
    used = sum((each.amount for each in claims_of(entry)), Decimal(0))
    if len(notes) != 1 or not kinds_fit or notes[0].amount != used:
        raise CannotBeTaken(_("Xero uses one credit note on invoices, and nothing else. Book it by hand in Xero."))


def _refuse_unknown(entry: Entry) -> None:
    missing = [each.document_number for each in entry.settles if each.remote is None]
    if missing or not entry.settles:
        raise CannotBeTaken(
            _("What this settles does not stand in Xero: %(numbers)s. Book it by hand in Xero.")
            % {"numbers": ", ".join(missing) or entry.number}
        )


def _refuse_journal(entry: Entry) -> None:
    for line in entry.lines:
        if line.part == LinePart.RECEIVABLE or line.account.facts.get("system") == "DEBTORS":
            raise CannotBeTaken(_("Xero takes no journal on claims of customers. Book it by hand in Xero."))
        if line.part == LinePart.VAT:
            raise CannotBeTaken(_("Xero takes no journal with lines of VAT. Book it by hand in Xero."))
        if line.account.facts.get("type") == "BANK":
            raise CannotBeTaken(
                _("Xero takes no journal on the bank account %(account)s. Book it by hand in Xero.")
                % {"account": line.account.label or line.account.code}
            )


def _refuse_other_base(entry: Entry, amounts: Sequence[tuple[Decimal, Decimal]]) -> None:
    """Xero keeps six decimals of a rate that is the other way round than ours: large amounts come out otherwise."""
    rate = _rate(entry)
    for amount, base_amount in amounts:
        if based(amount, rate) != base_amount:
            raise CannotBeTaken(
                _("Xero would book %(theirs)s %(currency)s where we have %(ours)s. Book it by hand in Xero.")
                % {"theirs": based(amount, rate), "ours": base_amount, "currency": entry.base_currency}
            )


def _rate(entry: Entry) -> Decimal:
    if entry.total and entry.base_total:
        return rate_of(entry.total, entry.base_total)
    return rate_of(Decimal(1), entry.exchange_rate)


def claims_of(entry: Entry) -> Sequence[Settled]:
    """The claims that a credit note is used on."""
    return [each for each in entry.settles if not each.is_credit]


def document(entry: Entry) -> dict[str, Any]:
    """An invoice or a credit note, approved, with our VAT on each line."""
    assert entry.party is not None
    is_sale = entry.kind == EntryKind.SALE
    body: dict[str, Any] = {
        "Type": "ACCREC" if is_sale else "ACCRECCREDIT",
        "InvoiceNumber" if is_sale else "CreditNoteNumber": entry.number,
        "Contact": {"ContactID": entry.party.remote_id},
        "Date": entry.day.isoformat(),
        "LineAmountTypes": "Exclusive",
        "LineItems": [_line(entry, item) for item in entry.items],
        "CurrencyCode": entry.currency,
        "Status": "AUTHORISED",
    }
    if is_sale:
        body["DueDate"] = (entry.due_date or entry.day).isoformat()
        body["SentToContact"] = True  # the customer has ours: Xero is not to offer to send its own
    reference = " ".join(part for part in (entry.buyer_reference, entry.order_reference, entry.kid) if part)
    if reference:
        body["Reference"] = reference[:REFERENCE_MAX]
    if entry.is_foreign:
        body["CurrencyRate"] = _rate(entry)
    return body


def _line(entry: Entry, item: EntryItem) -> dict[str, Any]:
    line: dict[str, Any] = {
        "Description": (item.text or entry.text)[:TEXT_MAX],
        "Quantity": Decimal(1),
        "UnitAmount": item.net,
        "AccountCode": item.account.code,
        "TaxType": item.vat.code if item.vat else NO_TAX,
        "TaxAmount": item.vat_amount,
    }
    return line | _tracking(item.dimensions)


def _tracking(dimensions: Mapping[str, Target]) -> dict[str, Any]:
    options = [
        {"TrackingCategoryID": target.facts["category"], "TrackingOptionID": target.id}
        for target in dimensions.values()
        if "category" in target.facts
    ]
    return {"Tracking": options} if options else {}


def payment(entry: Entry, settled: Settled) -> dict[str, Any]:
    """Money on an invoice, or back on a credit note; its reference is our voucher."""
    assert entry.money is not None
    assert settled.remote is not None
    name, id_name = ("CreditNote", "CreditNoteID") if entry.is_payout else ("Invoice", "InvoiceID")
    body: dict[str, Any] = {
        name: {id_name: settled.remote.id},
        "Account": {"AccountID": entry.money.account.id},
        "Date": entry.day.isoformat(),
        "Amount": settled.amount,
        "Reference": f"{mark_of(entry)} {entry.text}"[:REFERENCE_MAX],
    }
    if entry.is_foreign:
        body["CurrencyRate"] = _rate(entry)
    return body


def allocation(entry: Entry, claim: Settled) -> dict[str, Any]:
    """So much of a credit note on an invoice."""
    assert claim.remote is not None
    return {"Invoice": {"InvoiceID": claim.remote.id}, "Amount": claim.amount, "Date": entry.day.isoformat()}


def journal(entry: Entry) -> dict[str, Any]:
    """Our lines, in the currency of the books: manual journals know no other."""
    return {
        "Narration": f"{mark_of(entry)} {entry.text}"[:TEXT_MAX],
        "Date": entry.day.isoformat(),
        "LineAmountTypes": "NoTax",
        "Status": "POSTED",
        "JournalLines": [_journal_line(entry, line) for line in entry.lines if line.amount],
    }


def _journal_line(entry: Entry, line: EntryLine) -> dict[str, Any]:
    own = {
        "LineAmount": line.amount,
        "AccountCode": line.account.code,
        "Description": (line.text or entry.text)[:TEXT_MAX],
        "TaxType": NO_TAX,
    }
    return own | _tracking(line.dimensions)


def contact(party: Party) -> dict[str, Any]:
    """A contact; names are unique in Xero."""
    address = {
        "AddressType": "POBOX",  # what Xero prints on documents
        "AddressLine1": party.street,
        "AddressLine2": party.street_2,
        "City": party.city,
        "PostalCode": party.postal_code,
        "Country": party.country,
    }
    body: dict[str, Any] = {
        "Name": unique_name(party)[:NAME_MAX],
        "ContactNumber": party.number,
        "Addresses": [{name: value for name, value in address.items() if value}],
    }
    optional = {
        "CompanyNumber": party.organization_number,
        "TaxNumber": party.vat_number,
        "EmailAddress": party.email,
    }
    if party.phone:
        body["Phones"] = [{"PhoneType": "DEFAULT", "PhoneNumber": party.phone[:50]}]
    return body | {name: value for name, value in optional.items() if value}


def objections_in(body: Any) -> list[str]:
    """The sentences of Xero's validation, in an answer that failed or one that succeeded only outwardly."""
    if not isinstance(body, Mapping):
        return []
    elements = list(body.get("Elements") or [])
    for value in body.values():
        if isinstance(value, list):
            elements += [row for row in value if isinstance(row, Mapping) and _is_wrong(row)]
    told = [error.get("Message", "") for element in elements for error in element.get("ValidationErrors") or []]
    return list(dict.fromkeys(text for text in told if text))


def _is_wrong(row: Mapping[str, Any]) -> bool:
    return bool(row.get("HasErrors") or row.get("HasValidationErrors") or row.get("StatusAttributeString") == "ERROR")
