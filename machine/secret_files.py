"""Secrets of a development machine: made once at random, kept in files that only their owner can read."""

import base64
import os
import secrets
from pathlib import Path


def development_secrets(folder: Path) -> dict[str, str]:
    """The signing key and the encryption key of this data folder, the same at every start."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "SECRET_KEY": kept(folder / "secret_key", secrets.token_urlsafe(64)),
        "BILAG_ENCRYPTION_KEYS": kept(
            folder / "encryption_keys", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")
        ),
    }


def kept(file: Path, proposal: str) -> str:
    """What the file holds; the proposal is written, whole, when there is no file yet."""
    if not file.exists():
        half = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as output:
            output.write(proposal + "\n")
        try:
            os.link(half, file)  # fails, rather than replaces, when another process was quicker
        except FileExistsError:
            pass
        finally:
            half.unlink()
    return file.read_text(encoding="ascii").strip()
