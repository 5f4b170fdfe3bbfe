"""The files that an e-mail brings: the document's own and what goes with it, unless together they are too large."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from invoicing import queries
from invoicing.attachable.kinds import MEGABYTE
from invoicing.dispatching.plain import Letter
from invoicing.documents.words import words_in
from invoicing.models import FileKind, Invoice
from tenants.models import Organization

ENCLOSED_BYTES_MAX = 25 * MEGABYTE  # what most mail servers take; beyond it the link stands in for the files
NOT_IN_NAMES = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A stored file and what it is called in the mail."""

    name: str
    content_type: str
    sha256: str
    size_bytes: int


def enclosures_of(
    organization: Organization, invoice: Invoice, letter: Letter, *, attaches_ehf: bool
) -> list[Enclosure]:
    """The files that the letter asks for and that are made; `attaches_ehf` where it does not say."""
    made = queries.files_of(organization, invoice.pk)
    title = words_in(invoice.language)[invoice.kind]
    wanted = []
    if letter.attach_pdf:
        wanted.append((FileKind.PDF, "application/pdf", "pdf"))
    if attaches_ehf if letter.attach_ehf is None else letter.attach_ehf:
        wanted.append((FileKind.EHF, "application/xml", "xml"))
    found = [
        Enclosure(file_name(f"{title}-{invoice.number}.{ending}"), content_type, row.sha256, row.size_bytes)
        for kind, content_type, ending in wanted
        if (row := made.get(kind)) is not None
    ]
    if letter.attach_pdf:
        found += [
            Enclosure(file_name(file.name), file.content_type, file.sha256, file.size_bytes)
            for file in queries.attachments_of(organization, invoice.pk)
        ]
    return found


def are_too_large(enclosures: Sequence[Enclosure]) -> bool:
    """Whether the files are more than an e-mail should carry."""
    return sum(one.size_bytes for one in enclosures) > ENCLOSED_BYTES_MAX


def file_name(name: str) -> str:
    """A name of a file that holds nothing but letters, digits, dots, hyphens and underscores."""
    return NOT_IN_NAMES.sub("-", name).strip("-.")[:100] or "file"
