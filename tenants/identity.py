"""Numbers by which companies and accounts are known: what is typed, checked and brought into the form we store."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import iban as iban_rules
from stdnum.dk import cvr
from stdnum.exceptions import ValidationError as NumberRefused
from stdnum.fi import ytunnus
from stdnum.no import kontonr, orgnr
from stdnum.se import orgnr as se_orgnr

BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", re.ASCII)
FREE_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{0,18}[A-Z0-9]", re.ASCII)
# The country's register, how many digits it gives, and the rule of its check digit.
REGISTERS: dict[str, tuple[Any, int]] = {"NO": (orgnr, 9), "DK": (cvr, 8), "SE": (se_orgnr, 10), "FI": (ytunnus, 8)}


def clean_organization_number(country: str, typed: str) -> str:
    """The digits of a company's number, checked by the rule of its country; numbers of other countries as typed."""
    if country not in REGISTERS:
        number = typed.upper().strip()
        if not FREE_NUMBER.fullmatch(number):
            raise ValidationError(_("Write the organization number with letters and digits, at most 20."))
        return number
    rules, length = REGISTERS[country]
    digits = re.sub(r"[\s.\-]|MVA$|^(NO|DK|SE|FI)", "", typed.upper().strip())
    if not (digits.isascii() and digits.isdigit()) or len(digits) != length:
        raise ValidationError(
            _("An organization number in %(country)s has %(length)s digits. Look it up and write it again."),
            params={"country": country, "length": length},
        )
    try:
        return str(rules.validate(digits))
    except NumberRefused as error:
        raise ValidationError(
            _("The check digit of %(number)s does not fit, so a digit is wrong. Compare it with the register."),
            params={"number": digits},
        ) from error


def clean_account_number(country: str, typed: str) -> str:
    """The digits of a national account number; Norwegian ones by their check digit."""
    digits = re.sub(r"[\s.\-]", "", typed)
    if not (digits.isascii() and digits.isdigit()) or not 6 <= len(digits) <= 16:
        raise ValidationError(_("Write the account number with digits only."))
    if country != "NO":
        return digits
    if len(digits) != 11:
        raise ValidationError(_("A Norwegian account number has 11 digits. Write all of them."))
    try:
        return str(kontonr.validate(digits))
    except NumberRefused as error:
        raise ValidationError(
            _("The check digit of the account number does not fit, so a digit is wrong. Compare it with the bank.")
        ) from error


def clean_iban(typed: str) -> str:
    """An IBAN without spaces, checked by ISO 13616 (remainder of 97)."""
    number = re.sub(r"\s", "", typed).upper()
    try:
        return str(iban_rules.validate(number, check_country=False))
    except NumberRefused as error:
        raise ValidationError(_("The check digits of the IBAN do not fit. Compare it with the bank.")) from error


def clean_bic(typed: str) -> str:
    """A BIC of 8 or 11 characters."""
    number = re.sub(r"\s", "", typed).upper()
    if not BIC.fullmatch(number):
        raise ValidationError(_("A BIC has 8 or 11 characters, such as DNBANOKK."))
    return number
