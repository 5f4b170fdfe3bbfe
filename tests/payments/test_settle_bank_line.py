"""The work list: a person says what a movement is, undoes it, and nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree

from payments.actions.periods import close_period
from payments.actions.refunds import RefundTerms, request_refund
from payments.models import BankAgreement, BankLine, Payment, Refund, RefundFile
from payments.proof import ledger_problems
from tenants.context import organization_context
from tenants.models import AuditEntry, Organization
from tests import bank_file_builders as banks
from tests import builders
from tests.bank_file_builders import Paid
from tests.payments.bank_rows import NOW, camt, take
from tests.payments.by_hand import owed

HTMX = {"HX-Request": "true"}


def waiting(organization: Organization) -> list[BankLine]:
    """What stands on the work list."""
    with builders.in_organization(organization):
        return list(BankLine.objects.of(organization).filter(outcome="waiting").order_by("position"))


def reread(organization: Organization, line: BankLine) -> BankLine:
    """The movement as it is stored now."""
    with builders.in_organization(organization):
        return BankLine.objects.of(organization).select_related("payment", "refund").get(pk=line.pk)


@pytest.fixture
def desk(organization: Organization, accountant: Any, client_of: Callable[[Any], Client]) -> Callable[..., Any]:
    """Somebody at the work list: a verb on a movement with the fields of its form."""
    client = client_of(accountant)

    def act(line: BankLine, verb: str = "", **fields: Any) -> Any:
        url = f"/{organization.slug}/payments/bank/{line.pk}/"
        return client.post(f"{url}{verb}/", fields, headers=HTMX) if verb else client.get(url, fields)

    return act


def test_one_movement_pays_the_suggested_invoices(organization: Organization, desk: Callable[..., Any]) -> None:
    customer = builders.make_customer(organization)
    first, second = (builders.make_finalized_invoice(organization, customer) for _turn in range(2))
    together = first.payable_amount + second.payable_amount
    text = f"faktura {first.number} og {second.number}"
    take(organization, camt([Paid("", together, text=text, payer_name=customer.name), Paid("", "12.00", text="hei")]))
    line, other = waiting(organization)

    page = desk(line)
    chosen = [row for row in page.context["claims"] if row.is_chosen]
    fields = {"use": [str(row.claim.id) for row in chosen], "customer": str(customer.pk)}
    left = desk(line, "sums", **fields)
    answer = desk(line, "settle", **fields)

    assert {row.claim.number for row in chosen} == {str(first.number), str(second.number)}
    assert page.context["left"] == 0
    assert b"0" in left.content
    assert answer.status_code == 200
    assert str(other.pk) in answer.content.decode(), "the next movement is open now"
    assert reread(organization, line).outcome == "posted"
    assert owed(organization, first) == owed(organization, second) == 0
    assert desk(line, "settle", **fields).status_code == 422, "once is enough"
    with builders.in_organization(organization):
        assert Payment.objects.of(organization).get().applied == together


def test_money_is_kept_as_credit_left_and_taken_up_again(organization: Organization, desk: Callable[..., Any]) -> None:
    customer = builders.make_customer(organization)
    take(organization, camt([Paid("", "100.00", text="a"), Paid("", "200.00", text="b")]))
    kept, left = waiting(organization)

    assert desk(kept, "credit", customer=str(customer.pk)).status_code == 200
    assert desk(left, "ignore", reason="").status_code == 422
    assert desk(left, "ignore", reason="Lønn").status_code == 200
    payment = reread(organization, kept).payment
    assert payment is not None
    assert (payment.customer_id, payment.unapplied, payment.source) == (customer.pk, 100, "bank_file")
    assert (reread(organization, left).outcome, reread(organization, left).note) == ("ignored", "Lønn")

    for line in (kept, left):
        assert desk(line, "reopen", reason="Feil").status_code == 200
    invoice = builders.make_finalized_invoice(organization, customer)
    assert desk(kept, "settle", use=[str(invoice.receivable_id)], customer="").status_code == 200

    again = reread(organization, kept)
    assert again.payment is not None
    assert (again.undone, again.payment.key[-2:], again.payment.applied) == (1, ":1", 100)
    with builders.in_organization(organization):
        assert Payment.objects.of(organization).get(pk=payment.pk).reversed == 100
        verbs = set(AuditEntry.objects.of(organization).values_list("verb", flat=True))
    assert {"bank_line.settled", "bank_line.ignored", "bank_line.reopened", "payment.reversed"} <= verbs


def test_too_much_and_nothing_are_refused_and_nothing_changes(
    organization: Organization, desk: Callable[..., Any]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    take(organization, camt([Paid("", "100.00", text="a")]))
    [line] = waiting(organization)
    claim = str(invoice.receivable_id)

    refused = [
        desk(line, "settle", use=[claim], **{f"part_{claim}": "100,01"}),
        desk(line, "settle", use=[claim], **{f"part_{claim}": "x"}),
        desk(line, "settle", use=[claim], **{f"part_{claim}": "-5"}),
        desk(line, "settle"),
        desk(line, "credit", customer="nobody"),
    ]

    assert [answer.status_code for answer in refused] == [422] * 5
    assert desk(line, "settle", use=[str(line.pk)]).status_code == 404
    assert reread(organization, line).outcome == "waiting"
    with builders.in_organization(organization):
        assert not Payment.objects.of(organization).exists()


def test_what_is_over_stays_the_customers_or_pays_more(organization: Organization, desk: Callable[..., Any]) -> None:
    customer = builders.make_customer(organization)
    first, second = (builders.make_finalized_invoice(organization, customer) for _turn in range(2))
    take(organization, camt([Paid(first.kid, first.payable_amount + 40)]))
    [line] = waiting(organization)

    assert desk(line, "settle", use=[str(second.receivable_id)]).status_code == 200

    payment = reread(organization, line).payment
    assert payment is not None
    assert (payment.unapplied, owed(organization, second)) == (0, second.payable_amount - 40)


def test_the_bank_takes_a_payment_back(organization: Organization, desk: Callable[..., Any]) -> None:
    invoice = builders.make_finalized_invoice(organization)
    amount = invoice.payable_amount
    take(organization, camt([Paid(invoice.kid, amount)]))
    take(organization, camt([Paid(invoice.kid, amount, is_negative=True)], message_id="M-2"))
    [line] = waiting(organization)

    page = desk(line)
    [payment] = page.context["payments_back"]
    answers = [desk(line, "take-back", payment=str(payment.pk)) for _turn in range(2)]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert owed(organization, invoice) == amount
    assert reread(organization, line).outcome == "settled"
    with builders.in_organization(organization):
        assert list(ledger_problems(organization)) == []


def test_money_of_a_closed_period_is_booked_on_the_first_open_day(
    organization: Organization, desk: Callable[..., Any]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        close_period(organization, banks.DAY, reason="Levert", actor=actor, today=builders.TODAY, now=NOW)
    take(organization, camt([Paid(invoice.kid, invoice.payable_amount)]))
    [line] = waiting(organization)

    assert desk(line, "settle", use=[str(invoice.receivable_id)]).status_code == 200

    payment = reread(organization, line).payment
    assert payment is not None
    assert payment.day == banks.DAY + timedelta(days=1)


def test_refunds_go_out_in_one_file_and_are_paid_when_the_bank_says_so(
    organization: Organization, accountant: Any, client_of: Callable[[Any], Client], desk: Callable[..., Any]
) -> None:
    customer = builders.make_customer(organization)
    take(organization, camt([Paid("", "500.00", text="a")]))
    [line] = waiting(organization)
    desk(line, "credit", customer=str(customer.pk))
    payment = reread(organization, line).payment
    assert payment is not None
    terms = RefundTerms(
        key="r",
        amount=Decimal("120.00"),
        channel="bank_file",
        reason="For mye",
        payee_account="86011117947",
        payee_name="Kari",
    )
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        refund = request_refund(organization, payment.pk, terms, actor=actor, day=builders.TODAY, now=NOW)
    client = client_of(accountant)
    url = f"/{organization.slug}/payments/refunds/file/"
    page = client.get(url)
    fields = {"refund": str(refund.pk), "pay_on": "2036-01-02", "version": "09"}
    fields["bank_account"] = page.context["form"].fields["bank_account"].choices[0][0]

    wrong = client.post(url, {**fields, "total": "119,00"})
    made = [client.post(url, {**fields, "total": "120,00"}) for _turn in range(2)]

    assert (page.context["total"], wrong.status_code) == (120, 422)
    assert [answer.status_code for answer in made] == [302, 422], "the same refund is never in two files"
    with builders.in_organization(organization):
        file = RefundFile.objects.of(organization).get()
        assert Refund.objects.of(organization).get().state == "handed_over"
    kept = client.get(f"/{organization.slug}/payments/refunds/files/{file.pk}/")
    document = etree.fromstring(b"".join(kept.streaming_content))  # type: ignore[attr-defined]
    assert document.xpath("string(//*[local-name()='CtrlSum'])") == "120.00"

    take(organization, camt([Paid("", "120.00", text="ut", is_negative=True)], message_id="M-2"))
    [out] = waiting(organization)
    assert [each.pk for each in desk(out).context["refunds_out"]] == [refund.pk]
    assert desk(out, "refund", refund=str(refund.pk)).status_code == 200
    with builders.in_organization(organization):
        assert Refund.objects.of(organization).get().state == "done"


def test_agreements_are_written_down_and_hold(
    organization: Organization, owner: Any, accountant: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    list_url = f"/{organization.slug}/settings/bank-agreements/"
    [(account, _agreement, _kids)] = client.get(list_url).context["rows"]
    url = f"{list_url}{account.pk}/"
    form = client.get(url).context["form"]
    fields = {"account": form.fields["account"].choices[0][0], "source_format": "camt.054", "kid_algorithm_1": "MOD11"}

    same_length = client.post(url, {**fields, "kid_length_1": "10", "kid_algorithm_2": "MOD10"})
    saved = client.post(
        url, {**fields, "kid_length_1": "14", "kid_algorithm_2": "MOD10", "creditor_number": "81234567"}
    )

    assert (same_length.status_code, saved.status_code) == (422, 302)
    with builders.in_organization(organization):
        agreement = BankAgreement.objects.of(organization).get()
    assert (agreement.further_kids, agreement.source_format) == ([[14, "MOD11"]], "camt.054")
    assert client_of(accountant).get(url).status_code == 403


def test_the_list_asks_as_often_for_many_movements_as_for_few(
    organization: Organization, desk: Callable[..., Any], auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    counts = []
    for turn, count in enumerate((2, 20)):
        payments = [Paid("", f"{100 + place}.00", text=f"faktura {invoice.number}") for place in range(count)]
        take(organization, camt(payments, message_id=f"M-{turn}").replace(b"81000000", f"82{turn}00000".encode()))
        line = waiting(organization)[0]
        desk(line)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = desk(line)
        counts.append(len(asked))
        assert len(page.content) < 100_000

    assert counts[0] == counts[1] < 30
    line = waiting(organization)[0]
    url = f"/{organization.slug}/payments/bank/{line.pk}/"
    assert client_of(auditor).get(url).status_code == 200
    assert client_of(auditor).post(f"{url}ignore/", {"reason": "x"}).status_code == 403
