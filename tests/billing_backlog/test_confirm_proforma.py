"""A draft made from backlog is adjusted, confirmed by the project manager and handed to accounting, or comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing_backlog.actions.confirming import Decisions, confirm_proforma
from billing_backlog.actions.pulling import add_items_to_draft
from billing_backlog.actions.returning import return_proforma
from billing_backlog.errors import DoesNotFit, NotToReturn
from billing_backlog.models import BacklogItem, Proforma, ProformaStep, WriteOff
from billing_backlog.queries.standing import Standing, standing_of
from invoicing import queries
from invoicing.actions import drafts
from invoicing.actions.conditions import DraftWaits, LineHasNoSource
from invoicing.actions.credit import CreditedWhole
from invoicing.actions.draft_lines import LinesBillAnother
from invoicing.models import Invoice, InvoiceLine
from tenants.context import organization_context
from tenants.models import Notice, Organization
from tests import builders
from tests.builders import TODAY, in_organization, make_contract_line, make_proformas_of, take_work, work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def standing(organization: Organization, item: BacklogItem) -> Standing:
    with in_organization(organization):
        return standing_of(organization, [item])[item.pk]


def stored(organization: Organization, proforma: Proforma) -> tuple[Invoice, list[InvoiceLine]]:
    with in_organization(organization):
        invoice = queries.get_invoice(organization, proforma.invoice_id)
        return invoice, queries.list_lines(invoice)


def edit(
    organization: Organization,
    proforma: Proforma,
    changes: Mapping[int, Mapping[str, Any]] | None = None,
    *typed: Mapping[str, Any],
) -> Invoice:
    """Save the draft with other words on lines, by position, and further lines that are typed."""
    invoice, lines = stored(organization, proforma)
    contents: list[Mapping[str, Any]] = [{"id": line.pk, **(changes or {}).get(line.position, {})} for line in lines]
    with organization_context(organization.pk):
        return drafts.update_draft(
            organization,
            invoice.pk,
            version=invoice.version,
            header={},
            lines=[*contents, *typed],
            actor=builders.actor_of(organization),
            today=TODAY,
        )


def confirm(organization: Organization, proforma: Proforma, **decided: Any) -> ProformaStep:
    with organization_context(organization.pk):
        return confirm_proforma(
            organization,
            proforma.invoice_id,
            decisions=Decisions(**decided),
            actor=builders.actor_of(organization),
            today=TODAY,
            now=NOW,
        )


def test_m_049_m_050_a_typed_line_becomes_backlog_when_the_draft_is_confirmed(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = make_proformas_of(organization, [item], waits_for=None)
    edit(
        organization,
        proforma,
        {},
        builders.line("Reise", quantity=Decimal(1), unit_code="NAR", unit_price=Decimal(400)),
    )
    with in_organization(organization):
        assert BacklogItem.objects.count() == 1

    step = confirm(organization, proforma)
    assert confirm(organization, proforma).pk == step.pk

    invoice, lines = stored(organization, proforma)
    assert invoice.waits_for == ""
    assert all(line.source["confirmed_by"] == step.made_by for line in lines)
    with in_organization(organization):
        made = BacklogItem.objects.get(source_system="proforma")
        assert ProformaStep.objects.count() == 1
    assert (made.pk, made.kind, made.contract_id, made.amount) == (
        lines[1].source_id,
        "fee",
        item.contract_id,
        Decimal(400),
    )
    assert made.is_ready
    assert made.approved_by
    builders.finalize_drafts(organization, [invoice.pk])
    assert standing(organization, made).billed == 1


@pytest.mark.parametrize(
    ("rest", "written_off", "unbilled", "is_ready"),
    [("write_off", "0.5", "0", True), ("return", "0", "0.5", False), ("next", "0", "0.5", True)],
)
def test_m_051_c6_what_is_taken_off_a_line_becomes_what_is_decided_of_it(
    organization: Organization, rest: str, written_off: str, unbilled: str, *, is_ready: bool
) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = make_proformas_of(organization, [item], waits_for=None)
    edit(organization, proforma, {1: {"quantity": Decimal("1.5")}})
    _invoice, [line] = stored(organization, proforma)

    confirm(organization, proforma, rests={line.pk: rest})

    stands = standing(organization, item)
    assert (stands.written_off, stands.unbilled) == (Decimal(written_off), Decimal(unbilled))
    assert stands.on_draft + stands.written_off + stands.unbilled == stands.approved
    with in_organization(organization):
        assert BacklogItem.objects.get(pk=item.pk).is_ready == is_ready


def test_m_051_an_increase_books_the_higher_quantity(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = make_proformas_of(organization, [item], waits_for=None)
    edit(organization, proforma, {1: {"quantity": Decimal(3)}})
    confirm(organization, proforma)
    builders.finalize_drafts(organization, [proforma.invoice_id])

    stands = standing(organization, item)
    assert [stands.quantity, stands.approved, stands.billed, stands.unbilled] == [2, 3, 3, 0]


def test_m_031_m_050_a_confirmation_holds_for_what_was_confirmed_and_nothing_else(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = make_proformas_of(organization, [item], waits_for=None)
    first = confirm(organization, proforma)

    edit(organization, proforma, {1: {"detail": "Etter avtale", "section": "Uke 47"}})
    assert stored(organization, proforma)[0].waits_for == ""

    edit(organization, proforma, {1: {"quantity": Decimal(1)}})
    with pytest.raises(DraftWaits):
        builders.finalize_drafts(organization, [proforma.invoice_id])
    second = confirm(organization, proforma)
    assert second.work_hash != first.work_hash
    assert builders.finalize_drafts(organization, [proforma.invoice_id])[0].number


def test_the_accountant_returns_a_draft_with_a_reason(organization: Organization) -> None:
    manager = builders.make_member(organization, "project_manager")
    project = builders.make_project(organization, manager=manager)
    [item] = take_work(organization, work(make_contract_line(organization, project)), ready=True)
    [proforma] = make_proformas_of(organization, [item], waits_for=None)
    actor = builders.actor_of(organization)
    with organization_context(organization.pk), pytest.raises(NotToReturn):
        return_proforma(organization, proforma.invoice_id, reason="Feil", actor=actor, now=NOW)
    confirm(organization, proforma)
    with organization_context(organization.pk):
        with pytest.raises(NotToReturn):
            return_proforma(organization, proforma.invoice_id, reason=" ", actor=actor, now=NOW)
        for _twice in range(2):
            return_proforma(organization, proforma.invoice_id, reason="Feil prosjekt", actor=actor, now=NOW)

    invoice, lines = stored(organization, proforma)
    assert invoice.waits_for == "confirmation"
    assert not any("confirmed_by" in line.source for line in lines)
    with in_organization(organization):
        assert list(ProformaStep.objects.order_by("id").values_list("kind", "reason")) == [
            ("confirmed", ""),
            ("returned", "Feil prosjekt"),
        ]
        assert Notice.objects.get(kind="proforma.returned").user_id == manager.pk
    confirm(organization, proforma)
    assert stored(organization, proforma)[0].waits_for == ""


def test_m_047_late_work_is_pulled_onto_the_draft_once(organization: Organization) -> None:
    line = make_contract_line(organization)
    [item] = take_work(organization, work(line), ready=True)
    [proforma] = make_proformas_of(organization, [item], waits_for=None)
    confirm(organization, proforma)
    late = take_work(organization, work(line, text="Sent"), work(line, text="Senere"), ready=True)
    other = take_work(organization, work(None, customer_id=builders.make_customer(organization, name="Annen AS").pk,
                                         unit_price=Decimal(5)), ready=True)  # fmt: skip
    with organization_context(organization.pk):
        add: dict[str, Any] = {"actor": builders.actor_of(organization), "today": TODAY, "now": NOW}
        with pytest.raises(DoesNotFit):
            add_items_to_draft(organization, proforma.invoice_id, [other[0].pk], **add)
        for _twice in range(2):
            add_items_to_draft(organization, proforma.invoice_id, [row.pk for row in late], **add)

    invoice, lines = stored(organization, proforma)
    assert [row.description for row in lines] == ["Rådgivning", "Sent", "Senere"]
    assert invoice.net_amount == 3 * Decimal(2500)
    assert invoice.waits_for == "confirmation"  # what was confirmed is not what stands there now


def test_m_052_a_milestone_is_credited_wholly_and_goes_back_to_ready(organization: Organization) -> None:
    line = make_contract_line(organization, billing_method="fixed_price", amount=Decimal(90000))
    [item] = take_work(
        organization, work(line, kind="milestone", quantity=Decimal(1), unit_price=Decimal(90000)), ready=True
    )
    [proforma] = make_proformas_of(organization, [item])
    [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])
    [billed] = builders.lines_of(organization, invoice)
    with pytest.raises(CreditedWhole):
        builders.make_credit_note_draft(organization, invoice, {billed.pk: Decimal("0.5")})

    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])

    assert standing(organization, item).unbilled == 1
    with in_organization(organization):
        assert BacklogItem.objects.get(pk=item.pk).is_ready


def test_work_is_billed_to_its_own_customer_and_by_a_line_that_says_so(organization: Organization) -> None:
    [item] = take_work(organization, work(make_contract_line(organization)), ready=True)
    [proforma] = make_proformas_of(organization, [item])
    other = builders.make_customer(organization, name="Annen AS")
    with organization_context(organization.pk), pytest.raises(LinesBillAnother):
        drafts.change_customer(
            organization, proforma.invoice_id, customer=other, actor=builders.actor_of(organization), today=TODAY
        )
    edit(organization, proforma, {}, builders.line("Uten kilde"))
    with in_organization(organization):
        InvoiceLine.objects.filter(invoice_id=proforma.invoice_id, position=2).update(source={})
    with pytest.raises(LineHasNoSource, match=" 2 "):
        builders.finalize_drafts(organization, [proforma.invoice_id])
    with in_organization(organization):
        assert not WriteOff.objects.exists()
