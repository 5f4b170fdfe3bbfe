"""Any document as it was: what its draft said, how it stood when it was frozen, and what is new since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from invoicing.actions import drafts
from invoicing.models import Invoice
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


def page(client: Client, organization: Organization, invoice_id: Any, at: datetime | None = None) -> Any:
    address = reverse("invoicing:show_invoice_as_of", args=[organization.slug, invoice_id])
    return client.get(address, {"at": at.isoformat()} if at else {})


def update(organization: Organization, draft: Invoice, lines: list[dict[str, Any]], **header: Any) -> None:
    with organization_context(organization.pk):
        with builders.in_organization(organization):
            stored = Invoice.objects.of(organization).get(pk=draft.pk)
        drafts.update_draft(
            organization,
            draft.pk,
            header={"delivery_date": builders.TODAY, **header},
            lines=lines,
            version=stored.version,
            actor=builders.actor_of(organization),
            today=builders.TODAY,
        )


def test_m_084_a_draft_is_shown_as_it_was(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    draft = builders.make_draft(organization, lines=[builders.line("Rådgivning")], note="Første")
    between = timezone.now()
    update(organization, draft, [builders.line("Rådgivning"), builders.line("Reise")], note="Annen")

    then = page(client_of(owner), organization, draft.pk, between).context["then"]
    assert then.stage == "draft"
    assert [line["description"] for line in then.lines] == ["Rådgivning"]
    assert "Første" in {field.value for field in then.said}
    assert ("Første", "Annen") in {(field.then, field.now) for field in then.changed}


def test_a_finalized_invoice_before_it_was_finalized_is_a_draft(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    draft = builders.make_draft(organization)
    between = timezone.now()
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    client = client_of(owner)

    before = page(client, organization, draft.pk, between).context["then"]
    assert before.stage == "draft"
    assert ("", str(invoice.number)) in {(field.then, field.now) for field in before.changed}
    after = page(client, organization, draft.pk)
    assert after.context["then"].stage == "finalized"
    assert after.context["then"].changed == []
    assert "paper" in after.context


def test_a_frozen_invoice_shows_what_was_open_then_and_the_credit_since(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    between = timezone.now()
    note = builders.make_credit_note_draft(organization, invoice)
    [note] = builders.finalize_drafts(organization, [note.pk])
    then = page(client_of(owner), organization, invoice.pk, between).context["then"]

    changed = {(field.then.replace("\u00a0", ""), field.now.replace("\u00a0", "")) for field in then.changed}
    assert ("3125,00", "0,00") in changed
    assert ("", str(note.number)) in changed
    assert len(changed) == 4, "status, balance, credited, credit notes"


def test_the_owner_then_is_told_from_the_trail(
    organization: Organization, owner: User, accountant: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client = client_of(owner)
    set_owner = reverse("invoicing:set_owner", args=[organization.slug, invoice.pk])
    client.post(set_owner, {"owner": owner.pk})
    between = timezone.now()
    client.post(set_owner, {"owner": accountant.pk})
    then = page(client, organization, invoice.pk, between).context["then"]

    assert [(field.then, field.now) for field in then.changed] == [(str(owner), str(accountant))]


def test_before_it_was_begun_there_was_nothing(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    draft = builders.make_draft(organization)
    answer = page(client_of(owner), organization, draft.pk, draft.created_at - timedelta(days=1))

    assert (answer.status_code, answer.context["then"].stage) == (200, "nothing")


def test_a_deleted_draft_is_still_shown_as_it_was(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    draft = builders.make_draft(organization, lines=[builders.line("Rådgivning")])
    between = timezone.now()
    with organization_context(organization.pk):
        drafts.delete_draft(organization, draft.pk, actor=builders.actor_of(organization))
    client = client_of(owner)

    assert page(client, organization, draft.pk, between).context["then"].stage == "draft"
    assert page(client, organization, draft.pk).context["then"].stage == "deleted"


def test_another_organization_and_nothing_at_all_give_404(
    organization: Organization, owner: User, stranger: User, client_of: Callable[[Any], Client]
) -> None:
    draft = builders.make_draft(organization)

    assert page(client_of(stranger), organization, draft.pk).status_code == 404
    assert page(client_of(owner), organization, uuid4()).status_code == 404


def test_the_same_page_says_the_amounts_of_the_document(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    lines = [builders.line(quantity=Decimal("1.5")), builders.line("Reise")]
    draft = builders.make_draft(organization, lines=lines, due_date=date(2026, 12, 24))
    text = page(client_of(owner), organization, draft.pk).content.decode()

    assert "24.12.2026" in text
    assert "1\u00a0875,00" in text or "1 875,00" in text
