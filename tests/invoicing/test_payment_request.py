"""Payment requests: no invoice number, no VAT, no revenue (bokføringsforskriften § 5-2-6); paid, or withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from billing_backlog.actions.advances import AdvanceTerms, ask_advance
from invoicing.actions.checks import check_drafts
from invoicing.actions.conditions import MoneyStands
from invoicing.actions.documents import bytes_of, document_of
from invoicing.actions.draft_lines import LineIsLocked
from invoicing.actions.drafts import change_customer, clone_invoice, update_draft
from invoicing.actions.finalize import finalize_invoices
from invoicing.actions.void import void_invoice
from invoicing.calculation import DocumentInput, Left, LineInput, totals
from invoicing.models import FileKind, Invoice, InvoiceKind, InvoiceLine, NumberSeries
from invoicing.numbering import ADVANCES_FROM
from payments.actions.registering import register_payment
from payments.actions.write_offs import LossTerms, write_off_receivable
from payments.errors import NothingIsLost
from payments.models import Posting, ReceivableKind
from payments.terms import Part
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders
from tests.builders import TODAY, in_organization
from tests.invoicing.pdf_samples import text_of
from tests.payments.claims import money, owed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def said(*values: Any) -> tuple[Any, ...]:
    """Amounts and the rest of what is told, to be compared with plain numbers."""
    return values


def request_draft(organization: Organization, amount: str = "12500") -> Invoice:
    terms = AdvanceTerms(customer=builders.make_customer(organization), name="Forskudd på kaia", amount=Decimal(amount))
    with organization_context(organization.pk):
        advance = ask_advance(organization, terms, actor=builders.actor_of(organization), today=TODAY)
    request: Invoice = advance.invoice
    return request


def postings_of(organization: Organization, invoice: Invoice) -> list[tuple[str, Decimal, str]]:
    assert invoice.voucher_id is not None
    with in_organization(organization):
        rows = Posting.objects.of(organization).filter(voucher_id=invoice.voucher_id).select_related("account")
        return [(row.account.number, row.amount, row.vat_code) for row in rows.order_by("position")]


def test_m_053_a_request_takes_no_invoice_number_and_states_neither_vat_nor_revenue(
    client: Client, organization: Organization, owner: User
) -> None:
    draft = request_draft(organization)
    invoice = builders.make_draft(organization)
    request, invoice = builders.finalize_drafts(organization, [draft.pk, invoice.pk])

    assert (request.number, request.series.is_default, invoice.series.is_default) == (ADVANCES_FROM, False, True)
    assert invoice.number == invoice.series.first_number, "the invoices' own series has no gap and no stranger"
    assert said(request.net_amount, request.vat_amount, request.payable_amount) == (12500, 0, 12500)
    assert postings_of(organization, request) == [("1500", Decimal(12500), ""), ("2900", Decimal(-12500), "")]
    with in_organization(organization):
        assert request.receivable is not None
        assert (request.receivable.kind, request.receivable.due_date) == (ReceivableKind.ADVANCE, request.due_date)

    files = bytes_of(document_of(request), logo=None)
    text = text_of(files[FileKind.PDF])
    assert set(files) == {FileKind.PDF}, "it is no EHF"
    assert "Betalingsanmodning" in text
    assert "Dette er ikke en faktura" in text
    assert "Fakturanummer" not in text
    client.force_login(owner)
    page = client.get(reverse("invoicing:show_invoice", args=[organization.slug, request.pk])).content.decode()
    assert str(ADVANCES_FROM) in page


def test_m_044_of_a_request_nothing_is_changed_on_the_draft(organization: Organization) -> None:
    draft = request_draft(organization)
    [line] = builders.lines_of(organization, draft)
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        for content in (
            [{"id": line.pk, "unit_price": Decimal(1)}],
            [{"id": line.pk, "vat_treatment": "standard"}],
            [{"id": line.pk}, builders.line()],
            [],
        ):
            with pytest.raises(LineIsLocked):
                update_draft(
                    organization, draft.pk, version=draft.version, header={}, lines=content, actor=actor, today=TODAY
                )
        with pytest.raises(LineIsLocked):
            update_draft(
                organization,
                draft.pk,
                version=draft.version,
                header={"discount_percent": Decimal(10)},
                lines=[{"id": line.pk}],
                actor=actor,
                today=TODAY,
            )
        other = builders.make_customer(organization, name="Sørhavn AS")
        with pytest.raises(LineIsLocked):
            change_customer(organization, draft.pk, customer=other, actor=actor, today=TODAY)
        with translation.override("en"), pytest.raises(Exception, match="cannot be cloned"):
            clone_invoice(organization, draft.pk, actor=actor, today=TODAY)


def test_a_request_that_states_vat_is_refused(organization: Organization) -> None:
    draft = request_draft(organization)
    with in_organization(organization):
        InvoiceLine.objects.of(organization).filter(invoice=draft).update(vat_treatment="standard", locked_fields=[])
    with organization_context(organization.pk):
        [check] = check_drafts(organization, [draft.pk], today=TODAY)
        assert "§ 5-2-6" in {finding["rule"] for finding in check.findings if finding["is_fatal"]}
        with pytest.raises(Exception, match="mva"):  # the findings speak the company’s language
            finalize_invoices(organization, [draft.pk], actor=builders.actor_of(organization), today=TODAY)


def test_m_053_an_unpaid_request_is_withdrawn_by_a_document_of_its_own_and_a_paid_one_is_not(
    organization: Organization,
) -> None:
    unpaid, paid = builders.finalize_drafts(
        organization, [request_draft(organization).pk, request_draft(organization, "100").pk]
    )
    assert paid.receivable_id is not None
    assert unpaid.receivable_id is not None
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        terms = money(organization, "100", parts=(Part(receivable_id=paid.receivable_id),))
        register_payment(organization, terms, actor=actor, today=TODAY, now=NOW)
        loss = LossTerms(reason="Borte", ground="other", takes_vat_back=False)
        with pytest.raises(NothingIsLost):
            write_off_receivable(organization, unpaid.receivable_id, loss, actor=actor, day=TODAY, now=NOW)
        note = void_invoice(organization, unpaid.pk, reason="Avlyst", actor=actor, today=TODAY)
        with pytest.raises(MoneyStands):
            void_invoice(organization, paid.pk, reason="Avlyst", actor=actor, today=TODAY)

    assert (note.kind, note.number) == (InvoiceKind.WITHDRAWAL, ADVANCES_FROM + 2)
    assert postings_of(organization, note) == [("1500", Decimal(-12500), ""), ("2900", Decimal(12500), "")]
    with in_organization(organization):
        assert owed(organization, unpaid.receivable_id) == 0
        assert NumberSeries.objects.of(organization).count() == 2
    text = text_of(bytes_of(document_of(note), logo=None)[FileKind.PDF])
    assert f"Betalingsanmodning {unpaid.number}" in text
    assert "trukket tilbake" in text


@pytest.mark.parametrize(
    ("quantity", "left", "prepaid_left", "payable", "prepaid"),
    [("1", "1000", "1500", "1000", "250"), ("2", "1000", "1500", "1000", "1500"), ("0.5", "1000", "1500", "625", "0")],
)
def test_m_053_a_credit_note_takes_the_claim_first_and_then_what_was_prepaid(
    quantity: str, left: str, prepaid_left: str, payable: str, prepaid: str
) -> None:
    line = LineInput(
        quantity=Decimal(quantity), unit_price=Decimal(1000), vat_category="S", vat_rate_percent=Decimal(25)
    )
    whole = Left(payable=Decimal(left), prepaid=Decimal(prepaid_left), is_all=quantity == "2")
    found = totals(DocumentInput(lines=(line,), left=whole))
    assert (found.payable, found.prepaid) == (Decimal(payable), Decimal(prepaid))
    assert found.payable + found.prepaid == found.gross + found.rounding
