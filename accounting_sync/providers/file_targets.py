"""Systems that are reached by a file and not by a connection: which files they read, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

JOURNAL_CSV, GBAT10, SAFT = "journal_csv", "gbat10", "saft"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTarget:
    """One system in the list of those that one can choose, with the way that leads to it."""

    slug: str
    label: Any
    formats: tuple[str, ...]  # of ExportFormat, the best first
    why: Any


FILE_TARGETS: tuple[FileTarget, ...] = (
    FileTarget(
        slug="sumup",
        label="SumUp Invoices (Debitoor)",
        formats=(JOURNAL_CSV,),
        why=_("It has no interface that takes vouchers from others. Give the journal to whoever keeps the books."),
    ),
    FileTarget(
        slug="mamut",
        label="Mamut One",
        formats=(GBAT10,),
        why=_("It takes vouchers from a GBAT10 file only."),
    ),
    FileTarget(
        slug="24sevenoffice",
        label="24SevenOffice",
        formats=(GBAT10,),
        why=_("There is no connection to it here. It reads GBAT10 files."),
    ),
    FileTarget(
        slug="any",
        label=_("Any other system"),
        formats=(JOURNAL_CSV, GBAT10, SAFT),
        why=_("A file that it reads goes in by hand; the accountant gets the journal, the authorities SAF-T."),
    ),
)
