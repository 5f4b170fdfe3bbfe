"""Many drafts are made by as many statements as one, in their order, all or none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.actions import drafts
from invoicing.actions.beginnings import Beginning
from invoicing.actions.drafts import NewDraft
from invoicing.models import DraftVersion, Invoice, InvoiceFollowUp
from tests import builders


def _new(customer: Any, quantity: int, **more: Any) -> NewDraft:
    line = builders.line(quantity=Decimal(quantity))
    return NewDraft(customer=customer, header={"delivery_date": builders.TODAY}, lines=[line, line], **more)


def _create(organization: Any, new: list[NewDraft]) -> list[Invoice]:
    with builders.in_organization(organization):
        return drafts.create_drafts(organization, new, actor=builders.actor_of(organization), today=builders.TODAY)


def test_each_is_what_it_would_be_alone(organization: Any) -> None:
    customers = [builders.make_customer(organization, name=f"Kunde {place} AS", language="da") for place in range(3)]
    made = _create(organization, [_new(customer, place + 1) for place, customer in enumerate(customers)])
    for place, invoice in enumerate(made):
        alone = builders.make_draft(organization, customers[place], [builders.line(quantity=Decimal(place + 1))] * 2)
        stored = builders.reload_invoice(organization, invoice)
        for name in (
            "customer_id",
            "payable_amount",
            "vat_amount",
            "language",
            "payment_terms_days",
            "note",
            "version",
        ):
            assert getattr(stored, name) == getattr(alone, name), name
        lines = builders.lines_of(organization, invoice)
        assert [line.source["kind"] for line in lines] == ["added", "added"]
        assert [line.position for line in lines] == [1, 2]
    with builders.in_organization(organization):
        keys = [invoice.pk for invoice in made]
        assert DraftVersion.objects.filter(invoice_id__in=keys).count() == 3
        assert InvoiceFollowUp.objects.filter(invoice_id__in=keys).count() == 3


def test_a_hundred_take_as_many_statements_as_one(organization: Any) -> None:
    customer = builders.make_customer(organization)
    _create(organization, [_new(customer, 1)])
    with CaptureQueriesContext(connection) as one:
        _create(organization, [_new(customer, 1)])
    with CaptureQueriesContext(connection) as many:
        _create(organization, [_new(customer, 1) for _each in range(100)])
    assert len(many) == len(one)


def test_one_that_is_stored_already_keeps_all_back(organization: Any) -> None:
    customer, key = builders.make_customer(organization), uuid4()
    _create(organization, [_new(customer, 1, beginning=Beginning(invoice_id=key))])
    with pytest.raises(drafts.DraftIsMade):
        _create(organization, [_new(customer, 1), _new(customer, 2, beginning=Beginning(invoice_id=key))])
    with builders.in_organization(organization):
        assert Invoice.objects.count() == 1
