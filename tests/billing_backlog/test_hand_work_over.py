"""From ready work to the customer's page: drafts made, read, confirmed and given back on the screens."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing_backlog.models import BacklogSettings, Proforma
from billing_backlog.queries.proformas import visible_proformas
from invoicing.models import Attachment, Invoice
from tenants.models import Organization
from tests import builders
from tests.builders import in_organization, make_contract_line, take_work, work

pytestmark = pytest.mark.django_db


def at(organization: Organization, name: str, *ids: Any) -> str:
    return reverse(f"billing_backlog:{name}", args=[organization.slug, *ids])


def only_proforma(organization: Organization) -> Proforma:
    with in_organization(organization):
        return visible_proformas(organization, None).get()


def test_m_029_m_048_chosen_work_becomes_a_draft_once_and_what_comes_late_is_added_to_it(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    line = make_contract_line(organization)
    first = take_work(organization, work(line, performed_by="Nora Nord"), ready=True)
    browser: Client = client_of(owner)
    chosen = {"item": [item.pk.hex for item in first]}
    page = browser.post(at(organization, "create_proformas"), chosen)
    assert page.status_code == 200
    assert [group.count for group in page.context["groups"]] == [1]
    form = {**chosen, "confirmed": "1", "key": page.context["key"]}
    for _twice in range(2):
        assert browser.post(at(organization, "create_proformas"), form).status_code == 302
    proforma = only_proforma(organization)

    late = take_work(organization, work(line, text="Kom sent"), ready=True)
    page = browser.get(at(organization, "create_proformas"), {"contract": str(line.contract_id)})
    assert [group.there.pk for group in page.context["groups"]] == [proforma.invoice_id]
    form = {"item": late[0].pk.hex, "confirmed": "1", "key": page.context["key"], "adds": "1"}
    browser.post(at(organization, "create_proformas"), form)
    assert only_proforma(organization).invoice.net_amount == 5000
    assert not browser.get(at(organization, "create_proformas"), {"contract": str(line.contract_id)}).context["groups"]

    take_work(organization, work(line, text="Kom enda senere"), ready=True)
    panel = browser.get(at(organization, "panel_proforma", proforma.invoice_id)).content.decode()
    assert "Kom enda senere" in panel
    [offered] = browser.get(at(organization, "show_proforma", proforma.pk)).context["offered"]
    browser.post(at(organization, "pull_in", proforma.pk), {"item": offered.item.pk.hex})
    assert only_proforma(organization).invoice.net_amount == 7500


def test_m_022_m_050_m_067_the_manager_confirms_own_drafts_and_the_customer_reads_why_each_line_is_there(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    manager = builders.make_member(organization, "project_manager")
    mine = make_contract_line(organization, builders.make_project(organization, manager=manager))
    other = make_contract_line(organization, builders.make_project(organization, number="2205"))
    for line in (mine, other):
        items = take_work(organization, work(line, performed_by="Nora Nord"), ready=True)
        builders.make_proformas_of(organization, items, waits_for=None)
    with in_organization(organization):
        BacklogSettings.objects.create(organization=organization, attaches_timesheet=True)
        own = visible_proformas(organization, None).get(contract_id=mine.contract_id)
        foreign = visible_proformas(organization, None).get(contract_id=other.contract_id)
    browser: Client = client_of(manager)
    assert [row.proforma.pk for row in browser.get(at(organization, "list_proformas")).context["rows"]] == [own.pk]
    assert browser.get(at(organization, "show_proforma", foreign.pk)).status_code == 404
    assert browser.post(at(organization, "confirm_draft", foreign.pk), {"version": "1"}).status_code == 404
    assert browser.post(at(organization, "return_proforma", own.pk), {"reason": "Nei"}).status_code == 403
    stale = browser.post(at(organization, "confirm_draft", own.pk), {"version": "99"})
    assert stale.status_code == 422
    page = browser.get(at(organization, "show_proforma", own.pk))
    browser.post(at(organization, "confirm_draft", own.pk), {"version": page.context["invoice"].version})
    accountant: Client = client_of(owner)
    listed = accountant.get(at(organization, "list_proformas"), {"state": "confirmed"}).context["rows"]
    assert [row.proforma.pk for row in listed] == [own.pk]
    with in_organization(organization):
        [attached] = Attachment.objects.filter(invoice_id=own.invoice_id)
        assert attached.name.endswith(".pdf")

    [invoice] = builders.finalize_drafts(organization, [own.invoice_id])
    row = accountant.get(at(organization, "list_proformas"), {"state": "invoiced"}).context["rows"][0]
    assert (row.proforma.invoice.number, row.tone) == (invoice.number, "final")
    with in_organization(organization):
        stored = Invoice.objects.get(pk=invoice.pk)
    text = Client().get(builders.make_link(organization, stored), follow=True).content.decode()
    assert "Nora Nord" in text
    assert "K-2204, Rådgivning" in text


def test_names_are_hidden_from_customers_where_the_company_wants_it_and_a_timesheet_holds_no_formula(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    with in_organization(organization):
        BacklogSettings.objects.create(organization=organization, hides_names=True)
    items = take_work(
        organization, work(make_contract_line(organization), performed_by="Nora Nord", text="=1+1"), ready=True
    )
    [proforma] = builders.make_proformas_of(organization, items)
    browser: Client = client_of(owner)
    sheet = browser.get(at(organization, "download_timesheet", proforma.pk), {"as": "csv"})
    assert sheet["X-Content-Type-Options"] == "nosniff"
    assert "'=1+1" in sheet.content.decode()
    assert "Nora" not in sheet.content.decode()
    for _twice in range(2):
        browser.post(at(organization, "attach_timesheet", proforma.pk), {"as": "csv"})
    with in_organization(organization):
        assert Attachment.objects.filter(invoice_id=proforma.invoice_id).count() == 1
    [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])
    with in_organization(organization):
        stored = Invoice.objects.get(pk=invoice.pk)
    text = Client().get(builders.make_link(organization, stored), follow=True).content.decode()
    assert "Rammeavtale" in text
    assert "Nora Nord" not in text
    assert "Petra Prosjekt" not in text
