from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from customers.models import Customer
from invoicing.models import Invoice, InvoiceStatus
from payments import queries as ledger
from tenants.clock import local_today
from tenants.models import OutboxRow
from tests.builders import in_organization, lines_of, make_customer, make_draft, reload_invoice
from tests.invoicing.draft_forms import LINE, address, create, text_of, typed

HTMX = {"HX-Request": "true"}


def _numbers(organization: Any) -> list[int]:
    with in_organization(organization):
        rows = Invoice.objects.of(organization).filter(number__isnull=False).order_by("number")
        return [number for number in rows.values_list("number", flat=True) if number is not None]


def test_m_032_the_page_says_what_will_happen_and_the_button_does_it(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    client = client_of(owner)
    path = address("finalize_invoice", organization, draft)
    page = text_of(client.get(path)).replace("\u00a0", " ")
    assert "3 125,00 NOK" in page
    assert "10001" in page
    response = client.post(path)
    assert response.headers["Location"] == address("show_invoice", organization, draft)
    invoice = reload_invoice(organization, draft)
    assert (invoice.number, invoice.status, invoice.finalized_by) == (10001, InvoiceStatus.FINALIZED, str(owner))
    assert invoice.receivable_id
    with in_organization(organization):
        assert ledger.balances(organization.pk, [invoice.receivable_id])[invoice.receivable_id].amount == 3125
        assert OutboxRow.objects.of(organization).filter(subject_id=invoice.pk).count() == 1


def test_from_the_form_the_typed_text_is_stored_checked_and_finalized_at_once(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    today = local_today(organization)
    draft = make_draft(organization, today=today)
    [only] = lines_of(organization, draft)
    line = {**LINE, "id": only.pk.hex, "description": "Siste ord"}
    data = typed([line], version="1", delivery_date=today.isoformat(), then="finalize")
    response = client_of(owner).post(address("update_draft", organization, draft), data, headers=HTMX)
    assert response.headers["HX-Redirect"] == address("show_invoice", organization, draft)
    assert _numbers(organization) == [10001]
    assert lines_of(organization, draft)[0].description == "Siste ord"


def test_without_script_the_form_leads_to_the_page_that_asks(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    response = create(client_of(owner), organization, make_customer(organization), typed(then="finalize"))
    assert response.headers["Location"].endswith("/finalize/")
    assert _numbers(organization) == []


def test_m_003_what_is_missing_keeps_the_draft_a_draft_and_leads_to_the_field(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    draft = make_draft(organization, delivery_date=None)
    [only] = lines_of(organization, draft)
    data = typed([{**LINE, "id": only.pk.hex}], version="1", delivery_date="", then="finalize")
    shown = client.post(address("update_draft", organization, draft), data, headers=HTMX)
    assert shown.status_code == 422
    assert 'href="#id_delivery_date"' in text_of(shown)
    asked = client.post(address("finalize_invoice", organization, draft))
    assert asked.status_code == 422
    assert "#id_delivery_date" in text_of(asked)
    assert _numbers(organization) == []
    assert reload_invoice(organization, draft).status == InvoiceStatus.DRAFT


def test_a_double_click_and_two_people_give_one_number(
    organization: Any, owner: Any, accountant: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    path = address("finalize_invoice", organization, draft)
    client_of(accountant).post(path)
    second = client_of(owner)
    response = second.post(path)
    assert response.headers["Location"] == address("show_invoice", organization, draft)
    page = text_of(second.get(response.headers["Location"]))
    assert "10001" in page
    assert str(accountant) in page
    assert _numbers(organization) == [10001]


def test_a_customer_changed_since_the_check_is_checked_once_more(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    from invoicing.actions import checks

    draft = make_draft(organization)
    real, calls = checks.check_drafts, []

    def check_then_change(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        calls.append(1)
        if len(calls) == 1:
            with in_organization(organization):
                Customer.objects.of(organization).update(city="Flyttet")
        return found

    monkeypatch.setattr(checks, "check_drafts", check_then_change)
    client_of(owner).post(address("finalize_invoice", organization, draft))
    assert len(calls) == 2
    invoice = reload_invoice(organization, draft)
    assert invoice.snapshot is not None
    assert (invoice.number, invoice.snapshot["buyer"]["address"]["city"]) == (10001, "Flyttet")


def test_sums_asked_for_while_the_draft_is_finalized_say_nothing(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    client = client_of(owner)
    client.post(address("finalize_invoice", organization, draft))
    late = client.post(f"{address('compute_totals', organization)}?draft={draft.pk}", typed(), headers=HTMX)
    assert (late.status_code, late.content) == (204, b"")


def test_a_stranger_gets_404_and_those_who_may_only_draft_403(
    organization: Any, stranger: Any, project_manager: Any, case_worker: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    path = address("finalize_invoice", organization, draft)
    assert client_of(stranger).post(path).status_code == 404
    for member in (project_manager, case_worker):
        client = client_of(member)
        assert client.post(path).status_code == 403
        assert "mod+enter" not in text_of(client.get(address("update_draft", organization, draft)))
        [only] = lines_of(organization, draft)
        version = str(reload_invoice(organization, draft).version)
        data = typed([{**LINE, "id": only.pk.hex}], version=version, then="finalize")
        assert client.post(address("update_draft", organization, draft), data).status_code == 403
    assert _numbers(organization) == []


def test_m_017_the_database_refuses_a_number_out_of_turn(organization: Any) -> None:
    draft = make_draft(organization)
    with pytest.raises(DatabaseError), in_organization(organization):
        Invoice.objects.of(organization).filter(pk=draft.pk).update(number=10001)
