from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.test import Client

from invoicing.models import Invoice, InvoiceKind, InvoiceStatus
from payments import queries as ledger
from tests.builders import (
    in_organization,
    line,
    lines_of,
    make_credit_note_draft,
    make_draft,
    make_finalized_invoice,
    reload_invoice,
)
from tests.invoicing.draft_forms import address, text_of


def _notes(organization: Any) -> list[Invoice]:
    with in_organization(organization):
        return list(Invoice.objects.of(organization).filter(kind=InvoiceKind.CREDIT_NOTE).order_by("created_at"))


def _wanted(lines: list[Any], *quantities: str, reason: str = "Feil antall", **more: str) -> dict[str, str]:
    chosen = {f"quantity_{row.pk}": quantity for row, quantity in zip(lines, quantities, strict=True)}
    return {**chosen, "credit_reason": reason, **more}


def test_chosen_lines_become_a_draft_credit_note_that_is_finalized_as_usual(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, lines=[line("A"), line("B", quantity=Decimal(5))])
    lines = lines_of(organization, invoice)
    client = client_of(owner)
    page = text_of(client.get(address("credit_invoice", organization, invoice)))
    assert f'name="quantity_{lines[1].pk}" value="5"' in page
    response = client.post(address("credit_invoice", organization, invoice), _wanted(lines, "", "2,5"))
    [note] = _notes(organization)
    assert response.headers["Location"] == address("update_credit_note", organization, note)
    assert (note.status, note.payable_amount, note.credits_id) == (InvoiceStatus.DRAFT, Decimal("3906.25"), invoice.pk)
    [only] = lines_of(organization, note)
    assert (only.description, only.quantity, only.credits_line_id) == ("B", Decimal("2.5"), lines[1].pk)
    client.post(address("finalize_invoice", organization, note))
    assert reload_invoice(organization, note).number == 10002
    assert invoice.receivable_id
    with in_organization(organization):
        balances = ledger.balances(organization.pk, [invoice.receivable_id])
    assert balances[invoice.receivable_id].currency_amount == invoice.payable_amount - Decimal("3906.25")
    assert "10001" in text_of(client.get(address("show_invoice", organization, note)))
    assert "10002" in text_of(client.get(address("show_invoice", organization, invoice)))


def test_on_the_draft_only_quantities_and_the_reason_change(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, lines=[line("A"), line("B")])
    lines = lines_of(organization, invoice)
    note = make_credit_note_draft(organization, invoice)
    kept = lines_of(organization, note)[1]
    client = client_of(owner)
    path = address("update_credit_note", organization, note)
    assert client.get(address("update_draft", organization, note)).headers["Location"] == address(
        "show_invoice", organization, note
    )
    data = _wanted(lines, "0", "1", reason="Retur", version="1", description="Annet")
    assert client.post(path, data).status_code == 302
    [only] = lines_of(organization, note)
    assert (only.pk, only.description, only.quantity) == (kept.pk, "B", Decimal(1))
    stored = reload_invoice(organization, note)
    assert (stored.credit_reason, stored.payable_amount, stored.version) == ("Retur", Decimal("1562.50"), 2)
    stale = client.post(path, _wanted(lines, "1", "1", reason="Sent", version="1"))
    assert stale.status_code == 422
    assert "Sent" in text_of(stale)
    assert reload_invoice(organization, note).credit_reason == "Retur"


@pytest.mark.parametrize("quantity", ["3", "-1", "abc", "2,1234567", "NaN"])
def test_never_more_than_what_is_left_and_what_is_typed_is_kept(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], quantity: str
) -> None:
    invoice = make_finalized_invoice(organization)
    lines = lines_of(organization, invoice)
    response = client_of(owner).post(address("credit_invoice", organization, invoice), _wanted(lines, quantity))
    text = text_of(response)
    assert response.status_code == 422
    assert f'href="#quantity_{lines[0].pk}"' in text
    assert f'value="{quantity}"' in text
    assert "Feil antall" in text
    assert _notes(organization) == []


def test_a_reason_and_something_to_credit_are_needed(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    lines = lines_of(organization, invoice)
    path = address("credit_invoice", organization, invoice)
    client = client_of(owner)
    assert client.post(path, _wanted(lines, "1", reason="")).status_code == 422
    assert client.post(path, _wanted(lines, "0")).status_code == 422
    assert client.post(path, {f"quantity_{uuid4()}": "1", "credit_reason": "x"}).status_code == 422
    assert _notes(organization) == []


def test_what_is_credited_twice_is_refused(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    invoice = make_finalized_invoice(organization)
    first = make_credit_note_draft(organization, invoice)
    second = make_credit_note_draft(organization, invoice)
    client = client_of(owner)
    client.post(address("finalize_invoice", organization, first))
    client.post(address("finalize_invoice", organization, second))
    assert reload_invoice(organization, first).number == 10002
    assert reload_invoice(organization, second).number is None
    [only] = lines_of(organization, invoice)
    response = client.post(address("credit_invoice", organization, invoice), _wanted([only], "1"))
    assert response.status_code == 422


def test_the_sums_follow_the_quantities(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    invoice = make_finalized_invoice(organization, discount_amount=Decimal(100))
    [only] = lines_of(organization, invoice)
    path = address("compute_credit", organization, invoice)
    text = text_of(client_of(owner).post(path, _wanted([only], "1"))).replace("\u00a0", " ")
    assert "1 500,00" in text


def test_drafts_and_credit_notes_are_not_credited(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    lines = lines_of(organization, draft)
    assert client_of(owner).post(address("credit_invoice", organization, draft), _wanted(lines, "1")).status_code == 422
    assert _notes(organization) == []


def test_a_stranger_gets_404_and_a_case_worker_403(
    organization: Any, stranger: Any, case_worker: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    note = make_credit_note_draft(organization, invoice)
    lines = lines_of(organization, invoice)
    for name, document in (("credit_invoice", invoice), ("update_credit_note", note), ("compute_credit", invoice)):
        path = address(name, organization, document)
        assert client_of(stranger).post(path, _wanted(lines, "1")).status_code == 404
        assert client_of(case_worker).post(path, _wanted(lines, "1")).status_code == 403
    assert reload_invoice(organization, note).version == 1


def test_the_database_lets_only_credit_notes_credit(organization: Any) -> None:
    invoice, draft = make_finalized_invoice(organization), make_draft(organization)
    with pytest.raises(DatabaseError), in_organization(organization):
        Invoice.objects.of(organization).filter(pk=draft.pk).update(credits=invoice)
