"""What a broken rule means to the person at the draft: which field to mend, and how, in plain words.

A field is named as the draft form names it; `lines.3.unit_code` is on the third line, `customer.…`, `organization.…`
and `bank_account.…` are on those pages. A rule without a sentence of its own is named and quoted.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Sentence = str | Promise


class Explanation(NamedTuple):
    """The field to mend and a sentence that says how."""

    field: str
    sentence: Sentence


LINE_PATH = re.compile(r"/(?:cac:)?(?:Invoice|CreditNote)Line\[(\d+)\]")
# Where a rule has no field of its own, the part of the document in which it broke says where to look.
PARTS = (
    ("AccountingCustomerParty", "customer"),
    ("AccountingSupplierParty", "organization"),
    ("PaymentMeans", "bank_account"),
    ("PaymentTerms", "due_date"),
    ("BillingReference", "credits"),
    ("OrderReference", "order_reference"),
    ("ContractDocumentReference", "contract_reference"),
    ("ProjectReference", "project_reference"),
    ("DeliveryLocation", "delivery_country"),
    ("Delivery", "delivery_date"),
    ("InvoicePeriod", "period_from"),
    ("AllowanceCharge", "discount_percent"),
    ("Note", "note"),
)

_AMOUNTS = _("The amounts do not add up. This is an error in the program; please report it.")
_PERIOD_ORDER = _("The period ends before it begins. Change one of the dates.")
_DISCOUNT_REASON = _("Write a reason for the discount.")
_VAT_REGISTRATION = _(
    "Only a company registered for VAT can use this VAT treatment. Choose “outside the scope of VAT”, or state that "
    "the company is registered."
)
_MIXED_OUTSIDE = _(
    "A company registered for VAT cannot use “outside the scope of VAT”, and no other treatment may stand beside it. "
    "Use “exempt” with a reason."
)
_WRONG_RATE = _("The VAT rate does not fit the VAT treatment. Choose the treatment anew.")
_NO_VAT_REASON = _("Write why no VAT is charged.")
_REASON_CODE = _("The reason for no VAT does not fit the VAT treatment. Choose the treatment anew.")
_BUYER_FOR_REVERSE_CHARGE = _(
    "Reverse charge needs the buyer's organization number or VAT number. Enter it on the customer."
)
_ENDPOINT_KIND = _("Choose a valid kind of electronic address, such as 0192 for a Norwegian organization number.")
_CURRENCY = _("The currency is not a valid currency code.")
_COUNTRY = _("The country is not a valid country code.")
_UNIT = _("Choose a unit from the list.")
_TEXT = _("The document has a value in the wrong form. This is an error in the program; please report it.")
_FILE_KIND = _("A file that goes with the document is of a kind that an EHF cannot carry. Attach it as PDF.")
_NEGATIVE_CREDIT = _("A credit note must credit: its total cannot be negative.")
_BUYER_ENDPOINT_FORM = _(
    "The customer's electronic address is wrong: it must be a valid number of its kind, without blanks."
)

# By exact rule id.
EXPLANATIONS: dict[str, Explanation] = {
    "BR-02": Explanation("number", _("The document has no number.")),
    "BR-03": Explanation("issue_date", _("Choose the invoice date.")),
    "BR-05": Explanation("currency", _("Choose the currency.")),
    "BR-06": Explanation("organization.name", _("Enter your company's name in the settings.")),
    "BR-07": Explanation("customer.name", _("Enter the customer's name.")),
    "BR-08": Explanation("organization.street", _("Enter your company's address in the settings.")),
    "BR-09": Explanation("organization.country", _("Choose your company's country in the settings.")),
    "BR-10": Explanation("customer.country", _("Enter the customer's address, at least the country.")),
    "BR-11": Explanation("customer.country", _("Choose the customer's country.")),
    "BR-16": Explanation("lines", _("Add at least one line.")),
    "BR-22": Explanation("quantity", _("Enter the quantity.")),
    "BR-23": Explanation("unit_code", _UNIT),
    "BR-25": Explanation("description", _("Write what was delivered.")),
    "BR-26": Explanation("unit_price", _("Enter the price.")),
    "BR-27": Explanation("unit_price", _("A price cannot be negative. Make the quantity negative instead.")),
    "BR-29": Explanation("period_to", _PERIOD_ORDER),
    "BR-30": Explanation("period_to", _PERIOD_ORDER),
    "BR-33": Explanation("discount_reason", _DISCOUNT_REASON),
    "BR-38": Explanation("discount_reason", _DISCOUNT_REASON),
    "BR-42": Explanation("discount_percent", _DISCOUNT_REASON),
    "BR-50": Explanation("bank_account", _("Enter a bank account in the settings.")),
    "BR-53": Explanation("currency", _("State the VAT in your own currency too: an exchange rate is missing.")),
    "BR-55": Explanation("credits", _("Choose the invoice that is credited.")),
    "BR-57": Explanation("delivery_country", _("Choose the country of the delivery address.")),
    "BR-61": Explanation("bank_account", _("Enter the account to pay to in the settings.")),
    "BR-62": Explanation("organization.organization_number", _("Your company's electronic address has no kind.")),
    "BR-63": Explanation("customer.endpoint_scheme", _("Choose the kind of the customer's electronic address.")),
    "BR-CL-03": Explanation("currency", _CURRENCY),
    "BR-CL-04": Explanation("currency", _CURRENCY),
    "BR-CL-05": Explanation("currency", _CURRENCY),
    "BR-CL-14": Explanation("country", _COUNTRY),
    "BR-CL-15": Explanation("country", _COUNTRY),
    "BR-CL-23": Explanation("unit_code", _UNIT),
    "BR-CL-25": Explanation("customer.endpoint_scheme", _ENDPOINT_KIND),
    "BR-CO-09": Explanation(
        "customer.vat_number", _("A VAT number begins with the two letters of its country, such as NO or DE.")
    ),
    "BR-CO-26": Explanation(
        "organization.organization_number", _("Enter your company's organization number in the settings.")
    ),
    "PEPPOL-EN16931-CL007": Explanation("currency", _CURRENCY),
    "PEPPOL-EN16931-CL008": Explanation("customer.endpoint_scheme", _ENDPOINT_KIND),
    "PEPPOL-EN16931-R001": Explanation("", _TEXT),
    "PEPPOL-EN16931-R002": Explanation("note", _("The document may have only one message.")),
    "PEPPOL-EN16931-R003": Explanation(
        "buyer_reference", _("Enter the buyer's reference or order number. Public buyers demand it.")
    ),
    "PEPPOL-EN16931-R005": Explanation("currency", _("The VAT is already stated in this currency.")),
    "PEPPOL-EN16931-R008": Explanation("", _TEXT),
    "PEPPOL-EN16931-R010": Explanation(
        "customer.endpoint_id", _("The customer has no electronic address. Enter it on the customer.")
    ),
    "PEPPOL-EN16931-R020": Explanation(
        "organization.organization_number", _("Your company has no electronic address. Enter its organization number.")
    ),
    "PEPPOL-EN16931-R040": Explanation("discount_percent", _AMOUNTS),
    "PEPPOL-EN16931-R051": Explanation("currency", _("All amounts must be in the document's currency.")),
    "PEPPOL-EN16931-R055": Explanation("currency", _AMOUNTS),
    "PEPPOL-EN16931-R110": Explanation("period_from", _("The line's period must lie inside the document's period.")),
    "PEPPOL-EN16931-R111": Explanation("period_to", _("The line's period must lie inside the document's period.")),
    "PEPPOL-EN16931-R120": Explanation(
        "unit_price", _("Quantity, price and discount do not give the line's amount. Save the line anew.")
    ),
    "PEPPOL-COMMON-R040": Explanation("customer.endpoint_id", _("The location number (GLN) has a wrong check digit.")),
    "PEPPOL-COMMON-R041": Explanation("customer.endpoint_id", _BUYER_ENDPOINT_FORM),
    "PEPPOL-COMMON-R042": Explanation("customer.endpoint_id", _BUYER_ENDPOINT_FORM),
    "PEPPOL-COMMON-R049": Explanation("customer.endpoint_id", _BUYER_ENDPOINT_FORM),
    "DK-R-002": Explanation(
        "organization.organization_number",
        _("Your CVR number is missing. Enter it as organization number in the settings."),
    ),
    "DK-R-006": Explanation(
        "bank_account.bic",
        _("Danish customers can pay to an IBAN of another country only with its BIC. Enter the BIC in the settings."),
    ),
    "DK-R-016": Explanation("lines", _NEGATIVE_CREDIT),
    "SE-R-006": Explanation(
        "vat_treatment", _("Sweden has VAT of 25, 12 and 6 % only. Choose a VAT treatment with one of these rates.")
    ),
    "NO-R-001": Explanation(
        "organization.organization_number",
        _("Your VAT number must be NO, nine digits and MVA. Check the organization number in the settings."),
    ),
    "NO-R-002": Explanation(
        "organization.is_in_company_register",
        _("Companies in Foretaksregisteret must say so on their invoices. Tick it in the settings if yours is."),
    ),
    "XSD": Explanation("", _TEXT),
    "XML": Explanation("", _("The file is not readable XML.")),
    "ROOT": Explanation("", _("The file is neither an invoice nor a credit note.")),
    "XPATH-ERROR": Explanation("", _TEXT),
    # Our own checks, of what no official rule catches.
    "BILAG-ACCOUNT": Explanation(
        "bank_account.account_number", _("The account number has a wrong check digit. Correct it in the settings.")
    ),
    "BILAG-ACCOUNT-MISSING": Explanation(
        "bank_account", _("There is something to pay, but no account to pay to. Enter one in the settings.")
    ),
    "BILAG-ATTACHMENTS": Explanation(
        "attachments",
        _("The attached files are together more than the 10 MB that an EHF carries. Take one away or save it smaller."),
    ),
    "BILAG-BIC": Explanation(
        "bank_account.bic", _("The bank's BIC is wrong: it has 8 or 11 characters. Correct it in the settings.")
    ),
    "BILAG-BUYER-REFERENCE": Explanation(
        "buyer_reference", _("Public buyers return invoices without their reference or order number. Enter one.")
    ),
    "BILAG-BUYER-VAT": Explanation(
        "customer.vat_number", _("The buyer's VAT number does not have the form that its country uses.")
    ),
    "BILAG-BUYER-VAT-CHECK": Explanation(
        "customer.vat_number", _("The buyer's VAT number may be mistyped: its check digit is wrong.")
    ),
    "BILAG-CREDIT-REFERENCE": Explanation(
        "credits", _("A credit note must say which invoice it corrects, with number and date.")
    ),
    "BILAG-DANISH-ACCOUNT": Explanation(
        "bank_account.account_number",
        _("A Danish account number has four digits for the bank and at most ten more. Correct it in the settings."),
    ),
    "BILAG-DUE-DATE": Explanation("due_date", _("The due date is before the invoice date.")),
    "BILAG-ENDPOINT": Explanation("customer.endpoint_id", _BUYER_ENDPOINT_FORM),
    "BILAG-GTIN": Explanation("gtin", _("The GTIN has a wrong check digit.")),
    "BILAG-IBAN": Explanation("bank_account.iban", _("The IBAN is wrong. Correct it in the settings.")),
    "BILAG-KID": Explanation("kid", _("The KID has a wrong check digit or length.")),
    "BILAG-LINE-NUMBER": Explanation("lines", _("Two lines have the same number.")),
    "BILAG-ROUNDING": Explanation("", _("The rounding is one whole unit or more, which is no rounding.")),
    "BILAG-SIGN": Explanation("lines", _NEGATIVE_CREDIT),
    "BILAG-SIGN-INVOICE": Explanation("lines", _("The invoice's total is negative. Make a credit note instead.")),
    "BILAG-TEXT": Explanation("", _("A text has a character that cannot be sent, shown here as “�”. Remove it.")),
    "BILAG-VAT-AMOUNT": Explanation("", _("The VAT is not the base times the rate, to the øre. Please report it.")),
    "BILAG-VAT-BASE": Explanation("", _("The VAT base is not the sum of its lines, to the øre. Please report it.")),
    "BILAG-VAT-CURRENCY": Explanation(
        "currency",
        _("A Norwegian invoice in a foreign currency must state the VAT in NOK too. Enter an exchange rate."),
    ),
    "BILAG-VAT-REGISTRATION": Explanation("vat_treatment", _VAT_REGISTRATION),
}

# By the shape of the id, for rules that say the same of each VAT category or amount; asked in this order.
FAMILIES: tuple[tuple[re.Pattern[str], Explanation], ...] = (
    (re.compile(r"BR-O-(02|03|04|11|12|13|14)"), Explanation("vat_treatment", _MIXED_OUTSIDE)),
    (re.compile(r"BR-(AE|IC)-0[234]"), Explanation("customer.organization_number", _BUYER_FOR_REVERSE_CHARGE)),
    (re.compile(r"BR-(S|Z|E|G|AF|AG)-0[234]"), Explanation("vat_treatment", _VAT_REGISTRATION)),
    (re.compile(r"BR-[A-Z]+-0[567]|BR-48"), Explanation("vat_treatment", _WRONG_RATE)),
    (re.compile(r"BR-[A-Z]+-0[189]|BR-CO-1[0-8]|BR-1[2-5]"), Explanation("", _AMOUNTS)),
    (re.compile(r"BR-(E|AE|G|O|IC)-10"), Explanation("vat_reason", _NO_VAT_REASON)),
    (re.compile(r"BR-(S|Z)-10"), Explanation("vat_reason", _("No reason may be given where the rate says it all."))),
    (re.compile(r"PEPPOL-EN16931-P010[4-9]|PEPPOL-EN16931-P011[01]"), Explanation("vat_treatment", _REASON_CODE)),
    (re.compile(r"PEPPOL-COMMON-R0(4[3-9]|50)"), Explanation("customer.endpoint_id", _BUYER_ENDPOINT_FORM)),
    (re.compile(r"PEPPOL-EN16931-R(04[1-6]|05[34])"), Explanation("", _AMOUNTS)),
    (re.compile(r"PEPPOL-EN16931-R130"), Explanation("unit_code", _UNIT)),
    (re.compile(r"BR-CL-24|BR-52|PEPPOL-EN16931-CL001"), Explanation("attachments", _FILE_KIND)),
    (
        re.compile(r"SE-R-00[12]"),
        Explanation(
            "organization.organization_number",
            _("Your VAT number must be SE, ten digits and 01. Check the organization number in the settings."),
        ),
    ),
    (
        re.compile(r"SE-R-0(0[34]|13)"),
        Explanation(
            "organization.organization_number",
            _("A Swedish organization number has ten digits, the last a check digit. Correct it in the settings."),
        ),
    ),
    (re.compile(r"BR-DEC-\d+|UBL-DT-\d+"), Explanation("", _("An amount has more than two decimals."))),
    # What our writer never writes wrong, whatever is typed: should it happen, the part of the document says where.
    (re.compile(r"(BR|UBL|PEPPOL|DK|NO|SE)-[A-Z0-9-]+"), Explanation("", _TEXT)),
)
LINE_FIELDS = frozenset(
    {
        "description",
        "discount_percent",
        "gtin",
        "period_from",
        "period_to",
        "quantity",
        "unit_code",
        "unit_price",
        "vat_reason",
        "vat_treatment",
    }
)


def explain(rule: str, location: str, text: str) -> Explanation:
    """The field to mend and the sentence for a rule broken at a place; `text` is the rule's own wording."""
    field, sentence = _known(rule) or Explanation("", _quoted(rule, text))
    line = LINE_PATH.search(location)
    if line and (not field or field in LINE_FIELDS):
        sentence = format_lazy("{line}: {sentence}", line=_line_words(line[1]), sentence=sentence)
        return Explanation(f"lines.{line[1]}.{field}".rstrip("."), sentence)
    return Explanation(_placed(field, location), sentence)


def _known(rule: str) -> Explanation | None:
    if rule in EXPLANATIONS:
        return EXPLANATIONS[rule]
    return next((explanation for pattern, explanation in FAMILIES if pattern.fullmatch(rule)), None)


def _quoted(rule: str, text: str) -> Sentence:
    words = text.removeprefix(f"[{rule}]").lstrip("- ")
    return format_lazy(_("The rule {rule} is not kept: {text}"), rule=rule, text=words)


def _line_words(number: str) -> Sentence:
    return format_lazy(_("Line {number}"), number=number)


def _placed(field: str, location: str) -> str:
    """A country, an endpoint or a VAT number may be ours as well as the customer's; the place tells whose."""
    is_ours = "AccountingSupplierParty" in location
    if field == "country":
        part = _part(location, "customer")
        return f"{part}.country" if part in ("customer", "organization") else part
    if field.startswith("customer.") and is_ours:
        return "organization.organization_number"
    return field or _part(location, "")


def _part(location: str, default: str) -> str:
    return next((field for name, field in PARTS if name in location), default)
