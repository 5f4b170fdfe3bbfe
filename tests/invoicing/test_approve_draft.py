"""Approval: finalizing needs a second person, by organization and amount, bound to what the draft says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.errors import DomainError
from invoicing.actions import approve, checks, drafts, finalize
from invoicing.actions.conditions import ApprovalIsMissing
from invoicing.drafting import approvals
from invoicing.errors import StaleDraft
from invoicing.models import ApprovalVerdict, DraftApproval, Invoice, InvoiceFollowUp
from payments.models import ExchangeRate
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import AuditEntry, Notice, Organization, User
from tests import builders
from tests.builders import in_organization, line, make_draft, make_finalized_invoice, reload_invoice
from tests.invoicing.draft_forms import address, page_of, text_of
from tests.invoicing.test_refuse_to_take_back import set_switch

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def say(action: Any, organization: Organization, draft: Invoice, person: User, **more: Any) -> DraftApproval:
    """Ask, approve, refuse or withdraw as somebody."""
    stored = reload_invoice(organization, draft)
    facts = {"version": stored.version, "actor": Actor.person(person), "now": NOW, "today": builders.TODAY}
    with organization_context(organization.pk):
        answer: DraftApproval = action(organization, draft.pk, **facts, **more)
    return answer


def draft_by(organization: Organization, person: User, **changes: Any) -> Invoice:
    """A draft that somebody has made, 3,125.00 in all."""
    customer = builders.make_customer(organization)
    with organization_context(organization.pk):
        return drafts.create_draft(
            organization,
            customer=customer,
            header={"delivery_date": builders.TODAY, **changes},
            lines=[line()],
            actor=Actor.person(person),
            today=builders.TODAY,
        )


def change(organization: Organization, draft: Invoice, person: User, quantity: int) -> None:
    """Save the draft with another quantity."""
    [only] = builders.lines_of(organization, draft)
    with organization_context(organization.pk):
        drafts.update_draft(
            organization,
            draft.pk,
            version=reload_invoice(organization, draft).version,
            header={},
            lines=[{"id": only.pk, "quantity": Decimal(quantity)}],
            actor=Actor.person(person),
            today=builders.TODAY,
        )


def test_asked_for_approved_and_finalized(
    organization: Organization, owner: User, accountant: User, client_of: Callable[[Any], Client]
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, accountant)
    maker, boss = client_of(accountant), client_of(owner)
    page = text_of(maker.get(address("finalize_invoice", organization, draft)))
    assert address("ask_approval", organization, draft) in page
    assert address("approve_draft", organization, draft) not in page
    data = {"version": str(reload_invoice(organization, draft).version), "page": "finalize"}
    answer = maker.post(address("ask_approval", organization, draft), data)
    assert answer.headers["Location"] == address("finalize_invoice", organization, draft)
    waiting = text_of(boss.get(address("list_waiting_approvals", organization)))
    assert draft.customer.name in waiting
    with in_organization(organization):
        notice = Notice.objects.of(organization).get(user=owner)
    assert (notice.kind, notice.facts["amount"]) == ("approval.requested", "3125.00")
    assert address("approve_draft", organization, draft) in text_of(boss.get(f"/{organization.slug}/{notice.link}"))
    boss.post(address("approve_draft", organization, draft), data)
    with in_organization(organization):
        assert Notice.objects.of(organization).get(user=accountant).kind == "approval.approved"
        assert approvals.list_waiting(organization) == []
    maker.post(address("finalize_invoice", organization, draft))
    assert reload_invoice(organization, draft).number == 10001
    shown = text_of(maker.get(address("show_invoice", organization, draft)))
    assert "Olga Owner" in shown


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [(None, "free"), ("0", "held"), ("3125.00", "held"), ("3125.01", "free"), ("100000", "free")],
)
def test_the_amount_decides_and_whoever_finalizes_is_held_to_it(
    organization: Organization, owner: User, limit: str | None, outcome: str
) -> None:
    set_switch(organization, approval_from_amount=None if limit is None else Decimal(limit))
    draft = draft_by(organization, owner)
    if outcome == "free":
        assert builders.finalize_drafts(organization, [draft.pk])[0].number == 10001
        return
    with pytest.raises(ApprovalIsMissing) as refusal:
        builders.finalize_drafts(organization, [draft.pk])
    assert draft.customer.name in str(refusal.value)
    assert reload_invoice(organization, draft).is_draft


def test_foreign_currency_counts_in_the_books(organization: Organization, owner: User, accountant: User) -> None:
    with in_organization(organization):
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=builders.TODAY, rate=Decimal(12), source="Norges Bank"
        )
    set_switch(organization, approval_from_amount=Decimal(37_500))
    draft = draft_by(organization, accountant, currency="EUR")
    with pytest.raises(ApprovalIsMissing):
        builders.finalize_drafts(organization, [draft.pk])
    say(approve.approve_draft, organization, draft, owner)
    assert builders.finalize_drafts(organization, [draft.pk])[0].number == 10001
    set_switch(organization, approval_from_amount=Decimal("37500.01"))
    other = draft_by(organization, accountant, currency="EUR")
    assert builders.finalize_drafts(organization, [other.pk])[0].number == 10002


def test_one_draft_without_approval_keeps_the_batch_and_not_the_others_alone(
    organization: Organization, owner: User, accountant: User
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    approved, lacking = draft_by(organization, accountant), draft_by(organization, accountant)
    say(approve.approve_draft, organization, approved, owner)
    with pytest.raises(ApprovalIsMissing) as refusal:
        builders.finalize_drafts(organization, [approved.pk, lacking.pk])
    assert refusal.value.invoice.pk == lacking.pk
    assert builders.finalize_drafts(organization, [approved.pk])[0].number == 10001


def test_a_change_of_content_needs_a_new_approval_and_a_save_without_change_does_not(
    organization: Organization, owner: User, accountant: User
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, accountant)
    say(approve.approve_draft, organization, draft, owner)
    change(organization, draft, accountant, 2)
    with in_organization(organization):
        assert approvals.state_of(organization, reload_invoice(organization, draft), builders.TODAY).is_approved
    change(organization, draft, accountant, 3)
    with in_organization(organization):
        state = approvals.state_of(organization, reload_invoice(organization, draft), builders.TODAY)
    assert state.stands_in_the_way
    assert state.earlier is not None
    with pytest.raises(ApprovalIsMissing):
        builders.finalize_drafts(organization, [draft.pk])


def test_nobody_approves_what_he_made_or_asked_for(
    organization: Organization, owner: User, accountant: User, project_manager: User
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, project_manager)
    with pytest.raises(approve.NotASecondPerson):
        say(approve.approve_draft, organization, draft, project_manager)
    say(approve.ask_approval, organization, draft, owner)
    with pytest.raises(approve.NotASecondPerson):
        say(approve.approve_draft, organization, draft, owner)
    change(organization, draft, owner, 4)
    with pytest.raises(approve.NotASecondPerson):
        say(approve.approve_draft, organization, draft, owner)
    assert say(approve.approve_draft, organization, draft, accountant).verdict == ApprovalVerdict.APPROVED


def test_a_refusal_carries_a_reason_and_gives_the_draft_back_to_its_maker(
    organization: Organization, owner: User, accountant: User, client_of: Callable[[Any], Client]
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, accountant)
    with in_organization(organization):
        InvoiceFollowUp.objects.of(organization).filter(invoice_id=draft.pk).update(owner=owner)
    say(approve.ask_approval, organization, draft, accountant)
    boss, path = client_of(owner), address("refuse_draft", organization, draft)
    version = str(reload_invoice(organization, draft).version)
    boss.post(path, {"version": version, "reason": "  "})
    with in_organization(organization):
        assert not DraftApproval.objects.of(organization).filter(verdict="refused").exists()
    boss.post(path, {"version": version, "reason": "Prisen er avtalt til 1 100"})
    with in_organization(organization):
        refused = DraftApproval.objects.of(organization).get(verdict="refused")
        assert InvoiceFollowUp.objects.of(organization).get(invoice_id=draft.pk).owner_id == accountant.pk
        notice = Notice.objects.of(organization).get(user=accountant)
        assert AuditEntry.objects.of(organization).filter(verb="approval.refused", subject_id=draft.pk).count() == 1
    assert refused.reason == notice.facts["reason"] == "Prisen er avtalt til 1 100"
    page = text_of(client_of(accountant).get(address("finalize_invoice", organization, draft)))
    assert "Prisen er avtalt til 1 100" in page
    # It stands over the draft and in the list until somebody asks anew, also where the draft was changed meanwhile.
    change(organization, draft, accountant, 5)
    maker, returned = client_of(accountant), f"{address('list_invoices', organization)}?f=1.returned.is:yes"
    [told] = page_of(text_of(maker.get(address("update_draft", organization, draft)))).xpath("//*[@id='returned']")
    assert "Prisen er avtalt til 1 100" in told.text_content()
    assert str(draft.pk) in text_of(maker.get(returned))
    asked = {"version": str(reload_invoice(organization, draft).version)}
    assert maker.post(address("ask_approval", organization, draft), asked).status_code == 302
    assert 'id="returned"' not in text_of(maker.get(address("update_draft", organization, draft)))
    assert str(draft.pk) not in text_of(maker.get(returned))
    with pytest.raises(ApprovalIsMissing):
        builders.finalize_drafts(organization, [draft.pk])


def test_a_request_is_withdrawn_and_an_approval_taken_back(
    organization: Organization, owner: User, accountant: User
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, accountant)
    with pytest.raises(approve.NothingToJudge):
        say(approve.withdraw_approval, organization, draft, accountant)
    say(approve.ask_approval, organization, draft, accountant)
    say(approve.withdraw_approval, organization, draft, accountant)
    with in_organization(organization):
        assert approvals.list_waiting(organization) == []
    say(approve.approve_draft, organization, draft, owner)
    say(approve.refuse_draft, organization, draft, owner, reason="Vent til mandag")
    with pytest.raises(ApprovalIsMissing):
        builders.finalize_drafts(organization, [draft.pk])


def test_twice_is_as_good_as_once(organization: Organization, owner: User, accountant: User) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, accountant)
    assert (
        say(approve.ask_approval, organization, draft, accountant).pk
        == say(approve.ask_approval, organization, draft, accountant).pk
    )
    assert (
        say(approve.approve_draft, organization, draft, owner).pk
        == say(approve.approve_draft, organization, draft, owner).pk
    )
    with in_organization(organization):
        assert DraftApproval.objects.of(organization).count() == 2
        assert Notice.objects.of(organization).count() == 2


def test_what_was_changed_under_the_approvers_eyes_is_not_approved(
    organization: Organization, owner: User, accountant: User
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, accountant)
    seen = reload_invoice(organization, draft).version
    change(organization, draft, accountant, 9)
    with pytest.raises(StaleDraft), organization_context(organization.pk):
        approve.approve_draft(
            organization, draft.pk, version=seen, actor=Actor.person(owner), now=NOW, today=builders.TODAY
        )


def test_nothing_is_asked_where_nobody_needs_or_could_answer(organization: Organization, owner: User) -> None:
    draft = draft_by(organization, owner)
    for action in (approve.ask_approval, approve.approve_draft):
        with pytest.raises(approve.ApprovalIsNotNeeded):
            say(action, organization, draft, owner)
    set_switch(organization, approval_from_amount=Decimal(0))
    with pytest.raises(approve.NobodyMayApprove):
        say(approve.ask_approval, organization, draft, owner)


def test_a_credit_note_needs_it_as_much_as_an_invoice(
    organization: Organization, owner: User, accountant: User
) -> None:
    invoice = make_finalized_invoice(organization)
    set_switch(organization, approval_from_amount=Decimal(0))
    note = builders.make_credit_note_draft(organization, invoice)
    with pytest.raises(ApprovalIsMissing):
        builders.finalize_drafts(organization, [note.pk])
    say(approve.approve_draft, organization, note, owner)
    assert builders.finalize_drafts(organization, [note.pk])[0].number == 10002


def test_the_database_finalizes_nothing_without_and_takes_no_approval_by_the_maker(
    organization: Organization, owner: User, accountant: User
) -> None:
    draft = draft_by(organization, accountant)
    with organization_context(organization.pk):
        checks.check_drafts(organization, [draft.pk], today=builders.TODAY)
    set_switch(organization, approval_from_amount=Decimal(0))
    organization.approval_from_amount = None  # as somebody has read it before the owner set it
    with pytest.raises(DatabaseError, match="second person"), organization_context(organization.pk):
        finalize.finalize_invoices(
            organization, [draft.pk], actor=builders.actor_of(organization), today=builders.TODAY
        )
    assert reload_invoice(organization, draft).is_draft
    facts = {"invoice": draft, "version": draft.version, "verdict": "approved", "actor_name": "x", "given_at": NOW}
    with pytest.raises(IntegrityError, match="approval_is_by_a_second_person"), in_organization(organization):
        DraftApproval.objects.create(organization=organization, user=owner, made_by_id=owner.pk, **facts)
    with pytest.raises(IntegrityError, match="approval_is_by_a_second_person"), in_organization(organization):
        DraftApproval.objects.create(organization=organization, **facts)
    with in_organization(organization):
        DraftApproval.objects.create(organization=organization, user=owner, **facts | {"verdict": "requested"})
        DraftApproval.objects.create(organization=organization, user=owner, **facts)
    with pytest.raises(DatabaseError, match="second person"), organization_context(organization.pk):
        finalize.finalize_invoices(
            organization, [draft.pk], actor=builders.actor_of(organization), today=builders.TODAY
        )


def test_a_stranger_gets_404_and_a_case_worker_asks_but_does_not_approve(
    organization: Organization, stranger: User, case_worker: User, auditor: User, client_of: Callable[[Any], Client]
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    draft = draft_by(organization, case_worker)
    data = {"version": str(draft.version), "reason": "x"}
    names = ("ask_approval", "approve_draft", "refuse_draft", "withdraw_approval")
    for name in names:
        assert client_of(stranger).post(address(name, organization, draft), data).status_code == 404
        assert client_of(auditor).post(address(name, organization, draft), data).status_code == 403
    for name in ("approve_draft", "refuse_draft"):
        assert client_of(case_worker).post(address(name, organization, draft), data).status_code == 403
    client_of(case_worker).post(address("ask_approval", organization, draft), data)
    with in_organization(organization):
        assert [each.invoice_id for each in approvals.list_waiting(organization)] == [draft.pk]


def test_the_page_of_what_waits_asks_no_more_questions_for_more_drafts(
    organization: Organization,
    owner: User,
    accountant: User,
    client_of: Callable[[Any], Client],
) -> None:
    set_switch(organization, approval_from_amount=Decimal(0))
    client = client_of(owner)
    client.get(address("list_waiting_approvals", organization))
    counts = []
    for _more in range(3):
        for _each in range(3):
            say(approve.ask_approval, organization, draft_by(organization, accountant), accountant)
        with CaptureQueriesContext(connection) as asked:
            client.get(address("list_waiting_approvals", organization))
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2] < 30


def test_a_finalized_document_is_not_judged(organization: Organization, owner: User) -> None:
    invoice = make_finalized_invoice(organization)
    set_switch(organization, approval_from_amount=Decimal(0))
    for action in (approve.ask_approval, approve.approve_draft, approve.withdraw_approval):
        with pytest.raises(DomainError, match="10001"):
            say(action, organization, invoice, owner)
    assert make_draft(organization).is_draft
