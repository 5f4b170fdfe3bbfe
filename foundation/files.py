"""A store of files that are written once and known by their SHA-256."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

CHUNK_BYTES = 1 << 20


class FileIsDamaged(RuntimeError):
    """The stored bytes are missing or not those that were stored."""


def store(space: str, content: bytes) -> str:
    """Keep the bytes in a space (one per organization) and return their hash; the same bytes are kept once.

    Written beside, flushed and renamed, so that no half file is ever found under a hash.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(space, sha256)
    if path.exists():
        return sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o440)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)
    return sha256


def store_file(space: str, path: Path) -> str:
    """Move a finished file into a space and return its hash; read in chunks, so that its size costs no memory."""
    sha256 = _digest(path)
    kept = path_of(space, sha256)
    if kept.exists():
        path.unlink()
        return sha256
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=kept.parent, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file, path.open("rb") as source:
            shutil.copyfileobj(source, file, CHUNK_BYTES)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o440)
        Path(name).replace(kept)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush_folder(kept.parent)
    path.unlink()
    return sha256


def open_checked(space: str, sha256: str) -> BinaryIO:
    """The file under a hash, open for reading from its start, after it was compared with the hash."""
    path = path_of(space, sha256)
    try:
        found = _digest(path)
    except FileNotFoundError as error:
        raise FileIsDamaged(f"The file {sha256} is missing.") from error
    if found != sha256:
        raise FileIsDamaged(f"The file {sha256} has been changed.")
    return path.open("rb")


def load(space: str, sha256: str) -> bytes:
    """The bytes under a hash, checked against it."""
    try:
        content = path_of(space, sha256).read_bytes()
    except FileNotFoundError as error:
        raise FileIsDamaged(f"The file {sha256} is missing.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileIsDamaged(f"The file {sha256} has been changed.")
    return content


def path_of(space: str, sha256: str) -> Path:
    """Where the bytes of a hash lie."""
    return Path(settings.FILES_DIR) / space / sha256[:2] / sha256


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Whether nobody else on this machine is inside with the same file; the end of the process lets it go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
