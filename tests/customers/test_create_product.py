"""Products: written, changed, found, taken out of use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Product
from tests import builders
from tests.customers.customer_form import product_data

NEW = "/nordlys/products/new/"
LIST = "/nordlys/products/"


def stored(organization: Any) -> list[Product]:
    with builders.in_organization(organization):
        return list(Product.objects.order_by("number"))


def test_a_product_is_written_with_its_price_as_typed(organization: Any, accountant: Any, client_of: Any) -> None:
    client = client_of(accountant)
    assert client.get(NEW).status_code == 200
    assert client.post(NEW, product_data(gtin="4006381333931", price_includes_vat="on")).status_code == 302
    [product] = stored(organization)
    assert (product.unit_price, product.price_includes_vat) == (Decimal("1250.50"), True)
    assert (product.gtin, product.revenue_account, product.unit_code) == ("4006381333931", "3000", "HUR")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit_price": "-1"}, "unit_price"),
        ({"unit_price": "1,23456789012"}, "unit_price"),
        ({"unit_price": "much"}, "unit_price"),
        ({"unit_price": "9" * 15}, "unit_price"),
        ({"unit_price": "NaN"}, "unit_price"),
        ({"gtin": "4006381333932"}, "gtin"),
        ({"unit_code": "ZZ"}, "unit_code"),
        ({"vat_treatment": "none"}, "vat_treatment"),
        ({"revenue_account": "1500"}, "revenue_account"),
        ({"number": ""}, "number"),
        ({"name": "a\x00"}, "name"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, changes: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(NEW, product_data(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert stored(organization) == []


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, case_worker: Any, client_of: Any
) -> None:
    product = builders.make_product(organization)
    one = f"{LIST}{product.pk}/"
    for path in (NEW, one, f"{one}archive/", f"{one}restore/"):
        assert client_of(stranger).post(path, product_data()).status_code == 404
        assert client_of(case_worker).post(path, product_data()).status_code == 403
    assert [item.version for item in stored(organization)] == [1]


def test_a_product_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, client_of: Any
) -> None:
    foreign = builders.make_product(other_organization)
    for verb in ("", "archive/", "restore/"):
        assert client_of(owner).post(f"{LIST}{foreign.pk}/{verb}", product_data()).status_code == 404
    assert stored(organization) == []


def test_a_number_stands_once(organization: Any, owner: Any, client_of: Any) -> None:
    builders.make_product(organization, number="100")
    response = client_of(owner).post(NEW, product_data(number="100"))
    assert response.status_code == 422
    assert "number" in response.context["form"].errors
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Product.objects.create(organization=organization, number="100", name="X", unit_price=1)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Product.objects.create(organization=organization, number="101", name="X", unit_price=-1)


def test_a_stale_save_is_refused_and_can_be_saved_again(organization: Any, owner: Any, client_of: Any) -> None:
    product = builders.make_product(organization)
    client = client_of(owner)
    one = f"{LIST}{product.pk}/"
    assert client.post(one, product_data(name="Først", version="1")).status_code == 302
    response = client.post(one, product_data(name="Sist", version="1"))
    assert response.status_code == 422
    assert stored(organization)[0].name == "Først"
    again = product_data(name="Sist", version=str(response.context["version"]))
    assert client.post(one, again).status_code == 302
    assert stored(organization)[0].name == "Sist"


def test_a_product_goes_out_of_use_and_comes_back(organization: Any, owner: Any, client_of: Any) -> None:
    product = builders.make_product(organization)
    client = client_of(owner)
    client.post(f"{LIST}{product.pk}/archive/")
    assert client.get(LIST).context["products"] == []
    assert len(client.get(LIST, {"show": "archived"}).context["products"]) == 1
    client.post(f"{LIST}{product.pk}/restore/")
    assert len(client.get(LIST).context["products"]) == 1


def test_the_list_asks_few_questions_and_finds(organization: Any, auditor: Any, client_of: Any) -> None:
    builders.make_product(organization, number="100", name="Rådgivning <b>")
    client = client_of(auditor)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        page = client.get(LIST)
    assert b"<b>&lt;b" not in page.content
    for number in range(20):
        builders.make_product(organization, number=f"2{number:02}", name="Annet")
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few) <= 16
    assert len(client.get(LIST, {"q": "rådgiv"}).context["products"]) == 1
    assert len(client.get(LIST, {"q": "2\x0000"}).context["products"]) == 1
