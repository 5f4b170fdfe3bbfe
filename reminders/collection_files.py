"""The files of a case: claims as CSV or XML and everything as a zip, the same bytes whenever written. Pure.

What stands in each is told in docs/collection-files.md; the XML follows docs/collection-case.xsd.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from foundation.spreadsheets import defuse
from reminders.collection_facts import HandedCase, HandedClaim, HandedParty

NAMESPACE = "urn:bilag:collection-case:1"
MANIFEST = "manifest.json"
# Of every entry of a zip: what is in it depends on nothing but the facts.
_MOMENT = (2000, 1, 1, 0, 0, 0)

_DEBTOR = (
    "number", "kind", "name", "organization_number", "contact_name", "street", "street_2", "postal_code", "city",
    "country", "language", "email", "phone",
)  # fmt: skip
COLUMNS = (
    "case_number", "client_number", "handed_over_on", "creditor_name", "creditor_organization_number",
    *(f"debtor_{name}" for name in _DEBTOR),
    "claim_number", "claim_kind", "principal_number", "issue_date", "due_date", "currency", "original_amount",
    "reduced_by", "open_amount", "kid", "interest_from", "interest_through", "reminders_sent", "last_reminder_on",
    "collection_notice_on", "collection_notice_deadline",
)  # fmt: skip
PAYMENT_COLUMNS = (
    "case_number",
    "client_number",
    "claim_number",
    "paid_on",
    "kind",
    "amount",
    "currency",
    "still_open",
)


def csv_of_case(case: HandedCase) -> bytes:
    """One row per claim, and below it one per addition and one for the interest; UTF-8 with a byte order mark."""
    return _table(COLUMNS, (row for claim in case.claims for row in _rows(case, claim)))


def csv_of_payments(case: HandedCase, paid: Iterator[tuple[str, date, str, Decimal, Decimal]]) -> bytes:
    """What came in here since the hand-over: claim, day, kind, amount and what is open now; for the agency."""
    rows = (
        [str(case.number), case.agency.number, number, day, kind, amount, case.currency, still_open]
        for number, day, kind, amount, still_open in paid
    )
    return _table(PAYMENT_COLUMNS, rows)


def _table(columns: tuple[str, ...], rows: Iterator[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return defuse(value)
    return "" if value is None else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _rows(case: HandedCase, claim: HandedClaim) -> Iterator[list[Any]]:
    head = [str(case.number), case.agency.number, case.day, case.creditor.name, case.creditor.organization_number]
    head += [getattr(case.debtor, name) for name in _DEBTOR]
    notice = next((each for each in reversed(claim.reminders) if each.step == "collection_notice"), None)
    sent = [
        len(claim.reminders),
        claim.reminders[-1].day if claim.reminders else None,
        notice.day if notice else None,
        notice.deadline if notice else None,
    ]
    yield [
        *head, claim.number, "principal", "", claim.issue_date, claim.due_date, case.currency, claim.original,
        claim.original - claim.open, claim.open, claim.kid, None, None, *sent,
    ]  # fmt: skip
    nothing = [None] * 4
    for added in claim.additions:
        yield [
            *head, added.number, added.kind, claim.number, added.day, added.day, case.currency, added.amount,
            added.amount - added.open, added.open, claim.kid, None, None, *nothing,
        ]  # fmt: skip
    if claim.interest:
        first = claim.interest_parts[0].first if claim.interest_parts else None
        yield [
            *head, "", "interest", claim.number, case.day, None, case.currency, claim.interest, Decimal(0),
            claim.interest, claim.kid, first, case.day, *nothing,
        ]  # fmt: skip


def xml_of_case(case: HandedCase) -> bytes:
    """The case by our own schema, with every part of the interest and every step that was sent."""
    root = etree.Element(f"{{{NAMESPACE}}}Case", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # None is the default namespace
    _leaf(root, "Number", str(case.number))
    _leaf(root, "HandedOverOn", case.day)
    _leaf(root, "Currency", case.currency)
    for name, party in (("Creditor", case.creditor), ("Agency", case.agency), ("Debtor", case.debtor)):
        _party(root, name, party)
    for claim in case.claims:
        _claim(root, claim)
    totals = _node(root, "Totals")
    for name, amount in (
        ("Principal", case.principal),
        ("Additions", case.additions),
        ("Interest", case.interest),
        ("Total", case.total),
    ):
        _leaf(totals, name, amount)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _party(root: Any, name: str, party: HandedParty) -> None:
    node = _node(root, name)
    for field in ("name", *(each for each in _DEBTOR if each != "name")):
        if value := getattr(party, field):
            _leaf(node, _camel(field), value)


def _claim(root: Any, claim: HandedClaim) -> None:
    node = _node(root, "Claim")
    for name in ("number", "issue_date", "due_date", "original", "open", "kid", "interest"):
        if (value := getattr(claim, name)) != "":
            _leaf(node, _camel(name), value)
    parts: tuple[tuple[str, tuple[Any, ...], str], ...] = (
        ("Reduction", claim.reductions, "day kind amount"),
        ("Addition", claim.additions, "number kind day amount open"),
        ("InterestPart", claim.interest_parts, "first last days rate principal amount"),
        (
            "Reminder",
            claim.reminders,
            "step day deadline channel arrived_at standing fee compensation interest file",
        ),
    )
    for name, records, fields in parts:
        for record in records:
            below = _node(node, name)
            for field in fields.split():
                if (value := getattr(record, field)) not in {None, ""}:
                    _leaf(below, _camel(field), value)
    for file in claim.files:
        _leaf(node, "Document", file)


def _node(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")


def _leaf(parent: Any, name: str, value: Any) -> None:
    _node(parent, name).text = _plain(value)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def zip_of(files: Mapping[str, bytes], facts: Mapping[str, Any]) -> bytes:
    """The files under their names, and a manifest with the facts and the SHA-256 of each."""
    told = [
        {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in sorted(files.items())
    ]
    manifest = json.dumps({**facts, "files": told}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in [*sorted(files.items()), (MANIFEST, manifest.encode())]:
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, content)
    return packed.getvalue()
