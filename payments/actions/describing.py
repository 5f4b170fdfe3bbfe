"""What we have found out about a payment: whose it is, and a note."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers import queries as customers
from payments import errors, queries
from payments.models import Payment
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def describe_payment(
    organization: Organization, payment_id: UUID, *, customer_id: UUID | None, note: str, actor: Actor
) -> Payment:
    """Say whose a payment is, and keep a note on it; one that pays something keeps its customer."""
    payment = queries.lock_payment(organization, payment_id)
    before = {"customer": payment.customer.name if payment.customer else "", "note": payment.note}
    customer = customers.get_customer(organization, customer_id) if customer_id else None
    is_moved = payment.customer_id != customer_id
    if is_moved and payment.customer_id is not None and (payment.applied or payment.refunded):
        raise errors.PaymentIsInUse(
            _("This payment pays invoices of %(customer)s. Take it off them first, then it can be given to another.")
            % {"customer": before["customer"]},
            field="customer",
        )
    payment.customer, payment.note = customer, note.strip()[:300]
    changes = audit.changes(before, {"customer": customer.name if customer else "", "note": payment.note})
    if changes:
        payment.save(update_fields=["customer", "note"])
        audit.record(actor, "payment.described", payment, changes=changes)
    return payment
