"""How Xero behaves (accounting API 2.0): PUT creates, numbers are unique, tax per line unless it is told."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import simplejson

from accounting_sync.mapping.entries import Target
from accounting_sync.providers.reading import plain_name
from tests.ledgers.oauth import OAuthCodePages, Tokens
from tests.ledgers.system import (
    OUR_ACCOUNTS,
    ZERO,
    Contract,
    HeldDocument,
    LedgerAnswer,
    LedgerRequest,
    Refused,
    System,
    Targets,
    answers,
    page_of,
)

TENANT = "8d5f1f39-6ff1-4f3c-9a6b-26c3d8a9b7e1"
CATEGORY = "5a1b7b3a-0b0e-4f7c-8c3e-6a4b8f0f3f10"
PROJECT = "6b2c8c4b-1c1f-4a8d-9d4f-7b5c9a1a4a21"
CENT = Decimal("0.01")
RECEIVABLES, VAT_ACCOUNT, BANK = "1500", "2700", "1920"
BANKS = ("1900", "1920")
PAYABLE = (*BANKS, "1945", "2900", "2905", "7740", "7830")  # "Enable payments to this account"
TAX_RATES = {
    "TAX001": ("MVA 25 %", 25), "TAX002": ("MVA 15 %", 15), "TAX003": ("MVA 12 %", 12),
    "ZERORATEDOUTPUT": ("Fritatt", 0), "EXEMPTOUTPUT": ("Unntatt", 0), "TAX004": ("Omvendt avgiftsplikt", 0),
    "TAX005": ("Utførsel", 0), "NONE": ("No VAT", 0),
}  # fmt: skip
VAT_OF = {
    ("standard", 25): "TAX001", ("food", 15): "TAX002", ("low", 12): "TAX003", ("zero", 0): "ZERORATEDOUTPUT",
    ("exempt", 0): "EXEMPTOUTPUT", ("reverse_charge", 0): "TAX004", ("export", 0): "TAX005", ("outside", 0): "NONE",
}  # fmt: skip
CONDITION = re.compile(r'\s*(\w+)\s*(==|>=|<=)\s*(?:"([^"]*)"|DateTime\((\d+),\s*(\d+),\s*(\d+)\))\s*$')
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: bool(one == other),
    ">=": lambda one, other: bool(one >= other),
    "<=": lambda one, other: bool(one <= other),
}


def account_id(number: str) -> str:
    """Xero's own name for an account."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"xero/{number}"))


def ticks(moment: date | datetime) -> str:
    """A day or a moment as Xero writes it."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    whole = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return f"/Date({(whole - start) // timedelta(milliseconds=1)}+0000)/"


def cents(amount: Any) -> Decimal:
    """To two decimals, half away from zero."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


class Ledger(System):
    """One organisation in Xero."""

    slug = "xero"
    hosts = ("api.xero.com", "login.xero.com", "identity.xero.com")
    contracts = (Contract(file="xero/openapi.yaml", host="api.xero.com", prefix="/api.xro/2.0"),)
    options = {"tenant": TENANT}
    targets = Targets(
        accounts={number: Target(account_id(number), number) for number in OUR_ACCOUNTS},
        vat={(treatment, Decimal(rate)): Target(code, code) for (treatment, rate), code in VAT_OF.items()},
        dimensions={"project": {"P-1": Target(PROJECT, "P-1", facts={"category": CATEGORY})}},
    )

    def reset(self) -> None:
        """An empty organisation with an enabled second currency."""
        super().reset()
        self.pages = OAuthCodePages(
            label="Xero",
            authorize_path="/identity/connect/authorize",
            token_path="/connect/token",
            revoke_path="/connect/revocation",
            tokens=Tokens(access_seconds=1800, rotates=True),
        )
        self.accounts = {number: self._account(number) for number in OUR_ACCOUNTS}
        self.vat_codes = {code: {"name": name, "rate": rate} for code, (name, rate) in TAX_RATES.items()}
        self.remembered: dict[str, tuple[bytes, LedgerAnswer]] = {}

    @staticmethod
    def _account(number: str) -> dict[str, Any]:
        kind = {"1": "CURRENT", "2": "CURRLIAB", "3": "REVENUE"}.get(number[0], "EXPENSE")
        row = {
            "AccountID": account_id(number),
            "Code": number,
            "Name": f"Konto {number}",
            "Status": "ACTIVE",
            "Type": "BANK" if number in BANKS else kind,
            "EnablePaymentsToAccount": number in PAYABLE and number not in BANKS,
        }
        return row | ({"SystemAccount": "DEBTORS"} if number == RECEIVABLES else {})

    def next_id(self) -> str:
        """Everything is named by a UUID."""
        return str(uuid.UUID(int=(0x5E00_4A00_8000 << 80) + int(super().next_id())))

    # Entering.

    def secrets(self) -> dict[str, str]:
        """A fresh pair of tokens."""
        return self.pages.secrets()

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token that holds, and the organisation that it was given for."""
        return not self.is_revoked and self.pages.knows(request) and request.headers.get("xero-tenant-id") == TENANT

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The pages of the log-in, and the list of organisations beside the accounting API."""
        if request.host == "api.xero.com":
            if request.path != "/connections":
                return None
            if not self.pages.knows(request):
                return self.unauthorized(request)
            row = {
                "id": TENANT,
                "tenantId": TENANT,
                "tenantType": "ORGANISATION",
                "tenantName": "Nordlys Rådgivning AS",
            }
            return LedgerAnswer(200, [row])
        return self.pages.answer(request)

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """As it says that a token is over."""
        return LedgerAnswer(401, {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"})

    def expire(self) -> None:
        """Half an hour is over."""
        self.pages.tokens.expire()

    def revoke(self) -> None:
        """The organisation was disconnected."""
        super().revoke()
        self.pages.tokens.revoke()

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """The same key with the same body is answered as before and does nothing."""
        key = request.headers.get("idempotency-key", "")
        if len(key) > 128:
            return refusal("The idempotency key is longer than 128 characters").answer
        if key in self.remembered:
            content, answer = self.remembered[key]
            same = content == request.content
            return answer if same else refusal("The idempotency key was used with another request").answer
        answer = super().answer(request)
        if key and answer.status < 300:
            self.remembered[key] = (request.content, frozen(answer))
        return answer

    # Lists.

    @answers("GET /Organisation")
    def _organisation(self, request: LedgerRequest) -> LedgerAnswer:
        row: dict[str, Any] = {"OrganisationID": TENANT, "Name": "Nordlys Rådgivning AS", "BaseCurrency": "NOK"}
        if self.closed_day is not None:
            row["PeriodLockDate"] = ticks(self.closed_day)
        if self.locked_years:
            row["EndOfYearLockDate"] = ticks(date(max(self.locked_years), 12, 31))
        return LedgerAnswer(200, {"Organisations": [row]})

    @answers("GET /Accounts")
    def _accounts(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"Accounts": filtered(request, list(self.accounts.values()))})

    @answers("GET /TaxRates")
    def _tax_rates(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [
            {
                "Name": code["name"],
                "TaxType": name,
                "Status": "ACTIVE",
                "CanApplyToRevenue": True,
                "EffectiveRate": Decimal(code["rate"]),
            }
            for name, code in self.vat_codes.items()
        ]
        return LedgerAnswer(200, {"TaxRates": rows})

    @answers("GET /TrackingCategories")
    def _tracking_categories(self, request: LedgerRequest) -> LedgerAnswer:
        option = {"TrackingOptionID": PROJECT, "Name": "P-1", "Status": "ACTIVE"}
        row = {"TrackingCategoryID": CATEGORY, "Name": "Prosjekt", "Status": "ACTIVE", "Options": [option]}
        return LedgerAnswer(200, {"TrackingCategories": [row]})

    # Contacts.

    @answers("GET /Contacts")
    def _contacts(self, request: LedgerRequest) -> LedgerAnswer:
        return paged(request, "Contacts", [party["row"] for party in self.parties.values()])

    @answers("PUT /Contacts")
    def _create_contacts(self, request: LedgerRequest) -> LedgerAnswer:
        made = [self._keep_contact(self.next_id(), row) for row in request.body["Contacts"]]
        return LedgerAnswer(200, {"Contacts": made})

    @answers("POST /Contacts/{ContactID}")
    def _change_contact(self, request: LedgerRequest) -> LedgerAnswer:
        own = self._party(request.path_args["ContactID"])
        return LedgerAnswer(200, {"Contacts": [self._keep_contact(own["id"], request.body["Contacts"][0])]})

    def _keep_contact(self, own: str, told: Mapping[str, Any]) -> dict[str, Any]:
        before: dict[str, Any] = self.parties[own]["row"] if own in self.parties else {}
        row = {**before, **told}
        row |= {"ContactID": own, "ContactStatus": "ACTIVE", "UpdatedDateUTC": ticks(datetime.now(UTC))}
        if any(party["id"] != own and party["row"]["Name"] == row["Name"] for party in self.parties.values()):
            raise refusal(
                f"The contact name {row['Name']} is already assigned to another contact. The contact name must be "
                "unique across all active contacts."
            )
        self.parties[own] = {
            "id": own,
            "number": row.get("ContactNumber", ""),
            "name": plain_name(row["Name"], row.get("ContactNumber", "")),
            "organization_number": row.get("CompanyNumber", ""),
            "row": row,
        }
        return row

    def rename_customer(self, party_id: str, name: str) -> None:
        """In the row that answers are made of, too."""
        super().rename_customer(party_id, name)
        self.parties[party_id]["row"]["Name"] = name

    def _party(self, own: str) -> dict[str, Any]:
        if own not in self.parties:
            raise Refused(404)
        return self.parties[own]

    # Invoices and credit notes.

    @answers("PUT /Invoices")
    def _create_invoices(self, request: LedgerRequest) -> LedgerAnswer:
        held = [self._keep_document(body, "sale") for body in request.body["Invoices"]]
        return LedgerAnswer(200, {"Invoices": [self._document_row(one) for one in held]})

    @answers("PUT /CreditNotes")
    def _create_credit_notes(self, request: LedgerRequest) -> LedgerAnswer:
        held = [self._keep_document(body, "credit") for body in request.body["CreditNotes"]]
        return LedgerAnswer(200, {"CreditNotes": [self._document_row(one) for one in held]})

    def _keep_document(self, body: Mapping[str, Any], kind: str) -> HeldDocument:
        number = body["InvoiceNumber" if kind == "sale" else "CreditNoteNumber"]
        day = date.fromisoformat(body["Date"])
        if any(held.number == number for held in self.held.values() if held.kind == kind):
            raise refusal("Invoice # must be unique." if kind == "sale" else "Credit note # must be unique.")
        self._open(day)
        party = self.parties.get(body["Contact"]["ContactID"])
        if party is None:
            raise refusal("The contact does not exist in this organisation.")
        if body["CurrencyCode"] not in ("NOK", "EUR"):
            raise refusal(f"Organisation is not subscribed to currency {body['CurrencyCode']}")
        if kind == "sale" and not body.get("DueDate"):
            raise refusal("Due date is required for an approved invoice.")
        if body["Status"] != "AUTHORISED" or body["LineAmountTypes"] != "Exclusive":
            raise refusal("Only approved documents without tax in their prices are known here.")
        lines = [self._line(line) for line in body["LineItems"]]
        net, tax = sum((line["LineAmount"] for line in lines), ZERO), sum((line["TaxAmount"] for line in lines), ZERO)
        if not lines or net + tax < 0:
            raise refusal("The document total must not be less than zero.")
        rate = Decimal(body.get("CurrencyRate", 1)).quantize(Decimal("0.000001"))
        held = HeldDocument(
            id=self.next_id(),
            number=number,
            kind=kind,
            day=day,
            currency=body["CurrencyCode"],
            total=net + tax,
            vat_total=tax,
            party_id=party["id"],
            open_amount=net + tax,
            facts={
                "body": dict(body),
                "lines": lines,
                "rate": rate,
                "payments": [],
                "allocations": [],
                "credited": ZERO,
            },
        )
        self._book(held)
        return self.hold(held)

    def _line(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """A line as Xero completes it: its tax is computed and rounded by itself unless it was told."""
        code = told["AccountCode"]
        if code not in self.accounts or self.accounts[code]["Type"] == "BANK" or code == RECEIVABLES:
            raise refusal(f"Account code '{code}' is not a valid code for this document.")
        tax = self.vat_codes.get(told["TaxType"])
        if tax is None:
            raise refusal(
                f"The TaxType code '{told['TaxType']}' does not exist or cannot be used for this type of transaction."
            )
        for one in told.get("Tracking", ()):
            if (one.get("TrackingCategoryID"), one.get("TrackingOptionID")) != (CATEGORY, PROJECT):
                raise refusal("The tracking option does not exist.")
        if not told.get("Description"):
            raise refusal("Description must not be empty.")
        amount = cents(Decimal(told["Quantity"]) * Decimal(told["UnitAmount"]).quantize(Decimal("0.0001")))
        computed = cents(amount * tax["rate"] / 100)
        if not tax["rate"] and told.get("TaxAmount"):
            raise refusal("The tax amount must be zero for this tax rate.")
        return {**told, "LineAmount": amount, "TaxAmount": cents(told.get("TaxAmount", computed))}

    def _book(self, held: HeldDocument) -> None:
        """What it posts, in the currency of the books."""
        sign, rate = (1 if held.kind == "sale" else -1), held.facts["rate"]
        held.accounts = {RECEIVABLES: sign * cents(held.total / rate)}
        for line in held.facts["lines"]:
            add(held.accounts, line["AccountCode"], -sign * cents(line["LineAmount"] / rate))
            add(held.accounts, VAT_ACCOUNT, -sign * cents(line["TaxAmount"] / rate))

    @answers("GET /Invoices")
    def _invoices(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [self._document_row(held) for held in self.held.values() if held.kind == "sale"]
        numbers, statuses = request.asked("InvoiceNumbers"), request.asked("Statuses")
        rows = [row for row in rows if not numbers or row["InvoiceNumber"] in numbers.split(",")]
        rows = [row for row in rows if not statuses or row["Status"] in statuses.split(",")]
        return paged(request, "Invoices", rows)

    @answers("GET /CreditNotes")
    def _credit_notes(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [self._document_row(held) for held in self.held.values() if held.kind == "credit"]
        return paged(request, "CreditNotes", rows)

    @answers("GET /Invoices/{InvoiceID}")
    def _invoice(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request.path_args["InvoiceID"], "sale")
        return LedgerAnswer(200, {"Invoices": [self._document_row(held)]})

    @answers("GET /CreditNotes/{CreditNoteID}")
    def _credit_note(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request.path_args["CreditNoteID"], "credit")
        return LedgerAnswer(200, {"CreditNotes": [self._document_row(held)]})

    def _document_row(self, held: HeldDocument) -> dict[str, Any]:
        body, is_sale, net = held.facts["body"], held.kind == "sale", held.total - (held.vat_total or ZERO)
        kept = ("Type", "LineAmountTypes", "CurrencyCode", "Reference", "SentToContact")
        payments = [self.held[one] for one in held.facts["payments"] if one in self.held]
        own = {"InvoiceID": held.id, "InvoiceNumber": held.number}
        row = {name: body[name] for name in kept if name in body} | {
            **(own if is_sale else {"CreditNoteID": held.id, "CreditNoteNumber": held.number}),
            "Status": "AUTHORISED" if held.open_amount else "PAID",
            "Date": ticks(held.day),
            "LineItems": held.facts["lines"],
            "SubTotal": net,
            "TotalTax": held.vat_total,
            "Total": held.total,
            "CurrencyRate": held.facts["rate"],
            "HasAttachments": bool(held.files),
            "Contact": {"ContactID": held.party_id, "Name": self.parties.get(held.party_id, {}).get("name", "")},
            "Payments": [
                {name: value for name, value in self._payment_row(one).items() if name not in ("Invoice", "CreditNote")}
                for one in payments
            ],
            "UpdatedDateUTC": ticks(datetime.now(UTC)),
        }
        if is_sale:
            paid = sum((one.total for one in payments), ZERO)
            return row | {
                "DueDate": ticks(date.fromisoformat(body["DueDate"])),
                "AmountDue": held.open_amount,
                "AmountPaid": paid,
                "AmountCredited": held.facts["credited"],
            }
        return row | {"RemainingCredit": held.open_amount, "Allocations": held.facts["allocations"]}

    @answers("PUT /CreditNotes/{CreditNoteID}/Allocations")
    def _allocate(self, request: LedgerRequest) -> LedgerAnswer:
        note = self._held(request.path_args["CreditNoteID"], "credit")
        made = []
        for told in request.body["Allocations"]:
            invoice = self._held(told["Invoice"]["InvoiceID"], "sale")
            amount, day = cents(told["Amount"]), date.fromisoformat(told["Date"])
            self._open(day)
            if note.party_id != invoice.party_id or note.currency != invoice.currency:
                raise refusal("The credit note and the invoice must have the same contact and currency.")
            if amount <= 0 or amount > (note.open_amount or ZERO) or amount > (invoice.open_amount or ZERO):
                raise refusal("The amount of the allocation exceeds what is outstanding.")
            row = {
                "AllocationID": self.next_id(),
                "Amount": amount,
                "Date": ticks(day),
                "Invoice": {"InvoiceID": invoice.id, "InvoiceNumber": invoice.number},
            }
            note.facts["allocations"] = [*note.facts["allocations"], row]
            note.open_amount = (note.open_amount or ZERO) - amount
            invoice.open_amount = (invoice.open_amount or ZERO) - amount
            invoice.facts["credited"] += amount
            made.append(row)
        return LedgerAnswer(200, {"Allocations": made})

    # Files.

    @answers("PUT /Invoices/{InvoiceID}/Attachments/{FileName}")
    def _attach_to_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        return self._attach(self._held(request.path_args["InvoiceID"], "sale"), request)

    @answers("PUT /CreditNotes/{CreditNoteID}/Attachments/{FileName}")
    def _attach_to_credit_note(self, request: LedgerRequest) -> LedgerAnswer:
        return self._attach(self._held(request.path_args["CreditNoteID"], "credit"), request)

    def _attach(self, held: HeldDocument, request: LedgerRequest) -> LedgerAnswer:
        row = {
            "AttachmentID": self.next_id(),
            "FileName": request.path_args["FileName"],
            "MimeType": "application/pdf",
            "ContentLength": len(request.content),
        }
        held.files.append(request.content)
        held.facts.setdefault("names", []).append(row)
        return LedgerAnswer(200, {"Attachments": [row]})

    @answers("GET /Invoices/{InvoiceID}/Attachments")
    def _attachments(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request.path_args["InvoiceID"], "sale")
        return LedgerAnswer(200, {"Attachments": held.facts.get("names", [])})

    # Payments.

    @answers("PUT /Payments")
    def _create_payments(self, request: LedgerRequest) -> LedgerAnswer:
        held = [self._keep_payment(body) for body in request.body["Payments"]]
        return LedgerAnswer(200, {"Payments": [self._payment_row(one) for one in held]})

    def _keep_payment(self, body: Mapping[str, Any]) -> HeldDocument:
        is_back = "CreditNote" in body
        own = body["CreditNote"]["CreditNoteID"] if is_back else body["Invoice"]["InvoiceID"]
        document = self._held(own, "credit" if is_back else "sale")
        account = next(
            (row for row in self.accounts.values() if row["AccountID"] == body["Account"]["AccountID"]), None
        )
        if account is None or not (account["Type"] == "BANK" or account["EnablePaymentsToAccount"]):
            raise refusal("The account cannot be used for payments.")
        day, amount = date.fromisoformat(body["Date"]), cents(body["Amount"])
        self._open(day)
        if amount <= 0 or amount > (document.open_amount or ZERO):
            raise refusal("Payment amount exceeds the amount outstanding on this document")
        document.open_amount = (document.open_amount or ZERO) - amount
        rate = Decimal(body.get("CurrencyRate", document.facts["rate"])).quantize(Decimal("0.000001"))
        base = (-1 if is_back else 1) * cents(amount / rate)
        reference = body.get("Reference", "")
        held = HeldDocument(
            id=self.next_id(),
            number=reference.partition("[")[2].partition("]")[0],
            kind="payment",
            day=day,
            currency=document.currency,
            total=amount,
            party_id=document.party_id,
            accounts={account["Code"]: base, RECEIVABLES: -base},
            facts={"document": document.id, "reference": reference, "account": account["AccountID"], "rate": rate},
        )
        document.facts["payments"].append(held.id)
        return self.hold(held)

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Money that the company itself books on an invoice."""
        with self.lock:
            invoice = self.numbered(number, "sale")[0]
            self._keep_payment(
                {
                    "Invoice": {"InvoiceID": invoice.id},
                    "Account": {"AccountID": account_id(BANK)},
                    "Date": day.isoformat(),
                    "Amount": amount,
                }
            )

    @answers("GET /Payments")
    def _payments(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [self._payment_row(held) for held in self.held.values() if held.kind == "payment"]
        return paged(request, "Payments", rows)

    @answers("GET /Payments/{PaymentID}")
    def _payment(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request.path_args["PaymentID"], "payment")
        return LedgerAnswer(200, {"Payments": [self._payment_row(held)]})

    def _payment_row(self, held: HeldDocument) -> dict[str, Any]:
        document = self.held.get(held.facts["document"])
        is_back = document is not None and document.kind == "credit"
        row: dict[str, Any] = {
            "PaymentID": held.id,
            "Date": ticks(held.day),
            "Amount": held.total,
            "CurrencyRate": held.facts["rate"],
            "Reference": held.facts["reference"],
            "Status": "AUTHORISED",
            "PaymentType": "ARCREDITPAYMENT" if is_back else "ACCRECPAYMENT",
            "UpdatedDateUTC": ticks(datetime.now(UTC)),
        }
        if document is None:
            return row
        contact = {"ContactID": held.party_id, "Name": self.parties.get(held.party_id, {}).get("name", "")}
        told = {"CurrencyCode": held.currency, "Contact": contact}
        if is_back:
            return row | {"CreditNote": told | {"CreditNoteID": document.id, "CreditNoteNumber": document.number}}
        return row | {"Invoice": told | {"InvoiceID": document.id, "InvoiceNumber": document.number}}

    # Manual journals.

    @answers("PUT /ManualJournals")
    def _create_journals(self, request: LedgerRequest) -> LedgerAnswer:
        held = [self._keep_journal(body) for body in request.body["ManualJournals"]]
        return LedgerAnswer(200, {"ManualJournals": [self._journal_row(one) for one in held]})

    def _keep_journal(self, body: Mapping[str, Any]) -> HeldDocument:
        accounts: dict[str, Decimal] = {}
        for line in body["JournalLines"]:
            code = line["AccountCode"]
            account = self.accounts.get(code)
            if account is None or account["Type"] == "BANK" or account.get("SystemAccount"):
                raise refusal(f"Account code '{code}' is not a valid code for this document.")
            add(accounts, code, cents(line["LineAmount"]))
        debits = sum((cents(line["LineAmount"]) for line in body["JournalLines"] if line["LineAmount"] > 0), ZERO)
        if sum(accounts.values()) or not debits:
            raise refusal("The total debits must equal the total credits.")
        day = date.fromisoformat(body["Date"])
        self._open(day)
        return self.hold(
            HeldDocument(
                id=self.next_id(),
                number=body["Narration"].partition("[")[2].partition("]")[0],
                kind="journal",
                day=day,
                currency="NOK",
                total=debits,
                accounts=accounts,
                facts={"body": dict(body)},
            )
        )

    @answers("GET /ManualJournals")
    def _journals(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [self._journal_row(held) for held in self.held.values() if held.kind == "journal"]
        return paged(request, "ManualJournals", rows)

    @answers("GET /ManualJournals/{ManualJournalID}")
    def _journal(self, request: LedgerRequest) -> LedgerAnswer:
        held = self._held(request.path_args["ManualJournalID"], "journal")
        return LedgerAnswer(200, {"ManualJournals": [self._journal_row(held)]})

    @staticmethod
    def _journal_row(held: HeldDocument) -> dict[str, Any]:
        lines = [{"AccountCode": code, "LineAmount": amount} for code, amount in held.accounts.items()]
        return {
            **held.facts["body"],
            "ManualJournalID": held.id,
            "Date": ticks(held.day),
            "JournalLines": lines,
            "UpdatedDateUTC": ticks(datetime.now(UTC)),
        }

    # What all of them need.

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """On the first line, as somebody would who edits an approved invoice."""
        super().changed(held, amount)
        if held.kind in ("sale", "credit"):
            first = held.facts["lines"][0]
            first = {**first, "LineAmount": first["LineAmount"] + amount, "UnitAmount": first["LineAmount"] + amount}
            held.facts["lines"] = [first, *held.facts["lines"][1:]]
            self._book(held)

    def _held(self, own: str, kind: str) -> HeldDocument:
        held = self.one(own)
        if held.kind != kind:
            raise Refused(404)
        return held

    def _open(self, day: date) -> None:
        if self.is_closed(day):
            raise refusal(
                f"The document date cannot be before the period lock date, currently set at {self.closed_day}"
            )


def frozen(answer: LedgerAnswer) -> LedgerAnswer:
    """An answer as it was, whatever happens to the rows in it later."""
    body = json.loads(simplejson.dumps(answer.body, use_decimal=True), parse_float=Decimal)
    return LedgerAnswer(answer.status, body, dict(answer.headers))


def refusal(text: str) -> Refused:
    """A validation exception."""
    element = {"ValidationErrors": [{"Message": text}]}
    body = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred"}
    return Refused(400, body | {"Elements": [element]})


def add(accounts: dict[str, Decimal], code: str, amount: Decimal) -> None:
    """More on an account."""
    if amount:
        accounts[code] = accounts.get(code, ZERO) + amount


def filtered(request: LedgerRequest, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that suit the filter of a request and have changed since its moment."""
    kept = list(rows)
    since = request.headers.get("if-modified-since")
    if since:
        start = ticks(datetime.fromisoformat(since))
        kept = [row for row in kept if row["UpdatedDateUTC"] >= start]
    for condition in re.split(r"\s+AND\s+", request.asked("where")) if request.asked("where") else ():
        match = CONDITION.match(condition)
        if match is None:
            raise refusal(f"The filter cannot be read: {condition}")
        name, sign, text, *days = match.groups()
        wanted: Any = text if text is not None else ticks(date(*map(int, days)))
        kept = [row for row in kept if name in row and COMPARED[sign](row[name], wanted)]
    return kept


def paged(request: LedgerRequest, name: str, rows: Sequence[dict[str, Any]]) -> LedgerAnswer:
    """One page; without `page` all of them and nothing about pages."""
    kept = filtered(request, rows)
    if not request.asked("page"):
        return LedgerAnswer(200, {name: kept})
    page, size = int(request.asked("page")), int(request.asked("pageSize", "100"))
    told = {"page": page, "pageSize": size, "pageCount": -(-len(kept) // size), "itemCount": len(kept)}
    return LedgerAnswer(200, {"pagination": told, name: page_of(kept, page - 1, size)})
