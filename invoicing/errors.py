"""Refusals that several verbs of invoicing share."""

from __future__ import annotations

from typing import Any, Self

from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing.models import Invoice


class InvoiceAlreadyFinalized(DomainError):
    """The document has its number and is frozen."""

    def __init__(self, message: Any, *, invoice: Invoice) -> None:
        super().__init__(message)
        self.invoice = invoice

    @classmethod
    def of(cls, invoice: Invoice) -> Self:
        """The sentence for one document: its number and who gave it."""
        return cls(
            _("This document was finalized as %(number)s by %(actor)s.")
            % {"number": invoice.number, "actor": invoice.finalized_by},
            invoice=invoice,
        )


class NotFinalized(DomainError):
    """The act needs a finalized document."""


class StaleDraft(DomainError):
    """The draft was saved by somebody else since this save was begun."""


class DraftIsIncomplete(DomainError):
    """Something that the law or the receiver demands is missing; the findings say what."""

    def __init__(self, message: Any, *, invoice: Invoice, findings: list[dict[str, Any]]) -> None:
        super().__init__(message)
        self.invoice = invoice
        self.findings = findings


class DraftChangedSinceCheck(DomainError):
    """The draft, its customer or our own details changed after they were checked."""
