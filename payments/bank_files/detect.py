"""Which format a file has, by its content and never by its name, and the one door through which every file is read."""

from __future__ import annotations

from payments.bank_files.bgmax import read_bgmax
from payments.bank_files.camt import read_camt
from payments.bank_files.csv_file import CSV_BYTES_MAX, CsvMapping, read_csv
from payments.bank_files.csv_guess import looks_like_csv
from payments.bank_files.faults import BankFileRefused, Fault, FaultCode
from payments.bank_files.lines import BYTES_MAX, BankFileContent, BankFileFormat
from payments.bank_files.nets_files import read_nets_file

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
START_BYTES = 4096
# Records say much in little room: 200,000 payments fit. XML takes ten times as much, and is not held in memory.
BYTES_MAX_OF = {
    BankFileFormat.OCR_GIRO: 32 * 1024 * 1024,
    BankFileFormat.AVTALEGIRO: 32 * 1024 * 1024,
    BankFileFormat.BGMAX: 32 * 1024 * 1024,
    BankFileFormat.CSV: CSV_BYTES_MAX,
}


def detect_format(data: bytes) -> BankFileFormat | None:
    """The format that the first bytes tell; None for what is none of ours."""
    start = _start_of(data)
    if start.startswith(b"NY"):
        first_service = next((line[2:4] for line in start.split(b"\n") if line[6:8] == b"20"), b"09")
        return BankFileFormat.AVTALEGIRO if first_service == b"21" else BankFileFormat.OCR_GIRO
    if start.startswith(b"01BGMAX"):
        return BankFileFormat.BGMAX
    if start.startswith(b"<"):
        if b"camt.053.001." in start:
            return BankFileFormat.CAMT053
        return BankFileFormat.CAMT054 if b"camt.054.001." in start else None
    return BankFileFormat.CSV if looks_like_csv(data) else None


def read_bank_file(data: bytes, *, csv_mapping: CsvMapping | None = None, keeps_source: bool = True) -> BankFileContent:
    """The file in whatever format it is, or `BankFileRefused`: nothing is ever read in part."""
    found = detect_format(data)
    _refuse_unreadable(data, found)
    if found in (BankFileFormat.OCR_GIRO, BankFileFormat.AVTALEGIRO):
        return read_nets_file(data)
    if found == BankFileFormat.BGMAX:
        return read_bgmax(data)
    if found == BankFileFormat.CSV:
        if csv_mapping is None:
            raise _refused(1, FaultCode.MAPPING_MISSING)
        return read_csv(data, csv_mapping)
    if _start_of(data).startswith(b"<"):  # camt, or XML that is none and is refused by its name
        return read_camt(data, keeps_source=keeps_source)
    raise _refused(1, FaultCode.UNKNOWN_FORMAT)


def _refuse_unreadable(data: bytes, found: BankFileFormat | None) -> None:
    bytes_max = BYTES_MAX_OF.get(found, BYTES_MAX) if found else BYTES_MAX
    if len(data) > bytes_max:
        raise _refused(0, FaultCode.TOO_LARGE, most=bytes_max // (1024 * 1024))
    if not _start_of(data) and not data.strip():
        raise _refused(0, FaultCode.EMPTY)
    if data.startswith(UTF16_MARKS) or b"\x00" in data[:2]:
        raise _refused(1, FaultCode.ENCODING, expected="UTF-8")


def _start_of(data: bytes) -> bytes:
    return data[:START_BYTES].removeprefix(UTF8_MARK).lstrip(b" \t\r\n")


def _refused(line: int, code: FaultCode, **values: str | int) -> BankFileRefused:
    return BankFileRefused([Fault(line, code, values)])
