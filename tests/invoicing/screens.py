"""What a person reads on the screens of a document: the amounts, whatever marks their language writes them with."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.test import Client
from lxml import html

from invoicing.models import Invoice
from tenants.models import Organization

AMOUNT = re.compile(r"(?<![\d.,])\d{1,3}(?:[\u00a0.,]\d{3})*[.,]\d{2}(?!\d)")


def amounts_in(text: str) -> set[Decimal]:
    """Every amount with two decimals, without its sign."""
    return {Decimal(re.sub(r"\D", "", match)).scaleb(-2) for match in AMOUNT.findall(text)}


def amounts_on_page(client: Client, organization: Organization, invoice: Invoice) -> set[Decimal]:
    """The amounts on the page of one document."""
    answer = client.get(f"/{organization.slug}/invoices/{invoice.pk}/")
    assert answer.status_code == 200, answer.status_code
    return amounts_in(_text(html.fromstring(answer.content).find(".//main")))


def amounts_in_list(client: Client, organization: Organization) -> dict[UUID, set[Decimal]]:
    """The amounts in each row of the list's first page, highest numbers first."""
    answer = client.get(f"/{organization.slug}/invoices/", {"sort": "-number"})
    assert answer.status_code == 200, answer.status_code
    rows = {}
    for row in html.fromstring(answer.content).iterfind(".//tbody/tr"):
        link = row.find(".//a")
        if link is not None:
            rows[UUID(str(link.get("href")).rstrip("/").rsplit("/", 1)[1])] = amounts_in(_text(row))
    return rows


def missing_amounts(invoice: Invoice, page: set[Decimal], row: set[Decimal] | None) -> list[str]:
    """What a document comes to and a reader does not find."""
    wanted = {"payable": invoice.payable_amount, "VAT": invoice.vat_amount, "net": invoice.net_amount}
    found = [
        f"{name} {amount} is not on the page" for name, amount in wanted.items() if amount and abs(amount) not in page
    ]
    if row is None or abs(invoice.payable_amount) not in row:
        found.append(f"payable {invoice.payable_amount} is not in the list ({row})")
    return found


def _text(element: Any) -> str:
    assert element is not None
    return " | ".join(str(part) for part in element.itertext())
