"""Random filters, orders and pages of the list against the same questions asked of plain rows in Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest

from customers.models import CustomProperty
from foundation.alphabet import sort_key
from invoicing.actions.follow_up import set_custom_properties
from invoicing.dispatching.states import Standing
from invoicing.listing.filters import Condition, read_filters, search_for, write_filters
from invoicing.listing.page import ListRequest, ids_matching, list_page
from invoicing.listing.properties.kinds import OPERATORS, Takes, Within, takes
from invoicing.listing.properties.registry import Book, book_of, own_name
from invoicing.listing.saved_views import counts_of
from invoicing.listing.sums import sums_matching
from invoicing.models import Attachment, Invoice, InvoiceFollowUp, InvoiceLine, InvoiceStatus
from invoicing.standing import DocumentAmounts, standing_of
from payments.models import ReceivableBalance
from tenants.context import organization_context
from tests.builders import (
    SEED,
    TODAY,
    actor_of,
    finalize_drafts,
    in_organization,
    line,
    make_credit_note_draft,
    make_customer,
    make_draft,
    make_member,
    make_property,
    scaled,
)
from tests.invoicing.filter_oracle import Question, Row, fits
from tests.invoicing.money import pay

DOCUMENTS = scaled(120, 30)
QUESTIONS = scaled(3_000, 25)
NAMES = ("Åkrogen Byg ApS", "Björkdal 100 % AB", "aasen & Sønn", "Zeta_Eiendom AS", "ærlig talt")


@pytest.fixture
def world(organization: Any, owner: Any) -> tuple[Any, Any, Random]:
    """Documents of every sort, with own properties of every kind."""
    random = Random(SEED)
    print("seed", SEED)
    own = [
        make_property(organization, name=f"{subject} {kind}", subject=subject, kind=kind, choices=words)
        for subject in ("invoice", "customer")
        for kind, words in (("text", []), ("number", []), ("date", []), ("choice", ["Nord", "Sør"]))
    ]
    customers = [_customer(organization, random, name, own) for name in NAMES]
    helper = make_member(organization, "project_manager")
    for place in range(DOCUMENTS):
        _document(organization, random, random.choice(customers), place)
    with in_organization(organization):
        documents = list(Invoice.objects.all())
        for document in documents:
            follow_up = InvoiceFollowUp.objects.filter(invoice=document)
            summary = random.choice(["", *Standing])
            follow_up.update(owner=random.choice([owner, helper, None]), delivery_summary=summary)
    with organization_context(organization.pk):
        for document in documents:
            values = {str(each.pk): _own_value(each, random) for each in own if each.subject == "invoice"}
            set_custom_properties(organization, document.pk, values, actor=actor_of(organization))
    _pay_some(organization, random)
    return organization, owner, random


def _customer(organization: Any, random: Random, name: str, own: list[CustomProperty]) -> Any:
    values = {str(each.pk): _own_value(each, random) for each in own if each.subject == "customer"}
    kind = random.choice(["business", "public_body"])
    city = random.choice(["", "Nordhavn", "Sørvik"])
    kept = {key: value for key, value in values.items() if value}
    return make_customer(organization, name=name, kind=kind, city=city or "By", custom_properties=kept)


def _own_value(each: CustomProperty, random: Random) -> str:
    day = (TODAY + timedelta(days=random.randint(-60, 60))).isoformat()
    number = random.choice(["-2.5", "0", "7", "1000.25"])
    values = {"text": random.choice(["A_b", "100 %", "Ørsta"]), "number": number, "date": day}
    return random.choice(["", values.get(each.kind, random.choice(["Nord", "Sør"]))])


def _document(organization: Any, random: Random, customer: Any, place: int) -> None:
    quantities = [Decimal(random.randint(1, 9)) for _line in range(random.randint(1, 2))]
    day = TODAY - timedelta(days=random.randint(0, 20))
    draft = make_draft(
        organization,
        customer,
        [line(quantity=quantity) for quantity in quantities],
        issue_date=random.choice([TODAY, None]),
        order_reference=random.choice(["", "PO-1", "po-1", "x%y"]),
        note=random.choice(["", "Hei\nder"]),
        payment_terms_days=random.choice([0, 14, 30]),
        delivery_date=day,
    )
    if place % 3 == 0:
        if place % 2:
            with in_organization(organization):
                Attachment.objects.create(
                    organization=organization, invoice=draft, position=1, name="a.pdf",
                    content_type="application/pdf", sha256="0" * 64, size_bytes=1, added_by="x",
                )  # fmt: skip
        return
    [invoice] = finalize_drafts(organization, [draft.pk])
    if place % 7 == 1:
        note = make_credit_note_draft(organization, invoice)
        if place % 2:
            finalize_drafts(organization, [note.pk])


def _pay_some(organization: Any, random: Random) -> None:
    with in_organization(organization):
        invoices = list(Invoice.objects.filter(kind="invoice", receivable__isnull=False))
    for invoice in invoices:
        share = random.choice([0, 1, 2])
        if share:
            pay(organization, invoice, (invoice.payable_amount / share).quantize(Decimal("0.01")))


def _plain_rows(organization: Any, today: date) -> list[dict[str, Any]]:
    """Every document as plain values, read without the registry."""
    with in_organization(organization):
        invoices = list(Invoice.objects.select_related("customer", "credits"))
        balances = dict(ReceivableBalance.objects.values_list("receivable_id", "currency_amount"))
        follow_ups = {each.invoice_id: each for each in InvoiceFollowUp.objects.select_related("owner")}
        attached = set(Attachment.objects.values_list("invoice_id", flat=True))
        own = list(CustomProperty.objects.all())
        sources: dict[Any, str] = {}
        for each in InvoiceLine.objects.order_by("position", "id"):
            if each.source.get("kind"):
                sources.setdefault(each.invoice_id, each.source["kind"])
    notes: dict[Any, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        if invoice.credits_id and invoice.status == InvoiceStatus.FINALIZED:
            notes[invoice.credits_id].append(invoice)
    return [
        _plain(invoice, follow_ups.get(invoice.pk), balances, notes[invoice.pk], today)
        | {"attachments": invoice.pk in attached, "source": sources.get(invoice.pk)}
        | _own(invoice, follow_ups.get(invoice.pk), own)
        for invoice in invoices
    ]


def _plain(invoice: Any, follow_up: Any, balances: Any, notes: list[Invoice], today: date) -> dict[str, Any]:
    customer = invoice.customer
    opened = balances.get(invoice.receivable_id)
    credited = sum((note.payable_amount for note in notes), Decimal(0))
    amounts = DocumentAmounts(
        kind=invoice.kind, status=invoice.status, due_date=invoice.due_date,
        payable=invoice.payable_amount, open=opened, credited=credited,
    )  # fmt: skip
    values = {
        "id": invoice.pk, "number": invoice.number, "standing": standing_of(amounts, today).value,
        "kind": invoice.kind, "kid": invoice.kid, "currency": invoice.currency, "language": invoice.language,
        "terms": invoice.payment_terms_days, "credits": invoice.credits.number if invoice.credits else None,
        "credited_by": ", ".join(str(note.number) for note in sorted(notes, key=lambda note: note.number or 0)),
        "approval": None, "returned": False, "waits_for": invoice.waits_for or None,
        "net": invoice.net_amount, "vat": invoice.vat_amount, "rounding": invoice.rounding_amount,
        "amount": invoice.payable_amount, "open": opened, "credited": credited if notes else None,
        "issued": invoice.issue_date, "due": invoice.due_date, "delivered": invoice.delivery_date,
        "period_from": invoice.period_from, "period_to": invoice.period_to,
        "accounting_date": invoice.accounting_date, "created": invoice.created_at, "updated": invoice.updated_at,
        "finalized": invoice.finalized_at, "customer": customer.name, "customer_number": customer.number,
        "customer_kind": customer.kind, "organization_number": customer.organization_number,
        "country": customer.country, "city": customer.city, "email": customer.email,
        "owner": str(follow_up.owner_id) if follow_up and follow_up.owner_id else None,
        "owner_label": str(follow_up.owner) if follow_up and follow_up.owner_id else None,
        "delivery": follow_up.delivery_summary if follow_up else None,
        "reminded": "" if invoice.receivable_id else None, "finalized_by": invoice.finalized_by,
        "buyer_reference": invoice.buyer_reference, "order_reference": invoice.order_reference,
        "our_reference": invoice.our_reference, "contract_reference": invoice.contract_reference,
        "project_reference": invoice.project_reference, "delivery_name": invoice.delivery_name,
        "note": invoice.note, "internal_note": invoice.internal_note, "credit_reason": invoice.credit_reason,
    }  # fmt: skip
    return {name: None if value == "" else value for name, value in values.items()}


def _own(invoice: Any, follow_up: Any, own: list[CustomProperty]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each in own:
        kept = invoice.customer.custom_properties if each.subject == "customer" else follow_up.custom_properties
        stored = kept.get(str(each.pk))
        readers: dict[str, Any] = {"number": Decimal, "date": date.fromisoformat}
        read = readers.get(each.kind, str)
        values[own_name(each.pk)] = read(stored) if stored else None
    return values


def _question(random: Random, book: Book, rows: list[dict[str, Any]], people: list[str]) -> Question:
    each = book.properties[random.choice(list(book.properties))]
    operator = random.choice(OPERATORS[each.kind])
    wanted = takes(operator)
    known = [row[each.name] for row in rows if row[each.name] is not None]

    value = partial(_value, random, each, known, people)
    if wanted == Takes.NOTHING:
        return Question(each.name, operator.value, ())
    if wanted == Takes.DAYS:
        return Question(each.name, operator.value, (str(random.randint(0, 40)),))
    if wanted == Takes.STRETCH:
        return Question(each.name, operator.value, (random.choice(Within.values),))
    if wanted == Takes.TWO:
        read: Any = Decimal if each.kind in {"number", "amount"} else date.fromisoformat
        return Question(each.name, operator.value, tuple(sorted((value(), value()), key=read)))
    if wanted == Takes.MANY:
        return Question(each.name, operator.value, tuple({value() for _each in range(random.randint(1, 3))}))
    return Question(each.name, operator.value, (value(),))


def _value(random: Random, each: Any, known: list[Any], people: list[str]) -> str:
    """A value that some row has, or one beside it."""
    if each.kind == "check":
        return random.choice(["yes", "no"])
    if each.kind == "person":
        return random.choice([*people, "me"])
    if each.choices:
        offered = [str(code) for code, _label in each.choices()][:8]
        return random.choice(offered if not known or random.random() < 0.2 else [str(held) for held in known])
    if each.kind in {"number", "amount"}:
        base = Decimal(random.choice(known)) if known else Decimal(5)
        beside = random.choice([Decimal(0), Decimal(0), Decimal("0.5"), Decimal(-1)])
        return format(base + beside, "f")
    if each.kind in {"date", "moment"}:
        days: list[date] = [held.date() if hasattr(held, "date") else held for held in known] or [TODAY]
        return (random.choice(days) + timedelta(days=random.choice([0, 0, 1, -1]))).isoformat()
    text = str(random.choice(known)) if known else "x"
    start = random.randrange(len(text))
    return text if random.random() < 0.4 else (text[start : start + 3].strip() or "%")


def _expected(rows: list[Any], book: Book, sort: str, language: str) -> list[Any]:
    """The rows in the order asked for: those without a value stand where the largest ones do not begin."""
    name = sort.removeprefix("-")
    each = book.properties[name]

    def key(row: Row) -> Any:
        value = row["owner_label"] if name == "owner" else row[name]
        if value is None:
            return (1, row["id"])
        is_words = each.kind in {"text", "choice", "person", "check"}
        return (0, sort_key(str(value), language) if is_words else value, row["id"])

    return sorted(rows, key=key, reverse=sort.startswith("-"))


def test_random_filters_orders_and_pages_agree_with_plain_python(world: Any) -> None:
    organization, owner, random = world
    today = TODAY + timedelta(days=16)
    rows = _plain_rows(organization, today)
    with in_organization(organization):
        book = book_of(organization)
    kinds = {name: each.kind.value for name, each in book.properties.items()}
    people = sorted({row["owner"] for row in rows if row["owner"]})
    asked_names, found_any = set(), 0
    for _turn in range(QUESTIONS):
        groups = [
            [_question(random, book, rows, people) for _each in range(random.randint(1, 3))]
            for _group in range(random.choice([0, 1, 1, 2, 3]))
        ]
        asked_names |= {each.name for group in groups for each in group}
        coded = write_filters(
            tuple(tuple(Condition(each.name, each.operator, each.values) for each in group) for group in groups)
        )
        sort = random.choice(["", "-"]) + random.choice([n for n, each in book.properties.items() if each.is_sortable])
        wanted = ListRequest(
            groups=read_filters(value for _name, value in coded),
            sort=sort,
            user_id=owner.pk,
            size=random.choice([3, 50]),
        )
        matched = [row for row in rows if fits(row, groups, kinds, today, str(owner.pk))]
        expected = [row["id"] for row in _expected(matched, book, sort, organization.language)]
        found_any += 0 < len(expected) < len(rows)
        with in_organization(organization):
            search = search_for(book, wanted.groups, today=today, user_id=owner.pk, people={})
            assert not search.is_broken, [(c.condition, c.problem) for g in search.chips for c in g if c.problem]
            assert _walk(organization, wanted, today, book) == expected, (coded, sort)
            assert counts_of(book, [wanted], today=today) == [len(expected)]
            assert ids_matching(organization, wanted, today=today, most=10_000) == sorted(expected)
            sums = sums_matching(organization, wanted, today=today, book=book)
        assert sum(each.count for each in sums) == len(expected)
        assert _amounts(sums) == _added(matched), coded
    assert found_any > QUESTIONS // 10, "most questions find nothing or everything"
    assert len(asked_names) == len(book.properties) or QUESTIONS < 1_000


def _walk(organization: Any, wanted: ListRequest, today: date, book: Book) -> list[Any]:
    """The ids of every page forwards; walking backwards shows the same pages."""
    page = list_page(organization, wanted, today=today, book=book)
    pages = [page]
    while page.after:
        page = list_page(organization, replace(wanted, after=page.after), today=today, book=book)
        pages.append(page)
        assert len(pages) <= DOCUMENTS * 2, "the pages never end"
    for earlier in reversed(pages[:-1]):
        page = list_page(organization, replace(wanted, before=page.before), today=today, book=book)
        assert [row.id for row in page.rows] == [row.id for row in earlier.rows]
    assert not page.before
    return [row.id for each in pages for row in each.rows]


def _amounts(sums: Any) -> dict[str, Decimal]:
    return {name: sum((each.amounts[name] for each in sums), Decimal(0)) for name in ("net", "vat", "amount", "open")}


def _added(rows: list[Any]) -> dict[str, Decimal]:
    signs = {row["id"]: -1 if row["kind"] == "credit_note" else 1 for row in rows}
    sums = {name: sum((row[name] * signs[row["id"]] for row in rows), Decimal(0)) for name in ("net", "vat", "amount")}
    return {**sums, "open": sum((row["open"] or Decimal(0) for row in rows), Decimal(0))}
