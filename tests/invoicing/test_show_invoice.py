from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoicing.models import Invoice
from tests.builders import TODAY, in_organization, line, make_customer, make_finalized_invoice
from tests.invoicing.draft_forms import address, text_of

HTMX = {"HX-Request": "true"}


def test_m_070_the_page_shows_the_document_its_voucher_and_its_history(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(
        organization, lines=[line("Kaiforsterkning", quantity=Decimal("1.5"))], note="Takk"
    )
    text = text_of(client_of(owner).get(address("show_invoice", organization, invoice))).replace("\u00a0", " ")
    for shown in ("Kaiforsterkning", "1 875,00", "2 343,75", invoice.kid, "Takk", "1500", "3000", "2700", "2026-00001"):
        assert shown in text
    assert invoice.hash[:12] in text


def test_what_others_wrote_is_shown_as_text(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    customer = make_customer(organization, name="<img src=x onerror=alert(1)> AS")
    invoice = make_finalized_invoice(organization, customer, [line("<script>alert(2)</script>")])
    text = text_of(client_of(owner).get(address("show_invoice", organization, invoice)))
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_the_document_is_that_of_its_snapshot_whatever_becomes_of_the_customer(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization, name="Gammelt Navn AS")
    invoice = make_finalized_invoice(organization, customer)
    with in_organization(organization):
        type(customer).objects.of(organization).update(name="Nytt Navn AS")
    assert "Gammelt Navn AS" in text_of(client_of(owner).get(address("show_invoice", organization, invoice)))


def test_neighbours_are_the_next_numbers(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    customer = make_customer(organization)
    first, second, third = (make_finalized_invoice(organization, customer) for _number in range(3))
    text = text_of(client_of(owner).get(address("show_invoice", organization, second)))
    assert f'href="{address("show_invoice", organization, first)}" data-key="j"' in text
    assert f'href="{address("show_invoice", organization, third)}" data-key="k"' in text


def test_m_107_history_is_searched_in_the_words_of_the_page(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    client = client_of(owner)
    path = address("list_invoice_history", organization, invoice)
    assert "10001" in text_of(client.get(path, {"q": "10001"}, headers=HTMX))
    assert "10001" not in text_of(client.get(path, {"q": "finnes ikke"}, headers=HTMX))
    assert client.get(path, {"q": "x"}).headers["Location"].endswith("?q=x#history")


def test_who_may_not_see_the_ledger_sees_no_voucher(
    organization: Any, project_manager: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    text = text_of(client_of(project_manager).get(address("show_invoice", organization, invoice)))
    assert "2026-00001" not in text
    assert 'data-key="n"' not in text


def test_a_stranger_gets_404(organization: Any, stranger: Any, client_of: Callable[[Any], Client]) -> None:
    invoice = make_finalized_invoice(organization)
    client = client_of(stranger)
    for name in (
        "show_invoice",
        "preview_draft",
        "list_invoice_history",
        "list_documents",
        "download_pdf",
        "download_ehf",
    ):
        assert client.get(address(name, organization, invoice)).status_code == 404


def test_many_lines_ask_no_more_questions_and_keep_the_page_small(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    few = make_finalized_invoice(organization)
    many = make_finalized_invoice(organization, lines=[line(f"Vare {number}") for number in range(250)])
    client.get(address("show_invoice", organization, few))
    counts = []
    for invoice in (few, many):
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address("show_invoice", organization, invoice))
        counts.append(sum(query["sql"].startswith("SELECT") for query in asked))
    assert abs(counts[0] - counts[1]) <= 1  # the first has no number before it
    assert max(counts) < 30
    assert len(response.content) < 100_000
    assert "Vare 199" in text_of(response)


def test_nothing_on_the_page_changes_the_document(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, has_own_due_date=True, due_date=TODAY + timedelta(days=3))
    client_of(owner).get(address("show_invoice", organization, invoice))
    with in_organization(organization):
        assert Invoice.objects.get(pk=invoice.pk).hash == invoice.hash
