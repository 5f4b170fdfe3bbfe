"""What goes to QuickBooks Online: bodies of its calls, and what it would not book as we do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryItem, EntryKind, EntryLine, LinePart, Party, Settled, Target
from accounting_sync.providers.base import CannotBeTaken
from accounting_sync.providers.quickbooks_rows import DEPOSITABLE
from accounting_sync.providers.rates import Amounts, amounts_of, differing, exact_rate
from accounting_sync.providers.reading import mark_of

NUMBER_MAX = 21
TEXT_MAX = 4000
NAME_MAX = 500
COMPANY_NAME_MAX = 100
ITEM_NAME_MAX = 100

Body = dict[str, Any]


def is_deposit(entry: Entry) -> bool:
    """Whether it is money that came from customers to an account where QuickBooks lets payments come."""
    money = entry.money
    return money is not None and not entry.is_payout and money.account.facts.get("type", "Bank") in DEPOSITABLE


def groups_of(entry: Entry) -> Sequence[Sequence[Settled]]:
    """The claims of a payment by their customers: a payment there is of one customer."""
    groups: dict[str, list[Settled]] = {}
    for each in entry.settles:
        groups.setdefault(each.party.remote_id if each.party else "", []).append(each)
    return list(groups.values())


def unknown_items(entry: Entry) -> Sequence[Target]:
    """The accounts of a document that no item of QuickBooks sells on yet, as far as its list told."""
    accounts = {item.account.id: item.account for item in entry.items if "item" not in item.account.facts}
    return list(accounts.values())


def refuse(entry: Entry) -> None:
    """Raises CannotBeTaken for what QuickBooks has no place for, or would book with other amounts than ours."""
    if any(line.account.facts.get("numbers") == "theirs" for line in entry.lines):
        raise CannotBeTaken(
            _("QuickBooks gives numbers of its own. Turn on custom transaction numbers there and read its lists again.")
        )
    if len(entry.number) > NUMBER_MAX:
        raise CannotBeTaken(_("QuickBooks takes numbers of at most %(count)s characters.") % {"count": NUMBER_MAX})
    if entry.is_document:
        _refuse_document(entry)
    elif entry.kind == EntryKind.JOURNAL:
        _refuse_journal(entry)
    else:
        _refuse_settling(entry)


def _refuse_document(entry: Entry) -> None:
    for item in entry.items:
        if item.vat_amount and (item.vat is None or "rate_id" not in item.vat.facts):
            raise CannotBeTaken(
                _("The VAT code %(code)s of QuickBooks has several rates. Map the VAT to a code with one rate.")
                % {"code": item.vat.code if item.vat else item.vat_rate_percent}
            )
    _refuse_currency_of(entry.party, entry)
    if entry.is_foreign:
        _refuse_other_base(entry, amounts_of(entry))


def _refuse_currency_of(party: Party | None, entry: Entry) -> None:
    theirs = party.facts.get("currency", "") if party is not None else ""
    if party is not None and theirs not in ("", entry.currency):
        raise CannotBeTaken(
            _("%(name)s has the currency %(theirs)s in QuickBooks, and can have no other there. Link another customer.")
            % {"name": party.name, "theirs": theirs}
        )


def _refuse_settling(entry: Entry) -> None:
    missing = [each.document_number for each in entry.settles if each.remote is None]
    if missing or not entry.settles:
        raise CannotBeTaken(
            _("What this settles does not stand in QuickBooks: %(numbers)s. Book it by hand there.")
            % {"numbers": ", ".join(missing) or entry.number}
        )
    kinds = [each.remote.facts.get("kind") if each.remote else "" for each in entry.settles]
    if entry.kind == EntryKind.SETTLEMENT:
        wanted = ["credit" if each.is_credit else "invoice" for each in entry.settles]
    else:
        wanted = ["credit" if entry.is_payout else "invoice"] * len(kinds)
    if kinds != wanted or any(each.amount <= 0 for each in entry.settles):
        raise CannotBeTaken(
            _("QuickBooks lets money come for invoices and go back for credit memos. Book it by hand there.")
        )
    if entry.kind == EntryKind.PAYMENT and is_deposit(entry):
        if entry.is_foreign:
            _refuse_other_base(entry, [(each.amount, each.base_amount) for each in entry.settles])
    elif entry.is_foreign and entry.kind == EntryKind.PAYMENT:
        raise CannotBeTaken(_("QuickBooks takes losses and money paid back only in the currency of the books."))
    elif len(groups_of(entry)) > 1:
        raise CannotBeTaken(_("QuickBooks settles claims of one customer at a time. Book it by hand there."))


def _refuse_journal(entry: Entry) -> None:
    for line in entry.lines:
        if line.part == LinePart.RECEIVABLE or line.account.facts.get("type") == "Accounts Receivable":
            raise CannotBeTaken(_("A journal entry would leave the claim open in QuickBooks. Book it by hand there."))
        if line.part == LinePart.VAT:
            raise CannotBeTaken(_("QuickBooks takes no journal entry with lines of VAT. Book it by hand there."))


def _refuse_other_base(entry: Entry, amounts: Amounts) -> None:
    rate = exact_rate(amounts) or entry.exchange_rate
    other = differing(amounts, rate)
    if other is not None:
        raise CannotBeTaken(
            _("QuickBooks would book %(theirs)s %(currency)s where we have %(ours)s. Book it by hand there.")
            % {"theirs": other[0], "ours": other[1], "currency": entry.base_currency}
        )


def _currency(entry: Entry, amounts: Amounts) -> Body:
    told: Body = {"CurrencyRef": {"value": entry.currency}}
    return told | ({"ExchangeRate": exact_rate(amounts) or entry.exchange_rate} if entry.is_foreign else {})


def document(entry: Entry, item_ids: Mapping[str, str], untaxed: str) -> Body:
    """An invoice or a credit memo with our number and our VAT; `item_ids` by account, `untaxed` for other lines."""
    assert entry.party is not None
    body: Body = {
        "DocNumber": entry.number,
        "TxnDate": entry.day.isoformat(),
        "CustomerRef": {"value": entry.party.remote_id},
        **_currency(entry, amounts_of(entry)),
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": [_line(entry, item, item_ids[item.account.id], untaxed) for item in entry.items],
        "TxnTaxDetail": _tax(entry),
        "PrivateNote": f"{mark_of(entry)} {entry.text}"[:TEXT_MAX],
    }
    if entry.kind == EntryKind.SALE:
        body["DueDate"] = (entry.due_date or entry.day).isoformat()
        body["EmailStatus"] = "NotSet"  # the customer has ours: QuickBooks is not to send its own
    departments = {item.dimensions["department"].id for item in entry.items if "department" in item.dimensions}
    if len(departments) == 1:
        body["DepartmentRef"] = {"value": departments.pop()}
    return body


def _line(entry: Entry, item: EntryItem, item_id: str, untaxed: str) -> Body:
    detail: Body = {
        "ItemRef": {"value": item_id},
        "Qty": Decimal(1),
        "UnitPrice": item.net,
        "TaxCodeRef": {"value": item.vat.id if item.vat else untaxed},
    }
    if "project" in item.dimensions:
        detail["ClassRef"] = {"value": item.dimensions["project"].id}
    return {
        "Amount": item.net,
        "Description": (item.text or entry.text)[:TEXT_MAX],
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def _tax(entry: Entry) -> Body:
    """Our VAT by rate, told to the øre: QuickBooks' own would be rounded otherwise."""
    nets: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    percents: dict[str, Decimal] = {}
    for item in entry.items:
        rate_id = item.vat.facts.get("rate_id") if item.vat else None
        if rate_id:
            nets[rate_id] = nets.get(rate_id, Decimal(0)) + item.net
            taxes[rate_id] = taxes.get(rate_id, Decimal(0)) + item.vat_amount
            percents[rate_id] = item.vat_rate_percent
    lines = [
        {
            "Amount": tax,
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {
                "TaxRateRef": {"value": rate_id},
                "PercentBased": True,
                "TaxPercent": percents[rate_id],
                "NetAmountTaxable": nets[rate_id],
            },
        }
        for rate_id, tax in taxes.items()
    ]
    return {"TotalTax": entry.vat_total, "TaxLine": lines}


def item(account: Target) -> Body:
    """An item that sells on an account: lines of documents there name items, not accounts."""
    return {"Name": item_name(account), "Type": "Service", "IncomeAccountRef": {"value": account.id}}


def item_name(account: Target) -> str:
    """What such an item is called: the account's number and name, without the colon that would nest it."""
    return f"{account.code} {account.label}".replace(":", " ").strip()[:ITEM_NAME_MAX]


def payment(entry: Entry, group: Sequence[Settled]) -> Body:
    """Money of one customer for its invoices."""
    assert entry.money is not None
    body = _linking(entry, group, sum((each.amount for each in group), Decimal(0)))
    body["DepositToAccountRef"] = {"value": entry.money.account.id}
    body["Line"] = [_link(each.amount, _id(each), "Invoice") for each in group]
    return body


def use(entry: Entry, journal_id: str) -> Body:
    """A payment of zero that puts what gives against what is owed; the journal entry of a loss or of money back."""
    lines = [_link(each.amount, _id(each), _type(each)) for each in entry.settles]
    if journal_id:
        lines.append(_link(sum((each.amount for each in entry.settles), Decimal(0)), journal_id, "JournalEntry"))
    return {**_linking(entry, entry.settles, Decimal(0)), "Line": lines}


def _linking(entry: Entry, group: Sequence[Settled], total: Decimal) -> Body:
    party = group[0].party
    assert party is not None
    return {
        "CustomerRef": {"value": party.remote_id},
        "TotalAmt": total,
        "TxnDate": entry.day.isoformat(),
        **_currency(entry, [(each.amount, each.base_amount) for each in entry.settles]),
        "PaymentRefNum": entry.voucher_label[:NUMBER_MAX],
        "PrivateNote": f"{mark_of(entry)} {entry.text}"[:TEXT_MAX],
        "ProcessPayment": False,
    }


def _link(amount: Decimal, own: str, kind: str) -> Body:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": own, "TxnType": kind}]}


def _id(settled: Settled) -> str:
    assert settled.remote is not None
    return settled.remote.id


def _type(settled: Settled) -> str:
    assert settled.remote is not None
    return "CreditMemo" if settled.remote.facts.get("kind") == "credit" else "Invoice"


def journal(entry: Entry) -> Body:
    """Our lines in the currency of the books; those on claims are one line, which names its customer."""
    claims = [line for line in entry.lines if line.part == LinePart.RECEIVABLE]
    lines = [_journal_line(entry, line, line.amount) for line in entry.lines if line not in claims and line.amount]
    if claims:
        lines.append(_journal_line(entry, claims[0], sum((line.amount for line in claims), Decimal(0))))
    return {
        "DocNumber": entry.number,
        "TxnDate": entry.day.isoformat(),
        "CurrencyRef": {"value": entry.base_currency},
        "PrivateNote": f"{mark_of(entry)} {entry.text}"[:TEXT_MAX],
        "Line": lines,
    }


def _journal_line(entry: Entry, line: EntryLine, amount: Decimal) -> Body:
    detail: Body = {"PostingType": "Debit" if amount > 0 else "Credit", "AccountRef": {"value": line.account.id}}
    if line.party is not None:
        detail["Entity"] = {"Type": "Customer", "EntityRef": {"value": line.party.remote_id}}
    for ours, theirs in (("project", "ClassRef"), ("department", "DepartmentRef")):
        if ours in line.dimensions:
            detail[theirs] = {"value": line.dimensions[ours].id}
    return {
        "Amount": abs(amount),
        "Description": (line.text or entry.text)[:TEXT_MAX],
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": detail,
    }


def customer(party: Party) -> Body:
    """A customer; names are unique there, and our number behind the name is all that it can be looked for by."""
    name = party.name.replace(":", " ")
    address = {
        "Line1": party.street,
        "Line2": party.street_2,
        "City": party.city,
        "PostalCode": party.postal_code,
        "Country": party.country,
    }
    body: Body = {
        "DisplayName": f"{name[: NAME_MAX - len(party.number) - 3]} ({party.number})",
        "BillAddr": {key: value for key, value in address.items() if value},
        "PreferredDeliveryMethod": "None",
    }
    if party.is_business:
        body["CompanyName"] = name[:COMPANY_NAME_MAX]
    if party.email:
        body["PrimaryEmailAddr"] = {"Address": party.email}
    if party.phone:
        body["PrimaryPhone"] = {"FreeFormNumber": party.phone[:30]}
    identifier = party.organization_number or party.vat_number
    return body | ({"PrimaryTaxIdentifier": identifier[:20]} if identifier else {})


def faults_in(body: Any) -> Sequence[Mapping[str, Any]]:
    """The errors in an answer, also those inside the answer to one part of it."""
    if not isinstance(body, Mapping):
        return []
    parts = [body, *(body.get("AttachableResponse") or []), *(body.get("BatchItemResponse") or [])]
    return [error for part in parts for error in (part.get("Fault") or {}).get("Error") or []]
