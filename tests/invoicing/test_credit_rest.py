"""Crediting part by part ends at nothing: the last note takes exactly what is left, and says what it rounds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from invoicing.models import Invoice
from payments import queries as ledger
from tenants.models import Organization
from tests import builders


def credit(organization: Organization, invoice: Invoice, quantity: str) -> Invoice:
    [line] = builders.lines_of(organization, invoice)
    draft = builders.make_credit_note_draft(organization, invoice, {line.pk: Decimal(quantity)})
    return builders.finalize_drafts(organization, [draft.pk])[0]


@pytest.mark.parametrize(
    ("quantity", "price", "parts"),
    [
        ("3", "66.6667", ("1", "1", "1")),
        ("3", "33.3333", ("1", "1", "1")),
        ("7", "14.2857", ("2", "2", "2", "1")),
        ("1", "0.05", ("0.5", "0.5")),
    ],
)
def test_the_parts_of_an_invoice_credit_the_whole(
    organization: Organization, quantity: str, price: str, parts: tuple[str, ...]
) -> None:
    line = builders.line(quantity=Decimal(quantity), unit_price=Decimal(price))
    invoice = builders.make_finalized_invoice(organization, lines=[line])
    notes = [credit(organization, invoice, part) for part in parts]
    assert sum(note.payable_amount for note in notes) == invoice.payable_amount
    assert all(note.net_amount + note.vat_amount + note.rounding_amount == note.payable_amount for note in notes)
    with builders.in_organization(organization):
        balances = ledger.balances(
            organization.pk, [row.receivable_id for row in [invoice, *notes] if row.receivable_id]
        )
    assert {balance.currency_amount for balance in balances.values()} == {Decimal("0.00")}


def test_a_full_credit_needs_no_rounding(organization: Organization) -> None:
    line = builders.line(quantity=Decimal(3), unit_price=Decimal("66.6667"))
    invoice = builders.make_finalized_invoice(organization, lines=[line])
    note = credit(organization, invoice, "3")
    assert (note.payable_amount, note.rounding_amount) == (invoice.payable_amount, Decimal("0.00"))
