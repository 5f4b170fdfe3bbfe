"""Beginning a draft by hand from a subscription: one line as it is charged today, which its charges know nothing of."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from billing_backlog.queries.subscriptions import lock_subscription, terms_of
from billing_backlog.subscriptions import price_on
from invoicing.actions.beginnings import Beginning
from invoicing.actions.drafts import create_draft
from invoicing.models import Invoice
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def draft_for_subscription(organization: Organization, subscription_id: UUID, *, actor: Actor, today: date) -> Invoice:
    """A new draft to the customer that says which subscription it was begun from (M-109)."""
    subscription = lock_subscription(organization, subscription_id)
    price = price_on(terms_of(organization, subscription), max(today, subscription.starts_on))
    line = {
        "product_id": subscription.product_id,
        "description": subscription.text,
        "quantity": price.quantity,
        "unit_code": subscription.unit_code,
        "unit_price": price.unit_price,
    }
    said = {"vat_treatment": subscription.vat_treatment, "revenue_account": subscription.revenue_account}
    return create_draft(
        organization,
        customer=subscription.customer,
        header={"currency": subscription.currency},
        lines=[line | {name: value for name, value in said.items() if value}],
        actor=actor,
        today=today,
        beginning=Beginning(origin="subscription", origin_id=subscription.pk, origin_name=subscription.name),
    )
