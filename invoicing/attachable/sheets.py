"""Spreadsheets (XLSX and ODS): unpacked within bounds and packed anew; macros, objects and outer links are refused."""

from __future__ import annotations

import io
import zipfile
import zlib

from invoicing.attachable.kinds import ODS, XLSX, NotAttachable, Refusal, SafeFile

START = b"PK\x03\x04"
OLD_OFFICE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and every .xlsx with a password
ENTRIES_MAX = 2_000
UNPACKED_BYTES_MAX = 100_000_000
RATIO_MAX = 200
RATIO_COUNTS_FROM = 1_000_000  # a small part may be packed tightly without being a bomb
SAME_MOMENT = (1980, 1, 1, 0, 0, 0)
XLSX_MAIN = XLSX.encode() + b".main+xml"
ACTIVE_SIGNS = (b"macroenabled", b"vnd.ms-office.vbaproject", b"vnd.ms-excel.intlmacrosheet", b"activex", b"oleobject")
XLSX_ACTIVE = (
    "vbaproject", "xl/macrosheets/", "xl/dialogsheets/", "xl/activex/", "xl/embeddings/", "xl/externallinks/",
    "xl/connections", "xl/querytables/", "xl/ctrlprops/", "customui",
)  # fmt: skip
ODS_ACTIVE = ("basic/", "scripts/", "object ", "objectreplacements/", "configurations2/")
ODS_TYPE = "mimetype"


def write_anew(content: bytes) -> SafeFile:
    """The spreadsheet packed anew: nothing before, between or after its parts is kept."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return _written(_unpacked(packed))
    # Of a compression that it does not know, zipfile says that it is not implemented.
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeError, NotImplementedError, OSError) as error:
        raise NotAttachable(Refusal.DAMAGED) from error


def _unpacked(packed: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in packed.infolist() if not entry.is_dir()]
    if len(entries) > ENTRIES_MAX:
        raise NotAttachable(Refusal.BOMB)
    if any(entry.flag_bits & 1 for entry in entries):
        raise NotAttachable(Refusal.ENCRYPTED)
    for entry in entries:
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > RATIO_MAX * max(entry.compress_size, 1):
            raise NotAttachable(Refusal.BOMB)
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES_MAX:
        raise NotAttachable(Refusal.BOMB)
    parts: dict[str, bytes] = {}
    for entry in entries:
        # Two parts of one name are read by one program as the first and by another as the second.
        if entry.filename in parts or _leads_outside(entry.filename):
            raise NotAttachable(Refusal.DAMAGED)
        with packed.open(entry) as part:
            parts[entry.filename] = part.read(entry.file_size + 1)
    return parts


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/")


def _written(parts: dict[str, bytes]) -> SafeFile:
    content_type = _kind_of(parts)
    active = XLSX_ACTIVE if content_type == XLSX else ODS_ACTIVE
    if content_type == ODS:
        parts = {name: part for name, part in parts.items() if not name.lower().startswith("configurations2/")}
    if any(mark in name.lower() if content_type == XLSX else name.lower().startswith(mark)
           for name in parts for mark in active):  # fmt: skip
        raise NotAttachable(Refusal.ACTIVE)
    for name, part in parts.items():
        if name.lower().endswith((".xml", ".rels")) and b"<!DOCTYPE" in part[:4096].upper():
            raise NotAttachable(Refusal.ACTIVE)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        # ODF 1.3, part 2, 3.3: the type stands first and is not packed.
        for name in sorted(parts, key=lambda name: (name not in (ODS_TYPE, "[Content_Types].xml"), name)):
            how = zipfile.ZIP_STORED if name == ODS_TYPE else zipfile.ZIP_DEFLATED
            packed.writestr(zipfile.ZipInfo(name, SAME_MOMENT), parts[name], compress_type=how)
    return SafeFile(written.getvalue(), content_type)


def _kind_of(parts: dict[str, bytes]) -> str:
    if parts.get(ODS_TYPE, b"").strip() == ODS.encode() and "content.xml" in parts:
        return ODS
    declared = parts.get("[Content_Types].xml", b"")
    if any(sign in declared.lower() for sign in ACTIVE_SIGNS):
        raise NotAttachable(Refusal.ACTIVE)
    if XLSX_MAIN in declared and "xl/workbook.xml" in parts:
        return XLSX
    raise NotAttachable(Refusal.UNKNOWN)
