from collections.abc import Callable
from typing import Any

from django.test import Client

from invoicing.models import Invoice, InvoiceStatus
from tests.builders import (
    finalize_drafts,
    in_organization,
    line,
    lines_of,
    make_credit_note_draft,
    make_draft,
    make_finalized_invoice,
)
from tests.invoicing.draft_forms import address


def _drafts(organization: Any) -> list[Invoice]:
    with in_organization(organization):
        return list(Invoice.objects.of(organization).filter(status=InvoiceStatus.DRAFT))


def test_m_089_a_clone_is_a_draft_with_the_same_lines_and_without_dates_and_number(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, lines=[line("A", detail="mer"), line("B")], note="Hei")
    response = client_of(owner).post(address("clone_invoice", organization, invoice))
    [draft] = _drafts(organization)
    assert response.headers["Location"] == address("update_draft", organization, draft)
    assert (draft.note, draft.number, draft.delivery_date, draft.issue_date) == ("Hei", None, None, None)
    assert [each.description for each in lines_of(organization, draft)] == ["A", "B"]
    assert draft.payable_amount == invoice.payable_amount


def test_a_draft_can_be_cloned_and_a_credit_note_cannot(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    client = client_of(owner)
    client.post(address("clone_invoice", organization, draft))
    assert len(_drafts(organization)) == 2
    note = make_credit_note_draft(organization, make_finalized_invoice(organization))
    finalize_drafts(organization, [note.pk])
    assert client.post(address("clone_invoice", organization, note)).status_code == 302
    assert len(_drafts(organization)) == 2


def test_a_stranger_gets_404_and_an_auditor_403(
    organization: Any, stranger: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    path = address("clone_invoice", organization, invoice)
    assert client_of(stranger).post(path).status_code == 404
    assert client_of(auditor).post(path).status_code == 403
    assert _drafts(organization) == []
