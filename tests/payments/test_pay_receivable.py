"""Registering a payment on the page of an invoice: whole, in part, too much, in another currency, once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail

from foundation.templatetags.formatting import format_for_input
from invoicing.models import Invoice
from payments import queries
from payments.actions.payment_settings import update_payment_settings
from payments.actions.periods import close_period
from payments.models import Account, ExchangeRate, Payment
from tenants.models import OutboxRow
from tests import builders
from tests.payments import by_hand

OWED = Decimal("6250.00")
IN_EUROS = Decimal("1000.00")


@pytest.fixture
def invoice(organization: Any) -> Invoice:
    return builders.make_finalized_invoice(organization, lines=[builders.line(quantity=Decimal(4))])


def url_of(invoice: Invoice, act: str = "pay") -> str:
    return f"/nordlys/receivables/{invoice.receivable_id}/{act}/"


def form(organization: Any, amount: Decimal, **changes: Any) -> dict[str, Any]:
    with builders.in_organization(organization):
        bank = Account.objects.of(organization).get(purpose="bank")
    return {
        "key": str(uuid4()),
        "amount": format_for_input(amount, "nb"),
        "day": builders.TODAY.isoformat(),
        "method": "bank",
        "account": str(bank.pk),
        "currency": "NOK",
        **changes,
    }


def kept(organization: Any) -> list[Payment]:
    with builders.in_organization(organization):
        return list(Payment.objects.of(organization).order_by("id"))


def test_m_078_a_payment_is_registered_with_the_open_amount_and_stands_in_the_panel(
    organization: Any, accountant: Any, client_of: Any, invoice: Invoice
) -> None:
    browser = client_of(accountant)
    page = browser.get(url_of(invoice)).content.decode()
    assert f'value="{format_for_input(OWED, "nb")}"' in page

    answer = browser.post(url_of(invoice), form(organization, OWED, reference="1234 5678"))

    assert answer.status_code == 302
    shown = browser.get(answer.url, follow=True)
    assert shown.redirect_chain[-1][0] == f"/nordlys/invoices/{invoice.pk}/"
    assert by_hand.owed(organization, invoice) == 0
    [payment] = kept(organization)
    assert (payment.amount, payment.unapplied, payment.reference) == (OWED, Decimal(0), "12345678")
    panel = browser.get(url_of(invoice, "panel")).content.decode()
    assert f"/nordlys/payments/{payment.pk}/" in panel
    assert accountant.name in panel
    newest = shown.context["history"][0]
    assert (newest.actor, newest.details[0].replace("\xa0", " ")) == (accountant.name, "6 250,00 NOK")


def test_m_081_no_receipt_is_sent_by_itself(
    organization: Any, accountant: Any, client_of: Any, invoice: Invoice
) -> None:
    before = effects(organization)
    client_of(accountant).post(url_of(invoice), form(organization, OWED))
    assert len(kept(organization)) == 1
    assert effects(organization) == before
    assert mail.outbox == []


def effects(organization: Any) -> list[str]:
    """What waits to be done outside: mails, files, messages."""
    with builders.in_organization(organization):
        return list(OutboxRow.objects.of(organization).order_by("id").values_list("kind", flat=True))


def test_less_leaves_the_rest_open_more_is_kept_and_a_small_rest_is_closed(
    organization: Any, owner: Any, client_of: Any, invoice: Invoice
) -> None:
    browser = client_of(owner)
    browser.post(url_of(invoice), form(organization, Decimal("1250.50")))
    assert by_hand.owed(organization, invoice) == Decimal("4999.50")
    with builders.in_organization(organization):
        update_payment_settings(organization, small_difference_max=Decimal(1), actor=builders.actor_of(organization))

    browser.post(url_of(invoice), form(organization, Decimal("4999.00"), closes_small_difference="on"))
    assert by_hand.owed(organization, invoice) == 0
    answer = browser.post(url_of(invoice), form(organization, Decimal("700.00")))

    assert answer.status_code == 302
    assert [payment.unapplied for payment in kept(organization)] == [0, 0, Decimal("700.00")]
    assert "700,00" in browser.get("/nordlys/payments/credits/").content.decode()


def test_a_payment_in_another_currency_says_what_it_settles_and_what_the_bank_kept(
    organization: Any, owner: Any, client_of: Any
) -> None:
    with builders.in_organization(organization):
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=builders.TODAY, rate=Decimal("11.50"), source="Norges Bank"
        )
    invoice = builders.make_finalized_invoice(
        organization, lines=[builders.line(quantity=Decimal(1), unit_price=Decimal("800.00"))], currency="EUR"
    )
    browser, url = client_of(owner), url_of(invoice)
    wanting = browser.post(url, form(organization, Decimal("11600.00")))
    assert wanting.status_code == 422
    assert kept(organization) == []

    browser.post(url, form(organization, Decimal("11600.00"), settles="1000", fee="50"))

    assert by_hand.owed(organization, invoice) == 0
    [payment] = kept(organization)
    assert (payment.currency, payment.fee, payment.unapplied) == ("NOK", Decimal("50.00"), Decimal(0))
    with builders.in_organization(organization):
        booked = queries.account_balances(organization)
        by_purpose = queries.accounts_by_purpose(organization.pk)
    assert booked[by_purpose["bank"].pk] == Decimal("11550.00")
    assert booked[by_purpose["bank_fees"].pk] == Decimal("50.00")
    assert booked[by_purpose["currency_gain"].pk] == Decimal("-100.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "12,345"}, "amount"),
        ({"day": (builders.TODAY + timedelta(days=400)).isoformat()}, "day"),
        ({"day": "0001-01-01"}, "day"),
        ({"fee": "6250"}, "fee"),
        ({"account": str(uuid4())}, "account"),
        ({"method": "gold"}, "method"),
        ({"day": "2026-01-15"}, "day"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field_and_nothing_is_kept(
    organization: Any, owner: Any, client_of: Any, invoice: Invoice, *, changes: dict[str, str], field: str
) -> None:
    with builders.in_organization(organization):
        close_period(
            organization,
            builders.TODAY.replace(month=1, day=31),
            reason="Levert",
            actor=builders.actor_of(organization),
            today=builders.TODAY,
            now=by_hand.NOW,
        )
    answer = client_of(owner).post(url_of(invoice), form(organization, OWED) | changes)

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert kept(organization) == []
    assert by_hand.owed(organization, invoice) == OWED


def test_twice_is_as_good_as_once(organization: Any, owner: Any, client_of: Any, invoice: Invoice) -> None:
    typed = form(organization, Decimal("1000.00"))
    for headers in ({}, {"HX-Request": "true"}):
        assert client_of(owner).post(url_of(invoice), typed, headers=headers).status_code in {200, 302}
    assert len(kept(organization)) == 1
    assert by_hand.owed(organization, invoice) == OWED - 1000


def test_only_those_who_may_and_only_their_own(
    organization: Any, invoice: Invoice, stranger: Any, project_manager: Any, client_of: Any
) -> None:
    typed = form(organization, OWED)
    assert client_of(stranger).post(url_of(invoice), typed).status_code == 404
    assert client_of(project_manager).post(url_of(invoice), typed).status_code == 403
    assert url_of(invoice) not in client_of(project_manager).get(url_of(invoice, "panel")).content.decode()
    assert kept(organization) == []
