"""A voucher on screen: debit and credit, the sum of each, for those who may read the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import translation

from invoicing.models import Invoice
from payments import queries
from payments.actions import applying, refunds
from payments.actions.refunds import RefundTerms
from payments.models import Voucher
from payments.terms import Part
from tests import builders
from tests.payments import by_hand


def address(slug: str, invoice: Invoice) -> str:
    return f"/{slug}/vouchers/{invoice.voucher_id}/"


def test_a_voucher_shows_both_sides_and_their_sum(organization: Any, auditor: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    page = client_of(auditor).get(address("nordlys", invoice))
    assert page.status_code == 200
    assert page.context["debit"] == page.context["credit"] == invoice.payable_amount
    assert len(page.context["postings"]) == 3


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, case_worker: Any, client_of: Any
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    assert client_of(stranger).get(address("nordlys", invoice)).status_code == 404
    assert client_of(stranger).get(address("fremmed", invoice)).status_code == 404
    assert client_of(case_worker).get(address("nordlys", invoice)).status_code == 403


def test_the_chart_shows_what_is_posted(organization: Any, auditor: Any, case_worker: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    page = client_of(auditor).get("/nordlys/chart-of-accounts/")
    balances = {account.number: balance for account, balance in page.context["accounts"]}
    assert balances["1500"] == invoice.payable_amount
    assert sum(balance for balance in balances.values() if balance is not None) == 0
    assert client_of(case_worker).get("/nordlys/chart-of-accounts/").status_code == 403


def test_vouchers_are_worded_in_the_books_language_whoever_is_at_work(organization: Any) -> None:
    customer = builders.make_customer(organization)
    with translation.override("en"):
        invoice, other = (builders.make_finalized_invoice(organization, customer) for _each in range(2))
        assert invoice.receivable_id is not None
        draft = builders.make_credit_note_draft(organization, other)
        [credit] = builders.finalize_drafts(organization, [draft.pk])
        payment = by_hand.pay(organization, "4000.00", invoice.receivable_id, payer_name="Ola")
        with builders.in_organization(organization):
            here: Any = {"actor": builders.actor_of(organization), "now": by_hand.NOW}
            part = Part(receivable_id=invoice.receivable_id)
            [row] = queries.standing_allocations(organization, payment.pk)
            applying.detach_allocation(organization, row.pk, reason="x", day=builders.TODAY, **here)
            applying.apply_payment(organization, payment.pk, [part], day=builders.TODAY, **here)
            terms = RefundTerms(key="k", amount=Decimal("10.00"), reason="x", channel="by_hand")
            refunds.request_refund(organization, payment.pk, terms, day=builders.TODAY, **here)
            last = by_hand.pay(organization, "1.00")
            applying.reverse_payment(organization, last.pk, reason="x", day=builders.TODAY, **here)

    with builders.in_organization(organization):
        said = set(Voucher.objects.of(organization).values_list("text", flat=True))
    assert said == {
        f"Faktura {invoice.number}",
        f"Faktura {other.number}",
        f"Kreditnota {credit.number}",
        f"Kreditnota {credit.number} mot faktura {other.number}",
        "Innbetaling: Ola",
        "Innbetaling",
        "Betalt tilbake: Ola",
        "Innbetaling ført mot faktura: Ola",
        "Innbetaling angret",
        f"Innbetaling tatt av {invoice.number}",
    }
