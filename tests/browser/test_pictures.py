"""The pictures of the README are made here, from the application as it is; BILAG_WRITE_PICTURES=1 puts them in docs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, ViewportSize

from invoicing.actions import documents
from tenants.context import organization_context
from tests import builders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROOT = Path(settings.BASE_DIR)
KEPT = ROOT / "docs" / "pictures"
MADE = KEPT if os.environ.get("BILAG_WRITE_PICTURES") == "1" else ROOT / "var" / "pictures"
SMALLEST_BYTES = 10_000
CUSTOMERS = {
    "Havgløtt Verksted AS": "810000007",
    "Solvik Regnskap AS": "",
    "Nordhavn Idrettslag": "",
    "Bryggekanten Drift AS": "",
    "Fjelltun Borettslag": "",
}
WORK = [
    ("Rådgivning, styremøte", "7.5", "1250"),
    ("Prosjektledelse", "12", "1180"),
    ("Kurs i bokføring", "2", "4900"),
    ("Gjennomgang av avtaler", "3.25", "1250"),
]
SIZE = ViewportSize(width=1280, height=860)


@pytest.fixture
def shown(live_server: Any, organization: Any, owner: Any, client_of: Callable[[Any], Any]) -> dict[str, str]:
    """The pages to be shown, by the names of their pictures."""
    customers = [
        builders.make_customer(organization, name=name, organization_number=number, buyer_reference="")
        for name, number in CUSTOMERS.items()
    ]
    invoices = []
    for place in range(9):
        lines = [
            builders.line(text, quantity=Decimal(quantity), unit_price=Decimal(price))
            for text, quantity, price in WORK[: place % 4 + 1]
        ]
        day = builders.TODAY - timedelta(days=4 * (9 - place))
        invoices.append(builders.make_finalized_invoice(organization, customers[place % 5], lines=lines, today=day))
    note = builders.make_credit_note_draft(organization, invoices[2])
    builders.finalize_drafts(organization, [note.pk])
    lines = [
        builders.line(text, quantity=Decimal(quantity), unit_price=Decimal(price)) for text, quantity, price in WORK[:3]
    ]
    draft = builders.make_draft(organization, customers[0], lines=lines)
    with organization_context(organization.pk):
        documents.render_documents(organization, invoices[-1].pk, actor=builders.actor_of(organization))
    return {
        "overview": f"/{organization.slug}/",
        "invoice-list": f"/{organization.slug}/invoices/",
        "invoice": f"/{organization.slug}/invoices/{invoices[-1].pk}/",
        "draft": f"/{organization.slug}/invoices/{draft.pk}/edit/",
        "number-ledger": f"/{organization.slug}/number-ledger/",
    }


def test_the_pictures_are_made(
    shown: dict[str, str], owner: Any, client_of: Callable[[Any], Any], open_page: Callable[..., Page], live_server: Any
) -> None:
    owner.language = "en"
    owner.save()
    MADE.mkdir(parents=True, exist_ok=True)
    client = client_of(owner)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = open_page(color_scheme="light")
    page.set_viewport_size(SIZE)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    for name, path in shown.items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        page.screenshot(path=MADE / f"{name}.png")
        assert (MADE / f"{name}.png").stat().st_size > SMALLEST_BYTES
    printer = shutil.which("pdftoppm")
    if printer:
        pdf = client.get(f"{shown['invoice']}pdf/").content
        command = [printer, "-png", "-singlefile", "-r", "90", "-", str(MADE / "document")]
        subprocess.run(command, input=pdf, check=True)
        assert (MADE / "document.png").stat().st_size > SMALLEST_BYTES


def test_every_picture_that_the_readme_names_is_there() -> None:
    named = re.findall(r"docs/pictures/([\w-]+\.png)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [name for name in named if not (KEPT / name).is_file()] == []
