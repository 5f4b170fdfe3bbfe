"""Sealing single values: AES-GCM under named keys, bound to the organization and the column they stand in.

The keys stay outside the database (setting ENCRYPTION_KEYS, newest first). A sealed value names its key, so that older
keys still open what they sealed; a value copied to another organization or column does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"\x01"
KEY_ID_LENGTH = 4
NONCE_LENGTH = 12  # NIST SP 800-38D 8.2: 96 bits, random per value
KEY_LENGTH = 32


class SealIsBroken(RuntimeError):
    """The value was changed, moved to another place, or sealed with a key that we do not have."""


def seal(value: str, *, organization_id: UUID, column: str) -> bytes:
    """The value under the newest key; opens only for the same organization and column."""
    key = _keys()[0]
    nonce = secrets.token_bytes(NONCE_LENGTH)
    sealed = AESGCM(_derived(key, b"seal")).encrypt(nonce, value.encode(), _place(organization_id, column))
    return VERSION + _key_id(key) + nonce + sealed


def open_seal(sealed: bytes | memoryview, *, organization_id: UUID, column: str) -> str:
    """The value that was sealed for this organization and column."""
    content = bytes(sealed)
    start = 1 + KEY_ID_LENGTH
    key = next((key for key in _keys() if _key_id(key) == content[1:start]), None)
    if content[:1] != VERSION or key is None:
        raise SealIsBroken("The value is sealed with a key that is not among ENCRYPTION_KEYS.")
    nonce, body = content[start : start + NONCE_LENGTH], content[start + NONCE_LENGTH :]
    try:
        return AESGCM(_derived(key, b"seal")).decrypt(nonce, body, _place(organization_id, column)).decode()
    except InvalidTag as error:
        raise SealIsBroken("The sealed value does not belong here.") from error


def is_sealed_with_newest(sealed: bytes | memoryview) -> bool:
    """Whether the newest key sealed the value; others are sealed again when keys change."""
    return bytes(sealed)[1 : 1 + KEY_ID_LENGTH] == _key_id(_keys()[0])


def lookup_digests(value: str, *, organization_id: UUID, column: str) -> list[str]:
    """Keyed hashes for finding a value without opening any, newest key first: one per key that may have made it."""
    place = _place(organization_id, column)
    return [
        hmac.new(_derived(key, b"lookup"), place + b"\x00" + value.encode(), hashlib.sha256).hexdigest()
        for key in _keys()
    ]


def _place(organization_id: UUID, column: str) -> bytes:
    return f"{organization_id}/{column}".encode()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"bilag key id" + key).digest()[:KEY_ID_LENGTH]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=b"bilag " + purpose).derive(key)


def _keys() -> list[bytes]:
    keys = []
    for text in settings.ENCRYPTION_KEYS:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if len(key) != KEY_LENGTH:
            raise ImproperlyConfigured("Each key of BILAG_ENCRYPTION_KEYS is 32 random bytes in base64url.")
        keys.append(key)
    return keys
