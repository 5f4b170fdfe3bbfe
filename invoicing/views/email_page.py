"""What the composer shows: the form as it begins, the letter as it stands, and what was sent before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from customers import queries as customers
from customers.models import Customer
from invoicing.dispatching import letters
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.composing import Occasion, compose, documents_beside, occasion_of, prefilled
from invoicing.dispatching.enclosures import are_too_large, enclosures_of
from invoicing.dispatching.letter_words import letter_words
from invoicing.dispatching.plain import Letter
from invoicing.dispatching.plan import EHF
from invoicing.dispatching.senders import company_sender, list_senders
from invoicing.dispatching.wording import channel_word, sentence_of, state_word
from invoicing.documents.words import words_in
from invoicing.forms.emails import COMPANY, EmailForm
from invoicing.forms.settings import sentence_of as sentence_of_template
from invoicing.models import Delivery, DeliverySettings, Invoice, Sender
from tenants.permissions import OrganizationRequest

RECEIPTS_MAX = 20
OTHERS_MAX = 20
EXAMPLE_LINK = "https://…/i/…"  # every recipient's is another, made when the mail leaves


@dataclass(frozen=True, slots=True)
class Desk:
    """What the composer has read of one document, once for the form, the letter and what stands beside them."""

    invoice: Invoice
    occasion: Occasion
    rules: DeliverySettings
    senders: list[Sender]
    people: list[tuple[str, str]]


def desk_of(request: OrganizationRequest, invoice: Invoice) -> Desk:
    """Everything that the composer needs of a finalized document."""
    organization = request.organization
    return Desk(
        invoice,
        occasion_of(organization, invoice),
        sendings.settings_of(organization),
        list_senders(organization),
        _contacts(request, invoice.customer),
    )


def email_form(request: OrganizationRequest, desk: Desk, data: QueryDict | None) -> EmailForm:
    """The composer as it begins, or as it was sent."""
    company = company_sender(request.organization)
    return EmailForm(
        data,
        senders=desk.senders,
        company=f"{company.name} <{company.address}>",
        contacts=desk.people,
        own=(str(request.user), request.user.email) if desk.rules.may_use_own_address else None,
        initial=_initial(request, desk) if data is None else None,
    )


def _initial(request: OrganizationRequest, desk: Desk) -> dict[str, Any]:
    sender = desk.senders[0] if desk.senders and desk.senders[0].is_default else None
    text = prefilled(request.organization, desk.occasion)
    return {
        "to": desk.invoice.customer.email,
        "sender": str(sender.pk) if sender else COMPANY,
        "reply_to": sender.reply_to if sender else "",
        "subject": text.subject,
        "body": text.body,
        "attach_pdf": True,
        "attach_ehf": desk.rules.attaches_ehf,
    }


def _contacts(request: OrganizationRequest, customer: Customer) -> list[tuple[str, str]]:
    """The customer's people with an address, each address once."""
    people = customers.list_contacts(request.organization, customer)
    found = {person.email: person.name for person in people if person.email and person.email != customer.email}
    return [(address, f"{name} <{address}>" if name != address else address) for address, name in found.items()]


def page_context(request: OrganizationRequest, desk: Desk, form: EmailForm) -> dict[str, Any]:
    """What stands beside the form: who the customer is, what was sent before, what else can be linked to."""
    organization, invoice = request.organization, desk.invoice
    plan = sendings.plan_for(organization, invoice, now=timezone.now())
    return {
        "invoice": invoice,
        "form": form,
        "contacts": desk.people,
        "receives_ehf": plan.first is not None and plan.first.channel == EHF,
        "receipts": [_receipt(one) for one in sendings.deliveries_of(organization, invoice.pk)[:RECEIPTS_MAX]],
        "others": documents_beside(organization, invoice, OTHERS_MAX),
        "placeholders": [f"{{{word}}}" for word in letters.PLACEHOLDERS],
    }


def _receipt(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "channel": channel_word(delivery.channel),
        "state": state_word(delivery.state, delivery.channel),
        "why": sentence_of(delivery.reason_code) or delivery.reason,
        "is_test": delivery.dispatch.kind == "test",
    }


def letter_context(request: OrganizationRequest, desk: Desk, form: EmailForm) -> dict[str, Any]:
    """The letter that the form holds, as it will be seen."""
    told = form.data if form.is_bound else {name: str(value) for name, value in form.initial.items() if value}
    return preview_context(request, desk, told)


def preview_context(request: OrganizationRequest, desk: Desk, data: Mapping[str, Any]) -> dict[str, Any]:
    """The letter as typed so far: what cannot be filled in is named, and our own words stand in for it."""
    organization = request.organization
    letter = Letter(
        subject=data.get("subject", "")[: letters.SUBJECT_LENGTH_MAX],
        body=data.get("body", "")[: letters.BODY_LENGTH_MAX],
        attach_pdf=bool(data.get("attach_pdf")),
        attach_ehf=bool(data.get("attach_ehf")),
    )
    enclosures = enclosures_of(organization, desk.invoice, letter, attaches_ehf=False)
    is_cut = are_too_large(enclosures)
    names = [] if is_cut else [one.name for one in enclosures]
    page, _is_fallback = compose(organization, desk.occasion, letter, link=EXAMPLE_LINK, enclosed=names, is_cut=is_cut)
    return {"page": page, "is_cut": is_cut, "invoice": desk.invoice, "problem": _problem(letter)}


def _problem(letter: Letter) -> str:
    for text in (letter.subject, letter.body):
        try:
            letters.check(text)
        except letters.BadTemplate as error:
            return sentence_of_template(error)
    return ""


def own_mail_text(invoice: Invoice, address: str) -> str:
    """A sentence with the link for a mail of one's own, in the customer's language."""
    title = words_in(invoice.language)[invoice.kind]
    return letter_words(invoice.language)["own_mail"].format(
        document=title[:1].lower() + title[1:], number=invoice.number, link=address
    )
