"""What kind of payment reference a payer gave, and account numbers as they are compared."""

from __future__ import annotations

from stdnum import luhn

from payments.reference import FIK_LENGTHS, ReferenceKind, is_valid_kid, is_valid_ocr, is_valid_rf

ISO_ISSUER = "ISO"
NORWEGIAN_IBAN_LENGTH = 15

_KINDS = {"NOK": ReferenceKind.KID, "SEK": ReferenceKind.OCR, "DKK": ReferenceKind.FIK}


def classify_reference(
    reference: str, currency: str, *, issuer: str | None = None
) -> tuple[ReferenceKind | None, bool]:
    """The kind of a reference by its look and its currency, and whether its check digits are right."""
    plain = reference.replace(" ", "")
    if plain[:2].upper() == "RF" or issuer == ISO_ISSUER:
        return ReferenceKind.RF, is_valid_rf(plain)
    kind = _KINDS.get(currency)
    if kind == ReferenceKind.KID:
        return kind, is_valid_kid(plain)
    if kind == ReferenceKind.OCR:
        return kind, is_valid_ocr(plain)
    if kind == ReferenceKind.FIK:
        digits = plain.lstrip("+").removeprefix("71<").removeprefix("75<").split("+")[0].rstrip("<")
        return kind, len(digits) in FIK_LENGTHS.values() and bool(luhn.is_valid(digits))
    return None, True


def plain_account(account: str) -> str:
    """An account number without blanks and dots; a Norwegian IBAN as the eleven digits that it holds."""
    plain = account.replace(" ", "").replace(".", "").upper()
    return plain[4:] if plain.startswith("NO") and len(plain) == NORWEGIAN_IBAN_LENGTH else plain
