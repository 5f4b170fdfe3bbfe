"""The columns of a list of open items: our own report's, and what other systems call theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from config.importing.columns import PRODUCT_COLUMNS, Column, plain
from config.importing.customers import CustomerImport
from config.importing.products import ProductImport
from tenants.models import Organization

REQUIRED = ("customer_number", "document_number", "issue_date", "amount")
PAYMENT_WORDS = (
    "payment",
    "paid in",
    "betaling",
    "innbetaling",
    "indbetaling",
    "betalning",
    "inbetalning",
    "akonto",
    "aconto",
    "a konto",
    "forskudd",
    "forskud",
    "förskott",
    "prepayment",
)
_COLUMNS = (
    Column(
        "customer_number",
        gettext_lazy("Customer number"),
        ("kundenr", "kundenummer", "kundnr", "kundnummer", "customer no", "debitor", "debitornr", "account no"),
    ),
    Column(
        "customer_name", gettext_lazy("Customer"), ("kundenavn", "kundnamn", "navn", "namn", "name", "customer name")
    ),
    Column("kind", gettext_lazy("Kind"), ("type", "bilagstype", "bilagsart", "transaction type", "verifikationstyp")),
    Column(
        "document_number",
        gettext_lazy("Number"),
        (
            "fakturanr",
            "fakturanummer",
            "bilagsnr",
            "bilagsnummer",
            "invoice no",
            "invoice number",
            "document no",
            "document number",
            "dokumentnr",
            "faktura",
            "invoice",
        ),
    ),
    Column("kid", gettext_lazy("KID"), ("ocr", "kid nummer", "kid-nr", "fik", "betalingsid", "payment reference")),
    Column(
        "issue_date",
        gettext_lazy("Issued"),
        ("fakturadato", "fakturadatum", "bilagsdato", "dato", "datum", "date", "invoice date", "issue date"),
    ),
    Column(
        "due_date",
        gettext_lazy("Due date"),
        ("forfall", "forfallsdato", "forfaldsdato", "forfaldsdag", "förfallodatum", "förfallodag", "due"),
    ),
    Column("currency", gettext_lazy("Currency"), ("valuta", "valutakode", "valutakod", "currency code")),
    Column(
        "amount",
        gettext_lazy("Amount open"),
        (
            "restbeløp",
            "restbelopp",
            "rest",
            "saldo",
            "åpen saldo",
            "åpent beløp",
            "åpen post",
            "utestående",
            "open amount",
            "amount open",
            "outstanding",
            "balance",
            "remaining",
        ),
    ),
    Column("rate", gettext_lazy("Rate"), ("kurs", "valutakurs", "exchange rate", "växelkurs")),
)


def open_item_columns(base_currency: str) -> tuple[Column, ...]:
    """Every column that a list of open items may have; the last is named after the currency of the books."""
    amounts, books = [], []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):  # as our own report names them
            amounts.append(pgettext("amount", "Open"))
            books.append(f"{_('In the books')}, {base_currency}")
    others = ("base amount", f"beløp {base_currency}", f"belopp {base_currency}", f"amount {base_currency}")
    columns = [
        replace(column, aliases=(*column.aliases, *amounts)) if column.name == "amount" else column
        for column in _COLUMNS
    ]
    return (*columns, Column("base_amount", gettext_lazy("In the books"), (*books, *others)))


def is_payment(cell: str) -> bool:
    """Whether a row says that it is money which the customer paid and nothing has used."""
    return plain(cell) in _payment_words()


@cache
def _payment_words() -> frozenset[str]:
    words = {plain(word) for word in PAYMENT_WORDS}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words |= {plain(_("Payment")), plain(_("Unused payment"))}
    return frozenset(words)


def columns_by_kind(organization: Organization, kinds: Iterable[str]) -> dict[str, tuple[Column, ...]]:
    """The columns that each kind of file may have in this organization."""
    found = {
        "customers": lambda: CustomerImport(organization).columns,
        "products": lambda: PRODUCT_COLUMNS,
        "open_items": lambda: open_item_columns(organization.base_currency),
    }
    return {kind: tuple(found[kind]()) for kind in kinds}


def required_by_kind(kinds: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The columns that each kind of file must have."""
    required = {"customers": CustomerImport.required, "products": ProductImport.required, "open_items": REQUIRED}
    return {kind: tuple(required[kind]) for kind in kinds}
