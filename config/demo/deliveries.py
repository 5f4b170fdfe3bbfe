"""How the documents of the demo reached their customers, and what these said: every state that a delivery can have.

The newest are sent one by one through the same actions as users' and workers'; of the older ones only is kept what a
quiet half year leaves behind. All of it is one transaction, so that it is made once or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import chain, repeat
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation

from config.demo.people import DemoPeople
from config.demo.quiet import send_quietly
from config.demo.records import DemoCompany, Values
from customers.channels import Channel
from invoicing import queries
from invoicing.actions import deliveries, dispatch, links, printing
from invoicing.actions.delivery_rules import update_sending
from invoicing.actions.enquiries import answer_enquiry, make_enquiry
from invoicing.actions.responses import receive_response
from invoicing.actions.senders import add_sender
from invoicing.actions.texts import update_texts
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching, states
from invoicing.dispatching.envelopes import parse_endpoint
from invoicing.dispatching.plain import News, Outcome, Recipient, Sending
from invoicing.dispatching.responses import RESPONSE_KIND, Issue, Mail, Response
from invoicing.models import Delivery, Dispatch, Invoice, InvoiceStatus, PublicLink
from invoicing.public.plain import Reply, Said
from tenants.context import organization_context
from tenants.models import Organization

RECENT = 26  # documents of a company that have a story of their own
PRINTED_AFTER = timedelta(hours=5)


def send_documents(data: DemoCompany, organization: Organization, people: DemoPeople) -> None:
    """Send what is finalized, in every way and with every end; a company that has sent anything stays as it is."""
    with organization_context(organization.pk), translation.override(organization.language), transaction.atomic():
        if Dispatch.objects.of(organization).exists():
            return
        _set_up(organization, people, data.sending)
        documents = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED)
        newest = list(documents.select_related("customer").order_by("-issue_date", "-number", "-id"))
        send_quietly(organization, newest[RECENT:], actor=people.accountant)
        _tell_stories(organization, people, newest[:RECENT])


def _set_up(organization: Organization, people: DemoPeople, values: Values) -> None:
    """Who writes, in which words, and by which rules."""
    for sender in values.get("senders", ()):
        add_sender(organization, values={"reply_to": "", **sender}, actor=people.owner)
    for language, texts in values.get("texts", {}).items():
        update_texts(organization, language, texts, actor=people.owner)
    if rules := values.get("rules"):
        update_sending(organization, rules, version=1, actor=people.owner)


@dataclass(frozen=True, slots=True)
class _Story:
    """One document on its way, with whom it belongs to and when it left."""

    organization: Organization
    people: DemoPeople
    invoice: Invoice
    began: datetime
    now: datetime  # nothing of a story lies in the future

    def at(self, **later: int) -> datetime:
        """So much later in the story."""
        return min(self.began + timedelta(**later), self.now)


_Tell = Callable[[_Story], Any]


def _tell_stories(organization: Organization, people: DemoPeople, newest: Sequence[Invoice]) -> None:
    now = timezone.now()
    by_network: list[_Story] = []
    by_mail: list[_Story] = []
    for place, invoice in enumerate(newest):
        began = datetime.combine(invoice.issue_date or now.date(), time(8, 59 - place), tzinfo=UTC)
        story = _Story(organization, people, invoice, min(began, now - timedelta(hours=1)), now)
        first = sendings.plan_for(organization, invoice, now=now).first
        (by_network if first is not None and first.channel == Channel.EHF else by_mail).append(story)
    told = [
        *_with_ends(by_network, NETWORK_STORIES, _arrives_by_network),
        *_with_ends(by_mail, MAIL_STORIES, _is_opened),
    ]
    for story, tell in sorted(told, key=lambda pair: pair[0].began):
        tell(story)
    _print(organization, people)


def _with_ends(stories: Sequence[_Story], ends: Sequence[_Tell], usual: _Tell) -> Iterator[tuple[_Story, _Tell]]:
    """The newest end as the list says, the others as usual."""
    return zip(stories, chain(ends, repeat(usual)), strict=False)


def _send(story: _Story, recipients: Sequence[Recipient], *, then: Sequence[Recipient] = ()) -> list[Delivery]:
    sending = Sending("first", dispatch.FIRST_KEY, tuple(recipients), tuple(then))
    made = dispatch.dispatch_document(
        story.organization, story.invoice.pk, sending, actor=story.people.accountant, now=story.began
    )
    return sendings.deliveries_of_dispatch(story.organization, made)


def _by_mail(story: _Story, *, copies: Sequence[str] = ()) -> list[Recipient]:
    customer = story.invoice.customer
    first = Recipient(Channel.EMAIL.value, customer.email, customer.name)
    return [first, *(Recipient(Channel.EMAIL.value, address, is_copy=True) for address in copies)]


def _on_paper(story: _Story) -> Recipient:
    customer = story.invoice.customer
    return Recipient(Channel.PAPER.value, sendings.postal_address_of(customer), customer.name)


def _hand_over(story: _Story, delivery: Delivery, outcome: Outcome) -> PublicLink | None:
    """One attempt as a worker makes it; the link that an e-mail went out with."""
    moment = story.at(minutes=2)
    parcel = deliveries.begin_delivery(story.organization, delivery.pk, now=moment)
    if parcel is None:
        raise RuntimeError(f"{delivery} waits for nobody.")
    if delivery.channel == Channel.EMAIL:
        links.make_link(
            story.organization,
            story.invoice.pk,
            delivery=delivery,
            recipient=delivery.recipient,
            actor=story.people.accountant,
            now=moment,
        )
    deliveries.mark_handing_over(story.organization, delivery.pk, now=moment)
    deliveries.settle_attempt(story.organization, delivery.pk, outcome, now=moment)
    return PublicLink.objects.of(story.organization).filter(delivery_id=delivery.pk).first()


def _tell(story: _Story, delivery: Delivery, state: str, source: str, **more: Any) -> None:
    moment = more.pop("now", story.at(hours=1))
    deliveries.tell_delivery(story.organization, delivery.pk, News(state, source, **more), now=moment)


def _mailed(story: _Story, *, then: Sequence[Recipient] = ()) -> tuple[Delivery, PublicLink]:
    """Sent by e-mail and taken by a mail server."""
    [delivery] = _send(story, _by_mail(story), then=then)
    link = _hand_over(story, delivery, Outcome(states.SENT, source="mail_server", reason="250 2.0.0 Ok: queued"))
    assert link is not None
    return delivery, link


def _networked(story: _Story) -> Delivery:
    """Sent as EHF and taken by the access point."""
    first = sendings.plan_for(story.organization, story.invoice, now=story.now).first
    assert first is not None
    [delivery] = _send(story, [Recipient(first.channel, first.recipient, story.invoice.customer.name)])
    _hand_over(story, delivery, Outcome(states.SENT, source="access_point", reason_code="access_point_has_it"))
    return delivery


def _is_taken_by_network(story: _Story) -> None:
    _networked(story)


def _arrives_by_network(story: _Story) -> None:
    _tell(story, _networked(story), states.DELIVERED, "access_point", reason_code="mls_ap", key="mls:ap")


def _is_refused_by_buyer(story: _Story) -> None:
    """The buyer sends it back and says which field is wrong: the claim is held."""
    delivery = _networked(story)
    _tell(story, delivery, states.DELIVERED, "access_point", reason_code="mls_ap", key="mls:ap")
    _answer(story, delivery, "RE", Issue("REF", "BT-13", "Bestillingsnummeret finnes ikke hos oss."))


def _is_asked_about_by_buyer(story: _Story) -> None:
    _answer(story, _networked(story), "UQ", Issue("PRI", "BT-146", "Prisen er en annen enn i avtalen."))


def _answer(story: _Story, delivery: Delivery, code: str, reason: Issue) -> None:
    response = Response(
        kind=RESPONSE_KIND,
        message_id=f"IR-{story.invoice.number}",
        sender=parse_endpoint(delivery.recipient),
        receiver=reaching.own_endpoints(story.organization)[0],
        code=code,
        reference=str(story.invoice.number),
        reasons=(reason,),
    )
    sha256 = hashlib.sha256(response.key.encode()).hexdigest()
    receive_response(story.organization, Mail(sha256, response), now=story.at(hours=5))


def _may_have_arrived(story: _Story) -> None:
    first = sendings.plan_for(story.organization, story.invoice, now=story.now).first
    assert first is not None
    [delivery] = _send(story, [Recipient(first.channel, first.recipient, story.invoice.customer.name)])
    _hand_over(story, delivery, Outcome(states.UNKNOWN, source="access_point", reason_code="no_answer"))


def _waits_for_worker(story: _Story) -> None:
    """The next worker hands it over for good."""
    _send(story, _by_mail(story))


def _is_opened(story: _Story) -> PublicLink:
    _delivery, link = _mailed(story)
    links.note_opening(story.organization, link.pk, now=story.at(hours=3))
    return link


def _comes_back_and_goes_on_paper(story: _Story) -> None:
    delivery, _link = _mailed(story, then=[_on_paper(story)])
    _bounce(story, delivery)


def _bounce(story: _Story, delivery: Delivery) -> None:
    _tell(
        story,
        delivery,
        states.BOUNCED,
        "mailbox",
        reason="550 5.1.1 User unknown",
        reason_code="no_such_address",
        key="dsn:1",
    )


def _cannot_be_sent(story: _Story) -> None:
    [delivery] = _send(story, _by_mail(story))
    outcome = Outcome(
        states.FAILED, source="mail_server", reason="552 5.3.4 Message too big", reason_code="mail_too_large"
    )
    _hand_over(story, delivery, outcome)


def _comes_back_and_rests(story: _Story) -> None:
    delivery, _link = _mailed(story)
    _bounce(story, delivery)
    deliveries.settle_delivery(
        story.organization,
        delivery.pk,
        reason="Kunden har fått den utskrevet over disk.",
        actor=story.people.accountant,
        now=story.at(hours=6),
    )


def _has_copies(story: _Story) -> None:
    """Two copies beside it, of which one comes back."""
    sent = _send(story, _by_mail(story, copies=("regnskap@prosjekt.example", "arkiv@prosjekt.example")))
    for delivery in sent:
        _hand_over(story, delivery, Outcome(states.SENT, source="mail_server", reason="250 2.0.0 Ok: queued"))
    _bounce(story, sent[-1])


def _waits_for_printer(story: _Story) -> None:
    _send(story, [_on_paper(story)])


def _is_printed(story: _Story) -> None:
    [delivery] = _send(story, [_on_paper(story)])
    moment = min(story.began + PRINTED_AFTER, story.now)
    _tell(story, delivery, states.SENT, "person", reason_code=printing.PRINTED, key="printed:demo", now=moment)


def _link_is_copied(story: _Story) -> None:
    _is_opened(story)
    links.copy_link(story.organization, story.invoice.pk, actor=story.people.case_worker, now=story.at(hours=7))


def _says(
    story: _Story, kind: str, text: str = "", *, answer: str = "", of_line: bool = False, value: str = ""
) -> None:
    """The customer opens the page and says something there; staff answers, or it waits."""
    link = _is_opened(story)
    first = queries.list_lines(story.invoice)[0].pk if of_line else None
    person = story.invoice.customer.contact_name or story.invoice.customer.name
    wished = story.now.date() + timedelta(days=21) if kind == "later_date" else None
    parts = 3 if kind == "in_parts" else None
    said = Said(
        kind,
        text,
        sender_name=person,
        reply_to=story.invoice.customer.email,
        line_id=first,
        wished_date=wished,
        wished_count=parts,
        value=value,
    )
    enquiry = make_enquiry(story.organization, link.pk, said, key="demo", now=story.at(hours=4))
    if answer:
        reply = Reply(text=answer)
        answer_enquiry(story.organization, enquiry.pk, reply, actor=story.people.case_worker, now=story.at(hours=6))


def _print(organization: Organization, people: DemoPeople) -> None:
    """A batch of the letters that have waited longest: a worker puts its file together."""
    rows = Delivery.objects.of(organization).filter(channel=Channel.PAPER, state=states.QUEUED)
    ids: list[UUID] = list(rows.order_by("made_at", "id").values_list("pk", flat=True))
    if chosen := ids[: len(ids) // 2]:
        printing.make_print_batch(organization, chosen, actor=people.accountant, key="demo")


# The first of each is told of the newest document; what is left over quietly arrives.
NETWORK_STORIES: tuple[_Tell, ...] = (
    _is_taken_by_network,
    _is_refused_by_buyer,
    _may_have_arrived,
    _arrives_by_network,
    _is_asked_about_by_buyer,
)
MAIL_STORIES: tuple[_Tell, ...] = (
    _waits_for_worker,
    partial(_says, kind="in_parts", text="Det er stille hos oss i vinter."),
    _waits_for_printer,
    partial(_says, kind="dispute", text="Vi fikk bare halvparten.", of_line=True),
    _comes_back_and_goes_on_paper,
    partial(_says, kind="wrong_reference", value="PO-2210"),
    _cannot_be_sent,
    _has_copies,
    partial(_says, kind="later_date", text="Kan vi betale etter lønningsdag?"),
    _comes_back_and_rests,
    _waits_for_printer,
    partial(_says, kind="paid", text="Betalt fra konto vår i går."),
    _is_printed,
    _link_is_copied,
    partial(_says, kind="wrong_recipient", value="Søsterselskapet vårt, samme adresse"),
    partial(_says, kind="question", text="Kan vi få den på engelsk?", answer="Ja, den ligger på samme lenke."),
)
