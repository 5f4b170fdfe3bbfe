"""Customers and products out into a file that an import reads back without loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.importing.columns import CUSTOMER_COLUMNS, OWN, PRODUCT_COLUMNS, Column, own_columns, written_contacts
from customers.channels import words_of_order
from customers.models import Contact, Customer, Product, PropertySubject
from customers.queries import list_properties
from foundation import files
from foundation.spreadsheets import Cell, FileFormat, csv_style_of, open_table
from foundation.transactions import read_only
from tenants import jobs
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, Organization

EXPORT = "config.export_records"
CHUNK = 500
Writer = Callable[[Organization], Iterator[Sequence[Cell]]]


@transaction.atomic
def start_export(organization: Organization, kind: str, file_format: FileFormat, *, actor: Actor, key: str) -> Job:
    """Begin the job that writes all customers or products into a file."""
    parameters = {"kind": kind, "file_format": file_format.value}
    return jobs.start(organization, EXPORT, actor=actor, parameters=parameters, key=key)


def export_records(work: Work) -> None:
    """Write the file, a chunk of records at a time, and keep it under its hash."""
    organization = work.job.organization
    kind = work.job.parameters["kind"]
    file_format = FileFormat(work.job.parameters["file_format"])
    with read_only():
        columns = columns_of(organization, kind)
        total = MODELS[kind].objects.of(organization).count()
    root = Path(settings.DATA_DIR) / "exports"
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root) as folder:
        path = Path(folder) / "table"
        table = open_table(path, file_format, title=kind, style=csv_style_of(get_language() or "en"))
        table.write_header([str(column.label) for column in columns])
        done = 0
        for chunk in _chunks(organization, kind, columns):
            for row in chunk:
                table.write(row)
            done += len(chunk)
            if not jobs.tell_progress(work, done=done, total=max(total, done)):
                table.close()
                return
        table.close()
        size = path.stat().st_size
        sha256 = files.store_file(str(organization.pk), path)
    name = f"{_('customers') if kind == 'customers' else _('products')}.{file_format.value}"
    jobs.complete(
        work, {"sha256": sha256, "name": name, "size": size, "content_type": file_format.content_type, "rows": done}
    )


def columns_of(organization: Organization, kind: str) -> tuple[Column, ...]:
    """Every column of the kind, those of the organization's own properties last."""
    if kind == "products":
        return PRODUCT_COLUMNS
    return (*CUSTOMER_COLUMNS, *own_columns(list_properties(organization, PropertySubject.CUSTOMER)))


MODELS: Mapping[str, Any] = {"customers": Customer, "products": Product}


def _chunks(organization: Organization, kind: str, columns: Sequence[Column]) -> Iterator[list[list[Cell]]]:
    after: Any = None
    while True:
        with read_only():
            rows = MODELS[kind].objects.of(organization).order_by("id")
            records = list((rows.filter(pk__gt=after) if after else rows)[:CHUNK])
            people = _people(organization, records) if kind == "customers" else {}
        if not records:
            return
        yield [[_cell(record, column, people) for column in columns] for record in records]
        after = records[-1].pk


def _people(organization: Organization, records: Sequence[Any]) -> Mapping[Any, list[Contact]]:
    found: dict[Any, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.of(organization).filter(customer_id__in=[one.pk for one in records]).order_by("id"):
        found[contact.customer_id].append(contact)
    return found


def _cell(record: Any, column: Column, people: Mapping[Any, list[Contact]]) -> Cell:
    if column.name.startswith(OWN):
        return _own_cell(record.custom_properties.get(column.name.removeprefix(OWN), ""), column)
    if column.name == "contacts":
        return written_contacts(people.get(record.pk, []))
    if column.name == "endpoint":
        return f"{record.endpoint_scheme}:{record.endpoint_id}" if record.endpoint_id else ""
    if column.name == "in_use":
        return _yes_or_no(not record.is_archived)
    value = getattr(record, column.name)
    if column.reads == "yes":
        return _yes_or_no(value)
    if column.reads in {"choice", "channels"}:
        return words_of_order(value) if column.reads == "channels" else str(dict(column.choices).get(value, value))
    if column.name == "number" and isinstance(value, int):
        return str(value)
    return value if isinstance(value, Decimal) else "" if value is None else str(value)


def _own_cell(stored: str, column: Column) -> Cell:
    if column.reads != "number" or not stored:
        return stored
    try:
        return Decimal(stored)
    except InvalidOperation:
        return stored


def _yes_or_no(value: object) -> str:
    return str(_("yes") if value else _("no"))
