"""Where a draft comes from is told in its history and among its linked documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from invoicing.models import Invoice
from tenants.models import AuditEntry, Organization
from tests.builders import (
    in_organization,
    make_correction,
    make_customer,
    make_draft,
    make_finalized_invoice,
)
from tests.invoicing.draft_forms import address, page_of, shown_form, text_of, typed

WORDS = {"overview": "oversikten", "list": "fakturalisten", "customer": "kundens side"}


def origin_of(organization: Organization, invoice: Invoice) -> str:
    """What the first line of the trail says."""
    with in_organization(organization):
        entry = AuditEntry.objects.of(organization).get(subject_id=invoice.pk, verb="draft.created")
    return str(entry.facts.get("origin", ""))


def only_draft(organization: Organization) -> Invoice:
    with in_organization(organization):
        return Invoice.objects.of(organization).get(status="draft")


@pytest.mark.parametrize("origin", ["overview", "list", "customer"])
def test_m_109_a_draft_tells_the_page_on_which_it_was_asked_for(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], origin: str
) -> None:
    client = client_of(owner)
    customer = make_customer(organization)
    pages = {
        "overview": f"/{organization.slug}/",
        "list": address("list_invoices", organization),
        "customer": f"/{organization.slug}/customers/{customer.pk}/",
    }
    [button] = page_of(text_of(client.get(pages[origin]))).xpath("//a[@data-key='n' and contains(@href, 'from=')]")
    choice = page_of(text_of(client.get(button.get("href"))))
    links = choice.xpath("//div[@id='customers']//a/@href")
    form = text_of(client.get(links[0] if links else button.get("href")))
    save = page_of(form).xpath("//form[@id='draft-form']/@action")[0]
    response = client.post(save, shown_form(form) | typed())
    assert response.status_code == 302

    draft = only_draft(organization)
    assert origin_of(organization, draft) == origin
    shown = page_of(text_of(client.get(address("update_draft", organization, draft))))
    assert WORDS[origin] in shown.xpath("string(//*[@id='linked'])").lower()


def test_a_search_with_one_answer_keeps_the_page_it_began_on(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization, name="Eneste AS")
    answer = client_of(owner).get(address("create_draft", organization), {"q": "eneste", "from": "list"})
    assert answer.headers["Location"].endswith(f"?customer={customer.pk}&from=list")


def test_the_draft_that_saves_itself_first_tells_it_too(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    customer = make_customer(organization)
    form = text_of(client.get(f"{address('create_draft', organization)}?customer={customer.pk}&from=customer"))
    autosave = page_of(form).xpath("//*[@id='autosave']/@hx-post")[0]
    assert client.post(autosave, shown_form(form) | typed()).status_code == 200
    assert origin_of(organization, only_draft(organization)) == "customer"


def test_what_an_address_makes_up_is_not_told(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization)
    client = client_of(owner)
    path = f"{address('create_draft', organization)}?customer={customer.pk}&from=<b>moon"
    assert "moon" not in text_of(client.get(path))
    assert client.post(path, typed()).status_code == 302
    assert origin_of(organization, only_draft(organization)) == ""


def test_a_copy_and_a_replacement_name_the_document_they_come_from(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    invoice = make_finalized_invoice(organization)
    client.post(address("clone_invoice", organization, invoice))
    copy = only_draft(organization)
    replacement = make_correction(organization, invoice).replacement
    assert origin_of(organization, copy) == "copy"
    assert origin_of(organization, replacement) == "correction"
    for draft in (copy, replacement):
        linked = page_of(text_of(client.get(address("update_draft", organization, draft)))).xpath("//*[@id='linked']")
        assert str(invoice.number) in linked[0].text_content()


def test_a_draft_from_elsewhere_says_nothing_of_it(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    assert 'id="linked"' not in text_of(client_of(owner).get(address("update_draft", organization, draft)))
