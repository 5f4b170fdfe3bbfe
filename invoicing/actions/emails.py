"""Sending an e-mail that somebody has written, or a test of it to its writer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from customers import queries as customers
from customers.actions.customers import CONTACTS_MAX, add_contact
from invoicing import queries
from invoicing.actions.dispatch import dispatch_document
from invoicing.actions.senders import make_default
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import Letter, Recipient, Sending
from invoicing.dispatching.plan import EHF, EMAIL
from invoicing.dispatching.senders import default_sender, get_sender
from invoicing.models import Dispatch, DispatchKind, Invoice
from tenants.audit import Actor
from tenants.models import Organization
from tenants.queries import lock_organization

KEY_LENGTH_MAX = 60
CONTACT_NAME_MAX = 120


@transaction.atomic
def send_by_email(
    organization: Organization,
    invoice_id: UUID,
    letter: Letter,
    recipients: tuple[Recipient, ...],
    *,
    key: str,
    actor: Actor,
    now: datetime,
) -> Dispatch:
    """Send a document by e-mail with the words that somebody wrote; under one key once.

    Addresses that were new become contacts of the customer, and where nobody has said which sender is used unless
    another is chosen, the chosen one is from now on.
    """
    becomes_default = bool(letter.sender_id) and default_sender(organization) is None
    if becomes_default:
        lock_organization(organization.pk)  # first of all locks
    invoice = queries.lock_invoice(organization, invoice_id)
    is_first = not sendings.deliveries_of(organization, invoice.pk)
    sending = Sending(
        DispatchKind.FIRST.value if is_first else DispatchKind.AGAIN.value,
        f"mail:{key[:KEY_LENGTH_MAX]}",
        recipients,
        _what_follows(organization, invoice, now),
        letter,
    )
    is_known = sendings.dispatch_under_key(organization, invoice.pk, sending.key) is not None
    dispatch = dispatch_document(organization, invoice.pk, sending, actor=actor, now=now)
    if not is_known:
        _keep_contacts(organization, invoice, recipients, actor)
        if becomes_default and default_sender(organization) is None:
            make_default(organization, get_sender(organization, UUID(letter.sender_id)), actor=actor)
    return dispatch


@transaction.atomic
def send_test(
    organization: Organization,
    invoice_id: UUID,
    letter: Letter,
    to: Recipient,
    *,
    key: str,
    actor: Actor,
    now: datetime,
) -> Dispatch:
    """Send the letter as it stands to its writer alone; it counts as no sending of the document."""
    written = hashlib.sha256(json.dumps(letter.to_json(), sort_keys=True).encode()).hexdigest()[:16]
    sending = Sending(DispatchKind.TEST.value, f"test:{key[:40]}:{written}", (to,), letter=letter)
    return dispatch_document(organization, invoice_id, sending, actor=actor, now=now)


def _what_follows(organization: Organization, invoice: Invoice, now: datetime) -> tuple[Recipient, ...]:
    """The channels that come after e-mail in the customer's own plan."""
    if invoice.is_draft:
        return ()
    steps = list(sendings.plan_for(organization, queries.get_invoice(organization, invoice.pk), now=now).steps)
    places = [place for place, step in enumerate(steps) if step.channel == EMAIL]
    after = steps[places[0] + 1 :] if places else []
    return tuple(Recipient(step.channel, step.recipient) for step in after if step.channel != EHF)


def _keep_contacts(organization: Organization, invoice: Invoice, recipients: Iterable[Recipient], actor: Actor) -> None:
    """Who was new to us is found the next time; a customer with as many contacts as there may be gets no more."""
    known = list(customers.list_contacts(organization, invoice.customer))
    addresses = {contact.email.casefold() for contact in known} | {invoice.customer.email.casefold()}
    room = CONTACTS_MAX - len(known)
    fresh = [one for one in recipients if one.address.casefold() not in addresses][: max(room, 0)]
    for one in fresh:
        values = {"name": (one.name or one.address)[:CONTACT_NAME_MAX], "email": one.address, "phone": ""}
        add_contact(organization, invoice.customer_id, values=values, actor=actor)
