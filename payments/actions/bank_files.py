"""Files of banks come in: kept under their hash, read whole or not at all, no movement counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import files, rows
from foundation.ids import uuid7
from payments.actions.bank_posting import POST_TASK, finish_bank_file, post_next_lines
from payments.bank import queries as bank_queries
from payments.bank.csv_mappings import columns_of, header_of
from payments.bank.words import sentence_with_line
from payments.bank_files.csv_file import CsvMapping as Columns
from payments.bank_files.detect import read_bank_file
from payments.bank_files.faults import BankFileRefused, Fault, FaultCode
from payments.bank_files.lines import (
    BankFileContent,
    BankFileFormat,
    BankFileLine,
    LineKind,
    fingerprints,
)
from payments.errors import FileIsRead
from payments.models import (
    BankAgreement,
    BankFile,
    BankFileState,
    BankLine,
    DirectDebitMandate,
)
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.models import BankAccount, Organization

READ_AT_ONCE_BYTES = 512 * 1024  # larger files are read by a worker
POSTED_AT_ONCE = 200  # movements; more are matched by a worker
CHUNK_LINES = 1_000
SOURCES = {
    BankFileFormat.OCR_GIRO: "ocr",
    BankFileFormat.CAMT053: "camt.053",
    BankFileFormat.CAMT054: "camt.054",
    BankFileFormat.BGMAX: "bgmax",
    BankFileFormat.CSV: "csv",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came: its bytes, what it was called, and by which way."""

    name: str
    data: bytes
    source: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken in; not new where the same bytes had come before."""

    file: BankFile
    is_new: bool


def take_bank_file(organization: Organization, upload: Upload, *, actor: Actor, today: date, now: datetime) -> Taken:
    """Keep a file and read it: a small one is matched at once, a large one by a job whose page tells how far it is.

    The same bytes again change nothing; what was refused may be tried again.
    """
    try:
        file, is_new = keep_bank_file(organization, upload, actor=actor, now=now)
    except IntegrityError:  # the same file twice at the same moment
        file, is_new = keep_bank_file(organization, upload, actor=actor, now=now)
    if file.state not in (BankFileState.KEPT, BankFileState.REFUSED):
        return Taken(file, is_new=False)
    if len(upload.data) > READ_AT_ONCE_BYTES:
        return Taken(start_posting(organization, file.pk, actor=actor), is_new=is_new)
    file = read_kept_file(organization, file.pk, upload.data, actor=actor, now=now)
    if file.state != BankFileState.POSTING:
        return Taken(file, is_new=is_new)
    if file.line_count > POSTED_AT_ONCE:
        return Taken(start_posting(organization, file.pk, actor=actor), is_new=is_new)
    while post_next_lines(organization, file.pk, actor=actor, today=today, now=now):
        pass
    return Taken(finish_bank_file(organization, file.pk, actor=actor, now=now), is_new=is_new)


def take_whole_file(
    organization: Organization, upload: Upload, *, actor: Actor, today: date, now: datetime
) -> BankFile:
    """Keep, read and match a file here and now, however large it is; the same bytes again change nothing."""
    file, _is_new = keep_bank_file(organization, upload, actor=actor, now=now)
    if file.state in (BankFileState.KEPT, BankFileState.REFUSED):
        file = read_kept_file(organization, file.pk, upload.data, actor=actor, now=now)
    if file.state != BankFileState.POSTING:
        return file
    while post_next_lines(organization, file.pk, actor=actor, today=today, now=now):
        pass
    return finish_bank_file(organization, file.pk, actor=actor, now=now)


@transaction.atomic
def start_posting(organization: Organization, file_id: UUID, *, actor: Actor) -> BankFile:
    """Let a worker read and match a file; one that has come to its end is refused."""
    file = bank_queries.lock_bank_file(organization, file_id)
    if file.state in (BankFileState.DONE, BankFileState.REFUSED):
        raise FileIsRead(_("This file has come to its end: nothing of it is left to match."))
    job = jobs.start(organization, POST_TASK, actor=actor, parameters={"bank_file": str(file.pk)})
    file.job_id = job.pk
    file.save(update_fields=["job_id"])
    return file


def read_kept_file(organization: Organization, file_id: UUID, data: bytes, *, actor: Actor, now: datetime) -> BankFile:
    """Read a file that is kept: every movement of it that is new is stored, or it is refused with its lines.

    One that was read before is returned as it is. Who hands over a large file keeps nothing of it.
    """
    with transaction.atomic():
        columns = _columns(organization, data)
    faults: Sequence[Fault] = ()
    content: BankFileContent | None = None
    try:
        content = read_bank_file(data, csv_mapping=columns, keeps_source=False)
    except BankFileRefused as refusal:
        faults = refusal.faults
    del data  # its movements are held now
    if content is not None:
        try:
            return _store(organization, file_id, content, actor=actor, now=now)
        except BankFileRefused as refusal:
            faults = refusal.faults
    return _refuse(organization, file_id, faults, actor=actor, now=now)


def keep_bank_file(organization: Organization, upload: Upload, *, actor: Actor, now: datetime) -> tuple[BankFile, bool]:
    """Store the bytes under their hash and write the file down, once; the file, and whether it is new here."""
    sha256 = files.store(str(organization.pk), upload.data)
    with transaction.atomic():
        standing = BankFile.objects.of(organization).filter(sha256=sha256).first()
        if standing is not None:
            return standing, False
        file = BankFile.objects.create(
            organization=organization,
            sha256=sha256,
            name=_printable(upload.name)[-200:] or _("Bank file"),
            size=len(upload.data),
            source=upload.source,
            taken_by=actor.name,
            taken_at=now,
        )
        audit.record(actor, "bank_file.taken", file, sha256=sha256)
    return file, True


def _columns(organization: Organization, data: bytes) -> Columns | None:
    header = header_of(data)
    saved = bank_queries.mapping_of_header(organization, header) if header else None
    return columns_of(saved) if saved is not None else None


def _refuse(
    organization: Organization, file_id: UUID, faults: Sequence[Fault], *, actor: Actor, now: datetime
) -> BankFile:
    with transaction.atomic():
        file = bank_queries.lock_bank_file(organization, file_id)
        if file.state not in (BankFileState.KEPT, BankFileState.REFUSED):
            return file
        file.state, file.finished_at = BankFileState.REFUSED, now
        file.faults = [_told(fault) for fault in faults]
        file.save(update_fields=["state", "faults", "finished_at"])
        audit.record(actor, "bank_file.refused", file, count=len(file.faults))
    return file


def _told(fault: Fault) -> dict[str, Any]:
    return {"line": fault.line, "code": fault.code.value, "values": dict(fault.values)}


@transaction.atomic
def _store(
    organization: Organization, file_id: UUID, content: BankFileContent, *, actor: Actor, now: datetime
) -> BankFile:
    """Write the movements that no file has told of before; BankFileRefused where an account is not ours."""
    file = bank_queries.lock_bank_file(organization, file_id)
    if file.state not in (BankFileState.KEPT, BankFileState.REFUSED):
        return file
    accounts = bank_queries.list_bank_accounts(organization)
    refuse_strange_accounts(content, accounts)
    agreements = _lock_agreements(organization, content, accounts)
    booked = [line for line in content.lines if line.kind != LineKind.NOT_BOOKED]
    if booked:
        refuse_other_source(content, agreements)
        _fix_source(agreements, content.format, actor=actor)
    fresh = _insert_lines(organization, file, booked, accounts)
    _keep_mandates(organization, content, accounts)
    file.format, file.message_id = content.format.value, _stored(content.message_id, 140)
    file.is_copy = any(statement.is_copy for statement in content.statements)
    file.faults, file.warnings = [], [_told(warning) for warning in content.warnings]
    file.line_count, file.repeated_count = len(fresh), len(booked) - len(fresh)
    file.announced_count = len(content.lines) - len(booked)
    file.sums = _sums(fresh)
    file.state = BankFileState.POSTING if fresh else BankFileState.DONE
    file.finished_at = None if fresh else now
    file.save()
    audit.record(actor, "bank_file.read", file, count=file.line_count, repeated=file.repeated_count)
    return file


def refuse_strange_accounts(content: BankFileContent, accounts: dict[str, BankAccount]) -> None:
    """BankFileRefused with every account of the file that is not one of ours."""
    strange = [number for number in content.accounts if bank_queries.plain_number(number) not in accounts]
    if strange:
        raise BankFileRefused(Fault(0, FaultCode.ACCOUNT_IS_NOT_OURS, {"account": number}) for number in strange)


def refuse_other_source(content: BankFileContent, agreements: Iterable[BankAgreement]) -> None:
    """BankFileRefused where an account's payments come from another kind of file: they would be counted twice."""
    source = SOURCES.get(content.format, "")
    others = [each for each in agreements if each.source_format not in ("", source)]
    if others:
        raise BankFileRefused(
            Fault(
                0,
                FaultCode.OTHER_SOURCE,
                {"account": str(each.bank_account), "found": content.format.value, "expected": each.source_format},
            )
            for each in others
        )


def _lock_agreements(
    organization: Organization, content: BankFileContent, accounts: dict[str, BankAccount]
) -> list[BankAgreement]:
    """The agreements of the file's accounts, locked in one order: files of the same account wait for each other."""
    own = {accounts[bank_queries.plain_number(number)] for number in content.accounts}
    return [bank_queries.lock_agreement(organization, account) for account in sorted(own, key=lambda each: each.pk)]


def _fix_source(agreements: Iterable[BankAgreement], found: BankFileFormat, *, actor: Actor) -> None:
    """The first file says from which kind of file an account's payments come."""
    for agreement in agreements:
        if not agreement.source_format and found in SOURCES:
            agreement.source_format = SOURCES[found]
            agreement.save(update_fields=["source_format"])
            audit.record(actor, "bank_agreement.changed", agreement, changes={"source_format": ["", SOURCES[found]]})


def _insert_lines(
    organization: Organization, file: BankFile, lines: Sequence[BankFileLine], accounts: dict[str, BankAccount]
) -> list[BankFileLine]:
    told = fingerprints(lines)
    fresh: list[BankFileLine] = []
    for start in range(0, len(lines), CHUNK_LINES):
        chunk = list(zip(lines[start : start + CHUNK_LINES], told[start : start + CHUNK_LINES], strict=True))
        standing = bank_queries.standing_fingerprints(organization.pk, [fingerprint for _line, fingerprint in chunk])
        new = [(line, fingerprint) for line, fingerprint in chunk if fingerprint not in standing]
        rows.insert(
            organization.pk,
            [
                _row(file, line, fingerprint, accounts[bank_queries.plain_number(line.account)])
                for line, fingerprint in new
            ],
        )
        fresh.extend(line for line, _fingerprint in new)
    return fresh


def _row(file: BankFile, line: BankFileLine, fingerprint: str, account: BankAccount) -> BankLine:
    return rows.fresh(
        BankLine,
        id=uuid7(),
        organization_id=file.organization_id,
        file_id=file.pk,
        position=line.position,
        place=line.line,
        bank_account_id=account.pk,
        day=line.day,
        value_day=line.value_day,
        amount=line.amount,
        is_out=line.is_out,
        currency=line.currency,
        kind=line.kind.value,
        is_lump_sum=line.is_lump_sum,
        reference=_stored(line.reference, 140),
        reference_kind=line.reference_kind.value if line.reference_kind else "",
        is_reference_valid=line.is_reference_valid,
        other_references=[_stored(reference, 140) for reference in line.other_references],
        documents=[list(document) for document in line.documents],
        text=_stored(line.text, 1000),
        payer_name=_stored(line.payer_name, 140),
        payer_account=_stored(line.payer_account, 40),
        payer_number=_stored(line.payer_number, 20),
        archive_reference=_stored(line.archive_reference, 140),
        bank_code=_stored(line.bank_code, 40),
        fingerprint=fingerprint,
    )


def _printable(name: str) -> str:
    """What a file is called, without signs that no page can show."""
    return "".join(sign for sign in name if sign.isprintable()).strip()


def _stored(text: str, length_max: int) -> str:
    """What the database can hold of it: no zero bytes, and only so much."""
    return text.replace("\x00", " ")[:length_max]


def _keep_mandates(organization: Organization, content: BankFileContent, accounts: dict[str, BankAccount]) -> None:
    """What the bank says of mandates holds from now on; one that has ended stays, so that its claims are stopped."""
    payers = bank_queries.customers_by_kid(organization, [mandate.kid for mandate in content.mandates])
    for mandate in content.mandates:
        told: dict[str, Any] = {"wants_notice": mandate.wants_notice, "is_active": not mandate.is_deleted}
        if mandate.kid in payers:
            told["customer_id"] = payers[mandate.kid]
        DirectDebitMandate.objects.of(organization).update_or_create(
            organization=organization,
            bank_account=accounts[bank_queries.plain_number(mandate.account)],
            kid=mandate.kid,
            defaults=told,
        )


def _sums(lines: Iterable[BankFileLine]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, Decimal("0.00")) + line.signed_amount
    return {currency: f"{amount:.2f}" for currency, amount in sums.items()}


def refusal_of(file: BankFile) -> str:
    """Why a file is refused, in sentences with their lines."""
    faults = [Fault(told["line"], FaultCode(told["code"]), told["values"]) for told in file.faults]
    return " ".join(sentence_with_line(fault) for fault in faults)
