"""manage.py organizations: every organization with its counts."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from tenants.models import Organization
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "backup"])


def test_lists_every_organization_with_its_counts(organization: Organization, other_organization: Organization) -> None:
    builders.make_product(organization)
    invoice = builders.make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    builders.make_draft(organization)
    call_command("organizations", "--json", stdout=(out := StringIO()))
    fremmed, nordlys = json.loads(out.getvalue())["organizations"]
    assert nordlys == {
        "slug": "nordlys",
        "name": "Nordlys Rådgivning AS",
        "country": "NO",
        "members": 1,
        "customers": 2,
        "products": 1,
        "drafts": 1,
        "invoices": 1,
        "credit_notes": 1,
    }
    assert (fremmed["slug"], fremmed["customers"], fremmed["invoices"]) == ("fremmed", 0, 0)
    call_command("organizations", stdout=(out := StringIO()))
    assert "nordlys: Nordlys Rådgivning AS (NO), 1 members, 2 customers, 1 products, 1 drafts" in out.getvalue()


def test_says_when_there_are_none() -> None:
    call_command("organizations", stdout=(out := StringIO()))
    assert out.getvalue() == "There are no organizations.\n"
