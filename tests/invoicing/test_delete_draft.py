from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from invoicing.models import Invoice
from tenants import queries as tenants
from tests.builders import in_organization, make_draft, make_finalized_invoice
from tests.invoicing.draft_forms import address


def _exists(organization: Any, invoice: Invoice) -> bool:
    with in_organization(organization):
        return Invoice.objects.of(organization).filter(pk=invoice.pk).exists()


def test_m_071_a_draft_is_gone_and_the_audit_trail_knows_it(
    organization: Any, project_manager: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    client = client_of(project_manager)
    response = client.post(address("delete_draft", organization, draft))
    assert response.headers["Location"] == address("list_invoices", organization)
    assert not _exists(organization, draft)
    with in_organization(organization):
        verbs = [entry.verb for entry in tenants.list_history(organization, subject_id=draft.pk)]
    assert verbs[0] == "draft.deleted"
    assert client.post(address("delete_draft", organization, draft)).status_code == 404


def test_a_stranger_gets_404_an_auditor_403_and_a_link_deletes_nothing(
    organization: Any, owner: Any, stranger: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    path = address("delete_draft", organization, draft)
    assert client_of(stranger).post(path).status_code == 404
    assert client_of(auditor).post(path).status_code == 403
    assert client_of(owner).get(path).status_code == 405
    assert _exists(organization, draft)


def test_a_finalized_invoice_is_never_deleted(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    response = client_of(owner).post(address("delete_draft", organization, invoice))
    assert response.headers["Location"] == address("show_invoice", organization, invoice)
    assert _exists(organization, invoice)
    with pytest.raises(DatabaseError), in_organization(organization):
        Invoice.objects.of(organization).filter(pk=invoice.pk).delete()
