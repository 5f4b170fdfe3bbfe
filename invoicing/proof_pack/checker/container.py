"""Reading a pack byte for byte: the file itself, its manifest, and each member against the manifest."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import struct
from collections.abc import Iterator
from typing import Any

from invoicing.proof_pack.checker.findings import Findings
from invoicing.proof_pack.checker.layout import (
    COMMENT_SIZE,
    MANIFEST,
    block_sums,
    checksum,
    directory_entry,
    end_record,
    ending_comment,
    member_heading,
)
from invoicing.proof_pack.checker.places import changed_stretches, field_at, mend

COMMENT_SAYS = re.compile(rb"Bilag proof; manifest offset=(\d{20}) size=(\d{20}) sha256=([0-9a-f]{64})")
ENTRY_KEYS = ["name", "size", "crc32", "sha256", "blocks"]
HEADING_SIZE = 30
PIECE = 1 << 20


def entries_of(manifest: bytes, findings: Findings) -> Iterator[dict[str, Any]]:
    """The manifest line by line; a line that is not spelled as we spell it is a problem."""
    for number, line in enumerate(io.BytesIO(manifest), start=1):
        try:
            entry = json.loads(line)
            is_ours = list(entry) == ENTRY_KEYS and entry_line(entry) == line and int(entry["crc32"], 16) >= 0
            is_ours = is_ours and not {"", ".", ".."} & set(entry["name"].split("/"))
        except (ValueError, TypeError, AttributeError):
            is_ours = False
        if is_ours:
            yield entry
        else:
            findings.problem(f"{MANIFEST}: line {number} cannot be read as we wrote it.")


def entry_line(entry: dict[str, Any]) -> bytes:
    """A line of the manifest."""
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode("utf-8") + b"\n"


def examine(entry: dict[str, Any], data: bytes, findings: Findings) -> None:
    """Hold a member's bytes against its line in the manifest, and say where they differ."""
    name = entry["name"]
    if hashlib.sha256(data).hexdigest() == entry["sha256"] and len(data) == entry["size"]:
        if checksum(data) != int(entry["crc32"], 16) or block_sums(data) != entry["blocks"]:
            findings.problem(f"{MANIFEST}: the check sums of {name} have been changed; the file itself is whole.")
        return
    if len(data) != entry["size"]:
        findings.problem(f"{named(name)}: has {len(data)} bytes, not {entry['size']}.")
        return
    found = mend(data, int(entry["crc32"], 16), entry["sha256"])
    if found is None:
        where = changed_stretches(data, entry["blocks"]) or "nowhere that the check sums show"
        findings.problem(f"{named(name)}: has been changed ({where}).")
        return
    place, was = found
    field = field_at(name, was, place)
    inside = f", in {field}" if field else ""
    findings.problem(
        f"{named(name)}: byte {place} has been changed{inside}: it is 0x{data[place]:02x} and was 0x{was[place]:02x}."
    )


def named(name: str) -> str:
    """A member with the document that it belongs to."""
    parts = name.split("/")
    return f"{name} (document {parts[1]})" if parts[0] == "documents" and len(parts) > 2 else name


class ZipPack:
    """A pack as one file: every byte of it is either a member's or follows from the members."""

    def __init__(self, path: str, findings: Findings) -> None:
        self.path, self.findings = path, findings
        self.file = open(path, "rb")  # noqa: SIM115 - closed with the pack
        self.length = os.path.getsize(path)
        self.fingerprint = ""
        self.quiet = Findings()  # for the second reading of the manifest: what cannot be read is told once
        self.manifest = self._find_manifest()

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Each member in order with its bytes, examined on the way; then the directory and the end."""
        if self.manifest is None:
            return
        at = count = 0
        for entry in entries_of(self.manifest, self.findings):
            name, crc = entry["name"], int(entry["crc32"], 16)
            at = self._expect(at, member_heading(name.encode("utf-8"), crc, entry["size"]), f"the heading of {name}")
            data = self._read(at, entry["size"])
            examine(entry, data, self.findings)
            at += entry["size"]
            count += 1
            yield name, data
        crc = checksum(self.manifest)
        heading = member_heading(MANIFEST.encode(), crc, len(self.manifest))
        at = manifest_at = self._expect(at, heading, f"the heading of {MANIFEST}")
        self._check_end(at + len(self.manifest), manifest_at - len(heading), count)

    def _check_end(self, at: int, manifest_begins: int, count: int) -> None:
        assert self.manifest is not None
        directory_at, offset = at, 0
        for entry in entries_of(self.manifest, self.quiet):
            name = entry["name"].encode("utf-8")
            line = directory_entry(name, int(entry["crc32"], 16), entry["size"], offset)
            at = self._expect(at, line, f"the directory's line on {entry['name']}")
            offset += HEADING_SIZE + len(name) + entry["size"]
        line = directory_entry(MANIFEST.encode(), checksum(self.manifest), len(self.manifest), manifest_begins)
        at = self._expect(at, line, f"the directory's line on {MANIFEST}")
        begins = manifest_begins + HEADING_SIZE + len(MANIFEST)
        comment = ending_comment(begins, len(self.manifest), self.fingerprint)
        at = self._expect(at, end_record(count + 1, directory_at, at - directory_at, comment), "the end record")
        if at < self.length:
            self.findings.problem(f"The pack's file: from byte {at} on, {self.length - at} bytes have been added.")

    def _expect(self, at: int, expected: bytes, what: str) -> int:
        actual = self._read(at, len(expected))
        if actual != expected:
            place = at
            while actual[place - at : place - at + 1] == expected[place - at : place - at + 1]:
                place += 1
            self.findings.problem(f"The pack's file: byte {place}, in {what}, is not what it was.")
        return at + len(expected)

    def _read(self, at: int, size: int) -> bytes:
        self.file.seek(at)
        return self.file.read(size)

    def _find_manifest(self) -> bytes | None:
        """The manifest's bytes: by the comment at the end, or, where that was changed, by walking from the start."""
        said = COMMENT_SAYS.fullmatch(self._read(max(0, self.length - COMMENT_SIZE), COMMENT_SIZE))
        wanted = said.group(3).decode() if said else ""
        if said:
            data = self._read(int(said.group(1)), int(said.group(2)))
            self.fingerprint = hashlib.sha256(data).hexdigest()
            if self.fingerprint == wanted:
                return data
        walked = self._walk()
        if walked is None:
            self.findings.problem(f"The pack's file: {MANIFEST} was not found; the file is cut off or not a pack.")
            return None
        data, crc = walked
        if checksum(data) != crc:
            found = mend(data, crc, wanted)
            if found is None:
                self.findings.problem(f"{MANIFEST}: has been changed.")
            else:
                place, was = found
                where = f"byte {place} has been changed, in line {was.count(bytes([10]), 0, place) + 1}"
                self.findings.problem(f"{MANIFEST}: {where}: it is 0x{data[place]:02x} and was 0x{was[place]:02x}.")
                data = was
        self.fingerprint = hashlib.sha256(data).hexdigest()
        return data

    def _walk(self) -> tuple[bytes, int] | None:
        at = 0
        while True:
            heading = self._read(at, HEADING_SIZE)
            if len(heading) < HEADING_SIZE or heading[:4] != b"PK\3\4":
                return None
            crc, size, _size, name_size, _extra = struct.unpack("<3I2H", heading[14:])
            name = self._read(at + HEADING_SIZE, name_size)
            at += HEADING_SIZE + name_size
            if name == MANIFEST.encode():
                return self._read(at, size), crc
            at += size


class FolderPack:
    """A pack that was unpacked into a folder."""

    def __init__(self, path: str, findings: Findings) -> None:
        self.path, self.findings = path, findings
        self.fingerprint = ""
        try:
            with open(os.path.join(path, MANIFEST), "rb") as file:
                self.manifest: bytes | None = file.read()
            self.fingerprint = hashlib.sha256(self.manifest or b"").hexdigest()
        except OSError:
            self.manifest = None
            findings.problem(f"{MANIFEST} is missing: this folder is not a pack, or not the whole of it.")

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Each member in order with its bytes, examined on the way; then the files that nobody listed."""
        listed = {MANIFEST}
        for entry in entries_of(self.manifest or b"", self.findings):
            name = entry["name"]
            listed.add(name)
            try:
                with open(os.path.join(self.path, *name.split("/")), "rb") as file:
                    data = file.read()
            except OSError:
                self.findings.problem(f"{named(name)}: is missing.")
                continue
            examine(entry, data, self.findings)
            yield name, data
        if self.manifest is not None:
            self._name_strays(listed)

    def _name_strays(self, listed: set[str]) -> None:
        for folder, _folders, files in os.walk(self.path):
            for file in files:
                name = os.path.relpath(os.path.join(folder, file), self.path).replace(os.sep, "/")
                if name not in listed:
                    self.findings.problem(f"{name}: does not belong to the pack.")
