"""Who follows a document up: changeable as long as the document stands."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing import queries
from invoicing.models import Invoice, InvoiceFollowUp
from tenants import audit
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization


class OwnerIsNoMember(DomainError):
    """Only somebody who works in the organization follows its documents up."""


@transaction.atomic
def set_owner(organization: Organization, invoice_id: UUID, *, owner_id: UUID | None, actor: Actor) -> Invoice:
    """Give the document to somebody, or to nobody; who has it already keeps it and nothing is written."""
    invoice = queries.lock_invoice(organization, invoice_id)
    member = None
    if owner_id is not None:
        member = tenants.list_memberships(organization).filter(user_id=owner_id).first()
        if member is None:
            raise OwnerIsNoMember(_("Choose somebody who works in %(name)s.") % {"name": organization}, field="owner")
    follow_up = queries.follow_up_of(organization, invoice_id)
    before = follow_up.owner if follow_up else None
    owner = member.user if member else None
    if before == owner:
        return invoice
    if follow_up is None:
        InvoiceFollowUp.objects.create(organization=organization, invoice=invoice, owner=owner)
    else:
        InvoiceFollowUp.objects.of(organization).filter(pk=follow_up.pk).update(owner=owner)
    change = {"owner": [str(before or ""), str(owner or "")]}
    audit.record(actor, "invoice.owner_changed", invoice, changes=change)
    return invoice
