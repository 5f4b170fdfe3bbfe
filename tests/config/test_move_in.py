"""Moving in from another system: rehearsed against a control total, switched once, and loss-free."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from config.importing import exporting
from config.importing.columns import CUSTOMER_COLUMNS, PRODUCT_COLUMNS
from config.moving_in.cells import read_amount, read_day
from config.moving_in.likely import Counted, Guess, likely_rows
from config.moving_in.switching import RowsAreRefused
from config.verification import organization_problems
from customers.models import Customer, Product
from foundation import files
from foundation.spreadsheets import FileFormat
from foundation.transactions import read_only
from invoicing import numbering
from invoicing.models import NumberSeries
from invoicing.numbering import NumberStays
from payments import queries
from payments.actions import periods, reports
from payments.actions.refunds import RefundTerms, request_refund
from payments.errors import BooksAreOpen
from payments.models import OpeningBalance, Payment, Posting, Receivable, Voucher
from payments.proof import ledger_problems
from payments.reports.ageing import ageing_as_of
from payments.reports.asked import Asked
from payments.reports.open_items import every_open_item
from payments.reports.unused_money import every_unused_payment
from tenants import jobs
from tenants.models import JobState, Organization
from tests import builders
from tests.config.moves import DAY, ask, finish, move_things, rehearse, switch
from tests.payments.report_world import grow

CUSTOMERS = "Kundenr;Navn;Orgnr\n501;Sild & Salt AS;\n502;Årnes Bakeri AS;\n"
PRODUCTS = "Varenr;Navn;Pris\n100;Rådgivning;1250,00\n"
HEADER = "Kundenr;Fakturanr;KID;Fakturadato;Forfallsdato;Valuta;Restbeløp;Kurs;Type\n"
ITEMS = (
    HEADER + "501;20417;00204172;01.10.2026;15.10.2026;NOK;12 500,50;;\n"
    "501;20418;;2026-10-20;2026-11-03;NOK;-500,00;;Kreditnota\n"
    "502;20419;;2026-08-01;2026-08-15;EUR;100,00;11,4521;\n"
    "502;INN-7;;2026-10-30;;NOK;-1000,00;;Innbetaling\n"
)
TOTAL = Decimal("12145.71")
PAGE_QUERIES_MAX = 30
PLAIN_COLUMNS = [column for column in CUSTOMER_COLUMNS if column.name not in {"endpoint", "contacts", "in_use"}]
NEXT = {"next_invoice_number": 20500}  # the open items reach 20419


@pytest.fixture
def organization(organization: Organization) -> Organization:
    """Whose jobs tell their results in English."""
    with builders.in_organization(organization):
        organization.language = "en"
        organization.save(update_fields=["language"])
    return organization


def held(organization: Organization) -> list[int]:
    """How much there is of everything that a move-in writes."""
    with builders.in_organization(organization):
        models = (Customer, Product, Receivable, Voucher, Payment, OpeningBalance)
        return [model.objects.of(organization).count() for model in models]


def test_everything_moves_in_one_switch_and_the_books_are_whole(organization: Organization) -> None:
    contents = {"customers": CUSTOMERS, "products": PRODUCTS, "open_items": ITEMS}
    before = held(organization)
    rehearsal = rehearse(
        organization, ask(organization, contents, TOTAL, next_invoice_number=20500, next_customer_number=600)
    )

    assert rehearsal.state == JobState.COMPLETE, rehearsal.problem
    assert rehearsal.result["may_switch"], rehearsal.result
    assert held(organization) == before, "a rehearsal writes nothing"

    job = switch(organization, rehearsal)

    assert job.state == JobState.COMPLETE, job.problem
    with builders.in_organization(organization):
        claims = {claim.document_number: claim for claim in Receivable.objects.of(organization)}
        assert sorted(claims) == ["20417", "20418", "20419"]
        assert claims["20417"].kid == "00204172"
        assert claims["20418"].due_date is None
        [payment] = Payment.objects.of(organization)
        assert (payment.unapplied, payment.reference, payment.customer.number) == (Decimal("1000.00"), "INN-7", 502)
        ages = ageing_as_of(organization, DAY).books.amounts
        assert [*map(str, ages), "-1000.00"] == rehearsal.result["ageing"], "the ageing is the old system's list"
        assert sum(ages) - payment.unapplied_base == TOTAL
        assert NumberSeries.objects.of(organization).get().last_number == 20499
        opening = queries.opening_balance(organization)
        assert opening is not None
        assert (opening.total, opening.claims, opening.payments) == (TOTAL, 3, 1)
        back = RefundTerms(key="back", amount=Decimal("100.00"), channel="by_hand", reason="Betalt for mye")
        actor, now = builders.actor_of(organization), timezone.now()
        refund = request_refund(organization, payment.pk, back, actor=actor, day=builders.TODAY, now=now)
        paid_from = Posting.objects.of(organization).filter(voucher=refund.voucher, amount__lt=0)
        assert [posting.account.purpose for posting in paid_from] == ["bank"], "it came before there was an account"
    customer = builders.make_customer(organization)
    assert customer.number == 600
    invoice = builders.make_finalized_invoice(organization, customer=customer)
    assert invoice.number == 20500
    with builders.in_organization(organization):
        assert list(organization_problems(organization, now=timezone.now())) == []


def test_a_wrong_total_blocks_and_the_likely_row_is_named(organization: Organization) -> None:
    contents = {"customers": CUSTOMERS, "open_items": ITEMS}
    before = held(organization)
    rehearsal = rehearse(organization, ask(organization, contents, TOTAL + Decimal("0.01"), **NEXT))
    missing = rehearse(organization, ask(organization, contents, TOTAL + 1000, **NEXT))

    assert (rehearsal.result["may_switch"], rehearsal.result["difference"]) == (False, "0.01")
    assert missing.result["difference"] == "1000.00"
    assert [(row["label"], row["guess"]) for row in missing.result["likely"]] == [
        ("Row 5: INN-7", "too_much"),
        ("Row 3: 20418", "sign"),
    ]
    with pytest.raises(RowsAreRefused):
        switch(organization, rehearsal)
    assert held(organization) == before


def test_the_books_move_once_and_never_what_was_not_rehearsed(organization: Organization) -> None:
    contents = {"customers": CUSTOMERS, "open_items": ITEMS}
    first, second = (rehearse(organization, ask(organization, contents, TOTAL, **NEXT)) for _ in range(2))
    builders.make_customer(organization, name="Sild & Salt AS", organization_number="")
    with builders.in_organization(organization):
        Customer.objects.of(organization).filter(number=1).update(number=501)
    before = held(organization)
    stale = switch(organization, first)

    assert stale.state == JobState.FAILED
    assert "Rehearse again" in stale.problem
    assert held(organization) == before

    anew = rehearse(organization, ask(organization, contents, TOTAL, **NEXT))
    moved = switch(organization, anew)
    after = held(organization)

    assert moved.state == JobState.COMPLETE, moved.problem
    for rehearsal in (anew, second):
        with pytest.raises(BooksAreOpen):
            switch(organization, rehearsal)
    with builders.in_organization(organization), pytest.raises(IntegrityError), transaction.atomic():
        OpeningBalance.objects.create(
            organization=organization, day=DAY, total=0, claims=0, payments=0, made_by="Kari Nordmann"
        )
    assert held(organization) == after


BAD_ROWS = (
    ("999;1;;2026-10-01;2026-10-15;;100,00;;", "Customer 999 is neither here nor taken"),
    ("x;2;;2026-10-01;2026-10-15;;100,00;;", "Customer number: write digits"),
    ("501;3;;2026-10-01;2026-10-15;;100,12345;;", "has more than 2 decimals"),
    ("501;4;;2026-11-01;2026-11-15;;100,00;;", "the day comes after the day on which the books move"),
    ("501;5;;2026-10-01;2026-09-15;;100,00;;", "Are the columns exchanged?"),
    ("501;6;;32.10.2026;2026-10-15;;100,00;;", "Issued: write the day"),
    ("501;7;;2026-10-01;;;100,00;;", "Due date: write the day"),
    ("501;8;;2026-10-01;2026-10-15;12K;100,00;;", "Currency: write three letters"),
    ("501;9;;2026-10-01;2026-10-15;EUR;100,00;;", "or the rate of EUR"),
    ("501;10;;2026-10-01;2026-10-15;EUR;100,00;0;", "Rate: more than 0"),
    ("501;11;00204173;2026-10-01;2026-10-15;;100,00;;", "the check digit of 00204173 is wrong"),
    ("501;12;;2026-10-01;2026-10-15;;0;;", "nothing is open here"),
    ("501;13;;2026-10-01;2026-10-15;;1.234;;", "can be read in two ways"),
    ("501;14;;2026-10-01;2026-10-15;;100,00;;Betaling", "is written with a minus"),
    ("501;;;2026-10-01;2026-10-15;;100,00;;", "Number: write the number of the document"),
    ("501;20417;;2026-10-01;2026-10-15;;100,00;;", "stands on row 2 already"),
    ("501;15;00204172;2026-10-01;2026-10-15;;100,00;;", "The KID 00204172 stands on row 2 already"),
)


def test_every_bad_row_is_refused_with_its_reason_and_the_good_ones_are_not(organization: Organization) -> None:
    items = ITEMS + "".join(f"{row}\n" for row, _reason in BAD_ROWS)
    rehearsal = rehearse(organization, ask(organization, {"customers": CUSTOMERS, "open_items": items}, TOTAL))

    with builders.in_organization(organization):
        told = json.loads(files.load(str(organization.pk), rehearsal.result["report"]))
    refused = [row["reason"] for row in told if row["outcome"] == "refuse"]
    assert len(refused) == len(BAD_ROWS)
    for reason, (row, expected) in zip(refused, BAD_ROWS, strict=True):
        assert expected in reason, row
    assert (rehearsal.result["refused"], rehearsal.result["may_switch"]) == (len(BAD_ROWS), False)


def test_numbers_and_days_that_cannot_be_are_named(organization: Organization) -> None:
    with builders.in_organization(organization):
        periods.close_period(
            organization,
            DAY,
            reason="",
            actor=builders.actor_of(organization),
            today=builders.TODAY,
            now=timezone.now(),
        )
    contents = {"customers": CUSTOMERS, "open_items": ITEMS}
    low = rehearse(organization, ask(organization, contents, TOTAL, next_invoice_number=99, next_customer_number=502))
    reached = rehearse(organization, ask(organization, contents, TOTAL, next_invoice_number=20419))

    said = " ".join(low.result["problems"])
    for expected in ("The books are closed through", "numbers only go forwards", "Customer numbers up to 502"):
        assert expected in said
    assert "Write a next invoice number above 20419." in " ".join(reached.result["problems"])


def test_a_series_that_has_given_numbers_begins_nowhere_else(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    with builders.in_organization(organization), translation.override("en"):
        with pytest.raises(NumberStays, match="has given numbers already and goes on at 10002"):
            numbering.begin_later(organization, 30000)
        with pytest.raises(NumberStays, match="numbers only go forwards"):
            numbering.begin_later(organization, 10001)
    with builders.in_organization(organization), pytest.raises(IntegrityError, match="only moves forward"):
        NumberSeries.objects.of(organization).update(first_number=30000, last_number=29999)


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [
        ("1 234,50", ",", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1,234.50", ",", "1234.50"),
        ("1234.50", ",", "1234.50"),
        ("1.234", ",", None),
        ("1,234", ".", None),
        ("−500,00", ",", "-500.00"),
        ("500,00-", ",", "-500.00"),
        ("1.234.567,5", ",", "1234567.5"),
        ("NaN", ".", None),
        ("1e3", ".", None),
        ("=1+1", ".", None),
        ("", ",", None),
    ],
)
def test_amounts_are_read_or_refused_and_never_guessed(cell: str, mark: str, expected: str | None) -> None:
    assert read_amount(cell, mark) == (None if expected is None else Decimal(expected))


def test_days_are_read_as_old_systems_write_them() -> None:
    for cell in ("2026-10-31", "31.10.2026", "31/10/2026", "20261031", "2026-10-31 00:00:00"):
        assert read_day(cell) == DAY
    for cell in ("", "31.10.26", "10/31/2026", "2026-02-30", "i går"):
        assert read_day(cell) is None


def test_a_difference_points_at_the_rows_that_may_explain_it() -> None:
    rows = [Counted(2, Decimal(100)), Counted(3, Decimal(70)), Counted(4, Decimal(70)), Counted(5, Decimal(9), True)]

    def guesses(difference: str) -> list[tuple[int, Guess]]:
        return [(row.line, guess) for row, guess in likely_rows(rows, Decimal(difference))]

    assert guesses("0") == []
    assert guesses("-100") == [(5, Guess.REFUSED), (2, Guess.TOO_MUCH)]
    assert guesses("-70") == [(5, Guess.REFUSED), (3, Guess.TWICE), (4, Guess.TWICE)]
    assert guesses("-200") == [(5, Guess.REFUSED), (2, Guess.SIGN)]
    assert guesses("900") == [(5, Guess.REFUSED), (2, Guess.SHIFTED)]


def exported(organization: Organization, kind: str, file_format: FileFormat) -> bytes:
    """The file of one of our own exports."""
    actor, key = builders.actor_of(organization), jobs.new_key()
    with builders.in_organization(organization):
        if kind == "open_items":
            asked = Asked(day=DAY, first=DAY, last=DAY)
            job = reports.export_report(
                organization, "moving_out", asked, file_format=file_format, actor=actor, key=key
            )
        else:
            job = exporting.start_export(organization, kind, file_format, actor=actor, key=key)
    done = finish(organization, job)
    assert done.state == JobState.COMPLETE, done.problem
    return files.load(str(organization.pk), done.result["sha256"])


def open_here(organization: Organization) -> tuple[list[Any], list[Any]]:
    """Every open item and all unused money: whose, since when, and how much in its currency and in the books."""
    with builders.in_organization(organization), read_only():
        claims = [
            [
                item.customer_number,
                item.document_number,
                item.kid,
                item.issue_date,
                item.due_date if item.currency_amount > 0 else None,
                item.currency,
                item.currency_amount,
                item.amount,
            ]
            for item in every_open_item(organization, Asked(day=DAY, first=DAY, last=DAY))
        ]
        money = [
            [row.customer_number, row.currency, row.currency_amount, row.amount]
            for row in every_unused_payment(organization, DAY)
        ]
    return sorted(claims, key=str), sorted(money, key=str)


def records_of(organization: Organization) -> list[Any]:
    """Customers and products with everything that a file can hold of them."""
    with builders.in_organization(organization):
        people = Customer.objects.of(organization).order_by("number").values_list(*(c.name for c in PLAIN_COLUMNS))
        products = Product.objects.of(organization).order_by("number")
        return [*people, *products.values_list(*(column.name for column in PRODUCT_COLUMNS[:-1]))]


@pytest.mark.parametrize("case", range(builders.scaled(12, 3)))
def test_what_one_organization_takes_out_moves_into_another_without_loss(
    organization: Organization, other_organization: Organization, case: int
) -> None:
    seed = builders.SEED + case
    print(f"seed {seed}")
    books = grow(organization, seed, steps=25)
    builders.make_product(organization, number="7", name='Time; "senior"', unit_price=Decimal("1249.95"))
    file_format = (FileFormat.CSV, FileFormat.XLSX)[case % 2]
    contents = {kind: exported(organization, kind, file_format) for kind in ("customers", "products", "open_items")}
    claims, money = open_here(organization)
    total = sum((item[-1] for item in claims), Decimal(0)) - sum((row[-1] for row in money), Decimal(0))
    rehearsal = rehearse(other_organization, ask(other_organization, contents, total))

    assert rehearsal.result["may_switch"], (rehearsal.result, books.day)
    moved = switch(other_organization, rehearsal)

    assert moved.state == JobState.COMPLETE, moved.problem
    assert open_here(other_organization) == (claims, money)
    assert records_of(other_organization) == records_of(organization)
    with builders.in_organization(other_organization):
        assert list(organization_problems(other_organization, now=timezone.now())) == []


def upload(name: str, content: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def fields_of(page: Any) -> dict[str, str]:
    """What the page's form of columns would send as it stands."""
    form = page.context["form"]
    return {field.html_name: str(field.value() or "") for field in form}


def test_an_owner_moves_in_page_by_page(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    start = reverse("move_in", args=[organization.slug])
    said = {"day": DAY.isoformat(), "control_total": "12 145,71", "next_invoice_number": "20500"}
    sent = {"customers": upload("kunder.csv", CUSTOMERS), "open_items": upload("poster.csv", ITEMS)}

    columns = client.post(start, {**said, **sent}, follow=True)
    rehearsal = client.post(columns.request["PATH_INFO"], fields_of(columns), follow=True)
    assert b"hx-get" in rehearsal.content, "the page asks again by itself"
    builders.run_background()
    address = rehearsal.request["PATH_INFO"]
    with CaptureQueriesContext(connection) as queries_made:
        found = client.get(address)
    assert len(queries_made) < PAGE_QUERIES_MAX
    assert b"20417" in found.content
    assert address.encode() in client.get(start).content, "it can be left and found again"
    again = client.get(f"{start}?from={address.rstrip('/').rpartition('/')[2]}")
    assert b"kunder.csv" in again.content

    switching_page = client.post(f"{address}switch/", follow=True)
    builders.run_background()
    with builders.in_organization(organization):
        opening = queries.opening_balance(organization)
        assert opening is not None
        assert opening.total == TOTAL
    assert client.get(switching_page.request["PATH_INFO"], headers={"HX-Request": "true"}).status_code == 200
    assert b"control_total" not in client.get(start).content, "nothing is asked any more"
    refused = client.post(f"{address}switch/", follow=True)
    assert "20" in str([str(message) for message in refused.context["messages"]])
    assert held(organization)[-1] == 1


def test_files_that_are_no_tables_and_missing_columns_are_refused_beside_their_field(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    start = reverse("move_in", args=[organization.slug])
    said = {"day": DAY.isoformat(), "control_total": "0"}

    nothing = client.post(start, said)
    undecodable = client.post(start, {**said, "open_items": upload("x.csv", b"a;b\n\x81\x8d;1\n")})
    too_exact = client.post(start, {**said, "control_total": "1,23456", "customers": upload("k.csv", CUSTOMERS)})
    headless = client.post(start, {**said, "open_items": upload("x.csv", "Kundenr;Beskrivelse\n1;x\n")}, follow=True)
    unmapped = client.post(headless.request["PATH_INFO"], fields_of(headless))

    assert nothing.status_code == undecodable.status_code == too_exact.status_code == unmapped.status_code == 422
    assert nothing.context["form"].non_field_errors()
    assert undecodable.context["form"].errors["open_items"]
    assert too_exact.context["form"].errors["control_total"]
    assert set(unmapped.context["form"].errors) == {
        "open_items-document_number",
        "open_items-issue_date",
        "open_items-amount",
    }
    assert client.get(reverse("map_move_in", args=[organization.slug, "0" * 64])).status_code == 404


def test_only_the_owner_of_the_company_moves_in(
    organization: Organization, stranger: Any, accountant: Any, client_of: Callable[[Any], Client]
) -> None:
    things = move_things(organization)
    addresses = [
        reverse("move_in", args=[organization.slug]),
        reverse("map_move_in", args=[organization.slug, things["move_in_asked"]]),
        reverse("show_move", args=[organization.slug, things["move_rehearsal"]]),
    ]
    for address in addresses:
        assert client_of(stranger).get(address).status_code == 404
        assert client_of(accountant).get(address).status_code == 403
    other = reverse("move_in", args=["fremmed"])
    assert client_of(stranger).get(f"{other}?from={things['move_rehearsal']}").status_code == 404
    assert client_of(stranger).get(f"{other}?from=x").status_code == 404


def test_a_total_that_is_not_what_moved_in_is_found(organization: Organization) -> None:
    with builders.in_organization(organization):
        OpeningBalance.objects.create(
            organization=organization, day=DAY, total=5, claims=0, payments=0, made_by="Kari Nordmann"
        )
        [problem] = ledger_problems(organization)
    assert "says 5" in problem
