"""Any customer, product, company setting or bank account as it was at a chosen moment, and what has changed since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from customers.actions import customers as customer_actions
from customers.actions import products as product_actions
from customers.models import Contact, Customer, CustomProperty, Product
from tenants import actions, queries
from tenants.context import organization_context
from tenants.looking_back import MomentNotUnderstood, field_value, look_back, parse_moment
from tenants.models import BankAccount, Organization, RecordVersion, User
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def page(client: Client, name: str, organization: Organization, *ids: Any, at: datetime | str = "") -> Any:
    moment = at.isoformat() if isinstance(at, datetime) else at
    return client.get(reverse(name, args=[organization.slug, *ids]), {"at": moment} if moment else {})


def changes_of(answer: Any) -> dict[str, tuple[str, str]]:
    return {field.label: (field.then, field.now) for field in answer.context["look"].changed}


def said_of(answer: Any) -> dict[str, str]:
    return {field.label: field.value for field in answer.context["look"].said}


def update_customer(organization: Organization, customer: Customer, **values: Any) -> None:
    with organization_context(organization.pk):
        with builders.in_organization(organization):
            version = Customer.objects.of(organization).get(pk=customer.pk).version
        customer_actions.update_customer(
            organization, customer.pk, values=values, version=version, actor=builders.actor_of(organization)
        )


def test_a_customer_is_shown_as_it_was(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    customer = builders.make_customer(organization, payment_terms_days=14)
    between = timezone.now()
    update_customer(organization, customer, name="Havgløtt Gruppen AS", payment_terms_days=30)

    answer = page(client, "customers:show_customer_as_of", organization, customer.pk, at=between)
    with translation.override(owner.language):
        labels = {field.name: str(field.verbose_name) for field in Customer._meta.concrete_fields}
    name, terms = labels["name"], labels["payment_terms_days"]
    assert said_of(answer)[name] == "Havgløtt Verksted AS"
    assert changes_of(answer) == {
        name: ("Havgløtt Verksted AS", "Havgløtt Gruppen AS"),
        terms: ("14", "30"),
    }
    assert len(answer.context["moments"]) == 2
    # Today nothing is different.
    assert changes_of(page(client, "customers:show_customer_as_of", organization, customer.pk)) == {}


def test_the_people_at_a_customer_are_shown_as_they_were(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    customer = builders.make_customer(organization)
    other = builders.make_customer(organization)
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        kari, ola, _elsewhere = (
            customer_actions.add_contact(
                organization, whose.pk, values={"name": name, "email": f"{name}@havglott.example"}, actor=actor
            )
            for whose, name in ((customer, "Kari"), (customer, "Ola"), (other, "Per"))
        )
        between = timezone.now()
        customer_actions.remove_contact(organization, customer.pk, ola.pk, actor=actor)
        customer_actions.add_contact(organization, customer.pk, values={"name": "Liv"}, actor=actor)
    with builders.in_organization(organization):
        Contact.objects.of(organization).filter(pk=kari.pk).update(phone="22 00 00 00")

    client = client_of(owner)
    then = page(client, "customers:show_customer_as_of", organization, customer.pk, at=between).context["parts"]
    assert [(part.name, bool(part.since)) for part in then] == [("Kari", True), ("Ola", True)]
    assert then[0].details == "Kari@havglott.example"
    assert then[0].since != then[1].since
    now = page(client, "customers:show_customer_as_of", organization, customer.pk).context["parts"]
    assert [(part.name, part.since) for part in now] == [("Kari", ""), ("Liv", "")]


def test_properties_of_ones_own_are_told_by_their_names(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        region = CustomProperty.objects.create(organization=organization, subject="customer", name="Region")
        Customer.objects.of(organization).filter(pk=customer.pk).update(custom_properties={str(region.pk): "Nord"})
    between = timezone.now()
    with builders.in_organization(organization):
        Customer.objects.of(organization).filter(pk=customer.pk).update(custom_properties={str(region.pk): "Sør"})

    answer = page(client_of(owner), "customers:show_customer_as_of", organization, customer.pk, at=between)
    assert changes_of(answer) == {"Region": ("Nord", "Sør")}


def test_a_price_is_shown_digit_for_digit(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    product = builders.make_product(organization, unit_price=Decimal("99999999999999.9999"))
    between = timezone.now()
    with organization_context(organization.pk):
        product_actions.archive_product(
            organization, product.pk, actor=builders.actor_of(organization), now=timezone.now()
        )

    answer = page(client_of(owner), "customers:show_product_as_of", organization, product.pk, at=between)
    with translation.override(owner.language):
        price = next(str(field.verbose_name) for field in Product._meta.concrete_fields if field.name == "unit_price")
    shown = said_of(answer)[price].replace("\u00a0", "").replace(",", ".")
    assert Decimal(shown) == Decimal("99999999999999.9999")
    assert len(changes_of(answer)) == 1, "out of use since"


def test_the_company_and_its_accounts_are_shown_as_they_were(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    between = timezone.now()
    with organization_context(organization.pk):
        actions.update_organization(organization, {"name": "Nordlys Gruppen AS"}, actor=builders.actor_of(organization))
    with builders.in_organization(organization):
        account = BankAccount.objects.of(organization).get()
        BankAccount.objects.of(organization).update(name="Driftskonto")

    company = page(client, "tenants:show_company_as_of", organization, at=between)
    assert list(changes_of(company).values()) == [("Nordlys Rådgivning AS", "Nordlys Gruppen AS")]
    bank = page(client, "tenants:show_bank_account_as_of", organization, account.pk, at=between)
    assert list(changes_of(bank).values()) == [("", "Driftskonto")]


def test_before_anything_is_kept_the_page_says_so_and_since_when(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    customer = builders.make_customer(organization)
    answer = page(client_of(owner), "customers:show_customer_as_of", organization, customer.pk, at="2020-01-01")

    look = answer.context["look"]
    assert (answer.status_code, look.is_known, look.said) == (200, False, [])
    assert look.kept_since is not None
    assert field_value(look.kept_since, organization) in answer.content.decode().replace("%3A", ":")


def test_what_was_removed_is_said_to_be_removed(organization: Organization) -> None:
    product = builders.make_product(organization)
    with builders.in_organization(organization):
        Product.objects.of(organization).filter(pk=product.pk).delete()
        look = look_back(organization, Product, product.pk, timezone.now())
        earlier = queries.first_version_moment(organization, product.pk)
        assert earlier is not None
        before = look_back(organization, Product, product.pk, earlier)

    assert look.is_removed
    assert not before.is_removed
    assert before.said


def test_a_record_that_nothing_is_kept_of_says_so(organization: Organization) -> None:
    with builders.in_organization(organization):
        look = look_back(organization, Customer, uuid4(), timezone.now())

    assert (look.is_known, look.kept_since, look.moments) == (False, None, [])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T14:00", datetime(2026, 11, 20, 13, 0, tzinfo=UTC)),
        ("2026-11-20 14:00:30", datetime(2026, 11, 20, 13, 0, 30, tzinfo=UTC)),
        ("2026-07-01T14:00", datetime(2026, 7, 1, 12, 0, tzinfo=UTC)),
        ("2026-11-20T14:00:00+00:00", datetime(2026, 11, 20, 14, 0, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, 22, 59, 59, 999999, tzinfo=UTC)),
        ("2026-11-21", NOW),  # the end of today has not been: what holds now
        ("", NOW),
    ],
)
def test_a_moment_is_read_where_the_organization_is(organization: Organization, text: str, moment: datetime) -> None:
    assert parse_moment(text, organization, now=NOW) == moment


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "2026-11-22", "0001-01-01T00:00", "2026-11-20T25:00", "9" * 80]
)
def test_what_is_no_moment_is_refused(organization: Organization, text: str) -> None:
    with pytest.raises(MomentNotUnderstood):
        parse_moment(text, organization, now=NOW)


def test_a_field_never_shows_an_earlier_moment_than_was_meant(organization: Organization) -> None:
    moment = NOW + timedelta(microseconds=1)

    assert parse_moment(field_value(moment, organization), organization, now=NOW + timedelta(days=1)) >= moment


def test_a_wrong_moment_is_answered_beside_its_field(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    answer = page(client_of(owner), "tenants:show_company_as_of", organization, at="<script>")

    assert answer.status_code == 422
    assert escape("<script>") in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_national_ids_are_in_no_version(organization: Organization) -> None:
    customer = builders.make_customer(organization, kind="consumer", organization_number="")
    with builders.in_organization(organization):
        Customer.objects.of(organization).filter(pk=customer.pk).update(national_id_lookup="a" * 64, name="Ny")
        kept = RecordVersion.objects.of(organization).filter(subject_id=customer.pk)
        assert not any("national_id" in key for version in kept for key in version.content)


def test_another_organization_gets_404(
    organization: Organization, stranger: User, client_of: Callable[[Any], Client]
) -> None:
    customer = builders.make_customer(organization)

    assert page(client_of(stranger), "customers:show_customer_as_of", organization, customer.pk).status_code == 404


def test_the_number_of_questions_does_not_grow_with_the_versions(
    organization: Organization, owner: User, client_of: Callable[[Any], Client], django_assert_max_num_queries: Any
) -> None:
    customer = builders.make_customer(organization)
    for count in range(60):
        with builders.in_organization(organization):
            Customer.objects.of(organization).filter(pk=customer.pk).update(notes=f"note {count}")
    client = client_of(owner)
    page(client, "customers:show_customer_as_of", organization, customer.pk)
    with django_assert_max_num_queries(30):
        answer = page(client, "customers:show_customer_as_of", organization, customer.pk)
    assert len(answer.context["moments"]) == 40
