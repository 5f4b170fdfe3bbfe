"""Recomputing what the records of a pack say: documents, lines, files, vouchers and the audit trail."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from invoicing.proof_pack.checker.findings import Findings
from invoicing.proof_pack.checker.spelling import chain, digest

# Columns of a line that the snapshot repeats: they tell which line was changed.
SNAPSHOT_NAMES = {
    "position": "position",
    "description": "description",
    "detail": "detail",
    "product_number": "product_number",
    "quantity": "quantity",
    "unit_code": "unit_code",
    "unit_price": "unit_price",
    "discount_percent": "discount_percent",
    "vat_rate_percent": "vat_rate_percent",
    "delivery_date": "delivery_day",
    "net_amount": "net_amount",
}
COLUMN_TOTALS = {"net_amount": "net", "vat_amount": "vat", "rounding_amount": "rounding", "payable_amount": "payable"}


class Known:
    """What documents, vouchers and audit lines in full have shown, for the chains to be held against."""

    def __init__(self) -> None:
        self.hashes: dict[str, dict[int, str]] = {}  # by chain and place

    def add(self, chain_name: str, place: int, link: str) -> None:
        """A record in full was seen that stands in a chain."""
        self.hashes.setdefault(chain_name, {})[place] = link


def document_digests(document: dict[str, Any]) -> tuple[str, str, str]:
    """The hashes of a document's columns, its snapshot and its lines."""
    lines = [_all_columns(line) for line in document["lines"]]
    return digest(_all_columns(document)), digest(document["snapshot"]), digest(lines)


def _all_columns(row: dict[str, Any]) -> list[Any]:
    """The columns of a row as they are hashed: those that came later are told with their names."""
    return list(row["columns"].values()) + list(map(list, row.get("later", {}).items()))


def check_document(name: str, document: dict[str, Any], known: Known, findings: Findings) -> None:
    """Recompute a document's hashes and sums; name the part that is not as it was finalized."""
    columns, snapshot = document["columns"], document["snapshot"]
    column_digest, body_digest, line_digest = document_digests(document)
    if body_digest != document["body_hash"]:
        findings.problem(f"Document {name}: its snapshot is not the one that was frozen.")
    if chain(document["previous_hash"], column_digest, document["body_hash"], line_digest) != document["hash"]:
        findings.problem(f"Document {name}: {_changed_part(document)} is not what its hash says.")
    if str(columns["number"] or "") != str(document["number"] or ""):
        findings.problem(f"Document {name}: is called {document['number']}, but its number is {columns['number']}.")
    for column, total in COLUMN_TOTALS.items():
        if Decimal(columns[column]) != Decimal(snapshot["totals"][total]):
            findings.problem(f"Document {name}: {column} is {columns[column]}, its snapshot says another amount.")
    _check_sums(name, snapshot, findings)
    if columns["number"] is not None:
        known.add(f"documents/{columns['series_id']}", columns["number"], document["hash"])
    findings.seen("documents")


def _changed_part(document: dict[str, Any]) -> str:
    said = {line["id"]: line for line in document["snapshot"].get("lines", [])}
    for line in document["lines"]:
        columns = line["columns"]
        frozen = said.get(columns["id"])
        if frozen is None:
            return f"line {columns['position']}, which its snapshot does not know,"
        for column, name in SNAPSHOT_NAMES.items():
            if not _is_same(columns[column], frozen.get(name)):
                return f"field {column} of line {columns['position']}"
    return "one of its columns or lines"


def _is_same(value: Any, frozen: Any) -> bool:
    try:
        return Decimal(str(value)) == Decimal(str(frozen))
    except ArithmeticError:
        return (value or "") == (frozen or "")


def _check_sums(name: str, snapshot: dict[str, Any], findings: Findings) -> None:
    totals = {key: Decimal(value) for key, value in snapshot["totals"].items()}
    lines = sum((Decimal(line["net_amount"]) for line in snapshot["lines"]), Decimal(0))
    vat = sum((Decimal(row["vat_amount"]) for row in snapshot["vat"]), Decimal(0))
    sums = {
        "the lines": (lines, totals["lines_net"]),
        "the net amount": (totals["lines_net"] - totals["discount"], totals["net"]),
        "the VAT": (vat, totals["vat"]),
        "the gross amount": (totals["net"] + totals["vat"], totals["gross"]),
        "the amount to pay": (totals["gross"] + totals["rounding"] - totals["prepaid"], totals["payable"]),
    }
    for what, (found, said) in sums.items():
        if found != said:
            findings.problem(f"Document {name}: {what} adds up to {found}, the snapshot says {said}.")


def check_files(name: str, document: dict[str, Any], members: dict[str, bytes], findings: Findings) -> None:
    """The files are those that were made of the document and kept under their hashes."""
    for file in document["files"]:
        row = file["row"]
        if digest(list(row.values())) != file["row_hash"]:
            findings.problem(f"Document {name}: what is written of {file['member']} has been changed.")
        _check_bytes(name, file["member"], row, members, findings)
        if row["subject_id"] != document["columns"]["id"]:
            findings.problem(f"Document {name}: {file['member']} was made of another document.")
    for attachment in document["attachments"]:
        _check_bytes(name, attachment["member"], attachment, members, findings)


def _check_bytes(name: str, member: str, said: dict[str, Any], members: dict[str, bytes], findings: Findings) -> None:
    data = members.get(member)
    if data is None:
        findings.problem(f"Document {name}: {member} is missing.")
    elif hashlib.sha256(data).hexdigest() != said["sha256"] or len(data) != said["size_bytes"]:
        findings.problem(f"Document {name}: {member} is not the file that was kept.")
    findings.seen("files")


def check_sources(name: str, document: dict[str, Any], sources: list[dict[str, Any]], findings: Findings) -> None:
    """The list of sources says what the lines say."""
    said = [(line["columns"]["id"], line["columns"]["source"]) for line in document["lines"]]
    if [(source["line"], source["source"]) for source in sources] != said:
        findings.problem(f"Document {name}: sources.json says something else than its lines.")


def check_vouchers(
    name: str, document: dict[str, Any], vouchers: list[dict[str, Any]], known: Known, findings: Findings
) -> None:
    """Recompute each voucher's hash and sum, and what was posted on the document's receivable."""
    columns = document["columns"]
    for voucher in vouchers:
        head, postings = voucher["head"], voucher["postings"]
        content = [list(head.values()), [list(posting.values()) for posting in postings]]
        if chain(voucher["previous_hash"], digest(content)) != voucher["hash"]:
            findings.problem(f"Voucher {voucher['label']} of document {name}: it or a posting has been changed.")
        if sum((Decimal(posting["amount"]) for posting in postings), Decimal(0)) or len(postings) < 2:
            findings.problem(f"Voucher {voucher['label']} of document {name}: its postings do not sum to zero.")
        known.add(f"vouchers/{head['year']}", head["number"], voucher["hash"])
        if head["id"] == columns["voucher_id"]:
            sign = -1 if columns["kind"] == "credit_note" else 1
            own = [posting for posting in postings if posting["receivable_id"] == columns["receivable_id"]]
            posted = sum((Decimal(posting["currency_amount"]) for posting in own), Decimal(0))
            if posted != sign * Decimal(columns["payable_amount"]):
                findings.problem(f"Voucher {voucher['label']}: posts {posted}, document {name} says another amount.")
        findings.seen("vouchers")
    if columns["voucher_id"] and columns["voucher_id"] not in {voucher["head"]["id"] for voucher in vouchers}:
        findings.problem(f"Document {name}: its voucher is missing.")


def check_history(name: str, history: list[dict[str, Any]], known: Known, findings: Findings) -> None:
    """Recompute the seal of each line of the audit trail."""
    unsealed = erased = 0
    for line in history:
        entry, seal = line["entry"], line["seal"]
        findings.seen("audit lines")
        if seal is None:
            unsealed += 1
            continue
        erased += "erased" in line
        said = line.get("erased") or digest(list(entry.values()))
        parts = (str(seal["sequence"]), digest(list(seal["row"].values())), said)
        if chain(seal["previous_hash"], *parts) != seal["hash"] or seal["row"]["entry_id"] != entry["id"]:
            findings.problem(f"History of document {name}: line {seal['sequence']} ({entry['verb']}) has been changed.")
        known.add("audit/trail", seal["sequence"], seal["hash"])
    if erased:
        findings.note(f"Document {name}: the words of {erased} lines of its history were erased on a person's demand.")
    if unsealed:
        findings.note(f"Document {name}: {unsealed} lines of its history were not sealed yet when the pack was made.")


def parsed(data: bytes, name: str, findings: Findings) -> Any:
    """The JSON of a member, or None with a problem."""
    try:
        return json.loads(data)
    except ValueError as error:
        findings.problem(f"{name}: cannot be read: {error}.")
        return None
