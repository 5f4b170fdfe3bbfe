"""The links of the chains: of each place its hash and what it was taken of, without the records themselves."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from foundation.canonical import digest
from invoicing.frozen import document_content, lines_digest
from invoicing.models import Invoice, InvoiceLine, NumberSeries
from payments.ledger import voucher_content
from payments.models import Posting, Voucher, VoucherSeries
from tenants.models import AuditEntry, AuditSeal, Organization
from tenants.sealing import entry_digest, erased_digests

AUDIT = "audit/trail"


@dataclass(frozen=True, slots=True)
class Link:
    """One place of a chain: the hash before it, what its own hash was taken of, and its own hash."""

    place: int
    previous: str
    parts: tuple[str, ...]
    hash: str


def links_file(links: Sequence[Link]) -> bytes:
    """The links line by line; the first line names the hash that it continues."""
    lines = []
    for position, link in enumerate(links):
        before = [link.previous] if position == 0 else []
        lines.append(json.dumps([link.place, *before, *link.parts, link.hash], separators=(",", ":")))
    return ("\n".join(lines) + "\n").encode()


def links_of(organization: Organization, chain_name: str, first: int, last: int) -> list[Link]:
    """The links of one chain from one place to another."""
    kind, owner = chain_name.split("/")
    if kind == "documents":
        return _document_links(organization, UUID(owner), first, last)
    if kind == "vouchers":
        return _voucher_links(organization, int(owner), first, last)
    return _audit_links(organization, first, last)


def _document_links(organization: Organization, series_id: UUID, first: int, last: int) -> list[Link]:
    rows = Invoice.objects.of(organization).filter(series_id=series_id, number__range=(first, last))
    invoices = list(rows.defer("snapshot").order_by("number"))
    lines: dict[UUID, list[InvoiceLine]] = defaultdict(list)
    for line in InvoiceLine.objects.of(organization).filter(invoice_id__in=[invoice.pk for invoice in invoices]):
        lines[line.invoice_id].append(line)
    return [
        Link(
            invoice.number or 0,
            invoice.previous_hash,
            (digest(document_content(invoice)), invoice.body_hash, lines_digest(lines[invoice.pk])),
            invoice.hash,
        )
        for invoice in invoices
    ]


def _voucher_links(organization: Organization, year: int, first: int, last: int) -> list[Link]:
    rows = Voucher.objects.of(organization).filter(year=year, number__range=(first, last)).order_by("number")
    vouchers = list(rows)
    postings: dict[UUID, list[Posting]] = defaultdict(list)
    for posting in Posting.objects.of(organization).filter(voucher_id__in=[voucher.pk for voucher in vouchers]):
        postings[posting.voucher_id].append(posting)
    return [
        Link(
            voucher.number,
            voucher.previous_hash,
            (digest(voucher_content(voucher, postings[voucher.pk])),),
            voucher.hash,
        )
        for voucher in vouchers
    ]


def _audit_links(organization: Organization, first: int, last: int) -> list[Link]:
    seals = list(AuditSeal.objects.of(organization).filter(sequence__range=(first, last)).order_by("sequence"))
    entries = AuditEntry.objects.of(organization).in_bulk([seal.entry_id for seal in seals])
    erased = erased_digests(organization.pk, entries)
    return [
        Link(
            seal.sequence,
            seal.previous_hash,
            (
                digest([seal.id, seal.organization_id, seal.entry_id, seal.sealed_at]),
                erased.get(seal.entry_id) or entry_digest(entries[seal.entry_id]) if seal.entry_id in entries else "",
            ),
            seal.hash,
        )
        for seal in seals
    ]


def beginning_of(organization: Organization, chain_name: str) -> dict[str, Any]:
    """What a chain is called, its first place, and of what the hash before that was taken."""
    kind, owner = chain_name.split("/")
    if kind == "documents":
        series = NumberSeries.objects.of(organization).get(pk=owner)
        genesis = [str(series.pk), series.code, series.name, series.first_number, series.last_allowed]
        name, first = f"Series {series.code}", series.first_number
    elif kind == "vouchers":
        year = VoucherSeries.objects.of(organization).get(year=int(owner))
        name, first, genesis = f"Vouchers {owner}", 1, [year.pk, year.organization_id, year.year]
    else:
        name, first, genesis = "Audit trail", 1, []
    return {"chain": chain_name, "name": name, "first": first, "genesis": genesis}


def end_of(organization: Organization, chain_name: str, moment: datetime) -> int:
    """The last place of a chain at that moment; 0 before the first."""
    kind, owner = chain_name.split("/")
    if kind == "documents":
        rows: Any = Invoice.objects.of(organization).filter(series_id=UUID(owner), finalized_at__lte=moment)
        column = "number"
    elif kind == "vouchers":
        rows = Voucher.objects.of(organization).filter(year=int(owner), posted_at__lte=moment)
        column = "number"
    else:
        rows = AuditSeal.objects.of(organization).filter(sealed_at__lte=moment)
        column = "sequence"
    return int(rows.aggregate(end=Max(column))["end"] or 0)
