from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from invoicing.drafting.composition import due_date_of
from invoicing.models import Invoice, InvoiceLine
from tenants import queries as tenants
from tests.builders import (
    in_organization,
    line,
    lines_of,
    make_customer,
    make_draft,
    make_finalized_invoice,
    reload_invoice,
)
from tests.invoicing.draft_forms import LINE, address, text_of, typed

HTMX = {"HX-Request": "true"}


def _with_id(stored: InvoiceLine, **changes: str) -> dict[str, str]:
    return {**LINE, "id": stored.pk.hex, **changes}


def test_a_draft_is_stored_as_typed_and_its_lines_keep_their_ids(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=[line("A"), line("B"), line("C")])
    first, second, third = lines_of(organization, draft)
    lines = [_with_id(third, description="C2"), _with_id(first, description="A"), {**LINE, "description": "D"}]
    client = client_of(owner)
    response = client.post(
        address("update_draft", organization, draft), typed(lines, version="1", order_reference="4711")
    )
    assert response.status_code == 302
    now = lines_of(organization, draft)
    assert [(each.description, each.position) for each in now] == [("C2", 1), ("A", 2), ("D", 3)]
    assert [each.pk for each in now[:2]] == [third.pk, first.pk]
    assert second.pk not in {each.pk for each in now}
    stored = reload_invoice(organization, draft)
    assert (stored.version, stored.order_reference, stored.payable_amount) == (2, "4711", Decimal("9378.75"))
    with in_organization(organization):
        newest = tenants.list_history(organization, subject_id=draft.pk).first()
    assert newest is not None
    assert newest.facts["changes"]["order_reference"] == ["", "4711"]


def test_htmx_gets_the_form_anew_with_the_next_version(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    path = address("update_draft", organization, draft)
    text = text_of(client_of(owner).post(path, typed([_with_id(only)], version="1"), headers=HTMX))
    assert "<html" not in text
    assert 'name="version" value="2"' in text
    assert 'id="messages"' in text


def test_a_stale_save_changes_nothing_and_shows_both_versions(
    organization: Any, owner: Any, accountant: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    path = address("update_draft", organization, draft)
    client_of(accountant).post(path, typed([_with_id(only, unit_price="10")], version="1", note="Først lagret"))
    response = client_of(owner).post(path, typed([_with_id(only, unit_price="20")], version="1", note="Også skrevet"))
    text = text_of(response)
    assert response.status_code == 422
    assert "Først lagret" in text
    assert "Også skrevet" in text
    assert "Accountant" in text
    assert 'name="version" value="2"' in text
    stored = reload_invoice(organization, draft)
    assert (stored.note, stored.version) == ("Først lagret", 2)
    again = client_of(owner).post(path, typed([_with_id(only, unit_price="20")], version="2", note="Også skrevet"))
    assert again.status_code == 302
    assert reload_invoice(organization, draft).note == "Også skrevet"


def test_m_063_a_new_invoice_date_drops_a_due_date_typed_for_the_old_one(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, issue_date=date(2026, 11, 1), due_date=date(2026, 11, 8), has_own_due_date=True)
    [only] = lines_of(organization, draft)
    head = {"issue_date": "2026-11-10", "due_date": "2026-11-08", "version": "1"}
    response = client_of(owner).post(address("update_draft", organization, draft), typed([_with_id(only)], **head))
    assert response.status_code == 422  # due before issued: said, not mended in silence
    head["due_date"] = ""
    client_of(owner).post(address("update_draft", organization, draft), typed([_with_id(only)], **head))
    stored = reload_invoice(organization, draft)
    assert (stored.has_own_due_date, stored.due_date) == (False, None)


def test_m_063_the_due_date_follows_the_terms_and_a_typed_one_holds_until_the_date_changes(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, issue_date=date(2026, 11, 1))
    [only] = lines_of(organization, draft)
    browser, path, told = client_of(owner), address("update_draft", organization, draft), []
    for issued, due in [("2026-11-01", ""), ("2026-11-01", "2026-11-30"), ("2026-11-10", "2026-11-30")]:
        version = str(reload_invoice(organization, draft).version)
        browser.post(path, typed([_with_id(only)], issue_date=issued, due_date=due, version=version))
        stored = reload_invoice(organization, draft)
        told.append((stored.has_own_due_date, due_date_of(stored, date(2026, 11, 21))))
    assert told == [(False, date(2026, 11, 15)), (True, date(2026, 11, 30)), (False, date(2026, 11, 24))]


def test_the_check_says_what_is_missing_and_where_to_mend_it(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, delivery_date=None)
    [only] = lines_of(organization, draft)
    path = address("update_draft", organization, draft)
    data = typed([_with_id(only)], version="1", delivery_date="", then="check")
    text = text_of(client_of(owner).post(path, data, headers=HTMX))
    assert 'href="#id_delivery_date"' in text
    assert "§ 5-1-1" in text
    assert 'href="#id_delivery_date"' in text_of(client_of(owner).get(path))


def test_the_customer_can_be_another_one(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    draft = make_draft(organization)
    other = make_customer(organization, name="Solvik Eiendom AS", language="en")
    path = address("change_customer", organization, draft)
    client = client_of(owner)
    assert "Solvik Eiendom AS" in text_of(client.get(path, {"q": "solvik"}))
    assert client.post(path, {"customer": str(other.pk)}).status_code == 302
    stored = reload_invoice(organization, draft)
    assert (stored.customer_id, stored.language) == (other.pk, "en")


def test_what_is_typed_is_kept_when_the_customer_is_changed_from_the_form(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    data = typed([_with_id(only, description="Nytt")], version="1", then="customer")
    response = client_of(owner).post(address("update_draft", organization, draft), data)
    assert response.headers["Location"] == address("change_customer", organization, draft)
    assert lines_of(organization, draft)[0].description == "Nytt"


def test_a_line_of_another_draft_is_not_taken_over(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    victim, draft = make_draft(organization), make_draft(organization)
    [foreign] = lines_of(organization, victim)
    data = typed([_with_id(foreign, description="Tatt")], version="1")
    client_of(owner).post(address("update_draft", organization, draft), data)
    assert lines_of(organization, victim)[0].description == "Rådgivning"
    assert lines_of(organization, draft)[0].pk != foreign.pk


def test_a_stranger_gets_404_and_an_auditor_403_and_sees_the_preview(
    organization: Any, stranger: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    path = address("update_draft", organization, draft)
    assert client_of(stranger).get(path).status_code == 404
    assert client_of(stranger).post(path, typed(version="1")).status_code == 404
    assert client_of(auditor).get(path).status_code == 403
    assert client_of(auditor).post(path, typed(version="1")).status_code == 403
    shown = client_of(auditor).get(address("show_invoice", organization, draft))
    assert shown.headers["Location"] == address("preview_draft", organization, draft)
    assert "Faktura" in text_of(client_of(auditor).get(shown.headers["Location"]))
    assert reload_invoice(organization, draft).version == 1


def test_the_id_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    strange = make_draft(other_organization)
    client = client_of(owner)
    for name in ("show_invoice", "update_draft", "preview_draft", "change_customer", "finalize_invoice"):
        assert client.get(address(name, organization, strange)).status_code == 404
    path = f"{address('compute_totals', organization)}?draft={strange.pk}"
    assert client.post(path, typed()).status_code == 404


def test_a_finalized_document_is_not_changed_and_says_who_finalized_it(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    client = client_of(owner)
    response = client.post(address("update_draft", organization, invoice), typed(version="1", note="endret"))
    assert response.headers["Location"] == address("show_invoice", organization, invoice)
    assert "10001" in text_of(client.get(response.headers["Location"]))
    assert reload_invoice(organization, invoice).note == ""


def test_the_database_refuses_to_change_a_finalized_document(organization: Any) -> None:
    invoice = make_finalized_invoice(organization)
    with pytest.raises(DatabaseError), in_organization(organization):
        Invoice.objects.of(organization).filter(pk=invoice.pk).update(note="endret")
    with pytest.raises(DatabaseError), in_organization(organization):
        InvoiceLine.objects.of(organization).filter(invoice_id=invoice.pk).update(description="endret")
