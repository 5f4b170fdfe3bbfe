"""Documents that were sent, as the tests of the desk need them: failed, returned, waiting on paper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from invoicing import queries
from invoicing.actions import deliveries, dispatch
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import News, Recipient, Sending
from invoicing.models import Delivery, Invoice
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders

SYSTEM = Actor.system()


def finalized(organization: Organization, **customer: Any) -> Invoice:
    """A finalized invoice to a customer of its own, with whom all of it can be read."""
    buyer = builders.make_customer(organization, **customer)
    made = builders.make_finalized_invoice(organization, buyer)
    with builders.in_organization(organization):
        return queries.get_invoice(organization, made.pk)


def sent(organization: Organization, invoice: Invoice, *, channel: str = "email", **more: Any) -> Delivery:
    """One delivery, queued."""
    address = {"email": "post@havglott.example", "paper": "Kaiveien 12, 0000 Nordhavn, NO"}[channel]
    now = more.pop("now", datetime.now(UTC))
    key = more.pop("key", "first")
    sending = Sending("first", key, (Recipient(channel, address, invoice.customer.name),), **more)
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=SYSTEM, now=now)
        return sendings.deliveries_of_dispatch(organization, act)[0]


def told(organization: Organization, delivery: Delivery, *states: str, **more: Any) -> Delivery:
    """What became of it, one news after the other."""
    with builders.in_organization(organization):
        for state in states:
            news = News(state, "mail_server", **(more if state == states[-1] else {}))
            delivery = deliveries.tell_delivery(organization, delivery.pk, news, now=datetime.now(UTC))
    return delivery


def bounced(organization: Organization, **customer: Any) -> Invoice:
    """An invoice whose e-mail came back."""
    invoice = finalized(organization, **customer)
    told(organization, sent(organization, invoice), "sent", "bounced", reason="550 no such user")
    return invoice


def reloaded(organization: Organization, delivery: Delivery) -> Delivery:
    """The delivery as it is stored now."""
    with builders.in_organization(organization):
        return Delivery.objects.of(organization).get(pk=delivery.pk)
