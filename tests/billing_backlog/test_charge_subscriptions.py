"""A subscription through its months: charged once each, priced by the day, paused, stopped, billed by itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from billing_backlog.actions import subscriptions as actions
from billing_backlog.actions.charging import charge_subscription, charge_subscriptions
from billing_backlog.actions.recurring import charge_recurring_lines
from billing_backlog.actions.schedules import run_schedule
from billing_backlog.errors import SubscriptionHasCharged, SubscriptionIsUnclear
from billing_backlog.models import (
    BacklogItem,
    BillingAutomation,
    Contract,
    Proforma,
    Subscription,
    SubscriptionPause,
    SubscriptionPrice,
)
from customers.models import Customer
from invoicing.actions.conditions import MadeBySubscription
from invoicing.models import Invoice
from payments import queries as ledger
from payments.actions.refunds import RefundTerms, request_refund, settle_refund
from payments.actions.registering import register_payment
from payments.terms import Part, PaymentTerms
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Notice, Organization
from tests import builders
from tests.billing_backlog.subscription_rows import CREATED, now_of, subscribe
from tests.billing_backlog.test_bill_once_at_once import at_once
from tests.builders import actor_of, in_organization, make_contract_line, make_customer

pytestmark = pytest.mark.django_db


def bills_by_itself(organization: Organization, customer: Customer | None = None, posting: str = "finalize") -> None:
    """Draft and finalize what is charged, and send nothing."""
    with in_organization(organization):
        BillingAutomation.objects.create(
            organization=organization, customer=customer, posting=posting, timing="done", sends=False, period="month"
        )


def charge(organization: Organization, day: str) -> int:
    """What the hourly task does on that day."""
    today = date.fromisoformat(day)
    with organization_context(organization.pk):
        return charge_subscriptions(organization, today=today, now=now_of(today))


def change(organization: Organization, act: Any, subscription: Subscription, day: str, **words: Any) -> Any:
    """Let somebody do something to the subscription on a day."""
    today = date.fromisoformat(day)
    moment = {} if act in {actions.stop_subscription, actions.keep_subscription} else {"now": now_of(today)}
    with organization_context(organization.pk):
        return act(organization, subscription.pk, actor=actor_of(organization), today=today, **moment, **words)


def items(organization: Organization) -> list[tuple[str, str, Decimal]]:
    """What is charged so far: first and last day, and the amount."""
    with in_organization(organization):
        found = BacklogItem.objects.order_by("created_at", "id")
        return [(f"{each.period_from:%m-%d}", f"{each.day:%m-%d}", each.amount) for each in found]


def invoices(organization: Organization) -> list[Invoice]:
    with in_organization(organization):
        return list(Invoice.objects.order_by("number", "id"))


def again(organization: Organization, subscription: Subscription) -> Subscription:
    with in_organization(organization):
        return Subscription.objects.get(pk=subscription.pk)


def test_months_from_the_31st_are_charged_once_each_and_billed_as_the_customer_is_billed(
    organization: Organization,
) -> None:
    bills_by_itself(organization)
    subscription = subscribe(organization)
    assert charge(organization, "2026-01-30") == 0

    for day in ("2026-01-31", "2026-02-28", "2026-03-31"):
        assert charge(organization, day) == 1
        assert charge(organization, day) == 0
    assert items(organization) == [
        ("01-31", "02-27", Decimal("499.00")),
        ("02-28", "03-30", Decimal("499.00")),
        ("03-31", "04-29", Decimal("499.00")),
    ]
    made = invoices(organization)
    assert [bool(invoice.number) for invoice in made] == [True] * 3
    with in_organization(organization):
        assert set(Proforma.objects.values_list("made_by", flat=True)) == {"subscription"}
    [line] = builders.lines_of(organization, made[0])
    assert (line.source["label"], line.source["system"]) == ("Abonnement Drift", "subscriptions")
    assert (line.period_from, line.period_to) == (date(2026, 1, 31), date(2026, 2, 27))

    # Two months without a worker: both are caught up with, on one invoice.
    assert charge(organization, "2026-06-01") == 2
    assert len(invoices(organization)) == 4
    assert again(organization, subscription).due_on == date(2026, 6, 30)


def test_a_price_pause_and_stop_inside_a_period_are_split_at_their_days(organization: Organization) -> None:
    subscription = subscribe(organization, starts_on=date(2026, 3, 1), unit_price=Decimal(310), timing="arrears")
    price = {"valid_from": date(2026, 3, 21), "unit_price": Decimal(620), "quantity": Decimal(1), "reason": "Mer"}
    change(organization, actions.change_price, subscription, "2026-03-15", values=price)
    charge(organization, "2026-04-01")
    assert items(organization) == [("03-01", "03-20", Decimal("200.00")), ("03-21", "03-31", Decimal("220.00"))]

    pause = {"first_day": date(2026, 4, 11), "last_day": None, "reason": "Ombygging"}
    paused = change(organization, actions.pause_subscription, subscription, "2026-04-10", values=pause)
    with pytest.raises(SubscriptionIsUnclear, match="paused from"):
        change(organization, actions.pause_subscription, subscription, "2026-04-10", values=pause)
    charge(organization, "2026-05-01")
    assert items(organization)[2:] == [("04-01", "04-10", Decimal("206.67"))]
    change(organization, actions.resume_subscription, subscription, "2026-05-10", pause_id=paused.pk,
           from_day=date(2026, 5, 11))  # fmt: skip
    change(
        organization, actions.stop_subscription, subscription, "2026-05-12", last_day=date(2026, 5, 20), reason="Ferdig"
    )
    assert charge(organization, "2026-05-21") == 1
    assert items(organization)[3:] == [("05-11", "05-20", Decimal("200.00"))]
    assert again(organization, subscription).due_on is None
    with pytest.raises(SubscriptionIsUnclear, match="has stopped"):
        change(organization, actions.change_price, subscription, "2026-05-21", values=price)
    with in_organization(organization):
        texts = list(BacklogItem.objects.order_by("created_at", "id").values_list("text", flat=True))
    assert all(text.startswith("Drift og vakt, ") for text in texts)
    assert "20" in texts[0]


def test_charged_time_keeps_its_price_and_what_was_charged_ahead_is_given_back(organization: Organization) -> None:
    bills_by_itself(organization)
    subscription = subscribe(organization, starts_on=date(2026, 4, 1), unit_price=Decimal(300))
    charge(organization, "2026-04-01")
    price = {"valid_from": date(2026, 4, 15), "unit_price": Decimal(600), "quantity": Decimal(1), "reason": "Mer"}
    with pytest.raises(SubscriptionHasCharged):
        change(organization, actions.change_price, subscription, "2026-04-10", values=price)

    pause = {"first_day": date(2026, 4, 21), "last_day": date(2026, 4, 30), "reason": "Ferie"}
    change(organization, actions.pause_subscription, subscription, "2026-04-10", values=pause)
    assert charge(organization, "2026-04-10") == 1
    assert "is given back" in again(organization, subscription).notice
    # What was given back goes off the next month's invoice.
    charge(organization, "2026-05-01")
    *_first, second = invoices(organization)
    assert (second.net_amount, again(organization, subscription).notice) == (Decimal("200.00"), "")

    change(organization, actions.stop_subscription, subscription, "2026-05-10", last_day=None, reason="Flytter")
    assert again(organization, subscription).stops_on == date(2026, 5, 31)
    change(organization, actions.keep_subscription, subscription, "2026-05-11")
    change(organization, actions.stop_subscription, subscription, "2026-05-11", last_day=date(2026, 5, 11), reason="Nå")
    assert charge(organization, "2026-05-12") == 1
    assert items(organization)[-1] == ("05-12", "05-31", Decimal("-193.55"))
    assert len(invoices(organization)) == 2


def test_one_that_cannot_be_charged_says_why_and_keeps_no_other_back(organization: Organization) -> None:
    gone = make_customer(organization, name="Borte AS")
    first = subscribe(organization, gone)
    second = subscribe(organization, make_customer(organization, name="Her AS"))
    with in_organization(organization):
        Customer.objects.filter(pk=gone.pk).update(archived_at=now_of(CREATED))
    assert charge(organization, "2026-01-31") == 1
    assert charge(organization, "2026-01-31") == 0
    assert "out of use" in again(organization, first).notice
    with in_organization(organization):
        assert Notice.objects.get().link == f"subscriptions/{first.pk}/"
    assert (again(organization, second).notice, again(organization, second).due_on) == ("", date(2026, 2, 28))
    with in_organization(organization):
        Customer.objects.filter(pk=gone.pk).update(archived_at=None)
    assert charge(organization, "2026-02-01") == 1
    assert again(organization, first).notice == ""


def test_m_075_an_invoice_of_a_subscription_is_corrected_by_credit_note_only(organization: Organization) -> None:
    bills_by_itself(organization)
    subscription = subscribe(organization)
    charge(organization, "2026-01-31")
    [invoice] = invoices(organization)
    with pytest.raises(MadeBySubscription, match="credit it"):
        builders.make_correction(organization, invoice)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])

    # The credited month is not charged again by itself, and the next one is.
    assert charge(organization, "2026-01-31") == 0
    assert charge(organization, "2026-02-28") == 1
    assert again(organization, subscription).stops_on is None


def test_m_115_money_that_goes_back_never_stops_a_subscription(organization: Organization) -> None:
    bills_by_itself(organization)
    subscription = subscribe(organization)
    charge(organization, "2026-01-31")
    [invoice] = invoices(organization)
    actor = actor_of(organization)
    moment: dict[str, Any] = {"day": builders.TODAY, "now": now_of(builders.TODAY)}
    assert invoice.receivable_id is not None
    with organization_context(organization.pk):
        bank = ledger.accounts_by_purpose(organization.pk)["bank"].pk
        terms = PaymentTerms(
            key="manual:1", day=builders.TODAY, currency="NOK", amount=Decimal(1000), method="bank", source="manual",
            account_id=bank, customer_id=invoice.customer_id, parts=[Part(receivable_id=invoice.receivable_id)],
        )  # fmt: skip
        paid = register_payment(organization, terms, actor=actor, today=builders.TODAY, now=moment["now"]).payment
        back = RefundTerms(
            key="back:1", amount=Decimal(100), channel="by_hand", reason="For mye", payee_account="86011117947"
        )
        refund = request_refund(organization, paid.pk, back, actor=actor, **moment)
        assert settle_refund(organization, refund.pk, actor=actor, **moment).state == "done"

    before = again(organization, subscription)
    assert (before.stops_on, before.due_on) == (None, date(2026, 2, 28))
    assert charge(organization, "2026-02-28") == 1


def test_the_database_keeps_what_was_charged(organization: Organization) -> None:
    subscription = subscribe(organization)
    charge(organization, "2026-01-31")
    with in_organization(organization):
        changes: list[Any] = [
            lambda: Subscription.objects.filter(pk=subscription.pk).update(every=2),
            lambda: Subscription.objects.filter(pk=subscription.pk).delete(),
            lambda: SubscriptionPrice.objects.update(unit_price=1),
            lambda: SubscriptionPrice.objects.all().delete(),
        ]
        for act in changes:
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
    pause = {"first_day": date(2026, 3, 5), "last_day": None, "reason": "Ferie"}
    change(organization, actions.pause_subscription, subscription, "2026-02-01", values=pause)
    with in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        SubscriptionPause.objects.update(first_day=date(2026, 2, 1))


def test_a_recurring_contract_line_is_charged_when_its_period_is_over_and_billed_by_its_schedule(
    organization: Organization,
) -> None:
    nord, sor = make_customer(organization), make_customer(organization, name="Sørhavn AS")
    line = make_contract_line(
        organization, shares={nord: "60", sor: "40"}, billing_method="recurring", unit_price=Decimal(3100),
        frequency="monthly", schedule_day=1, contract={"starts_on": date(2026, 10, 17), "ends_on": date(2026, 12, 10)},
    )  # fmt: skip
    with in_organization(organization):
        Contract.objects.update(created_at=now_of(date(2026, 10, 1)))
    with organization_context(organization.pk):
        for day in (date(2026, 11, 1), date(2026, 12, 1)):
            run_schedule(organization, line.contract_id, day, today=day, now=now_of(day))
        assert charge_recurring_lines(organization, today=date(2026, 12, 1), now=now_of(day)) == 0
        assert charge_recurring_lines(organization, today=date(2026, 12, 11), now=now_of(day)) == 1
    totals: dict[str, Decimal] = {}
    for first, _last, amount in items(organization):
        totals[first] = totals.get(first, Decimal(0)) + amount
    assert totals == {"10-17": Decimal("1500.00"), "11-01": Decimal("3100.00"), "12-01": Decimal("1000.00")}
    assert len(invoices(organization)) == 4


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_charge_a_month_once(organization: Organization) -> None:
    bills_by_itself(organization)
    subscription = subscribe(organization)
    day = date(2026, 1, 31)
    made = at_once(
        organization,
        lambda: charge_subscription(organization, subscription.pk, actor=Actor.system(), today=day, now=now_of(day)),
    )
    assert sorted(made) == [0, 0, 1]
    assert (len(items(organization)), len(invoices(organization))) == (1, 1)
