"""Packing step by step: one document or a whole period, a bounded part in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from invoicing.models import Invoice, InvoiceStatus
from invoicing.proof_pack.checker.main import SCHEMA
from invoicing.proof_pack.contents import Told, folder_of, members_of, told_of
from invoicing.proof_pack.links import AUDIT, beginning_of, end_of, links_file, links_of
from invoicing.proof_pack.script import checker_source
from invoicing.proof_pack.writing import PackWriter
from tenants.models import Organization

DOCUMENTS_PER_STEP = 25
LINKS_PER_FILE = 500
AROUND = 100  # places shown on each side of a document that is packed alone
PHASES = ("opening", "documents", "requests", "links", "closing", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is packed, as it stood when, for whom and in which language."""

    moment: datetime
    taken_by: str
    language: str
    invoice_id: UUID | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def what(self) -> str:
        """The scope in a few words that every language reads."""
        return "1" if self.invoice_id else f"{self.first_day} – {self.last_day}"

    def to_json(self) -> dict[str, Any]:
        """As plain values, for the parameters of a job."""
        return {name: None if value is None else str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(
            moment=datetime.fromisoformat(said["moment"]),
            taken_by=said["taken_by"],
            language=said["language"],
            invoice_id=UUID(said["invoice_id"]) if said["invoice_id"] else None,
            first_day=date.fromisoformat(said["first_day"]) if said["first_day"] else None,
            last_day=date.fromisoformat(said["last_day"]) if said["last_day"] else None,
        )


def documents_in(organization: Organization, scope: Scope) -> QuerySet[Invoice]:
    """The finalized documents of a scope: one, or those with an invoice date in the period."""
    rows = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED, finalized_at__lte=scope.moment)
    if scope.invoice_id:
        return rows.filter(pk=scope.invoice_id)
    return rows.filter(issue_date__gte=scope.first_day, issue_date__lte=scope.last_day)


class Packing:
    """A pack on its way: `step` does a bounded part, `state` is what a later worker needs to go on."""

    def __init__(
        self, organization: Organization, scope: Scope, writer: PackWriter, state: dict[str, Any] | None = None
    ) -> None:
        self.organization, self.scope, self.writer = organization, scope, writer
        self.state: dict[str, Any] = state or {
            "phase": PHASES[0], "after": None, "documents": 0, "reach": {}, "stretches": None, "files": 0,
        }  # fmt: skip

    @property
    def is_done(self) -> bool:
        """Whether everything but the manifest is written."""
        return bool(self.state["phase"] == "done")

    def step(self) -> None:
        """Write the next part."""
        phase = self.state["phase"]
        does = {
            "opening": self._open,
            "documents": self._pack_numbered,
            "requests": self._pack_requests,
            "links": self._pack_links,
            "closing": self._close,
        }[phase]
        if does():
            self.state["phase"] = PHASES[PHASES.index(phase) + 1]
            self.state["after"] = None

    def _open(self) -> bool:
        with translation.override(self.scope.language):
            context = {"organization": self.organization, "scope": self.scope}
            text = render_to_string("invoicing/proof/read_me.txt", context)
        self.writer.add("READ ME.txt", text.replace("\n", "\r\n").encode())
        self.writer.add("check.py", checker_source().encode())
        return True

    def _pack_numbered(self) -> bool:
        rows = documents_in(self.organization, self.scope).filter(number__gt=self.state["after"] or 0)
        return self._pack(list(rows.order_by("number")[:DOCUMENTS_PER_STEP]), "number")

    def _pack_requests(self) -> bool:
        rows = documents_in(self.organization, self.scope).filter(number=None)
        if self.state["after"]:
            rows = rows.filter(pk__gt=self.state["after"])
        return self._pack(list(rows.order_by("pk")[:DOCUMENTS_PER_STEP]), "id")

    def _pack(self, invoices: Sequence[Invoice], key: str) -> bool:
        told = told_of(self.organization, invoices, self.scope.moment)
        for invoice in invoices:
            for name, content in members_of(self.organization, told, invoice):
                if isinstance(content, bytes):
                    self.writer.add(name, content)
                else:
                    self.writer.add_value(name, content)
            self._reach(told, invoice)
        self.state["documents"] += len(invoices)
        if invoices:
            after = getattr(invoices[-1], key)
            self.state["after"] = after if key == "number" else str(after)
        return len(invoices) < DOCUMENTS_PER_STEP

    def _reach(self, told: Told, invoice: Invoice) -> None:
        """Remember up to where the chains must be shown."""
        if invoice.number is not None:
            self._widen(f"documents/{invoice.series_id}", [invoice.number])
        for voucher in told.vouchers[invoice.pk]:
            self._widen(f"vouchers/{voucher.year}", [voucher.number])
        seals = [told.seals[entry.pk] for entry in told.history[invoice.pk] if entry.pk in told.seals]
        self._widen(AUDIT, [seal.sequence for seal in seals])

    def _widen(self, chain_name: str, places: Iterable[int]) -> None:
        """A period shows one stretch from its first to its last place; one document the places around its own."""
        reach: list[list[int]] = self.state["reach"].setdefault(chain_name, [])
        for place in sorted(places):
            if self.scope.invoice_id or not reach:
                reach.append([place, place])
            else:
                reach[:] = [[min(place, reach[0][0]), max(place, reach[0][1])]]

    def _pack_links(self) -> bool:
        if self.state["stretches"] is None:
            self.state["stretches"] = self._stretches()
            self.state["after"] = [0, 0]
        which, last_place = self.state["after"]
        if which >= len(self.state["stretches"]):
            return True
        chain_name, first, last = self.state["stretches"][which]
        start = max(first, last_place + 1)
        end = min(last, start + LINKS_PER_FILE - 1)
        self.state["files"] += 1
        links = links_of(self.organization, chain_name, start, end)
        self.writer.add(f"chains/{chain_name}/{self.state['files']:06}.jsonl", links_file(links))
        self.state["after"] = [which, end] if end < last else [which + 1, 0]
        return False

    def _stretches(self) -> list[tuple[str, int, int]]:
        around = AROUND if self.scope.invoice_id else 0
        found: list[tuple[str, int, int]] = []
        for chain_name, reach in sorted(self.state["reach"].items()):
            if not reach:
                continue
            lowest = beginning_of(self.organization, chain_name)["first"]
            highest = end_of(self.organization, chain_name, self.scope.moment)
            for first, last in merged([(first - around, last + around) for first, last in reach]):
                found.append((chain_name, max(first, lowest), min(last, highest)))
        return found

    def _close(self) -> bool:
        told = []
        for chain_name in dict.fromkeys(stretch[0] for stretch in self.state["stretches"]):
            shown = [[first, last] for name, first, last in self.state["stretches"] if name == chain_name]
            told.append(beginning_of(self.organization, chain_name) | {"stretches": shown})
        self.writer.add_value("chains.json", told)
        organization = self.organization
        about = {
            "schema": SCHEMA,
            "made_with": "Bilag",
            "organization": {
                "id": organization.pk,
                "slug": organization.slug,
                "name": organization.name,
                "organization_number": organization.organization_number,
            },
            "what": self._what(),
            "from": self.scope.first_day,
            "to": self.scope.last_day,
            "taken_at": self.scope.moment,
            "taken_by": self.scope.taken_by,
            "documents": self.state["documents"],
        }
        self.writer.add_value("pack.json", about)
        return True

    def _what(self) -> str:
        if self.scope.invoice_id is None:
            return f"{self.scope.first_day} to {self.scope.last_day}"
        return folder_of(documents_in(self.organization, self.scope).get()).rstrip("/").replace("/", " ")


def merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches that touch or overlap, made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
