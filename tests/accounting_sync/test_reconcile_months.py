"""What every accounting system says by month is what we pushed, and whatever happens to it there is found and named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from accounting_sync.models import Reconciliation, ReconciliationState, StrayDocument, StrayState, SyncItem, SyncState
from accounting_sync.providers.base import Mode
from accounting_sync.providers.registry import adapters
from config.demo import maker, numbers
from config.demo.companies import demo_companies
from config.demo.payments import receive_payments
from config.demo.people import demo_people
from config.demo.records import DemoCompany, Values
from customers.models import Customer
from tenants.models import BankAccount, Organization
from tests import builders
from tests.accounting_sync.adapter_suite import cases, ledger_of
from tests.accounting_sync.connected import compare, connect, items, push, served, told
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import System
from tests.payments.by_hand import pay

DOCUMENTS = 150 if builders.IS_FULL else 18
DANISH = ("dinero", "billy", "e-conomic")  # which keep no books but Danish ones
COMPANIES = demo_companies()
# Every system meets one of the organizations in a quick run, and all of them in a full one.
SHARES = range(len(COMPANIES))


def share(place: int) -> list[tuple[str, Mode]]:
    """The systems, each in its mode, that an organization meets."""
    every: list[tuple[str, Mode]] = [case.values[0] for case in cases()]
    return every if builders.IS_FULL else every[place :: len(COMPANIES)]


def in_denmark(company: DemoCompany) -> DemoCompany:
    """The same company in Denmark, with its customers there."""
    chance = Random(company.slug)
    number = numbers.organization_number(chance, "DK")
    iban = numbers.iban_of(numbers.account_number(chance))
    return replace(
        company,
        slug=f"{company.slug}-dk",
        details={**company.details, "country": "DK", "base_currency": "DKK", "organization_number": number},
        accounts=({"name": "Drift", "iban": iban, "bic": "DEMODKKK", "currency": "DKK"},),
        products=tuple({**product, "vat_treatment": _danish(product["vat_treatment"])} for product in company.products),
        customers=tuple(_moved(customer, chance) for customer in company.customers),
    )


def _danish(treatment: str) -> str:
    """Denmark has one rate."""
    return "standard" if treatment in ("low", "food") else treatment


def _moved(customer: Values, chance: Random) -> Values:
    if customer.get("country", "NO") != "NO":
        return {**customer, "currency": customer["currency"].replace("NOK", "DKK")}
    moved = {**customer, "country": "DK", "currency": "DKK", "wants_ehf": False}
    if customer.get("organization_number"):
        moved["organization_number"] = numbers.organization_number(chance, "DK")
    return moved


def system_of(slug: str) -> type[System]:
    """The system as a company in Norway has it, with codes for our treatments; Danish ones as they are."""
    ledger = ledger_of(slug)
    if slug in DANISH:
        return ledger
    return type("Ledger", (ledger,), {"targets": replace(ledger.targets, country="NO", base_currency="NOK")})


def move_to_denmark(organization: Organization) -> Customer:
    """The organization keeps its books in Denmark; a customer there."""
    here = {"country": "DK", "organization_number": numbers.organization_number(Random(1), "DK")}
    for name, value in {**here, "base_currency": "DKK"}.items():
        setattr(organization, name, value)
    with builders.in_organization(organization):
        organization.save()
        BankAccount.objects.of(organization).update(currency="DKK", bic="DEMODKKK")
    return builders.make_customer(organization, **here | {"currency": "DKK"})


def make(company: DemoCompany, folder: Path) -> Organization:
    """A demo organization with its documents and what was paid of them."""
    people, _password = demo_people(folder)
    organization = maker.open_demo_company(company, people)
    assert maker.make_documents(company, organization, people, progress=lambda _a, _b: None, size=DOCUMENTS) == []
    receive_payments(company, organization, people)
    return organization


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", SHARES, ids=[company.slug for company in COMPANIES])
def test_what_a_demo_organization_pushes_reconciles_to_zero_with_every_system(
    place: int, tmp_path: Path, settings: Any, shared: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    organizations: dict[bool, Organization] = {}
    wrong: dict[str, list[Any]] = {}
    for slug, mode in share(place):
        is_danish = slug in DANISH
        if is_danish not in organizations:
            company = COMPANIES[place]
            organizations[is_danish] = make(in_denmark(company) if is_danish else company, tmp_path)
        monkeypatch.setattr(adapters()[slug], "limits", ())  # they are measured elsewhere
        with LedgerServer(system_of(slug)()) as server, served(server, settings):
            connection = connect(organizations[is_danish], server, mode=mode, name=f"{slug} {mode}")
            pushed = push(organizations[is_danish], connection, rounds=3)
            months = compare(organizations[is_danish], connection)
            if found := list(_wrong(pushed, months)):
                wrong[f"{slug} {mode}"] = found
            server.assert_obeyed()
    assert wrong == {}


def _wrong(pushed: list[SyncItem], months: list[Reconciliation]) -> Iterator[Any]:
    """Whatever is neither posted nor refused by name, and every difference that is not such a refusal's."""
    for item in pushed:
        waits_for_refused = told(item) == (SyncState.BLOCKED, "dependency")
        if item.state not in (SyncState.CONFIRMED, SyncState.REFUSED) and not waits_for_refused:
            yield item.number, item.kind, item.state, item.reason
    standing = [item for item in pushed if item.state == SyncState.CONFIRMED]
    # A payment of several documents is told by some systems as one of its parts, which says nothing of the whole.
    in_parts = sum(1 for item in standing if sum(step.startswith("pay:") for step in item.done) > 1)
    agree, untold = sum(row.agree for row in months), sum(row.untold for row in months)
    if agree + untold != len(standing) or untold > in_parts:
        yield "not all that stands there agrees", [(str(row), row.agree, row.untold, row.absent) for row in months]
    for row in months:
        absent = sum((Decimal(each["amount"]) for each in row.findings if each["code"] == "absent"), Decimal(0))
        if row.state != ReconciliationState.DONE or row.differ or row.difference != absent:
            yield str(row), row.state, row.differ, row.difference, absent, row.findings
        for account in row.accounts:
            if Decimal(account["ours"]) != Decimal(account["theirs"]):
                yield str(row), account


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", cases())
@pytest.mark.usefixtures("shared")
def test_what_was_altered_deleted_or_doubled_there_is_named(
    case: tuple[str, Mode], organization: Organization, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, mode = case
    monkeypatch.setattr(adapters()[slug], "limits", ())
    customer = move_to_denmark(organization) if slug in DANISH else builders.make_customer(organization)
    same, altered, deleted, doubled = (builders.make_finalized_invoice(organization, customer) for _time in range(4))
    pay(organization, str(same.payable_amount), same.receivable_id, currency=same.currency)
    with LedgerServer(system_of(slug)()) as server, served(server, settings):
        connection = connect(organization, server, mode=mode)
        push(organization, connection, rounds=2)
        [month] = compare(organization, connection)
        assert (month.differ, month.difference + _absent(month)) == (0, Decimal(0))
        names: dict[UUID | None, str] = {item.voucher_id: item.number for item in items(organization, connection)}
        server.system.alter(names[altered.voucher_id], Decimal(10))
        server.system.delete(names[deleted.voucher_id])
        server.system.double(names[doubled.voucher_id])

        [month] = compare(organization, connection)

        found = {each["number"]: each["code"] for each in month.findings if each["code"] != "absent"}
        tells_totals = "totals" not in server.system.lacks
        expected = {names[deleted.voucher_id]: "gone", names[doubled.voucher_id]: "doubled"}
        if tells_totals:
            expected[names[altered.voucher_id]] = "differs"
            [unlike] = [each for each in month.findings if each["code"] == "differs"]
            amount = altered.payable_amount
            assert ["total", str(amount), str(amount + 10)] in unlike["differences"]
            moved = 10 - deleted.payable_amount + doubled.payable_amount
            assert month.difference == moved - _absent(month)
        assert found == expected
        by_voucher: dict[UUID | None, SyncItem] = {item.voucher_id: item for item in items(organization, connection)}
        assert told(by_voucher[deleted.voucher_id]) == (SyncState.DIFFERS, "gone")
        assert by_voucher[doubled.voucher_id].state == SyncState.CONFIRMED
        with builders.in_organization(organization):
            [stray] = StrayDocument.objects.of(organization)
        assert (stray.item_id, stray.state) == (by_voucher[doubled.voucher_id].pk, StrayState.OPEN)


def _absent(month: Reconciliation) -> Decimal:
    """What refused vouchers would have done to the receivables."""
    return -sum((Decimal(each["amount"]) for each in month.findings if each["code"] == "absent"), Decimal(0))
