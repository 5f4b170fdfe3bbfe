"""The word that stands on a document for all its deliveries together."""

from __future__ import annotations

from foundation import rows
from invoicing import queries
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.states import Standing
from invoicing.models import Invoice, InvoiceFollowUp
from tenants.models import Organization


def refresh_summary(organization: Organization, invoice: Invoice) -> None:
    """Write how the document's deliveries stand together, for the list's filters."""
    _write(organization, invoice, sendings.standing_of_subject(organization, invoice.pk))


def mark_unreachable(organization: Organization, invoice: Invoice) -> None:
    """The document was to be sent, and there is no way to its customer."""
    _write(organization, invoice, Standing.NOBODY)


def _write(organization: Organization, invoice: Invoice, standing: Standing) -> None:
    follow_up = queries.lock_follow_up(organization, invoice.pk)
    if follow_up is None:
        InvoiceFollowUp.objects.create(organization=organization, invoice=invoice, delivery_summary=standing.value)
    elif follow_up.delivery_summary != standing.value:
        follow_up.delivery_summary = standing.value
        rows.update(organization.pk, [follow_up], ["delivery_summary"])
