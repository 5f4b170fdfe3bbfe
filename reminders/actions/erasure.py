"""Forgetting a person in reminders and collection (GDPR art. 17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from customers.models import Customer
from payments.models import Receivable
from reminders.models import PlanChoice, Reminder
from tenants.models import Organization

APP = "reminders"


def forget_in_reminders(organization: Organization, customer_id: UUID) -> bool:
    """Blank the reasons that people wrote, in the caller's transaction; whether the customer is named yet.

    What was sent, handed over or proved stays: it is documentation of the books and of legal claims, as the invoices
    behind it are (art. 17 no. 3 b and e).
    """
    claims = Receivable.objects.of(organization).filter(customer_id=customer_id)
    choices = PlanChoice.objects.of(organization)
    choices.filter(Q(customer_id=customer_id) | Q(receivable__in=claims)).update(reason="")
    if not claims.exists():
        choices.filter(customer_id=customer_id).delete()
    Reminder.objects.of(organization).filter(customer_id=customer_id).exclude(removed_reason="").update(
        removed_reason=""
    )
    return any(_names(relation, organization, customer_id) for relation in Customer._meta.related_objects)


def _names(relation: Any, organization: Organization, customer_id: UUID) -> bool:
    model = relation.related_model
    if model._meta.app_label != APP:
        return False
    return bool(model.objects.of(organization).filter(**{f"{relation.field.name}_id": customer_id}).exists())
