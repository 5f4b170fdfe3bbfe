"""The log beside every finance file: what the case workers check the file against. It never tells a national id."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing_backlog.finance_files.records import plain_text
from foundation.spreadsheets import defuse

ENCODING = "iso-8859-1"
COLUMNS = (
    "Reservasjon_Id",
    "Reservasjon_Type",
    "Ordrenr",
    "Kundenavn",
    "Kundenummer",
    "Varelinjer med dato",
    "Bygg",
    "Beløp",
    "Beløp2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One line of the basis as its case worker knows it; the customer by our own number."""

    source_id: str
    source_kind: str
    order_number: str
    customer_name: str
    customer_number: str
    text: str
    place: str = ""
    amount: Decimal
    vat_amount: Decimal


def written(rows: Iterable[LogRow]) -> bytes:
    """The log; letters that ISO 8859-1 lacks become question marks, for nothing is booked by it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        texts = (row.source_id, row.source_kind, row.order_number, row.customer_name, row.customer_number, row.text)
        amounts = (f"{row.amount:.2f}".replace(".", ","), f"{row.vat_amount:.2f}".replace(".", ","))
        writer.writerow([*(defuse(plain_text(text)) for text in (*texts, row.place)), *amounts])
    return out.getvalue().encode(ENCODING, "replace")
