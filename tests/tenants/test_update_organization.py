"""The settings of a company: changed by those who may, read by auditors, never on what is finalized."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.forms import contrast_with_white
from tenants.models import AuditEntry, Organization
from tests import builders

COMPANY = "/nordlys/settings/"
SAVE = "/nordlys/settings/company/save/"
DOCUMENTS = "/nordlys/settings/documents/"


def company_data(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Nordlys Rådgivning AS",
        "organization_number": "123 456 785",
        "is_vat_registered": "on",
        "is_in_company_register": "on",
        "street": "Nygata 1",
        "street_2": "",
        "postal_code": "0000",
        "city": "Solvik",
        "email": "",
        "phone": "",
        "website": "",
        "national_id_purpose": "",
        **changes,
    }


def stored(organization: Any) -> Organization:
    with builders.in_organization(organization):
        return Organization.objects.get(pk=organization.pk)


def test_details_are_changed_once_and_written_down(organization: Any, accountant: Any, client_of: Any) -> None:
    client = client_of(accountant)
    assert client.get(COMPANY).status_code == 200
    for _time in range(2):
        assert client.post(SAVE, company_data()).status_code == 302
    assert stored(organization).street == "Nygata 1"
    with builders.in_organization(organization):
        entry = AuditEntry.objects.get(verb="organization.changed")
    assert entry.facts["changes"]["street"] == ["Bryggeveien 4", "Nygata 1"]


def test_documents_keep_what_they_were_finalized_with(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client_of(owner).post(SAVE, company_data(name="Et Annet Navn AS"))
    assert "Et Annet Navn" not in str(builders.reload_invoice(organization, invoice).snapshot)


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, auditor: Any, case_worker: Any, client_of: Any
) -> None:
    for path in (SAVE, f"{DOCUMENTS}save/"):
        assert client_of(stranger).post(path, company_data()).status_code == 404
        assert client_of(auditor).post(path, company_data()).status_code == 403
    assert client_of(auditor).get(COMPANY).status_code == 200
    assert client_of(auditor).get(DOCUMENTS).status_code == 200
    assert client_of(case_worker).get(COMPANY).status_code == 403
    assert stored(organization).street == "Bryggeveien 4"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"organization_number": "123456789"}, "organization_number"),
        ({"name": ""}, "name"),
        ({"street": "a\x00"}, "street"),
        ({"email": "x"}, "email"),
        ({"website": "x" * 500}, "website"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, changes: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(SAVE, company_data(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert stored(organization).street == "Bryggeveien 4"


@pytest.mark.parametrize(
    ("color", "is_taken"), [("#1f5f74", True), ("", True), ("#ffff00", False), ("red", False), ("#12345", False)]
)
def test_a_colour_must_be_readable_on_white(
    organization: Any,
    owner: Any,
    client_of: Any,
    color: str,
    is_taken: bool,  # noqa: FBT001 - a table of cases
) -> None:
    data = {"language": "da", "payment_terms_days": "30", "accent_color": color, "document_footer": ""}
    response = client_of(owner).post(f"{DOCUMENTS}save/", data)
    assert response.status_code == (302 if is_taken else 422)
    assert stored(organization).language == ("da" if is_taken else "nb")


def test_contrast_is_that_of_the_standard() -> None:
    assert round(contrast_with_white("#000000"), 2) == 21
    assert round(contrast_with_white("#ffffff"), 2) == 1
    assert round(contrast_with_white("#767676"), 2) == 4.54
