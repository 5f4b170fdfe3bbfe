"""Work told once is billed once: to the invoice, back by a credit note, and never more than there is."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from billing_backlog.actions import write_offs
from billing_backlog.actions.items import take_items
from billing_backlog.actions.ready import mark_not_ready, mark_ready
from billing_backlog.errors import NotReady
from billing_backlog.intake.plain import Source
from billing_backlog.models import BacklogItem, Proforma, WriteOff
from billing_backlog.queries.standing import Standing, standing_of
from invoicing.actions.conditions import DraftWaits
from invoicing.actions.waiting import release_drafts
from invoicing.models import InvoiceLine
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import in_organization, make_contract_line, take_work, work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def standing(organization: Organization, item: BacklogItem) -> Standing:
    with in_organization(organization):
        return standing_of(organization, [item])[item.pk]


def told(organization: Organization, item: BacklogItem) -> tuple[Decimal, Decimal]:
    """What is billed, and what is left."""
    now = standing(organization, item)
    return now.billed, now.unbilled


def test_the_same_thing_told_again_is_one_item(organization: Organization) -> None:
    line = make_contract_line(organization)
    same = work(line, source=Source("plan", "O-1", "1"))
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        first = take_items(organization, [same, same], actor=actor, now=NOW)
        again = take_items(organization, [same], actor=actor, now=NOW)
        other = take_items(
            organization, [work(line, source=Source("plan", "O-1", "1"), quantity=Decimal(3))], actor=actor, now=NOW
        )

    assert [answer.outcome for answer in first + again + other] == ["new", "known", "known", "differs"]
    assert len({answer.item_ids for answer in first + again + other}) == 1
    with in_organization(organization):
        assert BacklogItem.objects.count() == 1


def test_m_037_each_customer_bears_a_share_and_the_shares_make_up_the_whole(organization: Organization) -> None:
    nord, sor = builders.make_customer(organization), builders.make_customer(organization, name="Sørhavn AS")
    line = make_contract_line(organization, shares={nord: "66.67", sor: "33.33"})

    items = take_work(organization, work(line, quantity=Decimal("7.5")))

    assert {item.customer_id for item in items} == {nord.pk, sor.pk}
    assert sum(item.quantity for item in items) == Decimal("7.5")


def test_m_052_work_is_billed_credited_and_billed_again(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item])
    assert standing(organization, item).on_draft == 2

    [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])
    assert told(organization, item) == (Decimal(2), Decimal(0))

    [line] = builders.lines_of(organization, invoice)
    assert (line.source["approved_by"], line.source["price_rule"]) == ("Petra Prosjekt", "Contract K-2204, Rådgivning")
    note = builders.make_credit_note_draft(organization, invoice, {line.pk: Decimal("0.5")})
    builders.finalize_drafts(organization, [note.pk])
    assert told(organization, item) == (
        Decimal("1.5"),
        Decimal("0.5"),
    )

    [again] = builders.make_proformas_of(organization, [item])
    [rest] = builders.lines_of(organization, again.invoice)
    assert rest.quantity == Decimal("0.5")


def test_a_correction_keeps_the_work_billed_once(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item])
    [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])

    correction = builders.make_correction(organization, invoice)
    assert standing(organization, item).unbilled == 0
    builders.finalize_drafts(organization, [correction.credit_note_id, correction.replacement_id])

    assert (standing(organization, item).billed, standing(organization, item).approved) == (Decimal(2), Decimal(2))


def test_m_028_what_is_not_ready_reaches_no_draft_and_a_second_draft_gets_nothing(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)))
    with pytest.raises(NotReady):
        builders.make_proformas_of(organization, [item])
    with organization_context(organization.pk):
        mark_ready(organization, [item.pk], actor=builders.actor_of(organization), now=NOW)
    builders.make_proformas_of(organization, [item])

    with organization_context(organization.pk):
        marked = mark_not_ready(organization, [item.pk], actor=builders.actor_of(organization), now=NOW)
    assert [row for row, _reason in marked.refused] == [item]
    with in_organization(organization):
        assert Proforma.objects.count() == 1


def test_m_031_a_draft_waits_for_its_confirmation(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item], waits_for=None)

    with pytest.raises(DraftWaits, match="waits for the project manager"):
        builders.finalize_drafts(organization, [proforma.invoice_id])
    with organization_context(organization.pk):
        release_drafts(organization, [proforma.invoice_id], actor=builders.actor_of(organization))
    assert builders.finalize_drafts(organization, [proforma.invoice_id])[0].number


def test_m_042_what_exceeds_a_limit_cannot_be_made_ready(organization: Organization) -> None:
    line = make_contract_line(organization, limit_amount=Decimal(5000))
    items = take_work(organization, work(line), work(line, text="Befaring"), work(line, text="Rapport"))

    assert [item.is_over_limit for item in items] == [False, False, True]
    with organization_context(organization.pk):
        marked = mark_ready(organization, [item.pk for item in items], actor=builders.actor_of(organization), now=NOW)
    assert [item.pk for item in marked.done] == [item.pk for item in items[:2]]
    assert "exceed" in str(marked.refused[0][1])


def test_m_155_another_price_needs_a_reason(organization: Organization) -> None:
    line = make_contract_line(organization)
    with organization_context(organization.pk):
        [answer, reasoned] = take_items(
            organization,
            [work(line, unit_price=Decimal(900)), work(line, unit_price=Decimal(900), price_reason="Avtalt rabatt")],
            actor=builders.actor_of(organization),
            now=NOW,
        )

    assert (answer.outcome, answer.field, reasoned.outcome) == ("refused", "price_reason", "new")


def test_what_is_written_off_is_never_billed_until_it_is_taken_back(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        [given_up] = write_offs.write_off_items(
            organization, {item.pk: Decimal("0.5")}, reason="Kulanse", actor=actor, now=NOW
        )
    assert standing(organization, item).unbilled == Decimal("1.5")
    with organization_context(organization.pk):
        for _twice in range(2):
            write_offs.take_back_write_off(organization, given_up.pk, reason="", actor=actor, now=NOW)
    assert standing(organization, item).unbilled == 2
    with in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        WriteOff.objects.filter(pk=given_up.pk).update(reason="Noe annet")


def test_m_040_the_database_refuses_to_bill_work_twice_and_to_change_what_is_billed(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item])
    with in_organization(organization):
        [line] = InvoiceLine.objects.filter(invoice_id=proforma.invoice_id)
        twin = InvoiceLine(
            organization=organization, invoice_id=proforma.invoice_id, position=2, description="Igjen",
            quantity=Decimal("0.5"), unit_price=line.unit_price, source_id=item.pk,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="more of backlog item"), transaction.atomic():
            twin.save(force_insert=True)
        with pytest.raises(DatabaseError, match="stands on a document"), transaction.atomic():
            BacklogItem.objects.filter(pk=item.pk).update(quantity=Decimal(5))
        with pytest.raises(DatabaseError), transaction.atomic():
            BacklogItem.objects.filter(pk=item.pk).delete()
