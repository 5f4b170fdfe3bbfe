"""The customer at the door: a browser of nobody's, with the link in hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.test import Client

from invoicing.actions import deliveries, dispatch
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.caught import CaughtMail, list_mails
from invoicing.dispatching.plain import News, Recipient, Sending
from invoicing.models import Delivery, Invoice, PublicLink
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def path_of(address: str) -> str:
    """The path of an absolute address of ours."""
    return urlsplit(address).path


def visitor() -> Client:
    """A browser in which nobody is signed in."""
    return Client(headers={"user-agent": FIREFOX})


def enter(organization: Organization, invoice: Invoice, **link: Any) -> tuple[Client, str]:
    """A browser that came in by a new link, and the address of the page without the secret."""
    browser = visitor()
    answer = browser.get(path_of(builders.make_link(organization, invoice, **link)))
    assert answer.status_code == 302, answer.status_code
    return browser, answer.headers["Location"]


def link_of(organization: Organization, page: str) -> PublicLink:
    """The link whose page it is, as it is stored now."""
    with builders.in_organization(organization):
        return PublicLink.objects.of(organization).get(pk=UUID(page.rstrip("/").rsplit("/", 1)[1]))


def sent_delivery(organization: Organization, invoice: Invoice, now: datetime) -> Delivery:
    """A delivery of the document that a mail server has taken."""
    sending = Sending("first", "first", (Recipient("email", "faktura@kunde.example"),))
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=now)
        [delivery] = sendings.deliveries_of_dispatch(organization, act)
        return deliveries.tell_delivery(organization, delivery.pk, News("sent", "mail_server"), now=now)


def form_of(browser: Client, page: str, **typed: Any) -> dict[str, Any]:
    """The customer's form as the page gives it out, filled in."""
    form = browser.get(page).context["form"]
    return {"kind": "question", "key": str(form.initial["key"]), "text": "Hva gjelder linje 2?", **typed}


def mails_to(organization: Organization, address: str) -> list[CaughtMail]:
    """The e-mails to one address that were kept as files, as no mail server is named in tests."""
    return [mail for mail in list_mails(organization) if mail.to == address]
