"""A real SSH server on this machine, for tests of handing files over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from foundation.transfer import SftpPlace


@dataclass(slots=True)
class Server:
    """A server in a thread of its own, with a folder that it shows and the ways in which it can fail."""

    place: SftpPlace
    root: Path
    client_key: str
    fails: dict[str, bool]


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """A server that shows the folder, in which “in” is made, until the end."""
    (root / "in").mkdir()
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    client_key = asyncssh.generate_private_key("ssh-ed25519")
    allowed = asyncssh.import_authorized_keys(client_key.export_public_key().decode())
    fails: dict[str, bool] = {}

    class Door(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("bilag", "right horse")

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(root).encode())

        def rename(self, oldpath: bytes, newpath: bytes) -> Any:
            if fails.pop("after naming", False):
                super().rename(oldpath, newpath)
                self.connection.abort()
                return None
            return super().rename(oldpath, newpath)

        def write(self, file_obj: object, offset: int, data: bytes) -> Any:
            if fails.pop("in the middle", False):
                self.connection.abort()
            return super().write(file_obj, offset, data)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            server_factory=Door,
            sftp_factory=Files,
            authorized_client_keys=allowed,
        )

    listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    place = SftpPlace(
        host="127.0.0.1",
        port=listening.get_port(),
        user="bilag",
        password="right horse",
        fingerprint=host_key.get_fingerprint(),
        folder="/in",
        allows_inside=True,
    )
    try:
        yield Server(place, root, client_key.export_private_key().decode(), fails)
    finally:
        listening.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
