"""Advances: asked for without VAT or revenue, paid, used on invoices, the rest paid back; never more than there is."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing_backlog.actions import advances
from billing_backlog.actions.advances import AdvanceTerms
from billing_backlog.errors import AdvanceIsTooSmall
from billing_backlog.models import Advance, AdvanceKind
from billing_backlog.queries import advances as queries
from billing_backlog.queries.advances import AdvanceStanding
from config.verification import organization_problems
from foundation.ids import uuid7
from foundation.rows import execute
from invoicing.actions.documents import bytes_of, document_of
from invoicing.actions.drafts import update_draft
from invoicing.actions.void import void_invoice
from invoicing.models import FileKind, Invoice, InvoiceKind
from payments import chart
from payments.actions.refunds import RefundTerms
from payments.actions.registering import register_payment
from payments.models import Posting
from payments.terms import Part
from tenants import sealing
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders
from tests.billing_backlog.test_bill_once_at_once import at_once
from tests.builders import TODAY, in_organization, make_contract_line, take_work, work
from tests.payments.claims import money, owed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def said(*values: Any) -> tuple[Any, ...]:
    """Amounts and the rest of what is told, to be compared with plain numbers."""
    return values


def ask(organization: Organization, amount: str = "5000", **terms: Any) -> Advance:
    """An advance of the customer that its request has been sent for."""
    customer = terms.pop("customer", None) or builders.make_customer(organization)
    asked = AdvanceTerms(**{"customer": customer, "name": "Forskudd på kaia", "amount": Decimal(amount), **terms})
    with organization_context(organization.pk):
        advance = advances.ask_advance(organization, asked, actor=builders.actor_of(organization), today=TODAY)
    builders.finalize_drafts(organization, [advance.invoice_id])
    return reread(organization, advance)


def reread(organization: Organization, advance: Advance) -> Advance:
    with in_organization(organization):
        return queries.get_advance(organization, advance.pk)


def pay(organization: Organization, advance: Advance, amount: str) -> None:
    """The customer's money against the request, as a bank file brings it."""
    receivable_id = reread(organization, advance).invoice.receivable_id
    assert receivable_id is not None
    with in_organization(organization):
        terms = money(organization, amount, parts=(Part(receivable_id=receivable_id),))
    with organization_context(organization.pk):
        register_payment(organization, terms, actor=builders.actor_of(organization), today=TODAY, now=NOW)


def standing(organization: Organization, advance: Advance) -> AdvanceStanding:
    with in_organization(organization):
        return queries.standing_of_advances(organization, [queries.get_advance(organization, advance.pk)])[advance.pk]


def on_account(organization: Organization, purpose: str) -> Decimal:
    with in_organization(organization):
        rows = Posting.objects.of(organization).filter(account__purpose=purpose)
        return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def draft_for(organization: Organization, advance: Advance, price: str = "1200") -> Invoice:
    return builders.make_draft(organization, advance.customer, [builders.line(unit_price=Decimal(price))])


def use(organization: Organization, draft: Invoice, advance: Advance, amount: str) -> Invoice:
    with organization_context(organization.pk):
        wanted = {advance.pk: Decimal(amount)}
        return advances.use_advances(organization, draft.pk, wanted, actor=builders.actor_of(organization), today=TODAY)


def refund(organization: Organization, advance: Advance, amount: str, key: str = "rest") -> int:
    terms = RefundTerms(key=key, amount=Decimal(amount), channel="by_hand", reason="Ikke brukt")
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        return len(advances.refund_advance(organization, advance.pk, terms, actor=actor, day=TODAY, now=NOW))


def assert_whole(organization: Organization) -> None:
    """The nightly check finds nothing, and the ledger is zero in sum."""
    with in_organization(organization):
        while sealing.seal(organization.pk):
            pass
        problems = list(organization_problems(organization, now=datetime.now(UTC)))
        total = Posting.objects.of(organization).aggregate(sum=Sum("amount"))["sum"]
    assert (problems, total) == ([], 0)


def test_m_053_an_advance_is_asked_paid_used_on_two_invoices_and_its_rest_paid_back(organization: Organization) -> None:
    advance = ask(organization)
    assert standing(organization, advance).available == 0, "nothing is used before it is paid"
    pay(organization, advance, "5000")
    assert said(standing(organization, advance).paid, on_account(organization, chart.CUSTOMER_ADVANCES)) == (
        5000,
        -5000,
    )

    first = use(organization, draft_for(organization, advance), advance, "3000")
    assert said(first.payable_amount, first.net_amount, first.vat_amount) == (0, 2400, 600)
    with pytest.raises(AdvanceIsTooSmall):
        use(organization, draft_for(organization, advance), advance, "2000.01")
    second = use(organization, draft_for(organization, advance), advance, "1500")
    [first, second] = builders.finalize_drafts(organization, [first.pk, second.pk])
    assert standing(organization, advance) == AdvanceStanding(
        asked=Decimal(5000), is_draft=False, paid=Decimal(5000), used=Decimal(4500)
    )
    assert second.receivable_id is not None
    with in_organization(organization):
        assert owed(organization, second.receivable_id) == Decimal(1500)
    files = bytes_of(document_of(builders.reload_invoice(organization, second)), logo=None)
    assert b'<cbc:PrepaidAmount currencyID="NOK">1500.00</cbc:PrepaidAmount>' in files[FileKind.CORE_XML]
    assert b'<cbc:PayableAmount currencyID="NOK">1500.00</cbc:PayableAmount>' in files[FileKind.CORE_XML]
    assert on_account(organization, chart.vat_purpose("standard")) == -1200, "the VAT of the sales is due in full"

    with pytest.raises(AdvanceIsTooSmall):
        refund(organization, advance, "500.01")
    assert refund(organization, advance, "500") == refund(organization, advance, "500") == 1
    after = standing(organization, advance)
    assert said(after.available, after.given_back, after.open, after.is_over) == (0, 500, 0, True)
    assert on_account(organization, chart.CUSTOMER_ADVANCES) == on_account(organization, chart.UNAPPLIED_PAYMENTS) == 0
    assert_whole(organization)


def test_m_053_a_credit_note_gives_back_what_the_claim_no_longer_holds(organization: Organization) -> None:
    advance = ask(organization)
    pay(organization, advance, "5000")
    [invoice] = builders.finalize_drafts(
        organization, [use(organization, draft_for(organization, advance), advance, "2000").pk]
    )

    [line] = builders.lines_of(organization, invoice)
    half = builders.make_credit_note_draft(organization, invoice, {line.pk: Decimal(1)})
    [half] = builders.finalize_drafts(organization, [half.pk])
    assert said(half.payable_amount, half.prepaid[0]["amount"]) == (1000, "500.00"), "the claim of 1,000 first"
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        note = void_invoice(organization, invoice.pk, reason="Feil", actor=actor, today=TODAY)
    assert said(note.payable_amount, note.prepaid[0]["amount"]) == (0, "1500.00")

    after = standing(organization, advance)
    assert said(after.used, after.available, on_account(organization, chart.CUSTOMER_ADVANCES)) == (0, 5000, -5000)
    assert_whole(organization)


def test_m_053_the_next_drafts_use_advances_by_themselves_the_oldest_first(organization: Organization) -> None:
    line = make_contract_line(organization)
    customer = line.contract.project.customer
    older = ask(organization, "1000", customer=customer, contract=line.contract)
    newer = ask(organization, "4000", customer=customer)
    by_hand = ask(organization, "9000", customer=customer, applies_itself=False)
    for advance in (older, newer, by_hand):
        pay(organization, advance, str(advance.amount))

    [item] = take_work(organization, work(line), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item])
    draft = builders.reload_invoice(organization, proforma.invoice)
    assert [part["amount"] for part in draft.prepaid] == ["1000.00", "2125.00"]
    assert draft.payable_amount == 0

    with organization_context(organization.pk):  # the document comes to less: the advance is brought down with it
        [stored] = builders.lines_of(organization, draft)
        content = [{"id": stored.pk, "charge_kind": "complimentary"}]
        actor = builders.actor_of(organization)
        update_draft(organization, draft.pk, version=draft.version, header={}, lines=content, actor=actor, today=TODAY)
    assert builders.reload_invoice(organization, draft).prepaid == []
    assert standing(organization, older).available == 1000


def test_m_053_the_database_refuses_to_use_what_is_not_there(organization: Organization) -> None:
    advance = ask(organization)
    pay(organization, advance, "1000")
    one, two = (draft_for(organization, advance) for _ in range(2))
    other = builders.make_draft(organization, builders.make_customer(organization, name="Sørhavn AS"))
    part = '[{"id": "%s", "label": "x", "amount": "%s"}]'
    statement = "UPDATE invoicing_invoice SET prepaid = %s::jsonb WHERE organization_id = %s AND id = %s"
    use(organization, one, advance, "600")
    for draft, amount in ((two, "400.01"), (two, "-1"), (other, "1")):
        said = [part % (advance.pk, amount), organization.pk, draft.pk]
        with in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
            execute(statement, said)
    with in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Advance.objects.of(organization).filter(pk=advance.pk).update(amount=Decimal(9))


def test_a_retainer_is_filled_up_when_too_little_is_left_and_asked_for_once(organization: Organization) -> None:
    retainer = ask(
        organization,
        "3000",
        kind=AdvanceKind.RETAINER,
        refill_below=Decimal(1000),
        refill_amount=Decimal(3000),
        key=uuid7(),
    )

    def refill() -> int:
        with organization_context(organization.pk):
            return advances.refill_retainers(organization, actor=builders.actor_of(organization), today=TODAY)

    pay(organization, retainer, "3000")
    assert refill() == 0
    draft = use(organization, draft_for(organization, retainer), retainer, "2500")
    builders.finalize_drafts(organization, [draft.pk])
    assert (refill(), refill()) == (1, 0)
    with in_organization(organization):
        [first, second] = queries.family_of(organization, retainer)
    assert said(first.standing.available, second.standing.is_draft, second.advance.amount) == (500, True, 3000)
    assert second.advance.invoice.kind == InvoiceKind.PAYMENT_REQUEST


def test_m_034_the_pages_ask_show_use_and_pay_back(client: Client, organization: Organization, owner: User) -> None:
    client.force_login(owner)
    line = make_contract_line(organization)
    customer = line.contract.project.customer

    def url(name: str, *args: object) -> str:
        return reverse(f"billing_backlog:{name}", args=[organization.slug, *args])

    asked = {"key": str(uuid7()), "kind": "advance", "customer": str(customer.pk), "name": "Oppstart"}
    for _time in range(2):  # a second click asks once
        sent = client.post(
            f"{url('ask_advance')}?contract={line.contract_id}", asked | {"amount": "8 000,00", "applies_itself": "on"}
        )
    assert client.post(url("ask_advance"), asked | {"kind": "retainer", "amount": "1"}).status_code == 422
    with in_organization(organization):
        [advance] = Advance.objects.of(organization).select_related("invoice")
    assert sent["Location"] == url("show_advance", advance.pk)
    assert (advance.contract_id, advance.invoice.contract_reference) == (line.contract_id, line.contract.number)
    builders.finalize_drafts(organization, [advance.invoice_id])
    pay(organization, advance, "8000")

    draft = builders.make_draft(organization, customer)
    panel = client.get(url("panel_draft_advances", draft.pk))
    assert panel.content == b"", "an advance of a contract is not offered to what stands outside of it"
    [item] = take_work(organization, work(line), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item])
    field = f"amount_{advance.pk}"
    assert field in client.get(url("panel_draft_advances", proforma.invoice_id)).content.decode()
    too_much = client.post(url("use_advances", proforma.invoice_id), {field: "8000,01"})
    assert (too_much.status_code, "8 000,00" in too_much.content.decode().replace("\xa0", " ")) == (422, True)
    lowered = client.post(url("use_advances", proforma.invoice_id), {field: "1 000", "from": "work"})
    assert lowered["Location"] == url("show_proforma", proforma.pk)
    assert builders.reload_invoice(organization, proforma.invoice).payable_amount == Decimal(2125)
    assert "−1" in client.get(url("show_proforma", proforma.pk)).content.decode()

    for name, args in (("list_advances", ()), ("show_advance", (advance.pk,)), ("show_contract", (line.contract_id,))):
        page = client.get(url(name, *args)).content.decode().replace("\xa0", " ")
        assert "7 000,00" in page, name
    back = {"key": str(uuid7()), "amount": "7000", "channel": "by_hand", "reason": "Avlyst", "day": TODAY.isoformat()}
    assert client.post(url("refund_advance", advance.pk), back).status_code == 302
    with CaptureQueriesContext(connection) as asked_of_database:
        assert "Oppstart" in client.get(url("list_advances")).content.decode(), "1,000 stands on a draft still"
    assert len(asked_of_database) < 30
    builders.finalize_drafts(organization, [proforma.invoice_id])
    assert "Oppstart" not in client.get(url("list_advances")).content.decode()
    assert "Oppstart" in client.get(url("list_advances"), {"show": "over"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_m_053_two_at_once_do_not_use_the_same_krone(organization: Organization) -> None:
    advance = ask(organization)
    pay(organization, advance, "1000")
    drafts = [draft_for(organization, advance).pk for _ in range(3)]
    actor, waiting = builders.actor_of(organization), list(drafts)

    def reach() -> bool:
        wanted = {advance.pk: Decimal(1000)}
        try:
            advances.use_advances(organization, waiting.pop(), wanted, actor=actor, today=TODAY)
        except AdvanceIsTooSmall:
            return False
        return True

    assert sorted(at_once(organization, reach)) == [False, False, True]
    now = standing(organization, advance)
    assert said(now.on_drafts, now.available) == (1000, 0)
    builders.finalize_drafts(organization, drafts)
    assert said(standing(organization, advance).used, on_account(organization, chart.CUSTOMER_ADVANCES)) == (
        1000,
        -4000,
    )
