from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.test import Client

from tests.builders import (
    finalize_drafts,
    line,
    make_credit_note_draft,
    make_draft,
    make_finalized_invoice,
)
from tests.invoicing.draft_forms import address, text_of

HTMX = {"HX-Request": "true"}


def _text(client: Client, organization: Any, invoice: Any, **query: str) -> str:
    return text_of(client.get(address("explain_invoice", organization, invoice), query, headers=HTMX)).replace(
        "\xa0", " "
    )


def test_the_sums_of_an_invoice_are_told_step_by_step(
    organization: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    lines = [line(quantity=Decimal("2.5"), unit_price=Decimal("33.333")), line(discount_percent=Decimal(10))]
    invoice = make_finalized_invoice(organization, lines=lines, discount_percent=Decimal(5))
    text = _text(client_of(auditor), organization, invoice)
    assert "2,5 × 33,333 = 83,3325" in text
    assert "2 × 1 250,00" in text
    assert "10 %" in text
    assert f"{invoice.payable_amount:,.2f}".replace(",", " ").replace(".", ",") in text
    page = client_of(auditor).get(address("explain_invoice", organization, invoice))
    assert "<h1>" in text_of(page)


def test_a_credit_note_is_explained_to_the_amount_that_was_left(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, lines=[line(unit_price=Decimal("0.33"), quantity=Decimal(3))] * 3)
    note = make_credit_note_draft(organization, invoice)
    finalize_drafts(organization, [note.pk])
    assert "0,33" in _text(client_of(owner), organization, note)


def test_many_lines_are_explained_a_hundred_at_a_time(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, lines=[line(f"Vare {number}") for number in range(120)])
    first = _text(client_of(owner), organization, invoice)
    assert "Vare 99" in first
    assert "Vare 100" not in first
    assert "?from=100" in first
    assert "Vare 119" in _text(client_of(owner), organization, invoice, **{"from": "100"})
    assert _text(client_of(owner), organization, invoice, **{"from": "-1"}) == first


def test_a_draft_leads_to_its_editor_and_a_stranger_finds_nothing(
    organization: Any, owner: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    assert client_of(owner).get(address("explain_invoice", organization, draft)).status_code == 302
    assert client_of(stranger).get(address("explain_invoice", organization, draft)).status_code == 404
