"""How an organization sends: its order of channels, deadlines, copies and envelopes; a customer's own order."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from config.importing.columns import CUSTOMER_COLUMNS, typed_cells
from config.importing.customers import CustomerImport
from config.importing.exporting import _cell
from customers.models import Customer
from invoicing.dispatching import queries as sendings
from invoicing.models import DeliverySettings
from tenants.audit_words import line_of
from tenants.looking_back import word_of
from tenants.models import AuditEntry
from tests import builders
from tests.invoicing import deliveries

RULES = {
    "version": "1",
    "channel_1": "email",
    "channel_2": "paper",
    "channel_3": "",
    "channel_4": "",
    "sends_when_finalized": "on",
    "copy_to": "arkiv@nordlys.example",
    "email_deadline_hours": "12",
    "ehf_deadline_hours": "48",
    "paper_deadline_hours": "72",
    "link_days_after_paid": "60",
    "window_left_mm": "22",
    "window_top_mm": "50",
}


def save(client: Any, organization: Any, **changes: str) -> Any:
    return client.post(reverse("invoicing:update_sending", args=[organization.slug]), {**RULES, **changes})


def rules_of(organization: Any) -> DeliverySettings:
    with builders.in_organization(organization):
        return sendings.settings_of(organization)


def test_the_rules_are_saved_used_and_written_down(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    invoice = deliveries.finalized(organization)
    assert client.get(reverse("invoicing:show_sending", args=[organization.slug])).status_code == 200

    assert save(client, organization).status_code == 302

    rules = rules_of(organization)
    assert (rules.order, rules.email_deadline_hours, rules.window_left_mm) == (["email", "paper"], 12, 22)
    assert (rules.leaves_ehf, rules.copy_to, rules.version) == (False, "arkiv@nordlys.example", 2)
    with builders.in_organization(organization):
        plan = sendings.plan_for(organization, invoice, now=timezone.now())
        assert [step.channel for step in plan.steps] == ["email", "paper"]
        line = AuditEntry.objects.of(organization).get(verb="sending.changed")
        assert line.facts["changes"]["channels"] == ["ehf, email, paper", "email, paper"]
    assert any("EHF" in text for _name, text in line_of(line).details)


def test_the_same_save_twice_changes_once_and_a_stale_one_nothing(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)
    save(client, organization)
    assert save(client, organization, version="2").status_code == 302
    with builders.in_organization(organization):
        assert AuditEntry.objects.of(organization).filter(verb="sending.changed").count() == 1

    stale = save(client, organization, email_deadline_hours="99")

    assert stale.status_code == 422
    assert b'name="version" value="2"' in stale.content
    assert stale.context["differences"]
    assert rules_of(organization).email_deadline_hours == 12


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel_2": "email"}, "channel_2"),
        ({"channel_1": "", "channel_2": ""}, "channel_1"),
        ({"channel_1": "pigeon"}, "channel_1"),
        ({"email_deadline_hours": "0"}, "email_deadline_hours"),
        ({"paper_deadline_hours": "100000"}, "paper_deadline_hours"),
        ({"window_left_mm": "200"}, "window_left_mm"),
        ({"copy_to": "a@b.example\r\nBcc: c@d.example"}, "copy_to"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, changes: dict[str, str], field: str
) -> None:
    answer = save(client_of(owner), organization, **changes)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert rules_of(organization)._state.adding


def test_strangers_find_nothing_and_others_may_look_alone(
    organization: Any, stranger: Any, auditor: Any, case_worker: Any, client_of: Any
) -> None:
    url = reverse("invoicing:show_sending", args=[organization.slug])
    assert client_of(stranger).get(url).status_code == 404
    assert save(client_of(stranger), organization).status_code == 404
    assert client_of(auditor).get(url).status_code == 200
    assert save(client_of(auditor), organization).status_code == 403
    assert client_of(case_worker).get(url).status_code == 403


def test_a_customers_own_order_wins_and_is_listed(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization, name="Papirløs AS")
    client = client_of(owner)
    address = reverse("customers:update_customer", args=[organization.slug, customer.pk])
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}

    answer = client.post(address, {**data, "channel_1": "paper", "channel_2": "email"})

    assert answer.status_code == 302
    with builders.in_organization(organization):
        stored = Customer.objects.of(organization).get(pk=customer.pk)
        assert stored.channels == ["paper", "email"]
        line = AuditEntry.objects.of(organization).get(verb="customer.changed")
        assert line.facts["changes"]["channels"] == ["", "paper, email"]
    page = client.get(reverse("invoicing:show_sending", args=[organization.slug])).content.decode()
    assert "Papirløs AS" in page
    twice = client.post(address, {**data, "version": "2", "channel_1": "paper", "channel_2": "paper"})
    assert twice.status_code == 422


def test_an_order_goes_out_and_comes_back_in_a_file(organization: Any) -> None:
    customer = builders.make_customer(organization, channels=["paper", "ehf"])
    column = next(each for each in CUSTOMER_COLUMNS if each.name == "channels")

    cell = _cell(customer, column, {})
    typed = typed_cells(CUSTOMER_COLUMNS, {"channels": str(cell), "name": customer.name}, ",")
    with builders.in_organization(organization):
        incoming, problems = CustomerImport(organization).incoming(typed, customer)
        nonsense, told = CustomerImport(organization).incoming({"name": "X", "channels": ["pigeon"]}, None)

    assert typed["channels"] == ["paper", "ehf"]
    assert problems == []
    assert incoming is not None
    assert incoming.changes == {}
    assert nonsense is None
    assert told


def test_a_customer_as_it_was_tells_its_order_in_words(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization, channels=["paper", "ehf"])
    column = Customer._meta.get_field("channels")

    with translation.override("en"):
        assert word_of(column, customer.channels) == "Paper, EHF"
        assert word_of(column, []) == ""
    page = client_of(owner).get(reverse("customers:show_customer", args=[organization.slug, customer.pk]))
    assert page.context["channels"]
