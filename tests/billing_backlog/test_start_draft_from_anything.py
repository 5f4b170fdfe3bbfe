"""A draft is begun from wherever the work is, and says where it came from, with the way back (M-109)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from billing_backlog.actions import orders
from customers.models import Contact
from invoicing.actions.beginnings import Beginning
from invoicing.actions.drafts import create_draft
from invoicing.models import Invoice
from tests import builders
from tests.billing_backlog.quote_rows import NOW, TODAY, accepted, make_quote


def _saved(staff: Any, address: str) -> str:
    """The draft that is saved on the form behind the address: its page."""
    page = staff.get(address)
    row = page.context["entries"][0].key
    typed = {
        "key": page.context["new_key"], "line": row, f"{row}-description": "Rådgivning", f"{row}-quantity": "1",
        f"{row}-unit_code": "HUR", f"{row}-unit_price": "1500", f"{row}-vat_treatment": "standard",
        f"{row}-revenue_account": "3000", "currency": "NOK", "language": "nb", "delivery_date": "2026-11-20",
        "payment_terms_days": "14", "buyer_reference": page.context["form"]["buyer_reference"].value() or "",
    }  # fmt: skip
    answer = staff.post(page.context["save_url"], typed)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return str(staff.get(answer.headers["Location"], follow=True).content.decode())


def test_m_109_a_draft_begins_anywhere_and_leads_back(organization: Any, owner: Any, client_of: Any) -> None:
    staff, slug = client_of(owner), organization.slug
    customer = builders.make_customer(organization, name="Vestlys AS")
    with builders.in_organization(organization):
        contact = Contact.objects.create(organization=organization, customer=customer, name="Kari Nord")
    new = reverse("invoicing:create_draft", args=[slug])
    customer_page = reverse("customers:show_customer", args=[slug, customer.pk])
    assert (
        f"{new}?customer={customer.pk}&amp;from=contact&amp;of={contact.pk}"
        in staff.get(customer_page).content.decode()
    )

    for origin, name in (("customer", "Vestlys AS"), ("contact", "Kari Nord")):
        page = _saved(staff, f"{new}?customer={customer.pk}&from={origin}&of={contact.pk}")
        assert f'<a href="{customer_page}"><bdi>{name}</bdi></a>' in page

    line = builders.make_contract_line(organization, builders.make_project(organization, customer))
    begun = staff.post(reverse("billing_backlog:draft_for_contract", args=[slug, line.contract_id]))
    contract_page = reverse("billing_backlog:show_contract", args=[slug, line.contract_id])
    editor = staff.get(begun.headers["Location"])
    assert contract_page in editor.content.decode()
    assert editor.context["form"]["contract_reference"].value() == line.contract.number

    actor = builders.actor_of(organization)
    for origin in ("quote", "order"):
        order = accepted(organization, make_quote(organization, customer))
        with builders.in_organization(organization):
            draft = orders.draft_order(organization, order.pk, origin=origin, actor=actor, today=TODAY, now=NOW)
        thing = order.quote_id if origin == "quote" else order.pk
        shown = staff.get(reverse("invoicing:update_draft", args=[slug, draft.pk])).content.decode()
        assert f'<a href="{reverse(f"billing_backlog:show_{origin}", args=[slug, thing])}"><bdi>' in shown

    with builders.in_organization(organization):
        told = Beginning(origin="subscription", origin_id=contact.pk, origin_name="Vask 1")
        draft = create_draft(
            organization, customer=customer, header={}, lines=[], actor=actor, today=TODAY, beginning=told
        )
        count = Invoice.objects.of(organization).count()
    assert "Vask 1" in staff.get(reverse("invoicing:update_draft", args=[slug, draft.pk])).content.decode()
    staff.post(reverse("billing_backlog:draft_order", args=[slug, order.pk]))  # asked for again: the same draft
    with builders.in_organization(organization):
        assert Invoice.objects.of(organization).count() == count


def test_somebody_elses_contact_or_contract_begins_no_draft(
    organization: Any, other_organization: Any, owner: Any, auditor: Any, client_of: Any
) -> None:
    theirs = builders.make_customer(other_organization)
    with builders.in_organization(other_organization):
        contact = Contact.objects.create(organization=other_organization, customer=theirs, name="Fremmed Person")
    customer = builders.make_customer(organization)
    new = reverse("invoicing:create_draft", args=[organization.slug])
    page = client_of(owner).get(f"{new}?customer={customer.pk}&from=contact&of={contact.pk}")
    assert "Fremmed Person" not in page.content.decode()
    line = builders.make_contract_line(other_organization, builders.make_project(other_organization, theirs))
    begin = reverse("billing_backlog:draft_for_contract", args=[organization.slug, line.contract_id])
    assert client_of(owner).post(begin).status_code == 404
    assert client_of(auditor).post(begin).status_code == 403
