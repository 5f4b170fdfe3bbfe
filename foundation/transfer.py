"""Handing files over to other systems: by SFTP to a server whose key is pinned, or into a folder on this machine.

A file appears whole under its name or not at all, and a file that stands there is never overwritten. Sending the same
file again finds it there and sends nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import os
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from foundation.errors import DomainError

_T = TypeVar("_T")

CONNECT_SECONDS = 15.0
WHOLE_SECONDS = 180.0
BYTES_MAX = 64 * 1024 * 1024
CHUNK_BYTES = 1 << 16
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


class TransferRefused(DomainError):
    """The file was not handed over; `may_retry` says whether the same attempt can succeed later by itself."""

    may_retry = False


class ServerIsAway(TransferRefused):
    """Nobody answered, or the connection broke before the file was given its name."""

    may_retry = True


class HostKeyIsNotPinned(TransferRefused):
    """The server showed a key that is not the pinned one; `fingerprint` is what it showed."""

    def __init__(self, message: str, fingerprint: str) -> None:
        super().__init__(message, field="host_key")
        self.fingerprint = fingerprint


class SignInIsRefused(TransferRefused):
    """The server takes neither the password nor the key."""


class PlaceIsMissing(TransferRefused):
    """The folder is not there, or nothing may be written into it."""


class AnotherFileIsThere(TransferRefused):
    """Under the name stands a file with other content."""


class OutcomeIsUnknown(TransferRefused):
    """The connection broke while the file was given its name: look before sending again."""


class Handed(StrEnum):
    """How a file came to be there."""

    SENT = "sent"
    WAS_THERE = "was_there"


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpPlace:
    """A folder on a server. Secrets are never part of what is printed for developers."""

    host: str
    user: str
    fingerprint: str  # of the server's key, as "SHA256:…"; nothing is sent to any other
    folder: str = "."
    port: int = 22
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    allows_inside: bool = False  # whether the server may stand in a private network


def send_by_sftp(place: SftpPlace, name: str, content: bytes) -> Handed:
    """Hand the file over under its name; says whether it stood there already, or refuses with what to do."""
    _refuse_unfit(name, content)
    return _run(_send(place, name, content))


def try_sftp(place: SftpPlace) -> None:
    """Sign in and look at the folder, and send nothing; refuses with what stands in the way."""
    _run(_try(place))


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    """What the work returns, within its time; in a thread of its own, since the caller's may have a loop already."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(copy_context().run, asyncio.run, _within_time(work)).result()


def folder_below(root: Path, folder: str) -> Path:
    """The folder below the root, or a refusal that names it."""
    found = (root / folder).resolve()
    if not found.is_relative_to(root.resolve()) or not found.is_dir():
        raise PlaceIsMissing(_("The folder %(folder)s is not there. Create it first.") % {"folder": folder})
    return found


def drop_into_folder(root: Path, folder: str, name: str, content: bytes) -> Handed:
    """Lay the file into a folder below the root, whole and under its name; a file that stands there is kept."""
    _refuse_unfit(name, content)
    target = folder_below(root, folder)
    final = target / name
    if final.exists():
        return _compare(final.read_bytes(), content, name)
    handle, part = tempfile.mkstemp(dir=target, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o640)
        os.link(part, final)  # unlike a rename, a link never takes the place of another file
    except FileExistsError:
        return _compare(final.read_bytes(), content, name)
    except OSError as error:
        raise PlaceIsMissing(_("Nothing can be written into the folder: %(why)s.") % {"why": error.strerror}) from error
    finally:
        Path(part).unlink(missing_ok=True)
    return Handed.SENT


def _refuse_unfit(name: str, content: bytes) -> None:
    if not NAME.match(name):
        raise TransferRefused(_("“%(name)s” cannot be the name of a file that is handed over.") % {"name": name})
    if not content or len(content) > BYTES_MAX:
        raise TransferRefused(_("The file is empty or larger than %(most)s MB.") % {"most": BYTES_MAX >> 20})


def _compare(there: bytes, content: bytes, name: str) -> Handed:
    if hmac.compare_digest(hashlib.sha256(there).digest(), hashlib.sha256(content).digest()):
        return Handed.WAS_THERE
    raise AnotherFileIsThere(
        _("Under the name %(name)s stands another file already. Have it fetched or removed, then send again.")
        % {"name": name}
    )


async def _within_time(sending: Coroutine[Any, Any, _T]) -> _T:
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            return await sending
    except TimeoutError as error:
        raise ServerIsAway(_("The server did not answer in time.")) from error


async def _try(place: SftpPlace) -> None:
    import asyncssh

    async with _opened(place) as sftp:
        try:
            if not await sftp.isdir(place.folder or "."):
                raise PlaceIsMissing(
                    _("The folder %(folder)s is not there. Create it first.") % {"folder": place.folder}
                )
        except (asyncssh.Error, OSError) as error:
            raise _refusal_of(error, place) from error


async def _send(place: SftpPlace, name: str, content: bytes) -> Handed:
    import asyncssh

    final = f"{place.folder.rstrip('/') or '/'}/{name}"
    part = f"{place.folder.rstrip('/') or '/'}/.{name}.part"
    async with _opened(place) as sftp:
        try:
            if await sftp.exists(final):
                return _compare(await _content(sftp, final), content, name)
            async with sftp.open(part, "wb") as file:
                await file.write(content)
            if (await sftp.stat(part)).size != len(content):
                raise ServerIsAway(_("The server kept only a part of the file. It is sent again."))
        except (asyncssh.Error, OSError) as error:
            raise _refusal_of(error, place) from error
        return await _name(sftp, part, final, content, name)


async def _name(sftp: Any, part: str, final: str, content: bytes, name: str) -> Handed:
    """Give the whole file its name. From here on a broken connection leaves open what has happened."""
    import asyncssh

    try:
        await sftp.rename(part, final)
    except (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists) as error:
        if await sftp.exists(final):  # somebody was quicker
            handed = _compare(await _content(sftp, final), content, name)
            await sftp.remove(part)
            return handed
        raise PlaceIsMissing(
            _("The server does not let the file be named: %(why)s.") % {"why": error.reason}
        ) from error
    except asyncssh.SFTPPermissionDenied as error:
        raise PlaceIsMissing(
            _("The server does not let the file be named: %(why)s.") % {"why": error.reason}
        ) from error
    except (asyncssh.Error, OSError) as error:
        raise OutcomeIsUnknown(
            _("The connection broke while %(name)s was given its name. Ask the receiver before it is sent again.")
            % {"name": name}
        ) from error
    return Handed.SENT


async def _content(sftp: Any, path: str) -> bytes:
    """What stands there, as far as it can be the same file."""
    async with sftp.open(path, "rb") as file:
        content: bytes = await file.read(BYTES_MAX + 1)
        return content


def _refusal_of(error: Any, place: SftpPlace) -> TransferRefused:
    import asyncssh

    is_lost = isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection)
    if is_lost or not isinstance(error, asyncssh.SFTPError):
        return ServerIsAway(_("The connection to %(host)s broke.") % {"host": place.host})
    return PlaceIsMissing(
        _("Nothing can be written into the folder %(folder)s on %(host)s: %(why)s.")
        % {"folder": place.folder, "host": place.host, "why": error.reason}
    )


@asynccontextmanager
async def _opened(place: SftpPlace) -> AsyncIterator[Any]:
    """An SFTP session with the server whose key is pinned."""
    import asyncssh

    seen: list[str] = []

    class Pinned(asyncssh.SSHClient):
        """Trusts one key, whatever name or address the server has."""

        def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
            seen.append(key.get_fingerprint())
            return hmac.compare_digest(seen[-1].encode(), place.fingerprint.strip().encode())

    address = await _address_of(place)
    keys = [_key_of(place)] if place.private_key else []
    try:
        connection = await asyncssh.connect(
            address,
            place.port,
            client_factory=Pinned,
            username=place.user,
            password=place.password or None,
            client_keys=keys or None,
            known_hosts=([], [], []),
            server_host_key_algs="default",
            x509_trusted_certs=None,
            agent_path=None,
            config=None,
            gss_host=None,
            connect_timeout=CONNECT_SECONDS,
            login_timeout=CONNECT_SECONDS,
        )
    except asyncssh.HostKeyNotVerifiable as error:
        raise _unpinned(place, seen[-1] if seen else "") from error
    except asyncssh.PermissionDenied as error:
        raise SignInIsRefused(
            _("%(host)s does not let %(user)s in. Check the user and the password or key.")
            % {"host": place.host, "user": place.user},
            field="password",
        ) from error
    except (asyncssh.Error, OSError) as error:
        raise ServerIsAway(_("%(host)s does not answer: %(why)s") % {"host": place.host, "why": error}) from error
    async with connection:
        try:
            sftp = await connection.start_sftp_client()
        except (asyncssh.Error, OSError) as error:
            raise ServerIsAway(_("%(host)s offers no file transfer.") % {"host": place.host}) from error
        async with sftp:
            yield sftp


def _unpinned(place: SftpPlace, fingerprint: str) -> HostKeyIsNotPinned:
    if not place.fingerprint.strip():
        sentence = _(
            "%(host)s shows the key %(key)s, and none is pinned yet. Have the receiver confirm it, then enter it."
        )
    else:
        sentence = _(
            "%(host)s shows the key %(key)s, which is not the pinned one. Nothing was sent. Ask the receiver whether "
            "the server has a new key."
        )
    return HostKeyIsNotPinned(sentence % {"host": place.host, "key": fingerprint}, fingerprint)


async def _address_of(place: SftpPlace) -> str:
    """The address that is dialled: looked up once, so that what was checked is what is reached."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ServerIsAway(_("There is no server called %(host)s.") % {"host": place.host}) from error
    address = str(found[0][4][0])
    if not place.allows_inside and not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise TransferRefused(
            _("%(host)s stands in a private network, which is not reached from here.") % {"host": place.host},
            field="host",
        )
    return address


def _key_of(place: SftpPlace) -> Any:
    import asyncssh

    try:
        return asyncssh.import_private_key(place.private_key)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise SignInIsRefused(
            _("The private key cannot be read. Paste an OpenSSH or PEM key without a password."), field="private_key"
        ) from error
