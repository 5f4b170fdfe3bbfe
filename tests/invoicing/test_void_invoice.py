"""Voiding: a full credit note, finalized at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from foundation.errors import DomainError
from invoicing.models import Invoice, InvoiceKind
from payments import queries as ledger
from tenants.models import AuditEntry, Organization
from tests import builders
from tests.builders import in_organization, line, lines_of, make_correction, make_draft, make_finalized_invoice
from tests.invoicing.draft_forms import address, text_of
from tests.invoicing.public_pages import enter, form_of
from tests.invoicing.test_refuse_to_take_back import set_switch, void_it


def test_an_invoice_is_voided_by_a_full_credit_note_with_its_own_number(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, lines=[line("A"), line("B")], discount_amount=Decimal(100))
    client, path = client_of(owner), address("void_invoice", organization, invoice)
    page = text_of(client.get(path))
    assert "10001" in page
    assert invoice.customer.name in page
    answer = client.post(path, {"reason": "Sendt til feil kunde"})
    assert answer.headers["Location"] == address("show_invoice", organization, invoice)
    with in_organization(organization):
        note = Invoice.objects.of(organization).get(kind=InvoiceKind.CREDIT_NOTE)
        assert (note.number, note.credits_id, note.payable_amount) == (10002, invoice.pk, invoice.payable_amount)
        assert invoice.receivable_id
        assert note.receivable_id
        owed = ledger.balances(organization.pk, [invoice.receivable_id, note.receivable_id])
        assert AuditEntry.objects.of(organization).filter(subject_id=invoice.pk, verb="invoice.voided").exists()
    assert {balance.currency_amount for balance in owed.values()} == {Decimal(0)}
    shown = text_of(client.get(address("show_invoice", organization, invoice)))
    assert "Sendt til feil kunde" in shown
    assert address("void_invoice", organization, invoice) not in shown


def test_what_is_left_after_a_partial_credit_is_voided(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization, lines=[line("A"), line("B")])
    first = lines_of(organization, invoice)[0]
    partial = builders.make_credit_note_draft(organization, invoice, {first.pk: Decimal(1)})
    builders.finalize_drafts(organization, [partial.pk])
    note = void_it(organization, invoice)
    assert note.payable_amount == invoice.payable_amount - partial.payable_amount


def test_a_reason_is_needed_and_a_draft_is_not_voided(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    invoice = make_finalized_invoice(organization)
    assert client.post(address("void_invoice", organization, invoice), {"reason": " "}).status_code == 422
    draft = make_draft(organization)
    assert client.get(address("void_invoice", organization, draft)).status_code == 200
    assert client.post(address("void_invoice", organization, draft), {"reason": "x"}).status_code == 422
    with in_organization(organization):
        assert Invoice.objects.of(organization).count() == 2


def test_while_a_correction_runs_nothing_is_voided(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization)
    make_correction(organization, invoice)
    with pytest.raises(DomainError):
        void_it(organization, invoice)


def test_a_company_that_wants_a_second_person_voids_nothing_in_one_step(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization)
    set_switch(organization, approval_from_amount=Decimal(0))
    with pytest.raises(DomainError, match="10001"):
        void_it(organization, invoice)
    with in_organization(organization):
        assert Invoice.objects.of(organization).count() == 1


def test_a_stranger_gets_404_and_a_case_worker_403(
    organization: Organization, stranger: Any, case_worker: Any, client_of: Callable[[Any], Client]
) -> None:
    path = address("void_invoice", organization, make_finalized_invoice(organization))
    assert client_of(stranger).post(path, {"reason": "x"}).status_code == 404
    assert client_of(case_worker).post(path, {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("closes", [True, False])
def test_whoever_got_a_voided_invoice_by_mistake_can_be_shut_out_in_the_same_act(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client], *, closes: bool
) -> None:
    invoice, other = make_finalized_invoice(organization), make_finalized_invoice(organization)
    browser, page = enter(organization, invoice)
    beside, other_page = enter(organization, other)
    form = {"kind": "wrong_recipient", "value": "Havblikk AS", "text": ""}
    if closes:
        browser.post(page + "say/", form_of(browser, page, **form))
    client, path = client_of(owner), address("void_invoice", organization, invoice)
    assert client.get(path).context["form"]["closes_links"].value() is closes

    client.post(path, {"reason": "Feil kunde", **({"closes_links": "on"} if closes else {})})

    shown = browser.get(page)
    assert shown.status_code == (404 if closes else 200)
    assert (invoice.kid in shown.content.decode()) is False
    assert beside.get(other_page).status_code == 200
    with in_organization(organization):
        revoked = AuditEntry.objects.of(organization).filter(verb="link.revoked", subject_id=invoice.pk)
        assert revoked.count() == closes
