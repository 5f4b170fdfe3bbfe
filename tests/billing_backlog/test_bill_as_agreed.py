"""What was agreed decides on the draft and in the books: what may be changed, what is charged, VAT, rates, halls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing_backlog.actions import runs
from billing_backlog.actions.milestones import plan_milestones
from billing_backlog.contract_terms import MilestoneTerms
from billing_backlog.drafting.content import LOCKED, locked_fields
from billing_backlog.errors import RunIsNotReady
from billing_backlog.models import BacklogItem, BillingRun, Contract, ContractLine, Facility, Project
from billing_backlog.queries import runs as queries
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.runs.overview import overview_of
from billing_backlog.views.run_page import first_values
from customers.models import Customer
from foundation.errors import DomainError
from invoicing.actions import drafts
from invoicing.models import Invoice, InvoiceLine
from payments.models import Posting
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders
from tests.builders import TODAY, in_organization, make_contract_line, make_proformas_of, take_work, work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)
# What a project manager may want to change on a line: all of it is another value than the work has.
WANTED = {
    "quantity": Decimal(3),
    "unit_price": Decimal(700),
    "charge_kind": "non_chargeable",
    "vat_treatment": "low",
    "description": "Etter avtale",
}


def edit(organization: Organization, invoice_id: Any, line: InvoiceLine, **changes: Any) -> Invoice:
    """Save one line of a draft with other words; the others stay as they are."""
    with in_organization(organization):
        invoice = Invoice.objects.get(pk=invoice_id)
        contents: list[dict[str, Any]] = [{"id": each.pk} for each in invoice.lines.order_by("position")]
    contents[line.position - 1] |= changes
    with organization_context(organization.pk):
        return drafts.update_draft(
            organization, invoice_id, version=invoice.version, header={}, lines=contents,
            actor=builders.actor_of(organization), today=TODAY,
        )  # fmt: skip


def test_m_044_m_045_the_kind_of_work_decides_what_is_changed_and_what_is_free_is_not_summed(
    organization: Organization,
) -> None:
    hours = make_contract_line(organization)
    with in_organization(organization):
        price = ContractLine.objects.create(
            organization=organization, contract=hours.contract, position=2, name="Skisse",
            billing_method="fixed_price", amount=Decimal(900),
        )  # fmt: skip
    product = builders.make_product(organization)
    items = take_work(
        organization,
        work(hours),
        work(price, kind="milestone", quantity=Decimal(1), unit_price=Decimal(900)),
        work(hours, kind="material", product_id=product.pk, quantity=Decimal(5), unit_price=None, price_reason="Liste"),
        ready=True,
    )
    [proforma] = make_proformas_of(organization, items, waits_for=None)
    lines = builders.lines_of(organization, proforma.invoice)

    taken: dict[str, set[str]] = {}
    for item in items:
        [line] = [each for each in lines if each.source_id == item.pk]
        for name, value in WANTED.items():
            try:
                edit(organization, proforma.invoice_id, line, **{name: value})
            except DomainError:
                continue
            taken.setdefault(item.kind, set()).add(name)
            edit(organization, proforma.invoice_id, line, **{name: getattr(line, name)})

    assert taken == {
        "time": set(WANTED),
        "milestone": {"charge_kind", "vat_treatment", "description"},
        "material": {"vat_treatment"},
    }
    assert set(WANTED) <= set(LOCKED["advance"])
    assert "unit_price" not in locked_fields(BacklogItem(kind="material"))  # material of no product is like time

    whole = sum(item.amount for item in items)
    [time_line] = [each for each in lines if each.source_id == items[0].pk]
    for charge in ("complimentary", "non_chargeable"):
        free = edit(organization, proforma.invoice_id, time_line, charge_kind=charge)
        assert free.net_amount == whole - items[0].amount
        [shown] = [each for each in builders.lines_of(organization, free) if each.pk == time_line.pk]
        assert (shown.quantity, shown.unit_price, shown.net_amount) == (Decimal(2), Decimal(1250), Decimal(0))


def test_m_033_m_064_the_contracts_rate_holds_into_the_books_of_customer_and_project(
    organization: Organization,
) -> None:
    line = make_contract_line(organization, contract={"currency": "EUR", "fixed_exchange_rate": Decimal("11.5")})
    item, late = take_work(organization, work(line), work(line, text="Senere"), ready=True)
    rates = []
    for each in (item, late):
        [proforma] = make_proformas_of(organization, [each])
        rates.append(proforma.invoice.fixed_exchange_rate)
        [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])
    assert rates == [Decimal("11.5"), Decimal("11.5")]

    with in_organization(organization):
        stored = Invoice.objects.get(pk=invoice.pk)
        postings = list(
            Posting.objects.of(organization)
            .filter(voucher__source_id=invoice.pk)
            .select_related("account", "receivable")
            .order_by("position")
        )
    [claim] = [each for each in postings if each.receivable_id]
    revenue = [each for each in postings if each.dimensions]
    assert (claim.receivable_id, claim.currency_amount) == (stored.receivable_id, stored.payable_amount)
    assert claim.amount == stored.payable_amount * Decimal("11.5")
    assert claim.receivable is not None
    assert claim.receivable.customer_id == stored.customer_id
    assert [(each.dimensions["project"], each.currency_amount) for each in revenue] == [("2204", Decimal(-2500))]
    assert sum(each.amount for each in postings) == 0


def test_m_065_vat_is_that_of_the_first_that_says_something(organization: Organization) -> None:
    customer = builders.make_customer(organization, vat_treatment="zero")
    project = builders.make_project(organization, customer, vat_treatment="exempt")
    line = make_contract_line(organization, project, contract={"vat_treatment": "food"}, vat_treatment="low")
    product = builders.make_product(organization, vat_treatment="water")
    silent: list[Callable[[], Any]] = [
        lambda: None,
        lambda: ContractLine.objects.filter(pk=line.pk).update(vat_treatment=""),
        lambda: Contract.objects.filter(pk=line.contract_id).update(vat_treatment=""),
        lambda: Project.objects.filter(pk=project.pk).update(vat_treatment=""),
        lambda: Customer.objects.filter(pk=customer.pk).update(vat_treatment=""),
    ]

    said = []
    for number, step in enumerate(silent):
        with in_organization(organization):
            step()
        told = work(line, text=f"Dag {number}", product_id=product.pk, unit_price=None, price_reason="Liste")
        said += [item.vat_treatment for item in take_work(organization, told)]
    said += [item.vat_treatment for item in take_work(organization, work(line, text="Uten vare"))]
    said += [item.vat_treatment for item in take_work(organization, work(line, text="Sagt", vat_treatment="outside"))]

    assert said == ["low", "food", "exempt", "zero", "water", "standard", "outside"]


def test_m_027_milestones_of_all_contracts_stand_in_one_list_and_are_marked_there(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    for number in ("2204", "2205"):
        line = make_contract_line(
            organization, builders.make_project(organization, number=number), billing_method="fixed_price",
            amount=Decimal(1000), unit_price=None,
        )  # fmt: skip
        terms = [MilestoneTerms(name=f"Skisse {number}", amount=Decimal(1000), planned_on=date(2026, 12, 1))]
        with organization_context(organization.pk):
            plan_milestones(organization, line.pk, terms, version=1, actor=builders.actor_of(organization), now=NOW)
    hours = make_contract_line(organization, builders.make_project(organization, number="9"))
    take_work(organization, work(hours, text="Befaring"))
    with in_organization(organization):
        ids = {str(key) for key in BacklogItem.objects.filter(kind="milestone").values_list("pk", flat=True)}

    client = client_of(owner)
    page = client.get(
        reverse("billing_backlog:list_backlog", args=[organization.slug]), {"tab": "milestones"}
    ).content.decode()
    assert all(f"Skisse {number}" in page for number in ("2204", "2205"))
    assert "Befaring" not in page
    client.post(reverse("billing_backlog:mark_ready", args=[organization.slug]), {"id": sorted(ids)})
    with in_organization(organization):
        marked = {str(item.pk) for item in BacklogItem.objects.all() if item.is_ready}
    assert marked == ids


def test_m_135_m_136_m_137_m_138_m_156_a_month_of_facilities_is_prepared_from_what_is_not_billed_yet(
    organization: Organization, case_worker: User
) -> None:
    values = first_values(date(2026, 12, 4))
    assert (values["period_from"], values["until"]) == (date(2026, 11, 1), date(2026, 11, 30))
    assert (values["opens_on"], values["closes_on"]) == (date(2026, 12, 1), date(2026, 12, 9))
    assert first_values(date(2028, 3, 31))["until"] == date(2028, 2, 29)

    with in_organization(organization):
        hall, quay, free = (
            Facility.objects.create(organization=organization, number=f"{place}", name=name, is_billable=place < 3)
            for place, name in enumerate(["Solhallen", "Kaihallen", "Biblioteket"], start=1)
        )
    small, large = builders.make_customer(organization), builders.make_customer(organization, name="Fjellklang Kor")

    def booking(facility: Facility, customer: Customer, day: date, hours: int) -> BacklogItem:
        told = work(
            kind="booking", customer_id=customer.pk, facility_id=facility.pk, day=day, unit_price=Decimal(300),
            quantity=Decimal(hours), text=f"Trening {facility.name}",
        )  # fmt: skip
        [item] = take_work(organization, told, ready=True)
        return item

    day = date(2026, 11, 30)
    billed = booking(hall, small, day, 1)
    [proforma] = make_proformas_of(organization, [billed])
    builders.finalize_drafts(organization, [proforma.invoice_id])
    open_items = [booking(hall, small, day, 2), booking(quay, large, day, 9)]
    booking(quay, large, date(2026, 12, 1), 1)  # after the last day of the period
    booking(free, large, day, 1)  # the company does not bill this one

    actor = Actor.person(case_worker)
    with organization_context(organization.pk):
        run = runs.open_run(
            organization, BillingRun(name="November 2026", scope="facilities", **values), actor=actor, now=NOW
        )
    with in_organization(organization):
        assert [place.facility.name for place in queries.facilities_of(organization, run)] == ["Solhallen", "Kaihallen"]
        rehearsal = rehearse_run(organization, run)
        listed = overview_of(rehearsal.rows, [], queries.past_of(organization, run))
    assert {row.item_id for row in rehearsal.rows} == {item.pk for item in open_items}
    assert [(line.customer, line.now) for line in listed.customers] == [
        ("Fjellklang Kor", Decimal(2700)),
        (small.name, Decimal(600)),
    ]
    with organization_context(organization.pk), pytest.raises(RunIsNotReady, match="1 Solhallen"):
        runs.freeze_run(organization, run.pk, actor=actor, now=NOW)
