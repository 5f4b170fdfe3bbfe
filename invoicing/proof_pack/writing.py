"""Writing a pack: members one after the other, straight to disk; the manifest last."""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from foundation.canonical import canonical_bytes
from invoicing.proof_pack.checker.container import entry_line
from invoicing.proof_pack.checker.layout import (
    LIMIT,
    MANIFEST,
    block_sums,
    checksum,
    directory_entry,
    end_record,
    ending_comment,
    member_heading,
)

PIECE = 1 << 20
STATE = "state.json"
PARTS = ("pack", "manifest", "directory")


class PackIsTooLarge(RuntimeError):
    """A member or manifest that the short form of a ZIP cannot hold."""


class PackWriter:
    """A pack being written in a folder of its own; what was saved is gone on with, whatever was killed meanwhile."""

    def __init__(self, folder: Path, saved: dict[str, Any] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.count: int = saved["count"] if saved else 0
        self._files: dict[str, BinaryIO] = {}
        for part in PARTS:
            path = folder / part
            path.touch()
            file = path.open("r+b")
            file.truncate(saved[part] if saved else 0)
            file.seek(0, 2)
            self._files[part] = file

    def add(self, name: str, data: bytes) -> None:
        """Write one member; its line goes into the manifest and the directory."""
        if len(data) >= LIMIT:
            raise PackIsTooLarge(f"{name} has {len(data)} bytes.")
        crc = checksum(data)
        entry = {
            "name": name,
            "size": len(data),
            "crc32": f"{crc:08x}",
            "sha256": hashlib.sha256(data).hexdigest(),
            "blocks": block_sums(data),
        }
        self._files["manifest"].write(entry_line(entry))
        self._member(name, crc, len(data))
        self._files["pack"].write(data)

    def add_value(self, name: str, value: Any) -> None:
        """Write a member of JSON, one value to a line, each spelled as its hash is taken."""
        self.add(name, readable(value))

    def _member(self, name: str, crc: int, size: int) -> None:
        encoded = name.encode("utf-8")
        offset = self._files["pack"].tell()
        self._files["directory"].write(directory_entry(encoded, crc, size, offset))
        self._files["pack"].write(member_heading(encoded, crc, size))
        self.count += 1

    def save(self) -> dict[str, Any]:
        """How far the writing has come, once it is on disk."""
        for file in self._files.values():
            file.flush()
        return {"count": self.count, **{part: file.tell() for part, file in self._files.items()}}

    def finish(self) -> tuple[Path, str]:
        """Write the manifest, the directory and the end; the pack's path and its fingerprint."""
        manifest, pack = self._files["manifest"], self._files["pack"]
        manifest.flush()
        path = self.folder / "manifest"
        size = path.stat().st_size
        if size >= LIMIT:
            raise PackIsTooLarge(f"The manifest has {size} bytes.")
        crc, sha256 = _sums_of(path)
        self._member(MANIFEST, crc, size)
        manifest_at = pack.tell()
        self._copy(manifest)
        directory_at = pack.tell()
        self._copy(self._files["directory"])
        comment = ending_comment(manifest_at, size, sha256)
        pack.write(end_record(self.count, directory_at, pack.tell() - directory_at, comment))
        self.close()
        return self.folder / "pack", sha256

    def _copy(self, part: BinaryIO) -> None:
        part.seek(0)
        shutil.copyfileobj(part, self._files["pack"], PIECE)

    def close(self) -> None:
        """Let the files go."""
        for file in self._files.values():
            file.close()


def readable(value: Any) -> bytes:
    """JSON that people can read and that hashes to the same: the same spelling, one value to a line."""
    return (json.dumps(value, indent=1, ensure_ascii=False, default=_spelled) + "\n").encode()


def _spelled(value: Any) -> Any:
    return json.loads(canonical_bytes(value))


def _sums_of(path: Path) -> tuple[int, str]:
    crc, sha256 = 0, hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            crc = zlib.crc32(piece, crc)
            sha256.update(piece)
    return crc & LIMIT, sha256.hexdigest()
