"""Reading what an agency tells of many cases in one file: a row per case, each good or with what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from foundation.canonical import digest
from foundation.errors import DomainError
from foundation.spreadsheet_reading import TableRead, read_table
from reminders.collection_states import TOLD_BY_AGENCIES

SIZE_MAX = 2 * 1024 * 1024
ROWS_MAX = 2_000
TEXT_LENGTH = 300
NEEDED = ("case_number", "status", "day")
COLUMNS = (*NEEDED, "amount_paid", "text")
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?\Z")
_BLANKS = dict.fromkeys(map(ord, " \u00a0\u202f"))


class StatusFileIsUnclear(DomainError):
    """The file as a whole cannot be read as news of cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One line of the file: what it says of which case, or what is wrong with it."""

    line: int
    case_number: int = 0
    state: str = ""
    day: date | None = None
    paid: Decimal | None = None
    text: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is told of one case."""

    state: str
    day: date
    paid: Decimal | None = None
    text: str = ""

    @property
    def fingerprint(self) -> str:
        """By which the same news is known again."""
        return digest([self.state, self.day, self.paid, self.text])


def read_status(content: bytes, *, today: date) -> list[StatusRow]:
    """The rows of the file; refused as a whole where it is no such table."""
    if len(content) > SIZE_MAX:
        raise StatusFileIsUnclear(_("The file is larger than %(most)s MB. Split it.") % {"most": SIZE_MAX >> 20})
    table = read_table(content)
    names = [name.strip().casefold() for name in table.header]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise StatusFileIsUnclear(
            _("The file has no column %(names)s. Its first line names the columns: %(all)s.")
            % {"names": ", ".join(missing), "all": ", ".join(COLUMNS)},
            field="file",
        )
    if len(table.rows) > ROWS_MAX:
        raise StatusFileIsUnclear(_("The file has more than %(most)s rows. Split it.") % {"most": ROWS_MAX})
    return [_row(table, names, place, today) for place in range(len(table.rows))]


def _row(table: TableRead, names: list[str], place: int, today: date) -> StatusRow:
    cells = dict(zip(names, table.rows[place], strict=True))
    said = {name: cells.get(name, "").strip() for name in COLUMNS}
    line = table.lines[place]
    if not said["case_number"].isdigit() or len(said["case_number"]) > 9:
        return StatusRow(line=line, fault=_("“%(said)s” is no case number.") % {"said": said["case_number"][:40]})
    number, state = int(said["case_number"]), said["status"].casefold()
    if state not in TOLD_BY_AGENCIES:
        sentence = _("“%(said)s” is no status. It is one of %(all)s.")
        told = {"said": said["status"][:40], "all": ", ".join(TOLD_BY_AGENCIES)}
        return StatusRow(line=line, case_number=number, fault=sentence % told)
    day = _day(said["day"])
    if day is None or day > today:
        return StatusRow(
            line=line, case_number=number, state=state, fault=_("“%(said)s” is no day.") % {"said": said["day"][:40]}
        )
    written = said["amount_paid"].translate(_BLANKS)
    amount = written.replace(",", ".") if table.decimal_mark == "," else written
    if amount and not _AMOUNT.match(amount):
        fault = _("“%(said)s” is no amount.") % {"said": said["amount_paid"][:40]}
        return StatusRow(line=line, case_number=number, state=state, day=day, fault=fault)
    paid = Decimal(amount) if amount else None
    return StatusRow(line=line, case_number=number, state=state, day=day, paid=paid, text=said["text"][:TEXT_LENGTH])


def _day(said: str) -> date | None:
    for layout in DATE_FORMATS:
        try:
            return datetime.strptime(said, layout).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
