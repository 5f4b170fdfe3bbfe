"""A bank file of 50,000 payments, matched and posted by one job: time, memory, how long it holds the series.

The company, its open claims and the files are made once, by a process of their own: both formats meet the same world in
a copy of the database, and the memory that is measured is what the job takes, not what making the world left behind.
"""

from __future__ import annotations

import gc
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from bench import measure, world
from customers.models import Customer
from foundation.ids import uuid7
from payments import queries
from payments.actions import bank_files, bank_posting
from payments.actions.receivables import ReceivableTerms, open_receivables
from payments.ledger import PostingDraft, VoucherDraft
from payments.models import BankFileSource, BankLine, LineOutcome, ReceivableKind, VoucherKind
from payments.reference import KidAgreement, make_kid
from payments.voucher_words import BookText
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization
from tenants.queries import get_open_organization
from tests import bank_file_builders as banks
from tests import builders, databases
from tests.bank_file_builders import Paid

ACTOR = Actor.system("Bench")
AGREEMENT = KidAgreement(10)
FORMATS: dict[str, Callable[..., bytes]] = {"camt.054": banks.camt054_file, "OCR giro": banks.ocr_giro_file}
FULL, QUICK = 50_000, 3_000
SECONDS_MAX, MEGABYTES_MAX, HELD_MS_MAX = 60.0, 300.0, 50.0
CLAIMS_AT_ONCE = 250
CUSTOMERS = 200
FIRST = 500  # payments that came before
HELD_BATCHES = 5


def run(*, quick: bool) -> list[dict[str, Any]]:
    """One camt.054 and one OCR giro file; the bars are those of the full file, and grow with it."""
    count = QUICK if quick else FULL
    rows = []
    _in_a_process_of_its_own(databases.make_template)
    with world.fresh_database(), _own_folder() as folder:
        _in_a_process_of_its_own(lambda: _make_world(folder, count))
        organization_id = UUID((folder / "organization").read_text())
        for number, name in enumerate(FORMATS, 1):
            with _copy_of_the_world(number):
                rows += _run_format(organization_id, folder, name, count)
    return rows


def _make_world(folder: Path, count: int) -> None:
    """A company with the claims that the files pay, and the files in every format."""
    organization = world.make_organization(1)
    (folder / "organization").write_text(str(organization.pk))
    stretches = {
        "first": _open_claims(organization, FIRST, first=20_000_000),
        "held": _open_claims(organization, HELD_BATCHES * bank_posting.BATCH_SIZE, first=10_000_000),
        "paid": _open_claims(organization, count),
    }
    for name, build in FORMATS.items():
        for part, paid in stretches.items():
            (folder / f"{name} {part}").write_bytes(build(paid, account=builders.ACCOUNT_NUMBER))


def _run_format(organization_id: UUID, folder: Path, name: str, count: int) -> list[dict[str, Any]]:
    with builders.in_organization(Organization(pk=organization_id)):
        organization = get_open_organization(organization_id)
    world.refresh_statistics()
    _take(organization, (folder / f"{name} first").read_bytes())
    builders.run_background(rounds=40)
    world.refresh_statistics()  # a company's first five hundred payments do not come in a file of thousands
    _take(organization, (folder / f"{name} paid").read_bytes())  # as it is uploaded: the worker reads what is kept
    rows = _measure(organization, f"bank: {name}, {count:,} payments", count)
    held = _held_ms(organization, (folder / f"{name} held").read_bytes())
    return [*rows, measure.limit_row(f"bank: {name}, batch holds", held, HELD_MS_MAX, "ms")]


def _in_a_process_of_its_own(work: Callable[[], object]) -> None:
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    if process.exitcode:
        raise AssertionError(f"The world of the bench was not made: exit code {process.exitcode}.")


@contextmanager
def _copy_of_the_world(number: int) -> Iterator[None]:
    whole = str(connection.settings_dict["NAME"])
    copy = f"{whole}_{number}"
    databases.make_copy(whole, copy)
    try:
        yield
    finally:
        databases.use_database(whole)
        databases.drop(copy)


def _measure(organization: Organization, name: str, count: int) -> list[dict[str, Any]]:
    pid = world.backend_pid()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins anew
    with measure.spending(pid) as spent:
        while builders.run_background(rounds=1):
            world.refresh_statistics()  # between slices of the job, as autovacuum does each minute
    peak = _peak_mb()
    with builders.in_organization(organization):
        posted = BankLine.objects.of(organization).filter(outcome=LineOutcome.POSTED).count()
    if posted < count:
        raise AssertionError(f"{posted} of {count} payments were posted.")
    return [
        measure.limit_row(name, spent.processor, SECONDS_MAX * count / FULL, "s CPU"),
        measure.limit_row(f"{name}, memory", peak, MEGABYTES_MAX, "MB", decimals=1),
    ]


def _take(organization: Organization, data: bytes) -> bank_files.Taken:
    upload = bank_files.Upload(name="bench", data=data, source=BankFileSource.COMMAND)
    with organization_context(organization.pk):
        return bank_files.take_bank_file(organization, upload, actor=ACTOR, today=builders.TODAY, now=timezone.now())


def _held_ms(organization: Organization, data: bytes) -> float:
    """How long one batch holds the series of vouchers: from the moment it moved until all is checked at COMMIT."""
    world.refresh_statistics()
    with organization_context(organization.pk):
        file, _is_new = bank_files.keep_bank_file(
            organization,
            bank_files.Upload(name="held", data=data, source=BankFileSource.COMMAND),
            actor=ACTOR,
            now=timezone.now(),
        )
        bank_files.read_kept_file(organization, file.pk, data, actor=ACTOR, now=timezone.now())
        held = [_batch_ms(organization, file.pk) for _turn in range(HELD_BATCHES)]
    return sorted(held)[HELD_BATCHES // 2]


def _batch_ms(organization: Organization, file_id: UUID) -> float:
    with transaction.atomic():
        bank_posting.post_next_lines(organization, file_id, actor=ACTOR, today=builders.TODAY, now=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                """SELECT extract(epoch FROM clock_timestamp() - moved_at) * 1000 FROM payments_voucherseries
                   WHERE organization_id = %s AND year = %s""",
                [organization.pk, banks.DAY.year],
            )
            return float(cursor.fetchone()[0])


def _open_claims(organization: Organization, count: int, *, first: int = 1) -> list[Paid]:
    """So many open claims with a KID each, and the payment of every one of them."""
    customers = _customers(organization)
    paid = []
    for start in range(0, count, CLAIMS_AT_ONCE):
        with builders.in_organization(organization):
            accounts = queries.accounts_by_purpose(organization.pk)
            revenue = queries.list_accounts(organization).get(number="3100").pk
            numbers = range(first + start, first + min(start + CLAIMS_AT_ONCE, count))
            terms = [
                _terms(number, customers[number % CUSTOMERS], accounts["receivables"].pk, revenue) for number in numbers
            ]
            open_receivables(organization.pk, terms)
        if start % (CLAIMS_AT_ONCE * 20) == 0:
            world.refresh_statistics()
        paid += [
            Paid(item.kid, _amount(number), payer_account=f"97{number % CUSTOMERS:09d}")
            for number, item in zip(numbers, terms, strict=True)
        ]
    return paid


def _amount(number: int) -> str:
    return f"{100 + number % 9_000}.50"


def _customers(organization: Organization) -> list[UUID]:
    with builders.in_organization(organization):
        fresh = [
            Customer(organization=organization, number=10_000 + place, name=f"Kunde {place} AS")
            for place in range(CUSTOMERS)
        ]
        known = list(Customer.objects.filter(number__gte=10_000).order_by("number"))
        return [row.pk for row in known or Customer.objects.bulk_create(fresh)]


def _terms(number: int, customer_id: UUID, receivables_id: UUID, revenue_id: UUID) -> ReceivableTerms:
    key, amount = uuid7(), Decimal(_amount(number))
    return ReceivableTerms(
        id=key,
        customer_id=customer_id,
        kind=ReceivableKind.INVOICE,
        document_number=str(number),
        kid=make_kid(str(number), AGREEMENT),
        currency="NOK",
        issue_date=banks.DAY,
        due_date=banks.DAY,
        voucher=VoucherDraft(
            day=banks.DAY,
            kind=VoucherKind.SALE,
            text=BookText(str(number)),
            source_kind="invoice",
            source_id=key,
            currency="NOK",
            postings=[
                PostingDraft(account_id=receivables_id, amount=amount, currency_amount=amount, receivable_id=key),
                PostingDraft(account_id=revenue_id, amount=-amount, currency_amount=-amount),
            ],
        ),
    )


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Files of the bench lie apart and are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-bank-"))
    before = settings.DATA_DIR, settings.FILES_DIR
    settings.DATA_DIR, settings.FILES_DIR = folder, folder / "files"
    try:
        yield folder
    finally:
        settings.DATA_DIR, settings.FILES_DIR = before
        shutil.rmtree(folder)


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
