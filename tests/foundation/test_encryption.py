"""Sealed values: they open where they belong, under any key that we still have, and nowhere else."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest

from foundation import encryption

HERE: dict[str, Any] = {
    "organization_id": UUID("01900000-0000-7000-8000-000000000001"),
    "column": "customers_customer.national_id",
}
OLD, NEW = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


def test_a_sealed_value_opens_where_it_belongs() -> None:
    sealed = encryption.seal("13015512345", **HERE)
    assert encryption.open_seal(sealed, **HERE) == "13015512345"
    assert b"13015512345" not in sealed
    assert encryption.seal("13015512345", **HERE) != sealed


@pytest.mark.parametrize(
    "elsewhere",
    [{**HERE, "organization_id": UUID("01900000-0000-7000-8000-000000000002")}, {**HERE, "column": "other.column"}],
)
def test_a_value_that_was_moved_does_not_open(elsewhere: dict[str, Any]) -> None:
    sealed = encryption.seal("13015512345", **HERE)
    with pytest.raises(encryption.SealIsBroken):
        encryption.open_seal(sealed, **elsewhere)


def test_a_changed_value_does_not_open() -> None:
    sealed = bytearray(encryption.seal("13015512345", **HERE))
    for place in range(len(sealed)):
        changed = bytes(sealed[:place]) + bytes([sealed[place] ^ 1]) + bytes(sealed[place + 1 :])
        with pytest.raises(encryption.SealIsBroken):
            encryption.open_seal(changed, **HERE)


def test_older_keys_open_what_they_sealed_and_the_newest_seals(settings: Any) -> None:
    sealed = encryption.seal("13015512345", **HERE)
    [digest] = encryption.lookup_digests("13015512345", **HERE)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert encryption.open_seal(sealed, **HERE) == "13015512345"
    assert not encryption.is_sealed_with_newest(sealed)
    assert encryption.is_sealed_with_newest(encryption.seal("x", **HERE))
    assert digest in encryption.lookup_digests("13015512345", **HERE)
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(encryption.SealIsBroken):
        encryption.open_seal(sealed, **HERE)
