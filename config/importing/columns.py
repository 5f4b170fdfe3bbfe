"""The columns of customers and products in files: their names in every language, and how a cell becomes a field."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from customers.channels import Channel
from customers.models import VAT_TREATMENT_CHOICES, Contact, Customer, CustomerKind, CustomProperty, Product
from foundation.templatetags.formatting import format_for_input, language_of_page

YES = frozenset({"1", "yes", "ja", "true", "x", "y", "j", "sann", "sandt", "sant"})
NO = frozenset({"0", "no", "nei", "nej", "false", "n", "usann", "falsk", ""})
UNTOLD = re.compile(r"[\s_\-./:()*]+")
OWN = "own:"  # begins the names of an organization's own properties
CONTACT_FIELDS = ("name", "email", "phone")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field that it fills, its name for people, other names that files give it, and how it is read."""

    name: str
    label: Any
    aliases: tuple[str, ...] = ()
    reads: str = "text"  # text, number, yes, choice, channels, contacts
    choices: tuple[tuple[str, Any], ...] = ()


def _label(model: Any, name: str) -> Any:
    return model._meta.get_field(name).verbose_name


def _customer(name: str, *aliases: str, reads: str = "text", choices: Any = ()) -> Column:
    return Column(name, _label(Customer, name), aliases, reads, tuple(choices))


CUSTOMER_COLUMNS: tuple[Column, ...] = (
    _customer("number", "kundenr", "kundenummer", "customer no", "customer number", "kund nr"),
    _customer("kind", "type", reads="choice", choices=CustomerKind.choices),
    _customer("name", "kunde", "customer", "firmanavn", "företag", "virksomhed", "company"),
    _customer("organization_number", "orgnr", "org nr", "cvr", "cvr-nr", "organisationsnr"),
    _customer("vat_number"),
    _customer("resource_number"),
    _customer("contact_name", "kontakt", "contact"),
    _customer("email", "epost", "e-post", "mail", "e-mail"),
    _customer("phone", "tlf", "telefon", "mobil"),
    _customer("street", "adresse", "address", "gate", "adress"),
    _customer("street_2"),
    _customer("postal_code", "postnr", "postnummer", "zip"),
    _customer("city", "sted", "poststed", "by", "ort"),
    _customer("country", "land"),
    _customer("language", "språk", "sprog"),
    _customer("currency", "valuta"),
    _customer("payment_terms_days", "betalingsfrist", "kredittdager", "due days"),
    _customer("wants_ehf", "ehf", "peppol", reads="yes"),
    Column("endpoint", _("Electronic address"), ("peppol id", "elektronisk adresse")),
    _customer("channels", "kanaler", "channels", reads="channels", choices=Channel.choices),
    _customer("buyer_reference", "deres ref", "your reference"),
    _customer("vat_treatment", reads="choice", choices=VAT_TREATMENT_CHOICES),
    _customer("notes", "notat", "merknad"),
    Column("contacts", _("Contacts"), (), "contacts"),
    Column("in_use", _("In use"), (), "yes"),
)


def _product(name: str, *aliases: str, reads: str = "text", choices: Any = ()) -> Column:
    return Column(name, _label(Product, name), aliases, reads, tuple(choices))


PRODUCT_COLUMNS: tuple[Column, ...] = (
    _product("number", "varenr", "varenummer", "produktnr", "sku", "item no"),
    _product("name", "produkt", "vare", "product"),
    _product("description", "beskrivelse", "tekst"),
    _product("unit_code", "enhet", "enhed"),
    _product("unit_price", "pris", "price", reads="number"),
    _product("price_includes_vat", reads="yes"),
    _product("currency", "valuta"),
    _product("vat_treatment", "mva", "moms", reads="choice", choices=VAT_TREATMENT_CHOICES),
    _product("revenue_account", "konto", "account"),
    _product("gtin", "ean"),
    Column("in_use", _("In use"), (), "yes"),
)


def own_columns(definitions: Sequence[CustomProperty]) -> tuple[Column, ...]:
    """A column for each of the organization's own properties."""
    return tuple(
        Column(f"{OWN}{row.pk}", row.name, (), "number" if row.kind == "number" else "text") for row in definitions
    )


def suggested(columns: Sequence[Column], header: Sequence[str]) -> dict[str, int]:
    """Which column of the file fills which field, as far as their names tell; each is used once."""
    known: dict[str, str] = {}
    for column in columns:
        for name in (column.name, *column.aliases, *_names(column)):
            known.setdefault(plain(name), column.name)
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        field = known.get(plain(name))
        if field is not None and field not in found:
            found[field] = place
    return found


def _names(column: Column) -> list[str]:
    names = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            names.append(str(column.label))
    return names


def plain(name: str) -> str:
    """A header without what people write differently."""
    return UNTOLD.sub("", name).casefold()


def typed_cells(columns: Sequence[Column], cells: Mapping[str, str], decimal_mark: str) -> dict[str, Any]:
    """The cells as the fields of a form take them; what is not understood stays as it is, for the form to refuse."""
    return {column.name: _typed(column, cells[column.name], decimal_mark) for column in columns if column.name in cells}


def _typed(column: Column, cell: str, decimal_mark: str) -> Any:
    if column.reads == "yes":
        return yes_or_no(cell)
    if column.reads == "choice":
        return _choice_of(column, cell)
    if column.reads == "channels":
        return [_choice_of(column, part) for part in re.split(r"[,;]", cell) if part.strip()]
    if column.reads == "number":
        return _number(cell, decimal_mark)
    if column.reads == "contacts":
        return read_contacts(cell)
    return cell


def yes_or_no(cell: str) -> Any:
    """True, False, or the word that is neither."""
    word = cell.strip().casefold()
    return True if word in YES else False if word in NO else cell


def _choice_of(column: Column, cell: str) -> str:
    return _words_of(column).get(plain(cell), cell)


@cache
def _words_of(column: Column) -> dict[str, str]:
    """The value behind each word for a choice, in every language."""
    words = {plain(value): value for value, _label in column.choices}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words |= {plain(str(label)): value for value, label in column.choices}
    return words


def _number(cell: str, decimal_mark: str) -> str:
    """A figure of the file as the reader's language writes it; anything else as it stands."""
    text = re.sub(r"[\s\u00a0\u202f]", "", cell)
    if not re.fullmatch(rf"-?\d{{1,18}}({re.escape(decimal_mark)}\d{{1,12}})?", text, re.ASCII):
        return cell
    return format_for_input(Decimal(text.replace(decimal_mark, ".")), language_of_page())


def read_contacts(cell: str) -> list[dict[str, str]]:
    """The people at a customer: one a line, name, e-mail address and telephone parted by semicolons."""
    rows = csv.reader(io.StringIO(cell, newline=""), delimiter=";")
    found = []
    for row in rows:
        parts = [part.strip() for part in [*row, "", "", ""][:3]]
        if any(parts):
            found.append(dict(zip(CONTACT_FIELDS, parts, strict=True)))
    return found


def written_contacts(contacts: Sequence[Contact]) -> str:
    """The cell that `read_contacts` reads."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    for contact in contacts:
        writer.writerow([contact.name, contact.email, contact.phone])
    return out.getvalue().rstrip("\n")
