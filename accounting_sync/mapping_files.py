"""Mappings as a table in a file: written for people and spreadsheets, read back whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from accounting_sync.mapping.choosing import target_named, typed_target
from accounting_sync.mapping.entries import Target
from accounting_sync.models import AccountMapping
from accounting_sync.providers.base import Adapter
from accounting_sync.queries.mappings import Choices, OwnRow, lists_for, targets_for
from foundation.errors import DomainError
from foundation.spreadsheet_reading import read_table

# Names of columns are not translated: a file is read wherever it was written.
COLUMNS = ("kind", "ours", "name", "customer", "remote_id", "remote_code", "remote_name")
NEEDED = ("kind", "ours", "remote_id", "remote_code")
ROWS_MAX = 2_000
NAMED_MAX = 5


class MappingFileRefused(DomainError):
    """The file cannot be taken; the sentence names the lines."""


def rows_of_file(own: Sequence[OwnRow], exceptions: Iterable[AccountMapping]) -> Iterator[list[str]]:
    """A line for each of ours, mapped or not, and for each exception."""
    for row in own:
        yield [row.kind, row.local_key, row.label, "", *_told(row.mapping)]
    for mapping in exceptions:
        number = str(mapping.customer.number) if mapping.customer is not None else ""
        yield [mapping.kind, mapping.local_key, "", number, *_told(mapping)]


def read_mapping_file(
    content: bytes, adapter: Adapter, own: Sequence[OwnRow], choices: Choices
) -> dict[tuple[str, str], Target]:
    """What a file maps: (our key, customer number) → theirs; lines without a code of theirs say nothing.

    Raises MappingFileRefused for lines that name nothing of ours, or nothing in the accounting system's lists.
    """
    table = read_table(content)
    places = {name: table.header.index(name) for name in COLUMNS if name in table.header}
    if any(name not in places for name in NEEDED):
        raise MappingFileRefused(
            _("The file needs the columns %(columns)s. Take an export as the pattern.")
            % {"columns": ", ".join(NEEDED)},
            field="file",
        )
    if len(table.rows) > ROWS_MAX:
        raise MappingFileRefused(_("The file has more than %(most)s lines.") % {"most": ROWS_MAX}, field="file")
    known = {row.key: row for row in own}
    wanted: dict[tuple[str, str], Target] = {}
    wrong = []
    for line, cells in zip(table.lines, table.rows, strict=True):
        told = {name: cells[place].strip() for name, place in places.items()}
        if not told["remote_id"] and not told["remote_code"]:
            continue
        row = known.get(f"{told['kind']}:{told['ours']}")
        target = _target(adapter, row, choices, told["remote_id"], told["remote_code"]) if row is not None else None
        if row is None or target is None:
            wrong.append(line)
        else:
            wanted[(row.key, told.get("customer", ""))] = target
    if wrong:
        named = ", ".join(str(line) for line in wrong[:NAMED_MAX])
        raise MappingFileRefused(
            _("Lines that name nothing of yours, or nothing in the accounting system’s lists: %(lines)s.")
            % {"lines": named},
            field="file",
        )
    return wanted


def _target(adapter: Adapter, row: OwnRow, choices: Choices, remote_id: str, code: str) -> Target | None:
    if not lists_for(adapter, row.kind, purpose=row.purpose, dimension=row.local_key.partition(":")[0]):
        return typed_target(remote_id or code)
    targets = targets_for(adapter, row, choices)
    return (target_named(remote_id, targets) if remote_id else None) or (target_named(code, targets) if code else None)


def _told(mapping: AccountMapping | None) -> list[str]:
    if mapping is None:
        return ["", "", ""]
    return [mapping.remote_id, mapping.remote_code, mapping.remote_label]
