"""Our own rules on an EHF, for what no official rule catches. They read the XML: values in, broken rules out.

What holds in Norway only (KID, account number, VAT in NOK) is asked of Norwegian sellers only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property

from lxml import etree
from stdnum import ean, iban, luhn
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.no import kontonr, mva

from invoicing.documents.credit_transfers import (
    BANK_ACCOUNT_TRANSFER,
    CREDIT_TRANSFER,
    IBAN_TRANSFER,
    SEPA_TRANSFER,
)
from invoicing.documents.ehf_rules.engine import BrokenRule
from payments.reference import is_valid_kid

OWN_LAYER = "own"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CREDIT_TRANSFERS = frozenset({CREDIT_TRANSFER, IBAN_TRANSFER, SEPA_TRANSFER})
ORE = Decimal("0.01")
ZERO = Decimal(0)
ROUNDING_LIMIT = Decimal(1)
IBAN_START = re.compile(r"[A-Za-z]{2}\d{2}")
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
DANISH_REGISTRATION_NUMBER = re.compile(r"\d{4}")
DANISH_ACCOUNT = re.compile(r"\d{1,10}")
VAT_NUMBER = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,16}")
GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def own_broken_rules(root: etree._Element) -> list[BrokenRule]:
    """Which of our rules the document breaks."""
    ubl = Ubl(root)
    return [broken for rule in OWN_RULES for broken in rule(ubl)]


class Ubl:
    """An invoice or credit note, asked by paths such as cac:Delivery/cbc:ActualDeliveryDate."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.is_credit_note = str(root.tag).endswith("}CreditNote")

    def all(self, path: str, within: etree._Element | None = None) -> list[etree._Element]:
        return (self.root if within is None else within).findall(_path(path))

    def text(self, path: str, within: etree._Element | None = None) -> str:
        return ((self.root if within is None else within).findtext(_path(path)) or "").strip()

    def amount(self, path: str, within: etree._Element | None = None) -> Decimal:
        """The number at the path; 0 where there is none, for its absence and its form are the schema's business."""
        try:
            return Decimal(self.text(path, within) or "0")
        except InvalidOperation:
            return ZERO

    @cached_property
    def lines(self) -> list[etree._Element]:
        return self.all("cac:CreditNoteLine" if self.is_credit_note else "cac:InvoiceLine")

    @cached_property
    def seller_country(self) -> str:
        country = "cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"
        return self.text(f"cac:AccountingSupplierParty/{country}").upper()

    @property
    def is_norwegian(self) -> bool:
        return self.seller_country == "NO"

    def vat_number(self, party: str) -> str:
        for scheme in self.all(f"{party}/cac:Party/cac:PartyTaxScheme"):
            if self.text("cac:TaxScheme/cbc:ID", scheme) == "VAT":
                return self.text("cbc:CompanyID", scheme)
        return ""


_paths: dict[str, str] = {}


def _path(path: str) -> str:
    if path not in _paths:
        _paths[path] = path.replace("cac:", CAC).replace("cbc:", CBC)
    return _paths[path]


def _broken(rule: str, text: str, location: str = "", *, is_fatal: bool = True) -> BrokenRule:
    return BrokenRule(layer=OWN_LAYER, rule=f"BILAG-{rule}", is_fatal=is_fatal, location=location, text=text)


def payment(ubl: Ubl) -> Iterator[BrokenRule]:
    """Account, IBAN, BIC and KID have right check digits, and there is an account where something is to be paid."""
    means = ubl.all("cac:PaymentMeans")
    location = "/cac:PaymentMeans"
    for mean in means:
        if ubl.text("cbc:PaymentMeansCode", mean) not in CREDIT_TRANSFERS:
            continue
        account = ubl.text("cac:PayeeFinancialAccount/cbc:ID", mean).replace(" ", "")
        bic = ubl.text("cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID", mean)
        is_iban = bool(IBAN_START.match(account))
        if is_iban and not iban.is_valid(account, check_country=False):
            yield _broken("IBAN", f"{account} is not an IBAN: its check digits are wrong.", location)
        if is_iban and bic and not BIC.fullmatch(bic.upper()):
            yield _broken("BIC", f"{bic} is not a BIC.", location)
        if not ubl.is_norwegian:
            continue
        if not is_iban and not kontonr.is_valid(account):
            yield _broken("ACCOUNT", f"{account} is not a Norwegian account number.", location)
        kid = ubl.text("cbc:PaymentID", mean)
        if kid and not is_iban and not is_valid_kid(kid):
            yield _broken("KID", f"{kid} is not a KID: neither MOD10 nor MOD11 gives its check digit.", location)
    is_owed = not ubl.is_credit_note and ubl.amount("cac:LegalMonetaryTotal/cbc:PayableAmount") > ZERO
    if is_owed and not means:
        yield _broken("ACCOUNT-MISSING", "There is an amount to pay, but no account to pay to.")


def danish_account(ubl: Ubl) -> Iterator[BrokenRule]:
    """A registration number has four digits and the account at most ten: DK-R-006 asks only that both are there."""
    if ubl.seller_country != "DK":
        return
    for mean in ubl.all("cac:PaymentMeans"):
        if ubl.text("cbc:PaymentMeansCode", mean) != BANK_ACCOUNT_TRANSFER:
            continue
        account = ubl.text("cac:PayeeFinancialAccount/cbc:ID", mean)
        bank = ubl.text("cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID", mean)
        if not (DANISH_REGISTRATION_NUMBER.fullmatch(bank) and DANISH_ACCOUNT.fullmatch(account)):
            text = f"{bank} {account} is not a Danish registration number with an account number."
            yield _broken("DANISH-ACCOUNT", text, "/cac:PaymentMeans")


def vat_to_the_ore(ubl: Ubl) -> Iterator[BrokenRule]:
    """Each base is the sum of its lines and discounts, each VAT amount base times rate: BR-S-08 and -09 allow ±1."""
    bases: dict[tuple[str, Decimal], Decimal] = {}

    def add(category: etree._Element | None, amount: Decimal) -> None:
        if category is not None:
            key = (ubl.text("cbc:ID", category), ubl.amount("cbc:Percent", category))
            bases[key] = bases.get(key, ZERO) + amount

    for line in ubl.lines:
        add(line.find(_path("cac:Item/cac:ClassifiedTaxCategory")), ubl.amount("cbc:LineExtensionAmount", line))
    for part in ubl.all("cac:AllowanceCharge"):
        sign = 1 if ubl.text("cbc:ChargeIndicator", part) == "true" else -1
        add(part.find(_path("cac:TaxCategory")), sign * ubl.amount("cbc:Amount", part))
    for row in ubl.all("cac:TaxTotal/cac:TaxSubtotal"):
        category, rate = ubl.text("cac:TaxCategory/cbc:ID", row), ubl.amount("cac:TaxCategory/cbc:Percent", row)
        base, vat = ubl.amount("cbc:TaxableAmount", row), ubl.amount("cbc:TaxAmount", row)
        expected = bases.get((category, rate), ZERO)
        if base != expected:
            text = f"{category} {rate} %: the base is {base}, but lines and discounts sum to {expected}."
            yield _broken("VAT-BASE", text, "/cac:TaxTotal")
        due = (base * rate / 100).quantize(ORE, ROUND_HALF_UP)
        if vat != due:
            yield _broken("VAT-AMOUNT", f"{category} {rate} % of {base} is {due}, not {vat}.", "/cac:TaxTotal")


def vat_in_books(ubl: Ubl) -> Iterator[BrokenRule]:
    """VAT only from registered sellers, and in NOK when the document is not (bokføringsforskriften § 5-1-1)."""
    taxed = [line for line in ubl.lines if ubl.text("cac:Item/cac:ClassifiedTaxCategory/cbc:ID", line) == "S"]
    seller_number = ubl.vat_number("cac:AccountingSupplierParty")
    if taxed and not seller_number:
        # BR-S-02 is content with any tax scheme, the word Foretaksregisteret among them.
        yield _broken("VAT-REGISTRATION", "VAT is charged, but the seller has no VAT number.")
    currency = ubl.text("cbc:DocumentCurrencyCode")
    vat = next((ubl.amount("cbc:TaxAmount", total) for total in ubl.all("cac:TaxTotal")), ZERO)
    if ubl.is_norwegian and vat and "NOK" not in (currency, ubl.text("cbc:TaxCurrencyCode")):
        yield _broken("VAT-CURRENCY", f"VAT is stated in {currency} only.")


def buyer_vat_number(ubl: Ubl) -> Iterator[BrokenRule]:
    """The buyer's VAT number has its country's form; a wrong check digit warns, for countries change their rules."""
    party = "cac:AccountingCustomerParty"
    number = ubl.vat_number(party)
    location = f"/{party}"
    try:
        if number.startswith("NO"):
            mva.validate(number.removeprefix("NO"))
        elif number and not VAT_NUMBER.fullmatch(number):
            yield _broken("BUYER-VAT", f"{number} is not a VAT number.", location)
        elif number[:2].lower() in eu_vat.MEMBER_STATES or number.startswith("EL"):
            eu_vat.validate(number)
    except InvalidChecksum:
        yield _broken("BUYER-VAT-CHECK", f"{number} has a wrong check digit.", location, is_fatal=False)
    except ValidationError:
        yield _broken("BUYER-VAT", f"{number} does not have the form of its country.", location)


def electronic_addresses(ubl: Ubl) -> Iterator[BrokenRule]:
    """Swedish numbers have the right check digit, for which rules before 2025 do not ask (PEPPOL-COMMON-R049)."""
    for party in ("cac:AccountingSupplierParty", "cac:AccountingCustomerParty"):
        for endpoint in ubl.all(f"{party}/cac:Party/cbc:EndpointID"):
            scheme, value = endpoint.get("schemeID", ""), (endpoint.text or "").strip()
            if scheme == "0007" and not (len(value) == 10 and luhn.is_valid(value)):
                text = f"{value} is not an address of kind {scheme}."
                yield _broken("ENDPOINT", text, f"/{party}/cac:Party/cbc:EndpointID")


def credit(ubl: Ubl) -> Iterator[BrokenRule]:
    """A credit note names what it corrects (bokføringsforskriften § 5-2-7) and credits; an invoice does not."""
    total = ubl.amount("cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount")
    if not ubl.is_credit_note:
        if total < ZERO:
            yield _broken("SIGN-INVOICE", f"The invoice's total is {total}.", is_fatal=False)
        return
    if total < ZERO:
        yield _broken("SIGN", f"The credit note's total is {total}, which would be an extra charge.")
    if not ubl.text("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"):
        yield _broken("CREDIT-REFERENCE", "The credit note does not name the invoice that it corrects.")


def sums_and_days(ubl: Ubl) -> Iterator[BrokenRule]:
    """A rounding is less than one unit; the due date is not before the issue date."""
    rounding = ubl.amount("cac:LegalMonetaryTotal/cbc:PayableRoundingAmount")
    if abs(rounding) >= ROUNDING_LIMIT:
        yield _broken("ROUNDING", f"A rounding of {rounding} is too large.")
    issued, due = ubl.text("cbc:IssueDate"), ubl.text("cbc:DueDate")
    if due and due < issued:
        yield _broken("DUE-DATE", f"Due on {due}, but issued on {issued}.")


def lines(ubl: Ubl) -> Iterator[BrokenRule]:
    """Line numbers differ and GTINs have right check digits."""
    seen: set[str] = set()
    name = "CreditNoteLine" if ubl.is_credit_note else "InvoiceLine"
    for index, line in enumerate(ubl.lines, 1):
        location = f"/cac:{name}[{index}]"
        number = ubl.text("cbc:ID", line)
        if number in seen:
            yield _broken("LINE-NUMBER", f"Line number {number} stands twice.", location)
        seen.add(number)
        for identifier in ubl.all("cac:Item/cac:StandardItemIdentification/cbc:ID", line):
            gtin = (identifier.text or "").strip()
            if identifier.get("schemeID") == "0160" and not (len(gtin) in GTIN_LENGTHS and ean.is_valid(gtin)):
                yield _broken("GTIN", f"{gtin} is not a GTIN.", location)


def texts(ubl: Ubl) -> Iterator[BrokenRule]:
    """No text has lost a character: the writer puts U+FFFD where XML has no place for one."""
    for element in ubl.root.iter():
        if element.text and "\ufffd" in element.text:
            path = "".join(f"/{_short(ancestor)}" for ancestor in reversed(list(element.iterancestors())[:-1]))
            text = f"{_short(element)} holds a character that cannot be sent."
            yield _broken("TEXT", text, f"{path}/{_short(element)}", is_fatal=False)


def _short(element: etree._Element) -> str:
    return str(element.tag).replace(CAC, "cac:").replace(CBC, "cbc:")


OWN_RULES: tuple[Callable[[Ubl], Iterator[BrokenRule]], ...] = (
    payment,
    danish_account,
    vat_to_the_ore,
    vat_in_books,
    buyer_vat_number,
    electronic_addresses,
    credit,
    sums_and_days,
    lines,
    texts,
)
