"""The command palette: places that the role may go to, customers and documents of this organization."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.sessions.backends.db import SessionStore

from config.settings_places import settings_groups
from invoicing.models import SavedView
from invoicing.recent import KEPT_MAX, ORGANIZATIONS_MAX, recent_ids, remember
from tests import builders

FIND = "/nordlys/find/"


def labels(response: Any) -> list[str]:
    return [str(entry["label"]) for group in response.context["groups"] for entry in group["entries"]]


def urls(response: Any) -> list[str]:
    return [entry["url"] for group in response.context["groups"] for entry in group["entries"]]


def test_it_lists_the_places_of_a_role(organization: Any, owner: Any, case_worker: Any, client_of: Any) -> None:
    assert "/nordlys/settings/audit-trail/" in urls(client_of(owner).get(FIND))
    places = urls(client_of(case_worker).get(FIND))
    assert "/nordlys/customers/" in places
    assert "/nordlys/settings/" not in places


def test_it_finds_customers_and_documents_here_only(
    organization: Any, other_organization: Any, owner: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization, name="Bergkrystall <b>AS</b>")
    invoice = builders.make_finalized_invoice(organization, customer)
    foreign = builders.make_customer(other_organization, name="Bergtatt AS")
    client = client_of(owner)
    by_name = client.get(FIND, {"q": "bergk"})
    assert f"/nordlys/customers/{customer.pk}/" in urls(by_name)
    assert f"/nordlys/invoices/{invoice.pk}/" in urls(by_name)
    assert "<b>AS" not in by_name.content.decode()
    assert urls(client.get(FIND, {"q": str(invoice.number)})) == [f"/nordlys/invoices/{invoice.pk}/"]
    assert str(foreign.pk) not in client.get(FIND, {"q": "berg"}).content.decode()


def test_odd_words_find_nothing_and_break_nothing(organization: Any, owner: Any, client_of: Any) -> None:
    for words in ("\x00", "9" * 90, "%", "'; --", "\u202e", "x" * 9000):
        assert client_of(owner).get(FIND, {"q": words}).status_code == 200


def test_the_fragment_stands_alone_and_strangers_find_nothing(
    organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    fragment = client_of(owner).get(FIND, {"q": "zzzz"}, headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content
    assert labels(fragment) == []
    assert client_of(stranger).get(FIND).status_code == 404


def test_it_finds_a_document_by_its_kid_and_its_amount(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization, lines=[builders.line()])
    page = f"/nordlys/invoices/{invoice.pk}/"
    client = client_of(owner)
    for words in (invoice.kid, "3125", "3 125,00", "3125.00"):
        assert urls(client.get(FIND, {"q": words})) == [page], words
    assert urls(client.get(FIND, {"q": "3125,01"})) == []


def test_it_finds_saved_views_of_ones_own_and_shared_ones(
    organization: Any, owner: Any, accountant: Any, client_of: Any
) -> None:
    with builders.in_organization(organization):
        views = [
            SavedView.objects.create(organization=organization, owner=person, name=name, is_shared=is_shared)
            for person, name, is_shared in (
                (owner, "Forfalt i nord", False),
                (accountant, "Forfalt i sør", True),
                (accountant, "Forfalt, bare min", False),
            )
        ]
    found = urls(client_of(owner).get(FIND, {"q": "forfalt"}))
    assert [f"/nordlys/invoices/?view={view.pk}" for view in views[:2]] == found


def test_it_offers_what_this_person_opened_last_and_nobody_else(
    organization: Any, other_organization: Any, owner: Any, accountant: Any, client_of: Any
) -> None:
    documents = [builders.make_finalized_invoice(organization) for _number in range(KEPT_MAX + 1)]
    client = client_of(owner)
    for document in [*documents, documents[4]]:
        client.get(f"/nordlys/invoices/{document.pk}/")
    pages = [f"/nordlys/invoices/{document.pk}/" for document in documents]
    expected = [pages[4], *[page for page in reversed(pages) if page != pages[4]]][:KEPT_MAX]
    assert urls(client.get(FIND))[:KEPT_MAX] == expected
    assert not set(pages) & set(urls(client_of(accountant).get(FIND)))
    assert not set(pages) & set(urls(client.get(FIND, {"q": "zzzz"})))


def test_a_draft_that_is_gone_is_not_offered_any_more(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    draft = builders.make_draft(organization)
    page = f"/nordlys/invoices/{draft.pk}/"
    assert client.get(f"{page}edit/").status_code == 200
    assert page in urls(client.get(FIND))
    assert client.post(f"{page}delete/").status_code == 302
    assert page not in urls(client.get(FIND))


def test_what_is_remembered_is_bounded() -> None:
    session = SessionStore()
    ids = [uuid4() for _place in range(ORGANIZATIONS_MAX + 2)]
    for place in ids:
        for _document in range(KEPT_MAX + 2):
            remember(session, place, uuid4())
    assert [len(recent_ids(session, place)) for place in ids] == [0, 0, *[KEPT_MAX] * ORGANIZATIONS_MAX]


def test_every_page_of_the_settings_and_every_way_in_and_out_is_offered(
    organization: Any, owner: Any, client_of: Any
) -> None:
    found = set(urls(client_of(owner).get(FIND)))
    pages = {page["url"] for group in settings_groups("nordlys", "owner", "/") for page in group["pages"]}
    ways = {f"/nordlys/{way}/{kind}/" for way in ("import", "export") for kind in ("customers", "products")}
    assert pages | ways | {"/nordlys/invoices/new/", "/nordlys/invoices/export/", "/accounts/keys/"} <= found
