"""What cannot be corrected, voided or deleted, one test for each rule of the mission map, each with the way out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from foundation.errors import DomainError
from invoicing.actions import drafts, void
from invoicing.actions.conditions import MadeBySubscription, MoneyIsApplied, PaidOnline
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.models import Correction, Invoice
from payments.models import VoucherKind
from tenants.context import organization_context
from tenants.models import Organization, WhoMay
from tests import builders
from tests.builders import (
    in_organization,
    line,
    lines_of,
    make_correction,
    make_credit_note_draft,
    make_draft,
    make_finalized_invoice,
    reload_invoice,
)
from tests.invoicing.draft_forms import address, text_of
from tests.invoicing.money import detach, pay, refund


def set_switch(organization: Organization, **switches: Any) -> None:
    """The organization's switches as an owner would set them."""
    with in_organization(organization):
        for name, value in switches.items():
            setattr(organization, name, value)
        organization.save(update_fields=list(switches))


@pytest.fixture
def team(owner: Any, accountant: Any, project_manager: Any, auditor: Any) -> dict[str, Any]:
    """People of four roles."""
    return {"owner": owner, "accountant": accountant, "project_manager": project_manager, "auditor": auditor}


def void_it(organization: Organization, invoice: Invoice) -> Invoice:
    """Void an invoice."""
    with organization_context(organization.pk):
        return void.void_invoice(
            organization, invoice.pk, reason="Feil kunde", actor=builders.actor_of(organization), today=builders.TODAY
        )


def documents(organization: Organization) -> list[tuple[Any, ...]]:
    """Every document with its number and version."""
    with in_organization(organization):
        return list(Invoice.objects.of(organization).order_by("created_at").values_list("pk", "number", "version"))


@pytest.mark.parametrize(
    ("switch", "allowed"),
    [(WhoMay.NOBODY, set()), (WhoMay.OWNERS, {"owner"}), (WhoMay.PERMITTED, {"owner", "accountant"})],
)
def test_m_072_a_correction_is_begun_only_by_whom_the_company_lets_and_whose_role_allows_it(
    organization: Organization,
    team: dict[str, Any],
    client_of: Callable[[Any], Client],
    switch: WhoMay,
    allowed: set[str],
) -> None:
    set_switch(organization, corrections_by=switch)
    for role in ("owner", "accountant"):
        person, may = team[role], role in allowed
        invoice = make_finalized_invoice(organization)
        [only] = lines_of(organization, invoice)
        client, path = client_of(person), address("correct_invoice", organization, invoice)
        assert (path in text_of(client.get(address("show_invoice", organization, invoice)))) is may
        assert ('name="line"' in text_of(client.get(path))) is may
        answer = client.post(path, {"line": [str(only.pk)], "reason": "x"})
        assert answer.status_code == (302 if may else 422)
        with in_organization(organization):
            assert Correction.objects.of(organization).filter(original=invoice).exists() is may
    invoice = make_finalized_invoice(organization)
    assert client_of(team["project_manager"]).get(address("correct_invoice", organization, invoice)).status_code == 403


def test_m_072_a_switch_that_is_closed_meanwhile_keeps_a_correction_from_being_finished(
    organization: Organization, accountant: Any, client_of: Callable[[Any], Client]
) -> None:
    correction = make_correction(organization, make_finalized_invoice(organization))
    set_switch(organization, corrections_by=WhoMay.OWNERS)
    before = documents(organization)
    path = f"/{organization.slug}/invoices/corrections/{correction.pk}/"
    assert client_of(accountant).post(path + "finalize/", {"message": ""}).status_code == 422
    assert client_of(accountant).post(path + "abandon/").status_code == 422
    assert documents(organization) == before


@pytest.mark.parametrize("share", [Decimal(1), Decimal("0.01")])
def test_m_073_an_invoice_with_any_payment_is_not_corrected_and_what_is_left_can_be_credited(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client], share: Decimal
) -> None:
    invoice = make_finalized_invoice(organization)
    pay(organization, invoice, (invoice.payable_amount * share).quantize(Decimal("0.01")))
    before = documents(organization)
    with pytest.raises(MoneyIsApplied):
        make_correction(organization, invoice)
    [only] = lines_of(organization, invoice)
    client = client_of(owner)
    answer = client.post(address("correct_invoice", organization, invoice), {"line": [str(only.pk)], "reason": "x"})
    assert answer.status_code == 422
    assert "10001" in text_of(answer)
    assert documents(organization) == before
    assert make_credit_note_draft(organization, invoice).credits_id == invoice.pk


def test_m_073_a_credit_note_is_no_payment(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization, lines=[line("A"), line("B")])
    first = lines_of(organization, invoice)[0]
    note = make_credit_note_draft(organization, invoice, {first.pk: Decimal(1)})
    builders.finalize_drafts(organization, [note.pk])
    correction = make_correction(organization, invoice)
    assert [row.quantity for row in lines_of(organization, correction.replacement)] == [Decimal(1), Decimal(2)]


@pytest.mark.parametrize("kind", [VoucherKind.ONLINE_PAYMENT, VoucherKind.PAYMENT])
def test_m_074_a_payment_that_lands_while_a_correction_is_open_keeps_it_from_being_finished(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client], kind: str
) -> None:
    invoice = make_finalized_invoice(organization)
    correction = make_correction(organization, invoice)
    pay(organization, invoice, Decimal(100), kind)
    path = f"/{organization.slug}/invoices/corrections/{correction.pk}/"
    answer = client_of(owner).post(path + "finalize/", {"message": ""})
    assert answer.status_code == 422
    assert "10001" in text_of(answer)
    for half in (correction.credit_note, correction.replacement):
        assert reload_invoice(organization, half).is_draft
    # Everybody who finalizes the two asks the same, not only the page.
    with pytest.raises(DomainError):
        builders.finalize_drafts(organization, [correction.credit_note_id, correction.replacement_id])
    assert client_of(owner).post(path + "abandon/").status_code == 302


def test_m_075_what_a_subscription_made_is_not_corrected_and_can_be_credited(organization: Organization) -> None:
    made = {**line("Abonnement"), "source": {"kind": "subscription", "id": "1", "label": "Abonnement 1"}}
    invoice = make_finalized_invoice(organization, lines=[line("Annet"), made])
    before = documents(organization)
    with pytest.raises(MadeBySubscription, match="10001"):
        make_correction(organization, invoice)
    other = lines_of(organization, invoice)[0]
    with pytest.raises(MadeBySubscription):
        make_correction(organization, invoice, [other.pk])
    assert documents(organization) == before
    assert make_credit_note_draft(organization, invoice).is_draft


def test_m_076_an_issued_document_is_never_deleted(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    note = make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    for document in (invoice, note):
        with pytest.raises(InvoiceAlreadyFinalized), organization_context(organization.pk):
            drafts.delete_draft(organization, document.pk, actor=builders.actor_of(organization))
        client_of(owner).post(address("delete_draft", organization, document))
        with pytest.raises(DatabaseError), in_organization(organization):
            Invoice.objects.of(organization).filter(pk=document.pk).delete()
        assert reload_invoice(organization, document).number


@pytest.mark.parametrize(
    ("switch", "allowed"),
    [(WhoMay.NOBODY, set()), (WhoMay.OWNERS, {"owner"}), (WhoMay.PERMITTED, {"owner", "accountant"})],
)
def test_m_076_drafts_are_deleted_only_by_whom_the_company_lets(
    organization: Organization,
    team: dict[str, Any],
    client_of: Callable[[Any], Client],
    switch: WhoMay,
    allowed: set[str],
) -> None:
    set_switch(organization, draft_deletion_by=switch)
    for role in ("owner", "accountant"):
        person, may = team[role], role in allowed
        draft = make_draft(organization)
        client_of(person).post(address("delete_draft", organization, draft))
        with in_organization(organization):
            assert Invoice.objects.of(organization).filter(pk=draft.pk).exists() is not may
    draft = make_draft(organization)
    assert client_of(team["auditor"]).post(address("delete_draft", organization, draft)).status_code == 403


def test_m_077_deleting_drafts_leaves_no_gap_whatever_the_order(organization: Organization) -> None:
    random = Random(builders.SEED)
    open_drafts: list[Invoice] = []
    customer = builders.make_customer(organization)
    numbers: list[int] = []
    for _step in range(builders.scaled(120, 25)):
        choice = random.choice(["make", "make", "delete", "finalize"])
        if choice == "make" or not open_drafts:
            open_drafts.append(make_draft(organization, customer))
            continue
        draft = open_drafts.pop(random.randrange(len(open_drafts)))
        if choice == "delete":
            with organization_context(organization.pk):
                drafts.delete_draft(organization, draft.pk, actor=builders.actor_of(organization))
        else:
            [invoice] = builders.finalize_drafts(organization, [draft.pk])
            numbers.append(invoice.number or 0)
    assert numbers == list(range(10001, 10001 + len(numbers)))
    with in_organization(organization):
        stored = Invoice.objects.of(organization).exclude(number=None).order_by("number")
        assert list(stored.values_list("number", flat=True)) == numbers


def test_m_090_a_void_stands_for_good(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    note = void_it(organization, invoice)
    before = documents(organization)
    with pytest.raises(void.IsVoidAlready, match=f"10001.*{note.number}"):
        void_it(organization, invoice)
    client = client_of(owner)
    for document in (invoice, note):
        answer = client.post(address("void_invoice", organization, document), {"reason": "igjen"})
        assert answer.status_code == 422
        ids = [str(row.pk) for row in lines_of(organization, document)]
        answer = client.post(address("correct_invoice", organization, document), {"line": ids, "reason": "x"})
        assert answer.status_code == 422
        with pytest.raises(DomainError):
            make_credit_note_draft(organization, document)
    assert documents(organization) == before


def test_m_091_after_an_online_payment_nothing_is_voided_even_when_it_was_refunded(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization)
    pay(organization, invoice, kind=VoucherKind.ONLINE_PAYMENT)
    for moment in ("paid", "refunded"):
        before = documents(organization)
        with pytest.raises(PaidOnline, match="10001"):
            void_it(organization, invoice)
        with pytest.raises(PaidOnline, match="10001"):
            make_correction(organization, invoice)
        assert documents(organization) == before
        if moment == "paid":
            refund(organization, invoice, invoice.payable_amount)
    assert make_credit_note_draft(organization, invoice).is_draft


def test_m_092_a_payment_that_somebody_recorded_is_detached_before_the_invoice_is_voided(
    organization: Organization,
) -> None:
    invoice = make_finalized_invoice(organization)
    payment = pay(organization, invoice)
    with pytest.raises(MoneyIsApplied):
        void_it(organization, invoice)
    detach(organization, invoice, payment)
    assert void_it(organization, invoice).number == 10002
