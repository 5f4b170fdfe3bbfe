"""How a pack lies in its file: a ZIP without compression, whose every byte follows from its members."""

from __future__ import annotations

import struct
import zlib

MANIFEST = "manifest.jsonl"
BLOCK = 1024  # bytes; each has a check sum of its own, to say where something was changed
FIRST_DAY = 0x0021  # 1980-01-01, the first day that a ZIP can tell: packs carry no clock of their own
NAMES_IN_UTF8 = 0x0800
NEEDED, MADE_BY = 45, 0x032D
MODE = 0o100644 << 16
LIMIT, COUNT_LIMIT = 0xFFFFFFFF, 0xFFFF
COMMENT = "Bilag proof; manifest offset=%020d size=%020d sha256=%s"
COMMENT_SIZE = len(COMMENT % (0, 0, "0" * 64))


def checksum(data: bytes) -> int:
    """CRC-32, as ZIP has it."""
    return zlib.crc32(data) & 0xFFFFFFFF


def block_sums(data: bytes) -> str:
    """The check sums of all blocks, eight digits each."""
    return "".join(f"{checksum(data[at : at + BLOCK]):08x}" for at in range(0, len(data), BLOCK))


def member_heading(name: bytes, crc: int, size: int) -> bytes:
    """What stands before a member's bytes."""
    flags = (NEEDED, NAMES_IN_UTF8, 0, 0, FIRST_DAY)
    return struct.pack("<4s5H3I2H", b"PK\3\4", *flags, crc, size, size, len(name), 0) + name


def directory_entry(name: bytes, crc: int, size: int, offset: int) -> bytes:
    """A member's line in the directory at the end."""
    extra = struct.pack("<2HQ", 1, 8, offset) if offset >= LIMIT else b""
    flags = (MADE_BY, NEEDED, NAMES_IN_UTF8, 0, 0, FIRST_DAY)
    lengths = (len(name), len(extra), 0, 0, 0)
    sizes = (crc, size, size)
    head = struct.pack("<4s6H3I5H2I", b"PK\1\2", *flags, *sizes, *lengths, MODE, min(offset, LIMIT))
    return head + name + extra


def end_record(count: int, offset: int, size: int, comment: bytes) -> bytes:
    """What ends the file: where the directory is, in the long form when it must, and where the manifest is."""
    long_form = b""
    if count >= COUNT_LIMIT or offset >= LIMIT:
        long_form = struct.pack(
            "<4sQ2H2I4Q", b"PK\6\6", 44, MADE_BY, NEEDED, 0, 0, count, count, size, offset
        ) + struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
    short = (min(count, COUNT_LIMIT), min(count, COUNT_LIMIT), min(size, LIMIT), min(offset, LIMIT))
    return long_form + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *short, len(comment)) + comment


def ending_comment(offset: int, size: int, sha256: str) -> bytes:
    """The comment of the ZIP: where the manifest lies and what its hash is."""
    return (COMMENT % (offset, size, sha256)).encode("ascii")
