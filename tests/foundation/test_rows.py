"""Instances that are made past the ORM's constructor are the ones that the ORM makes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models

from foundation import rows
from foundation.canonical import canonical_text, digest, digest_of_text
from foundation.ids import id_text, uuid7
from invoicing.models import Invoice, InvoiceLine
from payments.models import Posting, VoucherKind
from tenants.models import Organization
from tests import builders


def test_rows_are_loaded_as_the_orm_loads_them(organization: Organization) -> None:
    with builders.in_organization(organization):
        builders.make_draft(organization)
        owned: tuple[Any, ...] = (Invoice, InvoiceLine)
        for model in owned:
            [ours] = rows.load(model, "WHERE organization_id = %s", [organization.pk])
            [theirs] = model.objects.of(organization)
            assert vars(ours) | {"_state": None} == vars(theirs) | {"_state": None}
            assert (ours._state.adding, ours._state.db) == (theirs._state.adding, theirs._state.db)
            assert ours == theirs


def test_the_server_keeps_the_plan_of_a_statement_that_is_asked_again(organization: Organization) -> None:
    kept = "SELECT 1 FROM pg_prepared_statements WHERE strpos(statement, %s) > 0"
    with builders.in_organization(organization):
        for _time in range(3):
            rows.fetch_all("SELECT id FROM invoicing_invoice WHERE organization_id = %s /* again */", [organization.pk])
        with connection.cursor() as cursor:
            cursor.execute(kept, ["/* again */"])
            assert cursor.fetchall() == [(1,)]


def test_a_fresh_row_has_the_defaults_of_its_model() -> None:
    given = {"account_id": uuid7(), "amount": Decimal("1.50"), "id": uuid7()}
    ours, theirs = rows.fresh(Posting, **given), Posting(**given)
    assert vars(ours) | {"_state": None} == vars(theirs) | {"_state": None}
    assert ours._state.adding
    assert ours._state.db is None
    assert rows.fresh(Posting, **given).dimensions is not ours.dimensions  # each has its own


def test_a_fresh_row_refuses_a_column_that_is_not_there() -> None:
    with pytest.raises(TypeError, match="amuont"):
        rows.fresh(Posting, amuont=Decimal(1))


def test_a_model_with_a_constructor_of_its_own_is_made_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    def begin(self: Posting, *values: Any, **named: Any) -> None:
        made.append(named)
        models.Model.__init__(self, *values, **named)

    rows._is_plain.cache_clear()
    monkeypatch.setattr(Posting, "__init__", begin)
    rows.fresh(Posting, amount=Decimal(1))
    rows._is_plain.cache_clear()
    assert made == [{"amount": Decimal(1)}]


def test_every_model_of_ours_may_be_made_quickly() -> None:
    ours = [model for model in apps.get_models() if hasattr(model, "organization_id")]
    assert ours
    assert [model.__name__ for model in ours if not rows._is_plain(model)] == []


def test_a_field_that_was_not_loaded_is_read_all_the_same(organization: Organization) -> None:
    with builders.in_organization(organization):
        invoice = builders.make_draft(organization)
        partly = Invoice.objects.of(organization).only("number").get(pk=invoice.pk)
        assert rows.reader("id", "note")(partly) == (invoice.pk, invoice.note)


def test_a_column_that_was_left_out_is_fetched_when_somebody_asks(
    organization: Organization, django_assert_num_queries: Any
) -> None:
    with builders.in_organization(organization):
        stored = builders.make_finalized_invoice(organization)
        tail, key = "WHERE organization_id = %s AND id = %s", [organization.pk, stored.pk]
        with django_assert_num_queries(1):
            [invoice] = rows.load(Invoice, tail, key, without=("snapshot",))
            assert (invoice.number, invoice.get_deferred_fields()) == (stored.number, {"snapshot"})
        with django_assert_num_queries(1):
            assert invoice.snapshot == stored.snapshot is not None


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        1.5,
        'Å "quoted" \\ line\nend \x00',
        VoucherKind.SALE,
        UUID("0190a5c2-0000-7000-8000-0000000000aa"),
        Decimal("1E+3"),
        date(2026, 2, 1),
        datetime(2026, 2, 1, 12, tzinfo=UTC),
        {},
        [],
        {"ø": [Decimal("1.50"), {"b": None, VoucherKind.SALE: (1, "2")}], "c": {}},
        {1: "a number names it", None: "and nothing"},
    ],
)
def test_rows_are_written_as_json_writes_them(value: Any) -> None:
    line = rows._line_of(("id", "name"))
    written = rows._written(line, [(value, "x"), (1, value)])
    assert written == rows.to_json([{"id": value, "name": "x"}, {"id": 1, "name": value}])


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (Decimal("12.500"), '"12.5"'),
        (Decimal("0E-10"), '"0"'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal("-0.0000001"), '"-0.0000001"'),
        (Decimal("100"), '"100"'),
        (date(2026, 2, 1), '"2026-02-01"'),
        (datetime(2026, 2, 1, 12, tzinfo=UTC), '"2026-02-01T12:00:00.000000Z"'),
        (UUID("0190a5c2-0000-7000-8000-0000000000aa"), '"0190a5c2-0000-7000-8000-0000000000aa"'),
        ({"b": "ø", "a": [None, True]}, '{"a":[null,true],"b":"ø"}'),
    ],
)
def test_the_canonical_spelling_stays_as_it_is(value: Any, spelling: str) -> None:
    assert canonical_text(value) == spelling
    assert digest(value) == digest_of_text(spelling)


def test_an_id_is_written_with_its_hyphens() -> None:
    row_id = uuid7()
    assert id_text(row_id) == str(row_id)
