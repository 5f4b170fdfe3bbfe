"""Links to pass on by hand, links taken back, and the page as the customer sees it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from invoicing.models import Dispatch, PublicLink
from tenants.models import AuditEntry
from tests import builders
from tests.invoicing.public_pages import enter, link_of, path_of, visitor

HTMX = {"HX-Request": "true"}


@pytest.fixture
def invoice(organization: Any) -> Any:
    return builders.make_finalized_invoice(organization)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_m_085_m_105_a_copied_link_opens_the_page_and_is_no_sending(
    organization: Any, invoice: Any, accountant: Any, client_of: Any, headers: dict[str, str]
) -> None:
    answer = client_of(accountant).post(f"/nordlys/invoices/{invoice.pk}/links/copy/", headers=headers)

    [address, *_more] = re.findall(r'value="(http\S+/i/\S+/)"', answer.content.decode())
    browser = visitor()
    assert browser.get(browser.get(path_of(address)).headers["Location"]).status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    with builders.in_organization(organization):
        assert PublicLink.objects.of(organization).get().made_by == str(accountant)
        assert AuditEntry.objects.of(organization).filter(verb="link.copied", subject_id=invoice.pk).count() == 1
        assert not Dispatch.objects.of(organization).exists()


def test_the_list_tells_who_has_one_and_what_became_of_it(
    organization: Any, invoice: Any, owner: Any, client_of: Any
) -> None:
    builders.make_link(organization, invoice, recipient="kari@kunde.example")
    browser, page = enter(organization, invoice, recipient="ola@kunde.example")
    browser.post(page + "opened/")

    text = client_of(owner).get(f"/nordlys/invoices/{invoice.pk}/links/").content.decode()

    assert "kari@kunde.example" in text
    assert "ola@kunde.example" in text
    assert not re.search(r"/i/[A-Za-z0-9_-]{43}", text)


def test_a_link_taken_back_opens_nothing(organization: Any, invoice: Any, owner: Any, client_of: Any) -> None:
    browser, page = enter(organization, invoice)
    link = link_of(organization, page)

    answer = client_of(owner).post(f"/nordlys/links/{link.pk}/revoke/", headers=HTMX)

    assert answer.status_code == 200
    assert browser.get(page).status_code == 404
    assert link_of(organization, page).revoked_by == str(owner)


def test_only_those_who_send_make_and_take_back_links(
    organization: Any, invoice: Any, project_manager: Any, stranger: Any, client_of: Any
) -> None:
    _browser, page = enter(organization, invoice)
    link = link_of(organization, page)
    for user, status in ((project_manager, 403), (stranger, 404)):
        assert client_of(user).post(f"/nordlys/invoices/{invoice.pk}/links/copy/").status_code == status
        assert client_of(user).post(f"/nordlys/links/{link.pk}/revoke/").status_code == status
    assert not link_of(organization, page).is_revoked


def test_a_draft_has_no_link(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)

    client_of(owner).post(f"/nordlys/invoices/{draft.pk}/links/copy/")

    with builders.in_organization(organization):
        assert not PublicLink.objects.of(organization).exists()


def test_m_083_the_customers_view_is_marked_as_ours_and_says_the_same(
    organization: Any, invoice: Any, auditor: Any, client_of: Any
) -> None:
    browser, page = enter(organization, invoice)

    ours = client_of(auditor).get(f"/nordlys/invoices/{invoice.pk}/customer-view/", {"lang": "en"})
    theirs = browser.get(page, {"lang": "en"})

    text = ours.content.decode()
    assert "what your customer sees" in text
    assert "data-opening" not in text
    assert ours.context["page"].printed == theirs.context["page"].printed
    assert ours.context["page"].pay_fields == theirs.context["page"].pay_fields
