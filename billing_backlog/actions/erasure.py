"""Forgetting a person in work that is planned, booked or offered (GDPR art. 17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from billing_backlog.models import BillingAutomation, Booking, Quote, Visit
from customers.models import Customer
from tenants.models import Organization

APP = "billing_backlog"


def forget_in_work(organization: Organization, customer_id: UUID) -> bool:
    """Blank what names a person beside work and offers, in the caller's transaction; whether the customer is named yet.

    Work keeps what was done, and a quote that was answered keeps its words: it is an agreement. A quote that was never
    sent goes, and one that nobody has answered forgets to whom it went.
    """
    Visit.objects.of(organization).filter(customer_id=customer_id).update(place="", note="")
    used = Q(customer_id=customer_id) | Q(payer_id=customer_id)
    Booking.objects.of(organization).filter(used).update(contact_email="", note="", told_to=[])
    BillingAutomation.objects.of(organization).filter(customer_id=customer_id).delete()
    quotes = Quote.objects.of(organization).filter(customer_id=customer_id, accepted_at=None, declined_at=None)
    quotes.filter(sent_at=None).delete()
    quotes.update(contact_name="", contact_email="", buyer_reference="")
    return any(_names(relation, organization, customer_id) for relation in Customer._meta.related_objects)


def _names(relation: Any, organization: Organization, customer_id: UUID) -> bool:
    model = relation.related_model
    if model._meta.app_label != APP:
        return False
    return bool(model.objects.of(organization).filter(**{f"{relation.field.name}_id": customer_id}).exists())
