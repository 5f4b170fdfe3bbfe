"""Secret links to a document's own page for the customer: made, copied, taken back; only a hash of each is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation import rows
from invoicing import queries
from invoicing.actions.deliveries import tell_delivery
from invoicing.dispatching.plain import News
from invoicing.errors import NotFinalized
from invoicing.models import CustomerPaper, Delivery, DeliveryState, EventSource, Invoice, PublicLink
from invoicing.papers import queries as papers
from invoicing.public import queries as pages
from payments import queries as ledger
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

TOKEN_BYTES = 32
MAIL_LINK = "invoicing.mail_link"
ONE_VISIT = timedelta(minutes=30)


def new_token() -> str:
    """The secret of a link that is made later: known before, so that a letter can be written with its address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def address_of(token: str) -> str:
    """The whole address of the link with this token."""
    return settings.BASE_URL.rstrip("/") + reverse("public:enter", args=[token])


def token_hash(token: str) -> str:
    """What is kept of a link's token; at 256 bits it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_link(
    organization: Organization,
    subject_id: UUID,
    *,
    delivery: Delivery | UUID | None = None,
    recipient: str = "",
    actor: Actor,
    now: datetime,
    token: str = "",
) -> str:
    """A new secret address of a finalized document, whole; it is told here once and never again.

    Every sending has a link of its own, so that each can be seen as opened and taken back alone. The token is a new
    one unless the letter with it is written already.
    """
    invoice = queries.get_invoice_alone(organization, subject_id)
    if invoice.is_draft:
        raise NotFinalized(_("Finalize the document before anybody is given a link to it."))
    link = _link_to(organization, invoice, _id_of(delivery), recipient, now=now)
    return _store(organization, link, actor=actor, now=now, token=token)


@transaction.atomic
def make_statement_link(
    organization: Organization,
    paper_id: UUID,
    *,
    delivery: Delivery | UUID | None = None,
    recipient: str = "",
    actor: Actor,
    now: datetime,
    token: str = "",
) -> str:
    """A new secret address of a customer's account; it lives from today as long as others from the settling."""
    paper = papers.get_paper_with_page(organization, paper_id)
    link = PublicLink(
        subject_kind=paper.kind, subject_id=paper.pk, delivery_id=_id_of(delivery), recipient=recipient[:254]
    )
    link.expires_at = now + pages.life_after_settling(organization)
    return _store(organization, link, actor=actor, now=now, token=token)


@transaction.atomic
def make_demand_link(
    organization: Organization,
    paper_id: UUID,
    *,
    delivery: Delivery | UUID | None = None,
    recipient: str = "",
    actor: Actor,
    now: datetime,
    token: str = "",
) -> str:
    """The address that a demand brings: that of the one invoice that it is about, else of the customer's account."""
    subject = papers.invoice_demanded(organization, paper_id) or paper_id
    make = make_statement_link if subject == paper_id else make_link
    return make(organization, subject, delivery=delivery, recipient=recipient, actor=actor, now=now, token=token)


@transaction.atomic
def make_link_of(
    organization: Organization, subject_kind: str, subject_id: UUID, *, recipient: str = "", actor: Actor, now: datetime
) -> str:
    """The secret of a new link to something that an upper room shows to a customer; told here once and never again.

    The upper room knows the address that it belongs in, and when it ends.
    """
    link = PublicLink(subject_kind=subject_kind, subject_id=subject_id, recipient=recipient[:254])
    token = new_token()
    _store(organization, link, actor=actor, now=now, token=token)
    return token


@transaction.atomic
def copy_statement_link(organization: Organization, paper_id: UUID, *, actor: Actor, now: datetime) -> str:
    """A new link to a statement for somebody to pass on by hand."""
    address = make_statement_link(organization, paper_id, actor=actor, now=now)
    audit.record(actor, "link.copied", papers.get_statement(organization, paper_id))
    return address


@transaction.atomic
def forget_unsent_links(organization: Organization, delivery_id: UUID) -> int:
    """Remove the links that earlier attempts at a delivery have made: nothing of them has left us."""
    removed, _by_model = PublicLink.objects.of(organization).filter(delivery_id=delivery_id).delete()
    return removed


@transaction.atomic
def copy_link(organization: Organization, invoice_id: UUID, *, actor: Actor, now: datetime) -> str:
    """A new link for somebody to pass on by hand: an event on the document, and no sending of it."""
    address = make_link(organization, invoice_id, actor=actor, now=now)
    audit.record(actor, "link.copied", queries.get_invoice(organization, invoice_id))
    return address


@transaction.atomic
def ask_for_new_link(organization: Organization, link_id: UUID, *, now: datetime) -> None:
    """Have a new link mailed to the address that is known, at most once a day; nothing is told of which it is."""
    link = pages.lock_link(organization, link_id)
    if link.is_revoked:
        return
    key = f"link:{link.pk}:{now.date().isoformat()}"
    if not pages.is_under_way(organization, key):
        outbox.put_each(organization.pk, [outbox.Effect(MAIL_LINK, link.pk, key, {})])


@transaction.atomic
def renew_link(organization: Organization, link_id: UUID, *, recipient: str, now: datetime) -> str:
    """A new link in the place of one whose time was over."""
    link = pages.get_link(organization, link_id)
    invoice = queries.get_invoice(organization, link.subject_id)
    audit.record(Actor.system(), "link.renewed", invoice, recipient=recipient)
    renewed = _link_to(organization, invoice, link.delivery_id, recipient, now=now)
    return _store(organization, renewed, actor=Actor.system(), now=now)


def known_address(link: PublicLink, invoice: Invoice) -> str:
    """Where a new link may be sent: whom the old one was made for, else the customer; empty where neither is known."""
    return link.recipient if "@" in link.recipient else invoice.customer.email


@transaction.atomic
def revoke_link(organization: Organization, link_id: UUID, *, actor: Actor, now: datetime) -> PublicLink:
    """Take a link back: from this moment it opens nothing, and says no more than one that never was."""
    link = pages.lock_link(organization, link_id)
    if link.is_revoked:
        return link
    link.revoked_at, link.revoked_by = now, actor.name
    link.save(update_fields=["revoked_at", "revoked_by"])
    audit.record(actor, "link.revoked", _subject_of(organization, link), recipient=link.recipient)
    return link


@transaction.atomic
def revoke_links(organization: Organization, invoice_id: UUID, *, actor: Actor, now: datetime) -> int:
    """Take back every link to a document; returns how many there were."""
    held = pages.links_in_force(organization, invoice_id)
    for link_id in held:
        revoke_link(organization, link_id, actor=actor, now=now)
    return len(held)


@transaction.atomic
def note_opening(organization: Organization, link_id: UUID, *, now: datetime) -> None:
    """Count that somebody had the page before them, and tell the delivery that the link went out with.

    What is opened again within half an hour is one visit.
    """
    link = pages.lock_link(organization, link_id)
    if link.is_revoked or (link.opened_last_at is not None and now - link.opened_last_at < ONE_VISIT):
        return
    link.opened_first_at = link.opened_first_at or now
    link.opened_last_at = now
    link.openings += 1
    link.save(update_fields=["opened_first_at", "opened_last_at", "openings"])
    if link.delivery_id is not None:
        news = News(DeliveryState.OPENED.value, EventSource.PAGE.value, key=f"opened:{link.pk}")
        tell_delivery(organization, link.delivery_id, news, now=now)


def _subject_of(organization: Organization, link: PublicLink) -> Invoice | CustomerPaper:
    if link.subject_kind == "invoice":
        return queries.get_invoice(organization, link.subject_id)
    return papers.get_paper_with_page(organization, link.subject_id)


def _link_to(
    organization: Organization, invoice: Invoice, delivery_id: UUID | None, recipient: str, *, now: datetime
) -> PublicLink:
    link = PublicLink(subject_id=invoice.pk, delivery_id=delivery_id, recipient=recipient[:254])
    link.expires_at = _end_of(organization, invoice, now)
    return link


def _store(organization: Organization, link: PublicLink, *, actor: Actor, now: datetime, token: str = "") -> str:
    token = token or new_token()
    link.organization, link.token_sha256 = organization, token_hash(token)
    link.made_by, link.made_at = actor.name[:120], now
    rows.insert(organization.pk, [link])
    return address_of(token)


def _end_of(organization: Organization, invoice: Invoice, now: datetime) -> datetime | None:
    """A link to what is settled already lives as long from today as others do from the settling."""
    if invoice.receivable_id is None or ledger.claim_of(organization.pk, invoice.receivable_id).owed:
        return None
    return now + pages.life_after_settling(organization)


def _id_of(delivery: Delivery | UUID | None) -> UUID | None:
    return delivery.pk if isinstance(delivery, Delivery) else delivery
