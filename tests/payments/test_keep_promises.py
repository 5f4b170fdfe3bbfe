"""Instalments, promises and customers on hold: what was agreed, what is paid of it, and what becomes of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404
from django.utils import timezone

from foundation.errors import DomainError
from payments import customer_holds, holds, instalments, queries, standing
from payments.broken_promises import end_broken_holds
from payments.models import CustomerHold, Hold, Instalment
from payments.tasks.promises import end_broken_promises
from tenants.audit import Actor
from tenants.models import AuditEntry
from tests import builders
from tests.payments import by_hand
from tests.payments.bank_rows import NOW
from tests.payments.claims import ClaimTerms, open_claim
from tests.payments.test_charge_additions import charge

TODAY = builders.TODAY
ME = Actor.system("Kari")


@pytest.fixture
def claim(organization: Any) -> UUID:
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        return open_claim(organization, customer.pk, ClaimTerms(amount=Decimal("1000.00"), due=TODAY))


def _agree(organization: Any, claim: UUID, parts: Any, **more: Any) -> Hold:
    with builders.in_organization(organization):
        told: dict[str, Any] = {"instalments": parts, "reason": "Ring i januar", "actor": ME, "now": NOW, **more}
        return instalments.place_instalments(organization, claim, **told)


def _end(organization: Any, days: int) -> int:
    with builders.in_organization(organization):
        return end_broken_holds(organization, today=TODAY + timedelta(days=days), now=timezone.now())


@pytest.mark.parametrize(
    ("total", "count", "amounts", "last_day"),
    [
        ("1000.00", 3, ["333", "333", "334.00"], date(2027, 3, 31)),
        ("1050.33", 2, ["525", "525.33"], date(2027, 2, 28)),
        ("2.00", 3, ["0.66", "0.66", "0.68"], date(2027, 3, 31)),
        ("5.00", 1, ["5.00"], date(2027, 1, 31)),
    ],
)
def test_equal_instalments_sum_to_all_of_it(total: str, count: int, amounts: list[str], last_day: date) -> None:
    parts = instalments.equal_instalments(Decimal(total), count, date(2027, 1, 31))
    assert [amount for _day, amount in parts] == [Decimal(amount) for amount in amounts]
    assert parts[-1][0] == last_day


@pytest.mark.parametrize(("total", "count"), [("100.00", 0), ("100.00", 37), ("0.02", 3)])
def test_a_plan_of_nothing_or_of_too_many_parts_is_none(total: str, count: int) -> None:
    with pytest.raises(ValueError, match="not split"):
        instalments.equal_instalments(Decimal(total), count, TODAY)


def test_a_plan_holds_the_claim_while_it_is_kept(organization: Any, other_organization: Any, claim: UUID) -> None:
    added = charge(organization, claim, fee="38.00")
    days = [TODAY + timedelta(days=each) for each in (10, 40, 70)]
    wrong: list[Any] = [
        [],
        [(days[0], Decimal("1000.00"))],
        [(days[0], Decimal("1038.00")), (days[1], Decimal(0))],
        [(days[1], Decimal("500.00")), (days[0], Decimal("538.00"))],
        [(TODAY + timedelta(days=each), Decimal(1038) / 37) for each in range(37)],
    ]
    for parts in wrong:
        with pytest.raises(DomainError):
            _agree(organization, claim, parts)
    with builders.in_organization(other_organization), pytest.raises(Http404):
        instalments.place_instalments(other_organization, claim, instalments=[], reason="x", actor=ME, now=NOW)
    with builders.in_organization(organization):
        assert not Hold.objects.of(organization).exists()

    plan = [(days[0], Decimal("400.00")), (days[1], Decimal("400.00")), (days[2], Decimal("238.00"))]
    hold = _agree(organization, claim, plan, now=timezone.now())

    with builders.in_organization(organization):
        found = standing.standing_of(organization, [claim, added["fee"]], today=days[2])
        assert all(each.is_wholly_held for each in found.values())
        with pytest.raises(DatabaseError), transaction.atomic():
            Instalment.objects.of(organization).filter(position=1).update(amount=1)

    # Three days of grace; what is paid in time keeps it, what is late ends it.
    assert _end(organization, 13) == 0
    by_hand.pay(organization, "450.00", claim)
    assert _end(organization, 14) == 0
    with builders.in_organization(organization):
        agreed = instalments.plans_of(organization, [hold])[hold.pk]
        assert [each.paid for each in agreed] == [400, 50, 0]
        assert [each.is_paid for each in agreed] == [True, False, False]
    assert [_end(organization, 44), _end(organization, 44)] == [1, 0]
    with builders.in_organization(organization):
        ended = Hold.objects.of(organization).get(pk=hold.pk)
        assert ended.release_reason.count("800.00") == ended.release_reason.count("450.00") == 1
        assert not standing.standing_of(organization, [claim], today=days[2])[claim].held
        verbs = AuditEntry.objects.of(organization).filter(subject_id=claim, verb__startswith="hold.")
        assert list(verbs.order_by("recorded_at").values_list("verb", flat=True)) == ["hold.placed", "hold.released"]


def test_a_promise_that_was_not_kept_ends_and_a_kept_one_does_not(organization: Any, claim: UUID) -> None:
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        kept = open_claim(organization, customer.pk, ClaimTerms(amount=Decimal("100.00")))
        terms: Any = {"kind": "promise", "reason": "Lovet", "until": TODAY + timedelta(days=2)}
        for each in (claim, kept):
            holds.place_hold(organization, each, actor=ME, now=NOW, **terms)
    by_hand.pay(organization, "100.00", kept)

    assert [_end(organization, 2), _end(organization, 3), _end(organization, 3)] == [0, 1, 0]

    with builders.in_organization(organization):
        released = Hold.objects.of(organization).exclude(released_at=None)
        assert [hold.receivable_id for hold in released] == [claim]
    assert end_broken_promises() == 0


def test_everything_of_a_customer_is_held_back_until_it_is_released(
    organization: Any, other_organization: Any, claim: UUID
) -> None:
    with builders.in_organization(organization):
        customer = queries.lock_receivables(organization.pk, [claim])[claim].customer_id
        said: dict[str, Any] = {"kind": "insolvency", "reason": "Åpnet konkurs", "until": None, "actor": ME, "now": NOW}
        hold = customer_holds.hold_customer(organization, customer, **said)
        assert customer_holds.hold_customer(organization, customer, **said).pk == hold.pk
        later = open_claim(organization, customer, ClaimTerms(amount=Decimal("50.00")))
        found = standing.standing_of(organization, [claim, later], today=TODAY)
        assert all(each.is_wholly_held and each.hold_kinds == ("insolvency",) for each in found.values())
        with pytest.raises(DomainError):
            customer_holds.hold_customer(organization, customer, **{**said, "reason": " "})
        with pytest.raises(DomainError):
            customer_holds.hold_customer(organization, customer, **{**said, "until": TODAY - timedelta(days=1)})
        with pytest.raises(DatabaseError), transaction.atomic():
            CustomerHold.objects.of(organization).filter(pk=hold.pk).update(reason="x")
    with builders.in_organization(other_organization), pytest.raises(Http404):
        customer_holds.release_customer(other_organization, hold.pk, reason="x", actor=ME, now=NOW)
    with builders.in_organization(organization):
        for _time in range(2):
            customer_holds.release_customer(organization, hold.pk, reason="Boet er sluttet", actor=ME, now=NOW)
        assert not standing.standing_of(organization, [claim], today=TODAY)[claim].is_wholly_held
        assert customer_holds.standing_customer_holds(organization, [customer], today=TODAY) == []


def test_a_plan_is_proposed_changed_and_agreed_on_the_page(
    organization: Any, owner: Any, auditor: Any, client_of: Any, claim: UUID
) -> None:
    charge(organization, claim, fee="38.00")
    address, browser = f"/nordlys/receivables/{claim}/instalments/", client_of(owner)

    page = browser.get(address, {"count": "2", "first_day": "2026-12-10"})
    assert [(row.typed_day, row.typed_amount) for row in page.context["rows"]] == [
        ("2026-12-10", "519,00"),
        ("2027-01-10", "519,00"),
    ]
    typed = {
        "day_1": "2026-12-10",
        "amount_1": "600,00",
        "day_2": "2027-01-10",
        "amount_2": "438,00",
        "reason": "Avtalt",
    }
    assert browser.post(address, {**typed, "amount_2": "400"}).status_code == 422
    assert browser.post(address, {**typed, "day_2": "i morgen"}).status_code == 422
    assert client_of(auditor).post(address, typed).status_code == 403
    with builders.in_organization(organization):
        assert not Hold.objects.of(organization).exists()

    assert browser.post(address, typed).status_code == 302

    panel = browser.get(f"/nordlys/receivables/{claim}/panel/").content.decode()
    assert "600,00" in panel
    assert "438,00" in panel
    assert "-G1" in panel


def test_a_customer_is_held_back_and_released_on_its_page(
    organization: Any, owner: Any, auditor: Any, client_of: Any, claim: UUID
) -> None:
    with builders.in_organization(organization):
        customer = queries.lock_receivables(organization.pk, [claim])[claim].customer_id
    place, browser = f"/nordlys/customers/{customer}/", client_of(owner)
    said = {"kind": "insolvency", "reason": "Åpnet konkurs"}

    assert client_of(auditor).post(f"{place}hold/", said).status_code == 403
    assert browser.post(f"{place}hold/", {"kind": "insolvency"}).status_code == 422
    assert browser.post(f"{place}hold/", said).status_code == 302
    assert "Åpnet konkurs" in browser.get(f"{place}holds/").content.decode()
    with builders.in_organization(organization):
        [hold] = CustomerHold.objects.of(organization)
    assert browser.get(f"/nordlys/customer-holds/{hold.pk}/release/").status_code == 200
    assert browser.post(f"/nordlys/customer-holds/{hold.pk}/release/", {"reason": "Betalt"}).status_code == 302
    assert "Åpnet konkurs" not in browser.get(f"{place}holds/").content.decode()
