"""Expenses, material and fees: what was paid, what is put on top, the receipt, and what of it the customer gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from billing_backlog.actions.ready import mark_ready
from billing_backlog.models import BacklogItem, ContractLine, WorkEntry
from foundation import files
from invoicing.models import Attachment
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders
from tests.billing_backlog.test_approve_work import approve, led_by
from tests.builders import in_organization
from tests.invoicing.pdf_samples import logo_png

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def said(line: ContractLine, day: date, **more: Any) -> dict[str, Any]:
    return {
        "kind": "expense", "target": f"l:{line.pk}", "day": day.isoformat(), "quantity": "1", "unit_code": "NAR",
        "unit_price": "400", "text": "Drosje", "is_billable": "on", **more,
    }  # fmt: skip


def test_an_expense_goes_with_its_receipt_and_mark_up_to_the_invoice(
    organization: Organization, owner: User, project_manager: User, client_of: SignIn
) -> None:
    line, today, browser = led_by(organization, project_manager), local_today(organization), client_of(owner)
    photo = SimpleUploadedFile("kvittering <1>.exe", logo_png(), "text/html")
    sent = said(line, today, markup_percent="12,5", receipt=photo, sends_receipt="on", submit="1")

    assert browser.post("/nordlys/work/new/", sent).status_code == 302
    with in_organization(organization):
        entry = WorkEntry.objects.get()
    assert (entry.receipt_media_type, entry.receipt_name.endswith(".png")) == ("image/png", True)
    shown = client_of(project_manager).get(f"/nordlys/work/{entry.pk}/receipt/")
    assert (shown.status_code, shown.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert shown.content == files.load(str(organization.pk), entry.receipt_sha256)
    approve(organization, project_manager, entry)
    with in_organization(organization):
        item = BacklogItem.objects.get()
    assert (item.unit_price, item.rule_price, item.price_includes_vat) == (Decimal(450), Decimal(450), False)
    assert "12" in item.price_rule

    with organization_context(organization.pk):
        mark_ready(organization, [item.pk], actor=builders.actor_of(organization), now=timezone.now())
    [proforma] = builders.make_proformas_of(organization, [item])
    with in_organization(organization):
        attached = Attachment.objects.get(invoice_id=proforma.invoice_id)
    assert (attached.sha256, attached.name) == (entry.receipt_sha256, entry.receipt_name)


def test_what_is_no_receipt_or_no_price_is_refused(organization: Organization, owner: User, client_of: SignIn) -> None:
    line, today, browser = led_by(organization, owner), local_today(organization), client_of(owner)
    product = builders.make_product(organization, unit_price=Decimal(90))
    program = SimpleUploadedFile("kvittering.pdf", b"MZ\x90\x00 this is a program", "application/pdf")
    table = SimpleUploadedFile("kvittering.csv", b"a;b\n1;2\n", "text/csv")
    material = {"kind": "material", "product": product.number, "unit_price": "80"}
    for wrong, field in (
        ({"receipt": program}, "receipt"),
        ({"receipt": table}, "receipt"),
        ({"unit_price": ""}, "unit_price"),
        ({"unit_price": "-1"}, "unit_price"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"target": "l:01a20160-902d-75de-b938-cd0cdbaaaf26"}, "target"),
        ({"kind": "material", "product": "finnes ikke"}, "product"),
        (material, "price_reason"),
    ):
        answer = browser.post("/nordlys/work/new/", said(line, today, **wrong))
        assert (answer.status_code, f'id="id_{field}_error"' in answer.content.decode()) == (422, True), wrong
    with in_organization(organization):
        assert WorkEntry.objects.count() == 0

    browser.post("/nordlys/work/new/", said(line, today, **material, price_reason="Avtalt"))
    with in_organization(organization):
        entry = WorkEntry.objects.get()
    change = said(line, today, **material, price_reason="Avtalt pris", version="1")
    assert browser.post(f"/nordlys/work/{entry.pk}/", change).status_code == 302
    assert browser.post(f"/nordlys/work/{entry.pk}/", change | {"text": "Noe annet"}).status_code == 422  # stale
    browser.post("/nordlys/work/submit/", {"id": entry.pk})
    approve(organization, owner, entry)
    with in_organization(organization):
        item = BacklogItem.objects.get()
    assert (item.unit_price, item.rule_price, item.price_reason) == (Decimal(80), Decimal(90), "Avtalt pris")
