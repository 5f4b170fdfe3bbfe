"""What stays changeable on a document, draft or finalized: its own properties."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from customers.models import PropertySubject
from customers.own_values import checked_values, merged, named_changes
from customers.queries import list_properties
from foundation.templatetags.formatting import language_of_page
from invoicing import queries
from invoicing.models import InvoiceFollowUp
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def set_custom_properties(
    organization: Organization, invoice_id: UUID, values: Mapping[str, str], *, actor: Actor
) -> InvoiceFollowUp:
    """Write the values of own properties by their ids, an empty one to forget it; refused where a kind does not fit."""
    invoice = queries.lock_invoice(organization, invoice_id)
    definitions = list_properties(organization, PropertySubject.INVOICE)
    checked = checked_values(definitions, values, language_of_page())
    row = queries.lock_follow_up(organization, invoice_id) or InvoiceFollowUp(
        organization=organization, invoice=invoice
    )
    kept = merged(row.custom_properties, checked)
    changes = named_changes(definitions, row.custom_properties, kept)
    if changes:
        row.custom_properties = kept
        row.save()
        audit.record(actor, "invoice.properties_set", invoice, changes=changes)
    return row
