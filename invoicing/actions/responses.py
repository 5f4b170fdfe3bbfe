"""What came back through the network: kept as it came, and told to the one delivery that it is about."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation

from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions.deliveries import tell_delivery
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching, states
from invoicing.dispatching.network_words import answer_words
from invoicing.dispatching.plain import News
from invoicing.dispatching.responses import Mail, Response
from invoicing.models import Delivery, EventSource, Invoice, ReceivedMessage
from payments import queries as payments
from payments.holds import place_hold
from payments.models import HoldKind
from tenants import audit, notices
from tenants.audit import Actor
from tenants.models import Organization

UNREAD = "unread"
UNKNOWN_DOCUMENT = "unknown_document"
NOT_FOR_US = "not_for_us"
RULES_ARE_BROKEN = "answer_breaks_rules"
UNREADABLE = "unreadable"
ASKED_ABOUT = frozenset({"UQ", "CA"})


@transaction.atomic
def receive_response(organization: Organization, mail: Mail, *, now: datetime) -> ReceivedMessage:
    """Keep a message and tell its delivery; the same message again, a stranger's or a broken one changes nothing."""
    response = mail.response
    kind, external_id = (response.kind, response.key) if response else (UNREAD, mail.sha256)
    earlier = reaching.received_message(organization, kind, external_id)
    if earlier is not None:
        return earlier
    if response is None:
        return _keep(organization, mail, None, UNREADABLE, now)
    delivery = _delivery_of(organization, response)
    if delivery is None:
        return _keep(organization, mail, None, _why_nobodys(organization, response), now)
    delivery = sendings.lock_delivery(organization, delivery.pk)
    if mail.broken_rules:
        # Nothing follows from words that break the rules, but whoever looks at the delivery sees that they came.
        tell_delivery(organization, delivery.pk, _news(delivery, response, RULES_ARE_BROKEN), now=now)
        return _keep(organization, mail, delivery, RULES_ARE_BROKEN, now)
    tell_delivery(organization, delivery.pk, _news(delivery, response), now=now)
    if response.is_by_buyer:
        _after_buyer(organization, delivery, response, now)
    return _keep(organization, mail, delivery, "", now)


def _delivery_of(organization: Organization, response: Response) -> Delivery | None:
    if not response.is_by_buyer:
        return reaching.delivery_of_instance(organization, response.reference)
    own = {(one.scheme, one.identifier) for one in reaching.own_endpoints(organization)}
    if (response.receiver.scheme, response.receiver.identifier) not in own:
        return None
    return reaching.delivery_of_document(organization, response.reference, response.sender)


def _why_nobodys(organization: Organization, response: Response) -> str:
    own = {(one.scheme, one.identifier) for one in reaching.own_endpoints(organization)}
    is_ours = (response.receiver.scheme, response.receiver.identifier) in own
    return UNKNOWN_DOCUMENT if is_ours or not response.is_by_buyer else NOT_FOR_US


def _news(delivery: Delivery, response: Response, problem: str = "") -> News:
    """What the answer says of the delivery; a refusal by the buyer is not undone by anything that the road says."""
    is_refused = delivery.state == states.REJECTED and delivery.reason_code == states.BUYER_REFUSED
    is_refusal = response.is_by_buyer and response.code == "RE"
    state = "" if problem or is_refused else response.state
    return News(
        state=state,
        source=EventSource.RECEIVER.value if response.is_by_buyer else EventSource.ACCESS_POINT.value,
        reason=response.summary(),
        reason_code=problem or (states.BUYER_REFUSED if is_refusal else response.reason_code),
        key=f"{response.kind}:{response.key}",
        facts={
            "code": response.code,
            "reasons": [_pair(issue.code, issue.place, issue.text) for issue in response.reasons],
            "actions": [_pair(issue.code, issue.place, issue.text) for issue in response.actions],
        },
    )


def _pair(code: str, place: str, text: str) -> dict[str, str]:
    return {name: value for name, value in (("code", code), ("place", place), ("text", text)) if value}


def _after_buyer(organization: Organization, delivery: Delivery, response: Response, now: datetime) -> None:
    """An answer of the buyer stands in the document's history; a refusal holds the claim, a question is told."""
    invoice = queries.get_invoice(organization, delivery.subject_id)
    news = _news(delivery, response)
    with translation.override(organization.language):
        said = " ".join(part for part in (news.reason, answer_words(news.facts)) if part)
    buyer = Actor.system(delivery.recipient_name or delivery.recipient)
    audit.record(buyer, "invoice.answered", invoice, answer=response.reason_code, reason=said[:200])
    if response.code == "RE":
        _hold(organization, invoice, said or response.reason_code, buyer, now)
    elif response.code in ASKED_ABOUT:
        _tell_owner(organization, invoice, delivery, response)


def _hold(organization: Organization, invoice: Invoice, reason: str, buyer: Actor, now: datetime) -> None:
    """Nothing is asked of somebody who has sent the invoice back; what is paid already needs no hold."""
    if invoice.receivable_id is None or invoice.is_credit_note:
        return
    standing = payments.standing_holds(organization, [invoice.receivable_id], today=now.date())
    if any(hold.kind == HoldKind.REJECTED for hold in standing):
        return
    try:
        with transaction.atomic():
            place_hold(
                organization, invoice.receivable_id, kind=HoldKind.REJECTED.value, reason=reason, actor=buyer, now=now
            )
    except DomainError:
        return


def _tell_owner(organization: Organization, invoice: Invoice, delivery: Delivery, response: Response) -> None:
    follow_up = queries.follow_up_of(organization, invoice.pk)
    person: UUID | None = (follow_up.owner_id if follow_up else None) or delivery.dispatch.made_by_id
    if person is None:
        return
    facts = {"number": invoice.number, "reason": response.summary()}
    news = notices.News(person, "buyer.asks", facts, f"invoices/{invoice.pk}/", f"answer:{response.key}"[:120])
    notices.tell(organization.pk, [news])


def _keep(
    organization: Organization, mail: Mail, delivery: Delivery | None, problem: str, now: datetime
) -> ReceivedMessage:
    response = mail.response
    words = "; ".join(part for part in (problem, mail.problem, *mail.broken_rules) if part)
    return ReceivedMessage.objects.create(
        organization=organization,
        kind=response.kind if response else UNREAD,
        external_id=response.key if response else mail.sha256,
        sha256=mail.sha256,
        delivery=delivery,
        code=response.code if response else "",
        text=response.summary()[:500] if response else "",
        problem=words[:500],
        facts={"reference": response.reference} if response else {},
        received_at=now,
    )
