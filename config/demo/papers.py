"""Receipts and statements of the demo: one of each that arrived, and a statement that came back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from config.demo.people import DemoPeople
from foundation.transactions import read_only
from invoicing.actions import deliveries, papers
from invoicing.actions.links import make_statement_link
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.plain import News, Outcome
from invoicing.models import CustomerPaper, Delivery, PaperKind
from invoicing.papers.letter import Post
from invoicing.papers.queries import customers_with_open_items
from payments.models import Payment, PaymentSource
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization

KEY = "demo"
TOOK_IT = Outcome(states.SENT, source="mail_server", reason="250 2.0.0 Ok: queued")
NO_SUCH_USER = News(
    states.BOUNCED, "mailbox", "5.1.1 550 No such user here", reason_code="no_such_address", key="demo:returned"
)


def send_papers(organization: Organization, people: DemoPeople) -> None:
    """Send them by e-mail as the accountant does; a company that has made one stays as it is."""
    with organization_context(organization.pk), translation.override(organization.language), transaction.atomic():
        if CustomerPaper.objects.of(organization).exists():
            return
        now = timezone.now() - timedelta(hours=3)
        if (payment := _paid_by_hand(organization)) is not None:
            _send(
                organization,
                papers.make_receipt(organization, payment.pk, actor=people.accountant, now=now),
                people,
                now,
            )
        today = local_today(organization)
        with read_only():
            owing = [each for each in customers_with_open_items(organization, today) if each.email][:2]
        for place, debtor in enumerate(owing):
            paper = papers.make_statement(
                organization, debtor.customer_id, (None, today), actor=people.accountant, now=now
            )
            delivery = _send(organization, paper, people, now)
            if place:
                deliveries.tell_delivery(organization, delivery.pk, NO_SUCH_USER, now=now + timedelta(hours=1))


def _paid_by_hand(organization: Organization) -> Payment | None:
    rows = Payment.objects.of(organization).filter(
        source=PaymentSource.MANUAL, customer__isnull=False, applied__gt=0, reversed=0
    )
    return rows.exclude(customer__email="").order_by("-day", "-id").first()


def _send(organization: Organization, paper: CustomerPaper, people: DemoPeople, now: datetime) -> Delivery:
    """Sent, and taken by a mail server, as a worker does it."""
    actor = people.accountant
    dispatch = papers.send_paper(organization, paper.pk, Post(to=paper.customer.email, key=KEY), actor=actor, now=now)
    delivery = sendings.deliveries_of_dispatch(organization, dispatch)[0]
    moment = now + timedelta(minutes=2)
    deliveries.begin_delivery(organization, delivery.pk, now=moment)
    if paper.kind == PaperKind.STATEMENT:
        make_statement_link(
            organization, paper.pk, delivery=delivery, recipient=delivery.recipient, actor=actor, now=moment
        )
    deliveries.mark_handing_over(organization, delivery.pk, now=moment)
    return deliveries.settle_attempt(organization, delivery.pk, TOOK_IT, now=moment)
