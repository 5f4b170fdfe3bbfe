"""Where a draft comes from: told once, in the first line of its audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from invoicing.models import Invoice
from tenants import audit
from tenants.audit import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How a draft is begun: the id that its form gives it, and where it was asked for."""

    invoice_id: UUID | None = None
    origin: str = ""  # the page, "copy", "correction", or what it was made from: "contract", "quote", "order" …
    origin_id: UUID | None = None  # of the record that it leads back to
    origin_name: str = ""

    def facts(self) -> dict[str, str]:
        """What the trail keeps of it."""
        of = str(self.origin_id) if self.origin_id else ""
        told = {"origin": self.origin, "origin_id": of, "origin_name": self.origin_name}
        return {name: value for name, value in told.items() if value}


UNTOLD = Beginning()


def tell_beginnings(begun: Sequence[tuple[Invoice, Beginning]], *, actor: Actor) -> None:
    """Write into the trail of each that the draft is made, for whom, and where it was begun."""
    audit.record_each(
        actor,
        "draft.created",
        [
            (
                invoice,
                {"customer": invoice.customer.name, "payable": str(invoice.payable_amount)} | beginning.facts(),
            )
            for invoice, beginning in begun
        ],
    )
