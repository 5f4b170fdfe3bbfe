"""What stays changeable on a frozen invoice: its owner and own properties, each with what it said before; its links."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from customers.models import CustomProperty
from invoicing.actions import drafts
from invoicing.models import Invoice, InvoiceFollowUp
from tenants.context import organization_context
from tenants.models import AuditEntry, Organization, User
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


def show(client: Client, organization: Organization, invoice: Invoice) -> Any:
    return client.get(reverse("invoicing:show_invoice", args=[organization.slug, invoice.pk]))


def give(client: Client, organization: Organization, invoice: Invoice, owner: Any) -> Any:
    address = reverse("invoicing:set_owner", args=[organization.slug, invoice.pk])
    return client.post(address, {"owner": owner})


def owner_of(organization: Organization, invoice: Invoice) -> User | None:
    with builders.in_organization(organization):
        row = InvoiceFollowUp.objects.of(organization).select_related("owner").get(invoice_id=invoice.pk)
        return row.owner


def changes(organization: Organization) -> int:
    with builders.in_organization(organization):
        return AuditEntry.objects.of(organization).filter(verb="invoice.owner_changed").count()


def test_m_069_a_frozen_invoice_gets_an_owner(
    organization: Organization, owner: User, project_manager: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    answer = give(client_of(project_manager), organization, invoice, owner.pk)

    assert answer.url == reverse("invoicing:show_invoice", args=[organization.slug, invoice.pk])
    assert owner_of(organization, invoice) == owner
    assert give(client_of(project_manager), organization, invoice, "").status_code == 302
    assert owner_of(organization, invoice) is None
    page = show(client_of(owner), organization, invoice)
    assert [earlier.value for values in page.context["earlier"].values() for earlier in values] == [str(owner), ""]


def test_htmx_gets_the_part_that_changed(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    address = reverse("invoicing:set_owner", args=[organization.slug, invoice.pk])
    answer = client_of(owner).post(address, {"owner": owner.pk}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert 'id="follow-up"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_another_organization_gets_404(
    organization: Organization, stranger: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    assert give(client_of(stranger), organization, invoice, stranger.pk).status_code == 404


def test_who_may_not_follow_up_gets_403(
    organization: Organization, auditor: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    assert give(client_of(auditor), organization, invoice, auditor.pk).status_code == 403


def test_somebody_else_s_person_or_nonsense_is_refused(
    organization: Organization, owner: User, stranger: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client = client_of(owner)
    for wrong in (stranger.pk, uuid4(), "nobody"):
        give(client, organization, invoice, wrong)

    assert changes(organization) == 0


def test_twice_is_as_good_as_once(organization: Organization, owner: User, client_of: Callable[[Any], Client]) -> None:
    invoice = builders.make_finalized_invoice(organization)
    for _round in range(2):
        give(client_of(owner), organization, invoice, owner.pk)

    assert changes(organization) == 1


def test_own_properties_are_written_on_a_frozen_invoice(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        own = CustomProperty.objects.create(organization=organization, subject="invoice", name="Kampanje")
        hours = CustomProperty.objects.create(organization=organization, subject="invoice", name="Timer", kind="number")
    client = client_of(owner)
    address = reverse("invoicing:set_custom_properties", args=[organization.slug, invoice.pk])
    client.post(address, {f"own-{own.pk}": "Høst", f"own-{hours.pk}": "2,5"})
    client.post(address, {f"own-{own.pk}": "Vinter", f"own-{hours.pk}": "2,5"})
    page = show(client, organization, invoice)

    assert 'value="Vinter"' in page.content.decode()
    assert [earlier.value for earlier in page.context["earlier"]["Kampanje"]] == ["Høst", ""]
    refused = client.post(address, {f"own-{hours.pk}": "mange"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "err" in refused.content.decode()


def test_m_108_the_page_links_what_belongs_together(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    source = {"kind": "backlog_item", "id": "7", "label": "Timeliste uke 46", "approved_by": "Prosjektleder"}
    lines = [builders.line(source=source), builders.line("Reise", source=source), builders.line("Annet")]
    invoice = builders.make_finalized_invoice(organization, lines=lines)
    note = builders.make_credit_note_draft(
        organization, invoice, {builders.lines_of(organization, invoice)[2].pk: Decimal(1)}
    )
    with organization_context(organization.pk):
        copy = drafts.clone_invoice(
            organization, invoice.pk, actor=builders.actor_of(organization), today=builders.TODAY
        )
    [copied] = builders.finalize_drafts(organization, [_dated(organization, copy)])
    client = client_of(owner)
    page = show(client, organization, invoice)

    assert {(link.invoice_id) for link in page.context["links"]} == {note.pk, copied.pk}
    assert [(source["label"], source["by"], source["lines"]) for source in page.context["sources"]] == [
        ("Timeliste uke 46", "Prosjektleder", [1, 2])
    ]
    back = show(client, organization, copied)
    assert [link.invoice_id for link in back.context["links"]] == [invoice.pk]


def _dated(organization: Organization, draft: Invoice) -> Any:
    """A copy has no delivery date of its own yet."""
    with builders.in_organization(organization):
        Invoice.objects.of(organization).filter(pk=draft.pk).update(delivery_date=builders.TODAY)
    return draft.pk


def test_a_panel_is_absent_until_its_room_exists() -> None:
    def rendered(name: str, argument: str) -> str:
        template = Template("{% load panels %}{% panel 'Title' name argument %}")
        return template.render(Context({"name": name, "argument": argument})).strip()

    assert rendered("no_such_room:panel", "x") == ""
    assert 'hx-get="/x/find/"' in rendered("command_palette", "x")
