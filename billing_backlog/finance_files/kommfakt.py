"""The older short form of the FL records (Kommfakt): no posting fields, no format flag, and each row a group."""

from __future__ import annotations

from dataclasses import replace

from billing_backlog.finance_files import visma_fl
from billing_backlog.finance_files.carrying import words
from billing_backlog.finance_files.dialect import Dialect
from billing_backlog.finance_files.faults import FaultList
from billing_backlog.finance_files.fixed_width import Field, Layout, Shape
from billing_backlog.finance_files.records import BasisFile

ROW = Layout(
    "FL",
    163,
    (
        Field("POSTTYPE", 1, 2, const="FL"),
        Field("KUNDENR", 3, 11, Shape.DIGITS),
        Field("NAVN", 14, 30),
        Field("ADRESSE1", 44, 30),
        Field("ADRESSE2", 74, 30),
        Field("POSTNR", 104, 4),
        Field("BETFORM", 108, 2),
        Field("OPPDRGNR", 110, 3, Shape.DIGITS),
        Field("VARENR", 113, 4, Shape.DIGITS),
        Field("LOPENR", 117, 2, Shape.DIGITS),
        Field("PRIS", 119, 9, Shape.HUNDREDTHS_SIGN_LAST),
        Field("GRUNNLAG", 128, 9, Shape.HUNDREDTHS_UNSIGNED),
        Field("BELOP", 137, 11, Shape.HUNDREDTHS_SIGN_LAST),
        Field("SAKSNR", 148, 16),
    ),
)
BEGIN = Layout("ST", 62, (Field("POSTTYPE", 1, 2, const="ST"), Field("REFERANSE", 3, 60)))
SHORT = visma_fl.Form(BEGIN, ROW, is_group_per_row=True)
CARRIES = replace(visma_fl.CARRIES, order=words("number"), line=words("article quantity unit_price amount texts"))


def written(basis: BasisFile, dialect: Dialect, faults: FaultList) -> bytes:
    """The file, one group for each row; faults are noted by order, line and field."""
    return visma_fl.written_in(SHORT.of_dialect(dialect), basis, dialect, faults)


def read(data: bytes, dialect: Dialect | None = None) -> tuple[BasisFile, FaultList]:
    """The basis in a file, and what is wrong with it, line by line."""
    return visma_fl.read_in(SHORT.of_dialect(dialect or Dialect()), data)
