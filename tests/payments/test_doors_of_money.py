"""Every form of money, sent empty and then rightly, outside a test's own transaction: each door opens its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests import builders
from tests.architecture.url_rows import BOTH, POST, ROWS, url_of
from tests.payments import by_hand

pytestmark = pytest.mark.django_db(transaction=True)

BY_HAND = ("claim", "payment", "refund", "use_of_payment", "loss", "hold", "addition", "customer_hold")
RIGHTLY = {
    "payments:settle_refund": {"day": "2026-11-21"},
    "payments:detach_allocation": {"day": "2026-11-21", "reason": "Feil"},
    "payments:reverse_write_off": {"day": "2026-11-21", "reason": "Feil"},
    "payments:request_refund": {"amount": "10", "channel": "by_hand", "reason": "For mye", "day": "2026-11-21"},
    "payments:pay_receivable": {"amount": "10", "day": "2026-11-21", "method": "bank", "currency": "NOK"},
    "payments:register_payment": {"amount": "10", "day": "2026-11-21", "method": "bank", "currency": "NOK"},
    "payments:write_off_receivable": {"amount": "1", "ground": "other", "reason": "Lite", "day": "2026-11-21"},
    "payments:place_hold": {"kind": "dispute", "reason": "Feil pris"},
    "payments:release_hold": {"reason": "Rett pris"},
    "payments:release_customer_hold": {"reason": "Avtalen er over"},
    "payments:waive_addition": {"reason": "Betalt i tide"},
    "payments:describe_payment": {"note": "Sett på"},
    "payments:close_period": {"locked_through": "2020-01-31"},
    "payments:update_payment_settings": {"small_difference_max": "1"},
}


def test_every_form_of_money_is_refused_empty_and_taken_when_it_is_right(client_of: Any) -> None:
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")
    customer = builders.make_customer(organization)
    things = by_hand.money_of_every_kind(organization, customer)
    browser = client_of(builders.user_of("owner@nordlys.example"))
    page = browser.get(f"/nordlys/receivables/{things['claim']}/pay/")
    account = page.context["form"].fields["account"].initial
    more = {"account": account, "key": str(customer.pk), "customer": str(customer.pk)}
    ours = [
        name
        for name, row in ROWS.items()
        if name.startswith("payments:")
        and row.methods in (BOTH, POST)
        and all(thing in BY_HAND for _argument, thing in row.things)
        and (row.things or name in RIGHTLY)
    ]
    assert set(RIGHTLY) <= set(ours)

    for name in ours:
        answer = browser.post(url_of(name, organization, things), {})
        assert answer.status_code in {302, 422}, f"{name}: {answer.status_code}"
    for name, typed in RIGHTLY.items():
        answer = browser.post(url_of(name, organization, things), {**more, **typed}, headers={"HX-Request": "true"})
        assert answer.status_code in {200, 302}, f"{name}: {answer.status_code} {_errors(answer)}"
        if answer.status_code == 200:
            assert "HX-Redirect" in answer.headers, name


def _errors(answer: Any) -> Any:
    return answer.context["form"].errors if answer.context and "form" in answer.context else ""
