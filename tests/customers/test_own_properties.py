"""Own properties of customers and documents: defined, filled in, changed, taken out of use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from customers.models import Customer, CustomProperty
from customers.own_values import OwnValueRefused, stored_value
from invoicing.actions.follow_up import set_custom_properties
from invoicing.models import InvoiceFollowUp
from tenants.context import organization_context
from tenants.models import AuditEntry
from tests.builders import actor_of, in_organization, make_customer, make_finalized_invoice, make_property
from tests.customers.customer_form import customer_data

SignIn = Callable[[Any], Client]


def _address(name: str, organization: Any, *ids: Any) -> str:
    return reverse(f"customers:{name}", args=[organization.slug, *ids])


def _rows(organization: Any) -> list[CustomProperty]:
    with in_organization(organization):
        return list(CustomProperty.objects.order_by("position"))


def _create(client: Client, organization: Any, **changes: str) -> Any:
    data = {"subject": "invoice", "name": "Avdeling", "kind": "choice", "words": "Nord\nSør\nNord", **changes}
    return client.post(_address("create_property", organization), data)


def test_a_property_is_defined_renamed_moved_and_taken_out_of_use(
    organization: Any, accountant: Any, client_of: SignIn
) -> None:
    client = client_of(accountant)
    assert _create(client, organization).status_code == 302
    assert _create(client, organization, name="Frist", kind="date", words="").status_code == 302
    first, second = _rows(organization)
    assert (first.choices, second.choices) == (["Nord", "Sør"], [])
    client.post(_address("move_property", organization, second.pk), {"way": "up"})
    assert [row.name for row in _rows(organization)] == ["Frist", "Avdeling"]
    client.post(_address("change_property", organization, first.pk), {"name": "Region", "words": "Nord\nØst"})
    client.post(_address("archive_property", organization, second.pk))
    client.post(_address("archive_property", organization, second.pk))
    rows = {row.name: row for row in _rows(organization)}
    assert rows["Region"].choices == ["Nord", "Øst"]
    assert rows["Frist"].is_archived
    client.post(_address("restore_property", organization, second.pk))
    assert not any(row.is_archived for row in _rows(organization))
    with in_organization(organization):
        assert AuditEntry.objects.filter(verb="property.archived").count() == 1


def test_values_on_a_customer_are_kept_by_their_kind_and_shown_again(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    number = make_property(organization, subject="customer", name="Rabatt", kind="number")
    word = make_property(organization, subject="customer", name="Avtale", kind="choice", choices=["A", "B"])
    client = client_of(owner)
    form = customer_data(**{f"own-{number.pk}": "12,50", f"own-{word.pk}": "B"})
    assert client.post(_address("create_customer", organization), form).status_code == 302
    with in_organization(organization):
        [customer] = Customer.objects.all()
    assert customer.custom_properties == {str(number.pk): "12.50", str(word.pk): "B"}
    page = client.get(_address("update_customer", organization, customer.pk)).content.decode()
    assert 'value="12,50"' in page or 'value="12,5"' in page
    form = customer_data(version=str(customer.version), **{f"own-{number.pk}": "", f"own-{word.pk}": "B"})
    assert client.post(_address("update_customer", organization, customer.pk), form).status_code == 302
    with in_organization(organization):
        assert Customer.objects.get().custom_properties == {str(word.pk): "B"}
        assert AuditEntry.objects.get(verb="customer.changed").facts["changes"] == {"Rabatt": ["12.50", ""]}


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("number", "tolv"),
        ("number", "1" * 19),
        ("date", "2026-13-01"),
        ("choice", "C"),
        ("text", "x" * 201),
        ("text", "a\x00"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_name(organization: Any, kind: str, typed: str) -> None:
    row = make_property(organization, kind=kind, name="Avtale", choices=["A"] if kind == "choice" else [])
    with pytest.raises(OwnValueRefused, match="Avtale"):
        stored_value(row, typed, "nb")


def test_m_117_values_stay_changeable_on_a_finalized_invoice(organization: Any) -> None:
    row = make_property(organization, kind="date", name="Frist")
    invoice = make_finalized_invoice(organization)
    for _again in range(2):
        with organization_context(organization.pk):
            set_custom_properties(organization, invoice.pk, {str(row.pk): "2026-12-24"}, actor=actor_of(organization))
    with organization_context(organization.pk), pytest.raises(OwnValueRefused):
        set_custom_properties(organization, invoice.pk, {str(row.pk): "jul"}, actor=actor_of(organization))
    with in_organization(organization):
        assert InvoiceFollowUp.objects.get(invoice=invoice).custom_properties == {str(row.pk): "2026-12-24"}
        assert AuditEntry.objects.filter(verb="invoice.properties_set").count() == 1


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"words": ""}, {"words": "A,B"}, {"kind": "colour"}, {"name": "avdeling"}]
)
def test_a_definition_that_will_not_do_is_refused(
    organization: Any, owner: Any, client_of: SignIn, changes: dict[str, str]
) -> None:
    make_property(organization, name="Avdeling")
    assert _create(client_of(owner), organization, **{"name": "Ny", **changes}).status_code == 422
    assert len(_rows(organization)) == 1


def test_who_may_not_edit_settings_is_refused_and_strangers_find_nothing(
    organization: Any, auditor: Any, stranger: Any, client_of: SignIn
) -> None:
    row = make_property(organization)
    assert client_of(auditor).get(_address("list_custom_properties", organization)).status_code == 200
    assert _create(client_of(auditor), organization).status_code == 403
    assert client_of(stranger).post(_address("archive_property", organization, row.pk)).status_code == 404


def test_the_database_refuses_two_of_one_name_and_words_on_what_is_no_choice(organization: Any) -> None:
    make_property(organization, name="Avdeling")
    with pytest.raises(IntegrityError, match="custom_property_name_is_unique"), transaction.atomic():
        make_property(organization, name="Avdeling")
    with pytest.raises(IntegrityError, match="only_choices_have_choices"), transaction.atomic():
        make_property(organization, name="B", choices=["x"])
    with pytest.raises(IntegrityError, match="custom_property_kind_is_known"), transaction.atomic():
        make_property(organization, name="C", kind="colour")


def test_a_customer_keeps_values_of_a_property_that_is_out_of_use(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    row = make_property(organization, subject="customer")
    other = make_property(organization, subject="customer", name="Annen")
    customer = make_customer(organization, custom_properties={str(row.pk): "gammel"})
    client = client_of(owner)
    client.post(_address("archive_property", organization, row.pk))
    form = customer_data(version=str(customer.version), **{f"own-{other.pk}": "ny"})
    assert client.post(_address("update_customer", organization, customer.pk), form).status_code == 302
    with in_organization(organization):
        assert Customer.objects.get().custom_properties == {str(row.pk): "gammel", str(other.pk): "ny"}
