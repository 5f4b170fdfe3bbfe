"""The parts of a SAF-T file before its vouchers: who made it and for whom, accounts, customers, tax codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from customers.models import CustomerKind
from foundation.dates import Period, month_end
from payments.reports.vat_codes import STANDARD_CODES, percent_of
from payments.saft.elements import LONG, LONG_MIDDLE, MIDDLE, SHORT, Element, Part, balance, day, node, text
from payments.saft.grouping import grouping_of
from payments.saft.reading import AccountBalance, CustomerBalance
from tenants.models import BankAccount, Organization
from tenants.queries import DatedRate

FILE_VERSION = "1.30"
SOFTWARE = "Bilag"
SOFTWARE_VERSION = "0.1.0"
NOT_USED = "NotUsed"  # what the tax administration's guide says for a contact person that is not kept
COMMENT = (
    "Salgsreskontro med tilhørende bilag. Resultatkontoene avsluttes ikke her ved årsskiftet, så deres inngående "
    "balanse omfatter tidligere år."
)
PARTY_TYPES = {
    CustomerKind.CONSUMER.value: "Private",
    CustomerKind.BUSINESS.value: "Company",
    CustomerKind.INTERNAL.value: "Company",
    CustomerKind.PUBLIC_BODY.value: "Government",
}


def header(organization: Organization, accounts: Sequence[BankAccount], period: Period, made_on: date) -> Element:
    """Who made the file, for whom and for which days."""
    return node(
        "Header",
        ("AuditFileVersion", FILE_VERSION),
        ("AuditFileCountry", organization.country),
        ("AuditFileDateCreated", day(made_on)),
        ("SoftwareCompanyName", SOFTWARE),
        ("SoftwareID", SOFTWARE),
        ("SoftwareVersion", SOFTWARE_VERSION),
        _company(organization, accounts),
        ("DefaultCurrencyCode", organization.base_currency),
        _selection(period),
        ("HeaderComment", text(COMMENT, LONG)),
        ("TaxAccountingBasis", "A"),
    )


def _company(organization: Organization, accounts: Sequence[BankAccount]) -> Element:
    registration = None
    if organization.is_vat_registered:
        number = organization.organization_number + ("MVA" if organization.country == "NO" else "")
        authority = "Skatteetaten" if organization.country == "NO" else ""
        registration = node(
            "TaxRegistration", ("TaxRegistrationNumber", text(number, MIDDLE)), ("TaxAuthority", authority)
        )
    return node(
        "Company",
        ("RegistrationNumber", text(organization.organization_number, MIDDLE)),
        ("Name", text(organization.name, LONG)),
        node(
            "Address",
            ("StreetName", text(organization.street, LONG)),
            ("AdditionalAddressDetail", text(organization.street_2, LONG)),
            ("City", text(organization.city, LONG)),
            ("PostalCode", text(organization.postal_code, LONG_MIDDLE)),
            ("Country", organization.country),
            ("AddressType", "StreetAddress"),
        ),
        node(
            "Contact",
            node("ContactPerson", ("FirstName", NOT_USED), ("LastName", NOT_USED)),
            ("Telephone", text(organization.phone, SHORT)),
            ("Email", text(organization.email, LONG_MIDDLE) if len(organization.email) <= LONG_MIDDLE else ""),
        ),
        registration,
        *(_bank_account(account) for account in accounts),
    )


def _bank_account(account: BankAccount) -> Element:
    if account.account_number:
        number: Part = ("BankAccountNumber", text(account.account_number, MIDDLE))
        name = ("BankAccountName", text(account.name, LONG_MIDDLE))
    else:
        number, name = ("IBANNumber", text(account.iban, MIDDLE)), ("BankAccountName", "")
    return node("BankAccount", number, name, ("BIC", text(account.bic, SHORT)), ("CurrencyCode", account.currency))


def _selection(period: Period) -> Element:
    if period.first.day == 1 and period.last == month_end(period.last):
        return node(
            "SelectionCriteria",
            ("PeriodStart", str(period.first.month)),
            ("PeriodStartYear", str(period.first.year)),
            ("PeriodEnd", str(period.last.month)),
            ("PeriodEndYear", str(period.last.year)),
        )
    return node("SelectionCriteria", ("SelectionStartDate", day(period.first)), ("SelectionEndDate", day(period.last)))


def account(found: AccountBalance) -> Element:
    """One account of the ledger with its balances and its line of the income statement."""
    grouping = grouping_of(found.number)
    return node(
        "Account",
        ("AccountID", text(found.number, LONG_MIDDLE)),
        ("AccountDescription", text(found.name, LONG)),
        ("GroupingCategory", grouping.category),
        ("GroupingCode", grouping.code),
        ("AccountType", "GL"),
        balance("Opening", found.opening),
        balance("Closing", found.closing),
    )


def customer(balances: Sequence[CustomerBalance]) -> Element:
    """One customer with a balance per account."""
    who = balances[0]
    address = node(
        "Address",
        ("StreetName", text(who.street, LONG)),
        ("AdditionalAddressDetail", text(who.street_2, LONG)),
        ("City", text(who.city, LONG)),
        ("PostalCode", text(who.postal_code, LONG_MIDDLE)),
        ("Country", who.country),
        ("AddressType", "PostalAddress"),
    )
    registration = node("TaxRegistration", ("TaxRegistrationNumber", text(who.vat_number, MIDDLE)))
    terms = node("PaymentTerms", ("Days", "" if who.payment_terms_days is None else str(who.payment_terms_days)))
    return node(
        "Customer",
        ("RegistrationNumber", text(who.organization_number, MIDDLE)),
        ("Name", text(who.name, LONG)),
        address,
        registration if who.vat_number else None,
        ("CustomerID", str(who.number)),
        *(
            node(
                "BalanceAccount",
                ("AccountID", each.account),
                balance("Opening", each.opening),
                balance("Closing", each.closing),
            )
            for each in balances
        ),
        node(
            "PartyInfo",
            terms if len(terms) else None,
            ("CurrencyCode", who.currency),
            ("Type", PARTY_TYPES.get(who.kind, "Company")),
            ("Status", "Active" if who.is_active else "Passive"),
        ),
    )


def tax_table(codes: Sequence[str], country: str, on: date, rates: Sequence[DatedRate]) -> Element:
    """The tax codes that sales are posted under, with the rates of a day."""
    details = []
    for code in [*STANDARD_CODES, *sorted(set(codes) - set(STANDARD_CODES))]:
        known = STANDARD_CODES.get(code)
        percent = percent_of(code, on, rates)
        details.append(
            node(
                "TaxCodeDetails",
                ("TaxCode", text(code, LONG_MIDDLE)),
                ("Description", text(known.official if known else code, LONG)),
                ("TaxPercentage", "" if percent is None else f"{percent.normalize():f}"),
                ("Country", country),
                ("StandardTaxCode", code if known else "NA"),
                ("BaseRate", "100"),
            )
        )
    return node(
        "TaxTable",
        node("TaxTableEntry", ("TaxType", "MVA"), ("Description", "Merverdiavgift"), *details),
    )
