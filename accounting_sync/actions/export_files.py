"""The files of vouchers: each format written into a folder, piece by piece, and counted while it is written."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from django.utils.translation import gettext as _

from accounting_sync.export_words import faults_in_words
from accounting_sync.files.asked import Asked
from accounting_sync.files.gbat10 import Gbat10File, Terms
from accounting_sync.files.journal_csv import JournalCsv
from accounting_sync.files.vouchers import ControlTotals, ExportVoucher
from accounting_sync.models import ExportFormat
from accounting_sync.queries import exported_vouchers as queries
from accounting_sync.queries.exports import get_export_settings
from foundation import files
from foundation.dates import Period
from foundation.errors import DomainError
from foundation.transactions import read_only
from payments.saft.writer import write_saft
from tenants.models import Organization

DOCUMENTS_MAX = 10_000  # PDFs in one zip
JOURNAL = "journal.csv"
TERMS = tuple(Terms.__dataclass_fields__)


class CannotBeWritten(DomainError):
    """Something of the vouchers has no place in the format."""


class DocumentsAreMissing(DomainError):
    """A PDF that shall lie beside its voucher is not there."""


class ExportStopped(Exception):
    """Whoever asked for the file wants it no more."""


class Writer(Protocol):
    """A format being written."""

    def write(self, voucher: ExportVoucher) -> None:
        """All of one voucher."""

    def close(self) -> None:
        """The file is whole."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written: the vouchers under the marks; `tell` hears how far it has come and may say stop."""

    organization: Organization
    asked: Asked
    marks: queries.Marks
    vouchers: int
    today: date
    tell: Callable[[int, int], bool]


@dataclass(slots=True)
class Made:
    """A finished file that is no run yet."""

    path: Path
    ending: str
    content_type: str
    totals: ControlTotals
    documents: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    odd_lines: int | None = None
    name: str = ""  # where the format has a name of its own


def make_file(order: Order, folder: Path) -> Made:
    """Write the file that is asked for; a refusal names what cannot be written."""
    return _FORMATS[ExportFormat(order.asked.format)](order, folder)


def _journal(order: Order, folder: Path) -> Made:
    path = folder / JOURNAL
    writer = JournalCsv(path, order.organization.base_currency)
    if not order.asked.with_documents:
        return Made(path, "csv", "text/csv", _write(order, writer))
    packed = folder / "journal.zip"
    with zipfile.ZipFile(packed, "x") as pack:
        totals = _write(order, writer, pack)
        documents = len(pack.namelist())
        with path.open("rb") as journal, pack.open(_member(JOURNAL, zipfile.ZIP_DEFLATED), "w") as member:
            shutil.copyfileobj(journal, member)
    return Made(packed, "zip", "application/zip", totals, documents)


def _gbat10(order: Order, folder: Path) -> Made:
    with read_only():
        settings = get_export_settings(order.organization)
    terms = {name: getattr(settings, name) for name in TERMS}
    path = folder / "vouchers.txt"
    writer = Gbat10File(path, Terms(**terms))
    totals = _write(order, writer)
    if writer.faults:
        raise CannotBeWritten(faults_in_words(writer.faults.values()))
    return Made(path, "txt", "text/plain", totals, settings=terms, odd_lines=writer.odd_lines)


def _saft(order: Order, folder: Path) -> Made:
    organization, asked, path = order.organization, order.asked, folder / "saft.xml"
    assert asked.first is not None
    period = Period(asked.first, asked.last)
    summary = write_saft(organization, period, path, made_on=order.today, tell=order.tell)
    if summary is None:
        raise ExportStopped
    totals = ControlTotals(vouchers=summary.transactions, debit=summary.total_debit, credit=summary.total_credit)
    # The tax administration asks for this shape of name: what it is, whose, and when it was made.
    name = f"SAF-T Financial_{organization.organization_number}_{order.today:%Y%m%d}.xml"
    return Made(path, "xml", "application/xml", totals, name=name)


_FORMATS: dict[ExportFormat, Callable[[Order, Path], Made]] = {
    ExportFormat.JOURNAL_CSV: _journal,
    ExportFormat.GBAT10: _gbat10,
    ExportFormat.SAFT: _saft,
}


def _write(order: Order, writer: Writer, pack: zipfile.ZipFile | None = None) -> ControlTotals:
    """Write every voucher and count it; with a pack, put the documents into it."""
    totals = ControlTotals()
    try:
        for vouchers, documents in queries.chosen_vouchers(order.organization, order.asked, order.marks):
            for voucher in vouchers:
                writer.write(voucher)
                totals.count(voucher)
            if pack is not None:
                _add_documents(order.organization, pack, documents)
            if not order.tell(totals.vouchers, order.vouchers):
                raise ExportStopped
    finally:
        writer.close()
    return totals


def _add_documents(organization: Organization, pack: zipfile.ZipFile, documents: list[queries.DocumentPdf]) -> None:
    if len(pack.filelist) + len(documents) > DOCUMENTS_MAX:
        raise CannotBeWritten(
            _("A zip holds at most %(most)s PDFs. Choose fewer days, or leave the PDFs out.") % {"most": DOCUMENTS_MAX}
        )
    for document in documents:
        if document.sha256 is None:
            raise DocumentsAreMissing(
                _("Document %(number)s has no PDF yet. Wait until it is made and try again.")
                % {"number": document.number}
            )
        try:
            content = files.load(str(organization.pk), document.sha256)
        except files.FileIsDamaged as damage:
            raise DocumentsAreMissing(
                _("The PDF of document %(number)s is not what was made. Restore it from the backup and try again.")
                % {"number": document.number}
            ) from damage
        pack.writestr(_member(document.name, zipfile.ZIP_STORED), content)


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    """An entry that says nothing of when it was packed."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = compression
    entry.external_attr = 0o440 << 16
    return entry
