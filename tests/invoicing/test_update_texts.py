"""Texts of the company's own: copied into new drafts in the customer's language, never into what is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from invoicing.actions import drafts
from invoicing.models import DocumentText
from tenants.context import organization_context
from tenants.models import AuditEntry
from tests import builders

SHOW = "/nordlys/settings/texts/"
SAVE = "/nordlys/settings/texts/save/"


def save(client: Any, language: str, **texts: str) -> Any:
    data = {"invoice_note": "", "credit_note": "", "correction": "", **texts}
    return client.post(f"{SAVE}?language={language}", data)


def stored(organization: Any) -> dict[tuple[str, str], str]:
    with builders.in_organization(organization):
        return {(row.place, row.language): row.text for row in DocumentText.objects.exclude(text="")}


def test_a_new_draft_begins_with_the_text_in_its_customers_language(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)
    written = builders.make_draft(organization)
    assert save(client, "nb", invoice_note="Takk for oppdraget.").status_code == 302
    assert save(client, "sv", invoice_note="Tack för uppdraget.").status_code == 302

    swedish = builders.make_customer(organization, language="sv")
    assert builders.make_draft(organization).note == "Takk for oppdraget."
    assert builders.make_draft(organization, swedish).note == "Tack för uppdraget."
    assert builders.make_draft(organization, note="Egen tekst").note == "Egen tekst"
    assert builders.make_draft(organization, note="").note == ""
    assert builders.reload_invoice(organization, written).note == ""
    page = client.get(f"/nordlys/invoices/new/?customer={swedish.pk}").content.decode()
    assert "Tack för uppdraget." in page
    assert "Tack för uppdraget." in client.get(f"{SHOW}?language=sv").content.decode()


def test_another_customer_brings_the_text_in_another_language_and_leaves_what_was_typed(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)
    save(client, "nb", invoice_note="Takk for oppdraget.")
    save(client, "sv", invoice_note="Tack för uppdraget.")
    swedish = builders.make_customer(organization, language="sv")
    for note, expected in (("Takk for oppdraget.", "Tack för uppdraget."), ("Egen tekst", "Egen tekst"), ("", "")):
        draft = builders.make_draft(organization, note=note)
        with organization_context(organization.pk):
            drafts.change_customer(
                organization,
                draft.pk,
                customer=swedish,
                actor=builders.actor_of(organization),
                today=builders.TODAY,
            )
        assert builders.reload_invoice(organization, draft).note == expected


def test_a_credit_note_has_a_text_of_its_own(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization, note="Takk for oppdraget.")
    assert builders.make_credit_note_draft(organization, invoice).note == "Takk for oppdraget."
    save(client_of(owner), "nb", credit_note="Beløpet trekkes fra neste faktura.")
    other = builders.make_finalized_invoice(organization)
    assert builders.make_credit_note_draft(organization, other).note == "Beløpet trekkes fra neste faktura."


def test_documents_carry_the_footer_in_their_language_and_keep_it(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)
    with builders.in_organization(organization):
        type(organization).objects.filter(pk=organization.pk).update(document_footer="For alle språk")
        organization.refresh_from_db()
    save(client, "sv", footer="Tack för förtroendet.")
    swedish = builders.make_customer(organization, language="sv")
    before = builders.make_finalized_invoice(organization, swedish, language="sv")
    norwegian = builders.make_finalized_invoice(organization)
    save(client, "sv", footer="Något annat.")
    after = builders.make_finalized_invoice(organization, swedish, language="sv")

    snapshots = [builders.reload_invoice(organization, invoice).snapshot for invoice in (before, norwegian, after)]
    footers = [snapshot["seller"]["footer"] for snapshot in snapshots if snapshot]
    assert footers == ["Tack för förtroendet.", "For alle språk", "Något annat."]
    assert "Tack för förtroendet." in client.get(f"/nordlys/invoices/{before.pk}/").content.decode()


def test_a_footer_is_one_short_line(organization: Any, owner: Any, client_of: Any) -> None:
    response = save(client_of(owner), "nb", footer="x" * 201)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["footer"]


def test_strangers_find_nothing_and_readers_change_nothing(
    organization: Any, stranger: Any, auditor: Any, project_manager: Any, client_of: Any
) -> None:
    assert save(client_of(stranger), "nb", invoice_note="Fremmed").status_code == 404
    assert save(client_of(auditor), "nb", invoice_note="Les").status_code == 403
    assert client_of(project_manager).get(SHOW).status_code == 403
    assert client_of(auditor).get(SHOW).status_code == 200
    assert stored(organization) == {}


def test_what_does_not_hold_is_refused_at_its_field(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    response = save(client, "nb", invoice_note="x" * 2001)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["invoice_note"]
    assert save(client, "fi", invoice_note="Kiitos").status_code == 404
    assert stored(organization) == {}


def test_saving_the_same_twice_writes_one_line(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    for _time in range(2):
        save(client, "nb", invoice_note="Takk.")
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="document_text.changed").count() == 1


def test_the_database_refuses_it_too(organization: Any) -> None:
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        DocumentText.objects.create(organization=organization, place="margin", language="nb", text="Hei")
