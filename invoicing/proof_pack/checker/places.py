"""Saying where something was changed: the byte, what it was, and the field that it stands in."""

from __future__ import annotations

import hashlib
import re

from invoicing.proof_pack.checker.layout import BLOCK, block_sums, checksum

LONGEST_SEARCH = 32 * 1024 * 1024
KEY = re.compile(rb'^"((?:[^"\\]|\\.)*)": ')
BLOCKS_NAMED = 3


def _crc_table() -> list[int]:
    table = []
    for place in range(256):
        value = place
        for _bit in range(8):
            value = (value >> 1) ^ 0xEDB88320 if value & 1 else value >> 1
        table.append(value)
    return table


CRC_TABLE = _crc_table()
# The upper eight bits of a place in the table name the place.
CRC_BACKWARDS = {value >> 24: place for place, value in enumerate(CRC_TABLE)}
CRC_OF_ONE_BYTE = {value: place for place, value in enumerate(CRC_TABLE)}


def mend(data: bytes, crc: int, sha256: str) -> tuple[int, bytes] | None:
    """Where exactly one byte was changed, and the data as they were; None when it was not just one.

    A change of one byte turns the check sum in a way that depends on its place: walk back from the end until the
    turn is that of a single byte, set it back, and let the SHA-256 decide.
    """
    turn = checksum(data) ^ crc
    if not turn or len(data) > LONGEST_SEARCH:
        return None
    for place in range(len(data) - 1, -1, -1):
        change = CRC_OF_ONE_BYTE.get(turn)
        if change is not None:
            mended = data[:place] + bytes([data[place] ^ change]) + data[place + 1 :]
            if hashlib.sha256(mended).hexdigest() == sha256:
                return place, mended
        before = CRC_BACKWARDS[turn >> 24]
        turn = ((turn ^ CRC_TABLE[before]) << 8 | before) & 0xFFFFFFFF
    return None


def changed_stretches(data: bytes, sums: str) -> str:
    """The blocks whose check sums differ, in words."""
    found = block_sums(data)
    changed = [at // 8 for at in range(0, min(len(found), len(sums)), 8) if found[at : at + 8] != sums[at : at + 8]]
    named = [f"bytes {block * BLOCK} to {min(len(data), (block + 1) * BLOCK) - 1}" for block in changed[:BLOCKS_NAMED]]
    more = ["and further on"] if len(changed) > BLOCKS_NAMED else []
    return ", ".join(named + more)


def field_at(name: str, data: bytes, place: int) -> str:
    """What stands at a byte: the field of a JSON file, the element of an XML file, the line of a text."""
    if name.endswith(".json"):
        return "field " + _path_at(data, place)
    if name.endswith(".xml"):
        element = re.match(rb"</?([\w:.-]+)", data[max(0, data.rfind(b"<", 0, place + 1)) :])
        return "element " + element.group(1).decode() if element else "text"
    if name.endswith((".jsonl", ".txt", ".py")):
        return f"line {data.count(bytes([10]), 0, place) + 1}"
    return ""


def _path_at(data: bytes, place: int) -> str:
    """The path to the value in which a byte lies; our JSON stands one value to a line, indented by its depth."""
    path: list[object] = []
    end = data.find(b"\n", place)
    for line in data[: len(data) if end < 0 else end].split(b"\n"):
        text = line.lstrip(b" ")
        depth = len(line) - len(text)
        if depth == 0 or text[:1] in (b"}", b"]"):
            del path[depth:]
            continue
        key = KEY.match(text)
        last = path[depth - 1] if len(path) >= depth else None
        del path[depth - 1 :]
        path.append(key.group(1).decode("utf-8", "replace") if key else (last + 1 if isinstance(last, int) else 0))
    return ".".join(str(part) for part in path) or "(the whole)"
