"""Money that is here is found and used: on the invoice it fits, on several, in part; and never twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoicing.models import Invoice
from payments.models import Payment
from tests import builders
from tests.payments import by_hand

OWED = Decimal("3125.00")


@pytest.fixture
def customer(organization: Any) -> Any:
    return builders.make_customer(organization, email="regnskap@havglott.example")


@pytest.fixture
def invoice(organization: Any, customer: Any) -> Invoice:
    return builders.make_finalized_invoice(organization, customer)


def found(browser: Any, invoice: Invoice, words: str) -> list[Any]:
    answer = browser.get(f"/nordlys/receivables/{invoice.receivable_id}/find/", {"q": words})
    assert answer.status_code == 200
    return list(answer.context["candidates"])


def test_m_079_a_payment_is_found_by_everything_that_is_known_of_it_and_says_why(
    organization: Any, customer: Any, invoice: Invoice, accountant: Any, client_of: Any
) -> None:
    mine = by_hand.pay(organization, "3125.00", customer_id=customer.pk, reference=invoice.kid, payer_name="Kari")
    by_hand.pay(organization, "77.00", payer_name="Helt Annen", reference="ukjent")
    browser = client_of(accountant)

    [first] = found(browser, invoice, "")
    assert first.payment == mine
    assert len(first.reasons) == 3
    for words in ("3125", "3 125,00", str(mine.pk), "regnskap@havglott.example", invoice.kid, "Kari", customer.name):
        assert [each.payment for each in found(browser, invoice, words)] == [mine], words
    assert found(browser, invoice, "finnes ikke") == []

    answer = browser.post(
        f"/nordlys/receivables/{invoice.receivable_id}/apply/", {"payment": str(mine.pk), "amount": "1000"}
    )
    assert answer.status_code == 302
    assert by_hand.owed(organization, invoice) == OWED - 1000
    assert by_hand.reread(organization, mine).unapplied == OWED - 1000


def test_c3_one_transfer_pays_several_invoices_and_the_rest_is_credit(
    organization: Any, customer: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    second = builders.make_finalized_invoice(organization, customer)
    browser = client_of(owner)
    page = browser.get("/nordlys/payments/new/", {"customer": str(customer.pk)})
    typed = {
        "key": "01a1ffe5-fc40-7380-837b-16df6d0be6b5",
        "customer": str(customer.pk),
        "amount": "5000",
        "day": builders.TODAY.isoformat(),
        "method": "bank",
        "account": str(page.context["form"].fields["account"].initial),
        "currency": "NOK",
        f"part_{invoice.receivable_id}": "3125",
        f"part_{second.receivable_id}": "1000",
    }
    sums = browser.post("/nordlys/payments/new/sums/", typed).content.decode()
    assert "875,00" in sums
    too_much = browser.post("/nordlys/payments/new/", typed | {"amount": "4000"})
    assert too_much.status_code == 422
    spread = browser.post("/nordlys/payments/new/", typed | {"then": "spread"})
    assert [row.amount for row in spread.context["rows"]] == [OWED, Decimal("1875.00")]

    answer = browser.post("/nordlys/payments/new/", typed)

    assert answer.status_code == 302
    assert (by_hand.owed(organization, invoice), by_hand.owed(organization, second)) == (Decimal(0), OWED - 1000)
    with builders.in_organization(organization):
        payment = Payment.objects.of(organization).get()
    assert payment.unapplied == Decimal("875.00")
    assert answer.url == f"/nordlys/payments/{payment.pk}/"
    shown = browser.get(answer.url).content.decode()
    for number in (invoice.number, second.number):
        assert str(number) in shown


def test_m_080_what_is_used_is_not_used_again(
    organization: Any, customer: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    second = builders.make_finalized_invoice(organization, customer)
    payment = by_hand.pay(organization, "3125.00", invoice.receivable_id)
    browser = client_of(owner)

    assert found(browser, second, "3125") == []
    answer = browser.post(f"/nordlys/receivables/{second.receivable_id}/apply/", {"payment": str(payment.pk)})
    typed = {f"part_{second.receivable_id}": "10"}
    again = browser.post(f"/nordlys/payments/{payment.pk}/apply/", typed)

    assert (answer.status_code, again.status_code) == (422, 422)
    assert by_hand.owed(organization, second) == OWED


def test_money_of_an_unknown_payer_gets_its_owner_and_pays_what_is_searched_for(
    organization: Any, customer: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    payment = by_hand.pay(organization, "4000.00", payer_name="H. Pettersen")
    browser, url = client_of(owner), f"/nordlys/payments/{payment.pk}/"
    assert browser.get(f"{url}apply/", {"q": str(invoice.number)}).context["rows"][0].wanted.open == OWED

    assert browser.get(f"/nordlys/customers/{customer.pk}/credit/").content == b""
    browser.post(f"{url}describe/", {"customer": str(customer.pk), "note": "Sønnen betalte"})
    assert "4 000,00" in browser.get(f"/nordlys/customers/{customer.pk}/credit/").content.decode().replace("\xa0", " ")
    answer = browser.post(f"{url}apply/", {f"part_{invoice.receivable_id}": "3125"})

    assert answer.status_code == 302
    assert by_hand.owed(organization, invoice) == 0
    stays = browser.post(f"{url}describe/", {"customer": "", "note": "Likevel ikke"})
    assert stays.status_code == 422
    stored = by_hand.reread(organization, payment)
    assert (stored.customer_id, stored.note, stored.unapplied) == (customer.pk, "Sønnen betalte", Decimal("875.00"))


def test_a_credit_note_of_the_customer_pays_another_invoice_or_takes_the_place_of_a_payment(
    organization: Any, customer: Any, invoice: Invoice, owner: Any, client_of: Any
) -> None:
    """A paid invoice is credited: the credit is used on the next invoice, and what is left of it is paid back."""
    payment = by_hand.pay(organization, "3125.00", invoice.receivable_id)
    note = builders.make_credit_note_draft(organization, invoice)
    [note] = builders.finalize_drafts(organization, [note.pk])
    second = builders.make_finalized_invoice(organization, customer)
    browser = client_of(owner)
    panel = browser.get(f"/nordlys/receivables/{second.receivable_id}/panel/").content.decode()
    assert f"/nordlys/receivables/{second.receivable_id}/find/" in panel

    used = {"credit": str(note.receivable_id), "amount": "125"}
    assert browser.post(f"/nordlys/receivables/{second.receivable_id}/apply/", used).status_code == 302
    assert by_hand.owed(organization, second) == OWED - 125
    assert str(invoice.number) in browser.get(f"/nordlys/receivables/{note.receivable_id}/free/").content.decode()
    for _time in range(2):  # the second time nothing is left of the credit
        answer = browser.post(f"/nordlys/receivables/{note.receivable_id}/free/")

    assert answer.status_code == 302
    assert (by_hand.owed(organization, note), by_hand.owed(organization, invoice)) == (Decimal(0), Decimal(0))
    assert by_hand.reread(organization, payment).unapplied == Decimal("3000.00")


def test_the_list_is_searched_by_what_people_know_and_its_sums_follow(
    organization: Any,
    customer: Any,
    invoice: Invoice,
    owner: Any,
    client_of: Any,
    *,
    django_assert_max_num_queries: Any,
) -> None:
    by_hand.pay(organization, "3125.00", invoice.receivable_id, payer_name="Havgløtt")
    for number in range(3):
        by_hand.pay(organization, f"{100 + number}.00", payer_name=f"Ukjent {number}", method="cash")
    browser = client_of(owner)
    wanted = {"Havgløtt": 1, str(invoice.number): 1, "101": 1, "Ukjent": 3, "regnskap@havglott.example": 1}
    wanted |= {"Hav\x00glø\u202ett": 1}  # what cannot be shown is left out, as in every search box
    for words, count in wanted.items():
        answer = browser.get("/nordlys/payments/", {"q": words})
        assert sum(each.count for each in answer.context["sums"]) == count, words
    for query, count in (("state=unapplied", 3), ("method=cash", 3), ("source=online", 0), ("first=2026-11-22", 0)):
        assert len(browser.get(f"/nordlys/payments/?{query}").context["payments"]) == count, query
    with django_assert_max_num_queries(20):
        browser.get("/nordlys/payments/", {"q": "Ukjent"})
