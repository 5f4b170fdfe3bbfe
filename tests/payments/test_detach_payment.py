"""Taking money off an invoice, back, and out again; and what is refused while money stands on an invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoicing.models import Invoice
from payments.models import Allocation, Refund, RefundState
from tests import builders
from tests.payments import by_hand

OWED = Decimal("3125.00")


@pytest.fixture
def invoice(organization: Any) -> Invoice:
    return builders.make_finalized_invoice(organization)


def why(**more: str) -> dict[str, str]:
    return {"reason": "Feil faktura", "day": builders.TODAY.isoformat(), **more}


def test_m_082_c4_a_payment_is_taken_off_after_asking_by_a_reversing_entry_and_stays_kept(
    organization: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    payment = by_hand.pay(organization, "3125.00", invoice.receivable_id)
    [use] = by_hand.standing(organization, payment)
    browser, url = client_of(owner), f"/nordlys/payments/uses/{use.pk}/detach/"
    assert browser.get(url).status_code == 200
    assert browser.post(url, why(reason=" ")).status_code == 422
    assert by_hand.owed(organization, invoice) == 0

    answer = browser.post(f"{url}?from=payment", why())

    assert answer.url == f"/nordlys/payments/{payment.pk}/"
    assert by_hand.owed(organization, invoice) == OWED
    stored = by_hand.reread(organization, payment)
    assert (stored.amount, stored.unapplied) == (OWED, OWED)
    with builders.in_organization(organization):
        [undone] = Allocation.objects.of(organization).filter(reverses=use)
        assert undone.amount == -use.amount
    assert browser.post(url, why()).status_code == 422  # twice: it is off already
    assert "Feil faktura" in browser.get(f"/nordlys/invoices/{invoice.pk}/").content.decode()


def test_m_073_m_092_a_paid_invoice_is_neither_corrected_nor_voided_until_the_payment_is_off(
    organization: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    payment = by_hand.pay(organization, "1000.00", invoice.receivable_id)
    browser, page = client_of(owner), f"/nordlys/invoices/{invoice.pk}/"
    for act, typed in (("void", {"reason": "Feil"}), ("correct", {"reason": "Feil", "lines": "all"})):
        answer = browser.post(f"{page}{act}/", typed)
        assert answer.status_code == 422, act
        shown = answer.content.decode().replace("\xa0", " ")
        assert "1 000,00" in shown
        assert f"{page}#payments" in shown  # the way out leads to the payments

    [use] = by_hand.standing(organization, payment)
    browser.post(f"/nordlys/payments/uses/{use.pk}/detach/", why())

    assert browser.post(f"{page}void/", {"reason": "Feil"}).status_code == 302
    assert by_hand.owed(organization, invoice) == 0
    assert by_hand.reread(organization, payment).unapplied == Decimal("1000.00")


def test_m_091_an_invoice_that_was_paid_online_is_never_voided_refunded_or_not(
    organization: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    payment = by_hand.pay(organization, "3125.00", invoice.receivable_id, source="online", method="card")
    [use] = by_hand.standing(organization, payment)
    browser = client_of(owner)
    browser.post(f"/nordlys/payments/uses/{use.pk}/detach/", why())
    back = {"key": str(use.pk), "amount": "3125", "channel": "by_hand", "reason": "Angret", "day": why()["day"]}
    assert browser.post(f"/nordlys/payments/{payment.pk}/refund/", back).status_code == 302

    answer = browser.post(f"/nordlys/invoices/{invoice.pk}/void/", {"reason": "Feil"})

    assert answer.status_code == 422
    assert by_hand.owed(organization, invoice) == OWED


def test_a_payment_that_never_came_is_taken_back_and_all_that_it_paid_stands_open(
    organization: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    second = builders.make_finalized_invoice(organization, invoice.customer)
    payment = by_hand.pay(organization, "5000.00", invoice.receivable_id, second.receivable_id)
    browser, url = client_of(owner), f"/nordlys/payments/{payment.pk}/reverse/"
    for _time in range(2):
        assert browser.post(url, why()).status_code == 302
    assert (by_hand.owed(organization, invoice), by_hand.owed(organization, second)) == (OWED, OWED)
    stored = by_hand.reread(organization, payment)
    assert (stored.reversed, stored.applied, stored.unapplied) == (Decimal("5000.00"), Decimal(0), Decimal(0))
    assert browser.get("/nordlys/payments/?state=reversed").context["payments"] == [stored]


def test_only_what_is_unused_goes_back_and_every_refund_has_an_end(
    organization: Any, invoice: Invoice, owner: Any, project_manager: Any, client_of: Any
) -> None:
    payment = by_hand.pay(organization, "3325.00", invoice.receivable_id)
    browser, url = client_of(owner), f"/nordlys/payments/{payment.pk}/refund/"
    typed = {
        "key": str(payment.pk),
        "amount": "200",
        "channel": "bank_file",
        "payee_name": "Havgløtt",
        "payee_account": "8601 11 17947",
        "reason": "For mye",
        "day": builders.TODAY.isoformat(),
    }
    assert client_of(project_manager).post(url, typed).status_code == 403
    assert browser.post(url, typed | {"amount": "200,01"}).status_code == 422
    assert browser.post(url, typed | {"payee_account": ""}).status_code == 422
    for _time in range(2):
        assert browser.post(url, typed).status_code == 302
    assert by_hand.reread(organization, payment).refunded == Decimal("200.00")
    refund = refunds(organization)[0]
    assert b"/detach/" in browser.get(url).content  # nothing is left: the page says how to get there

    assert browser.post(f"/nordlys/payments/refunds/{refund.pk}/stop/", {"problem": "Feil konto"}).status_code == 302
    assert by_hand.reread(organization, payment).unapplied == Decimal("200.00")
    browser.post(url, typed | {"key": str(invoice.pk)})
    [again] = [each for each in refunds(organization) if each.state == RefundState.REQUESTED]
    settle = {"day": builders.TODAY.isoformat(), "account": str(payment.account_id)}
    for _time in range(2):
        assert browser.post(f"/nordlys/payments/refunds/{again.pk}/settle/", settle).status_code == 302

    assert {each.state for each in refunds(organization)} == {RefundState.CANCELLED, RefundState.DONE}
    assert browser.post(f"/nordlys/payments/{payment.pk}/reverse/", why()).status_code == 422
    assert len(browser.get("/nordlys/payments/refunds/?show=ended").context["refunds"]) == 2


def refunds(organization: Any) -> list[Refund]:
    with builders.in_organization(organization):
        return list(Refund.objects.of(organization).order_by("id"))
