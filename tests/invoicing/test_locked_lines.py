"""Fields that a line's source has decided are shown with the reason, and nothing that is sent changes them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from invoicing.models import Invoice
from tests.builders import line, lines_of, make_draft, reload_invoice
from tests.invoicing.draft_forms import address, page_of, shown_form, text_of

LOCKED = ["quantity", "unit_code", "dimensions"]


@pytest.fixture
def draft(organization: Any) -> Invoice:
    """A draft with one line that comes from a time sheet."""
    source = {"kind": "work", "id": "7", "label": "P-7"}
    return make_draft(
        organization,
        lines=[{**line("Timer"), "product_number": "100", "source": source, "locked_fields": LOCKED,
                "dimensions": {"project": "7"}}],
    )  # fmt: skip


def test_what_is_decided_elsewhere_is_read_only_and_says_by_what(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    [stored] = lines_of(organization, draft)
    key = stored.pk.hex
    page = page_of(text_of(client.get(address("update_draft", organization, draft))))
    quantity, unit, price = (
        page.get_element_by_id(f"{key}-{name}") for name in ("quantity", "unit_code", "unit_price")
    )
    assert quantity.get("readonly") is not None
    assert quantity.get("aria-describedby") == f"{key}-locked"
    assert unit.get("disabled") is not None
    assert price.get("readonly") is None
    assert price.get("aria-describedby") is None
    reason = page.get_element_by_id(f"{key}-locked").text_content()
    assert "P-7" in reason
    assert "Antall" in reason
    assert "Pris" not in reason


def test_the_form_is_saved_without_losing_what_it_does_not_send(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    [stored] = lines_of(organization, draft)
    key = stored.pk.hex
    data = shown_form(text_of(client.get(address("update_draft", organization, draft))))
    assert f"{key}-unit_code" not in data  # a browser sends nothing of a disabled list
    response = client.post(address("update_draft", organization, draft), data | {f"{key}-unit_price": "900"})
    assert response.status_code == 302
    [after] = lines_of(organization, draft)
    assert (after.unit_price, after.unit_code, after.product_number) == (Decimal(900), "HUR", "100")
    assert after.dimensions == {"project": "7"}


def test_what_is_sent_of_a_locked_field_changes_nothing(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    [stored] = lines_of(organization, draft)
    key = stored.pk.hex
    data = shown_form(text_of(client.get(address("update_draft", organization, draft))))
    forged = {f"{key}-quantity": "99", f"{key}-unit_code": "KGM", f"{key}-project": "8"}
    assert client.post(address("update_draft", organization, draft), data | forged).status_code == 302
    [after] = lines_of(organization, draft)
    assert (after.quantity, after.unit_code, after.dimensions) == (Decimal(2), "HUR", {"project": "7"})
    assert reload_invoice(organization, draft).net_amount == Decimal("2500.00")
