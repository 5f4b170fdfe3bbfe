"""Numbers of companies and accounts, by the rules of their countries."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tenants.identity import clean_account_number, clean_bic, clean_iban, clean_organization_number


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("NO", "123 456 785", "123456785"),
        ("NO", "NO 123456785 MVA", "123456785"),
        ("DK", "13585628", "13585628"),
        ("SE", "123456-7897", "1234567897"),
        ("FI", "2077474-0", "20774740"),
        ("DE", "HRB 1234", "HRB 1234"),
    ],
)
def test_numbers_are_kept_as_digits(country: str, typed: str, kept: str) -> None:
    assert clean_organization_number(country, typed) == kept


@pytest.mark.parametrize(
    ("country", "typed"),
    [("NO", "123456789"), ("NO", "12345678"), ("NO", "abc"), ("DK", "13585629"), ("SE", "1234567891"), ("DE", "<b>")],
)
def test_wrong_check_digits_and_lengths_are_refused(country: str, typed: str) -> None:
    with pytest.raises(ValidationError):
        clean_organization_number(country, typed)


def test_accounts_are_checked_by_their_country() -> None:
    assert clean_account_number("NO", "8601.11.17947") == "86011117947"
    for typed in ("86011117948", "8601111794", "8601111794x"):
        with pytest.raises(ValidationError):
            clean_account_number("NO", typed)
    assert clean_account_number("DK", "1234 5678901") == "12345678901"


def test_iban_and_bic_are_checked() -> None:
    assert clean_iban("NO93 8601 1117 947") == "NO9386011117947"
    assert clean_bic("dnba no kk") == "DNBANOKK"
    with pytest.raises(ValidationError):
        clean_iban("NO94 8601 1117 947")
    with pytest.raises(ValidationError):
        clean_bic("DNB")
