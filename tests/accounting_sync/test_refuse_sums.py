"""What is sent for a document comes to what the customer owes for it, or it does not go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.template.loader import render_to_string

from accounting_sync.mapping.entries import Entry, Target
from accounting_sync.mapping.facts import Dictionary, VoucherFact
from accounting_sync.mapping.translate import Unmapped, needed_keys, translate
from accounting_sync.models import Connection, SyncState
from accounting_sync.passage import Passage
from accounting_sync.previewing import Previewed, preview, previewed
from accounting_sync.providers.base import CannotBeTaken, Mode
from accounting_sync.providers.fiken import Fiken
from accounting_sync.providers.refusing import refuse_what_is_not_taken
from accounting_sync.queries.connections import adapter_of, dictionary_of
from accounting_sync.queries.preview import preview_vouchers
from accounting_sync.queries.vouchers import load_vouchers
from foundation.transactions import read_only
from tenants.models import Organization
from tests import builders
from tests.accounting_sync.connected import choose, connect, connect_by, items, served, talk, told
from tests.invoicing.random_records import finalized_batches, make_company
from tests.ledgers.entries import credit_of, samples
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger

CENT = Decimal("0.01")
FIKEN = Fiken(Ledger.options, Mode.JOURNAL)
SAMPLES = samples(Ledger.targets)
DOCUMENTS = {**SAMPLES, "credit": credit_of(Ledger.targets, SAMPLES["mixed"], None, "F-2026-00099")}


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


def with_more(entry: Entry, **more: Decimal) -> Entry:
    """The entry with so much more on its first item."""
    first, *rest = entry.items
    return replace(
        entry, items=[replace(first, **{name: getattr(first, name) + by for name, by in more.items()}), *rest]
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_sound_document_is_the_same_from_both_sides(name: str) -> None:
    entry = DOCUMENTS[name]

    assert entry.claimed == entry.contained == (entry.total, entry.base_total)


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("sale", {"base_net": CENT}, "F-2026-00001 sum to 1250.01 NOK, and its claim is 1250.00 NOK"),
        ("sale", {"vat_amount": -CENT, "base_vat_amount": -CENT}, "sum to 1249.99 NOK, and its claim is 1250.00 NOK"),
        ("discount", {"net": CENT, "base_net": CENT}, "sum to 750.25 NOK, and its claim is 750.24 NOK"),
        ("foreign", {"net": CENT}, "sum to 812.41 EUR, and its claim is 812.40 EUR"),
        ("foreign", {"base_net": CENT}, "sum to 9449.44 NOK, and its claim is 9449.43 NOK"),
        ("credit", {"base_vat_amount": CENT}, "F-2026-00099 sum to"),
    ],
)
def test_a_document_whose_items_sum_to_something_else_is_refused(
    name: str, more: dict[str, Decimal], words: str
) -> None:
    with pytest.raises(CannotBeTaken, match=words):
        refuse_what_is_not_taken(FIKEN, with_more(DOCUMENTS[name], **more))


def test_the_push_of_such_a_document_stops_before_any_call(organization: Organization, fiken: LedgerServer) -> None:
    builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    choose(organization, connection)
    [item] = items(organization, connection)
    entry = translate(*read(organization, connection))
    assert not isinstance(entry, Unmapped)

    with talk(organization, connection) as opened:
        Passage(opened, item, with_more(entry, base_net=CENT)).run()

    [item] = items(organization, connection)
    assert told(item) == (SyncState.REFUSED, "cannot")
    assert "3125.01 NOK, and its claim is 3125.00 NOK" in item.reason["text"]
    assert fiken.count("POST", "/sales") == 0


def test_the_preview_shows_both_sums_each_from_its_own_side(organization: Organization, fiken: LedgerServer) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    with builders.in_organization(organization):
        [sound] = preview(organization, connection)
        fact, dictionary = read(organization, connection)
        owed_more = previewed(adapter_of(connection), connection, claiming_more(fact), dictionary)
        sold_more = previewed(adapter_of(connection), connection, with_more_vat(fact), dictionary)

    assert sound.goes
    assert sound.ours == sound.theirs == invoice.payable_amount
    assert (owed_more.ours, owed_more.theirs) == (Decimal("3125.01"), Decimal("3125.00"))
    assert (sold_more.ours, sold_more.theirs) == (Decimal("3125.00"), Decimal("3125.01"))
    assert not owed_more.goes
    assert not sold_more.goes
    assert "sum to 3125.01 NOK, and its claim is 3125.00 NOK" in sold_more.refusal
    assert all(words in page_of(sound) for words in ("Would go", "Ours 3,125.00 NOK", "In Fiken 3,125.00"))
    shown = page_of(sold_more)
    assert all(words in shown for words in ("Would be stopped", "Ours 3,125.00 NOK", "In Fiken 3,125.01"))
    assert '<span class="bad">Difference −0.01</span>' in shown


@pytest.mark.parametrize("is_vat_registered", [True, False])
def test_whatever_is_invoiced_and_credited_is_the_same_from_both_sides(db: None, *, is_vat_registered: bool) -> None:
    organization = make_company(f"summer-{is_vat_registered}".lower(), is_vat_registered=is_vat_registered)
    connection = connect_by(organization, Ledger, {})
    seed = builders.SEED + 300 + is_vat_registered
    for batch in finalized_batches(organization, seed, builders.scaled(400, 25)):
        with builders.in_organization(organization):
            numbers = {str(document.number): document.payable_amount for document in batch.documents}
            ids = [document.voucher_id for document in batch.documents if document.voucher_id]
            for fact in load_vouchers(organization, connection, ids).values():
                entry = translate(fact, calling_all(fact, organization.country))
                assert not isinstance(entry, Unmapped)
                assert entry.claimed == entry.contained, f"seed {seed}, number {entry.number}"
                assert entry.contained[0] == numbers.pop(entry.number), f"seed {seed}, number {entry.number}"
        assert not any(numbers.values()), "only what comes to nothing has no voucher"


def calling_all(fact: VoucherFact, country: str) -> Dictionary:
    """Everything that the voucher asks for is called the same there."""
    keys = [key.split(":", 1) for key in needed_keys(fact, country)]
    accounts = {key: Target(key, key) for kind, key in keys if kind == "account"}
    return Dictionary(
        country=country, accounts=accounts, vat={key: Target(key, key) for kind, key in keys if kind == "vat"}
    )


def read(organization: Organization, connection: Connection) -> tuple[VoucherFact, Dictionary]:
    """The only voucher, and the words of the connection."""
    with builders.in_organization(organization), read_only():
        [pk] = preview_vouchers(organization)
        fact = load_vouchers(organization, connection, [pk])[pk]
        customers = [UUID(claim.customer_id) for claim in fact.claims.values()]
        return fact, dictionary_of(organization, connection, customers)


def claiming_more(fact: VoucherFact) -> VoucherFact:
    """An øre more on the claim than the document sums to."""
    postings = [
        replace(each, amount=each.amount + CENT, currency_amount=each.currency_amount + CENT) if each.claim_id else each
        for each in fact.postings
    ]
    return replace(fact, postings=postings)


def with_more_vat(fact: VoucherFact) -> VoucherFact:
    """An øre more in the document's VAT summary than is posted."""
    assert fact.document is not None
    [row] = fact.document.vat
    more = replace(row, amount=row.amount + CENT, base_amount=row.base_amount + CENT)
    return replace(fact, document=replace(fact.document, vat=[more]))


def page_of(shown: Previewed) -> str:
    """As the page shows it."""
    context = {"shown": shown, "each": {"kind": "Sale", "unmapped": ()}, "adapter": FIKEN}
    return render_to_string("accounting_sync/_preview_voucher.html", context).replace("\u00a0", " ")
