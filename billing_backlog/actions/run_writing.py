"""Writing exported rows in a target's layout: the basis, the check, the bytes and the log beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from billing_backlog.errors import FileDoesNotFit
from billing_backlog.file_words import sentence_with_place
from billing_backlog.finance_files import gl07, log_csv
from billing_backlog.finance_files.carrying import Carries, words
from billing_backlog.finance_files.dialect import Dialect, LineEnd
from billing_backlog.finance_files.faults import FileRefused
from billing_backlog.finance_files.records import BasisCustomer, BasisHeader, IdentifierKind, Totals, totals_of
from billing_backlog.finance_files.targets import TARGETS, Demands, Target, TargetCode, file_name, write
from billing_backlog.models import FinanceTarget, RunFileRow
from billing_backlog.models.run_files import GL07
from billing_backlog.queries.run_files import posting_of
from billing_backlog.runs.filing import ExportedRow, Payer, basis_of, log_rows
from customers.actions.national_ids import hand_out_national_ids
from customers.models import Customer, CustomerKind
from tenants.audit import Actor
from tenants.models import Organization

FAULTS_TOLD = 5  # at once: the others are often the same again
POSTED = Carries(header=frozenset(), customer=frozenset(), order=words("number"), line=words("texts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Under which day and number a file is written, for which month, and whether it is one of postings."""

    day: date
    number: int
    period: date
    is_posting: bool = False

    def name(self, layout: Target) -> str:
        """How the file is called."""
        if self.is_posting:
            return f"{self.day:%y%m%d}{self.number:02d}.gl07.txt"
        return file_name(self.day, self.number, layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file and its log, with the identity under which it is kept."""

    layout: str
    identity: Identity
    name: str
    data: bytes
    log: bytes
    totals: Totals


def write_file(
    organization: Organization,
    target: FinanceTarget,
    part: Sequence[RunFileRow],
    numbers: Mapping[UUID, int],
    identity: Identity,
    *,
    actor: Actor,
) -> Written:
    """The rows as a file of the target, or as postings; FileDoesNotFit says where and why it cannot be written.

    National ids are opened here and nowhere else, each written down (C9).
    """
    layout = TARGETS[TargetCode(target.layout)]
    name, is_posting = identity.name(layout), identity.is_posting
    customers = {row.customer_id: row.customer for row in part}
    ids = _national_ids(organization, target, customers.values(), into=name, actor=actor)
    payers = {key: _payer(target, customer, numbers[key], ids) for key, customer in customers.items()}
    exported = [exported_row(row) for row in part]
    posting = posting_of(organization, target)
    header = _header(target, identity, currency=organization.base_currency)
    basis = basis_of(header, exported, payers, posting=posting, carries=POSTED if is_posting else layout.carries)
    dialect = Dialect(line_end=LineEnd.CRLF if target.uses_crlf else LineEnd.LF)
    try:
        if is_posting:
            accounts = gl07.Accounts(income=target.income_account, cost=target.cost_account)
            data, totals = gl07.write(gl07.postings_of(basis, accounts), dialect), totals_of(basis)
        else:
            result = write(layout, basis, Demands(dialect=dialect, dimensions=posting.demanded))
            data, totals = result.data, result.totals
    except FileRefused as refusal:
        raise FileDoesNotFit(_sentence(refusal)) from refusal
    log = log_csv.written(log_rows(exported, payers))
    code = GL07 if is_posting else target.layout
    return Written(layout=code, identity=identity, name=name, data=data, log=log, totals=totals)


def _national_ids(
    organization: Organization, target: FinanceTarget, customers: Iterable[Customer], *, into: str, actor: Actor
) -> dict[UUID, str]:
    people = [each.pk for each in customers if each.kind == CustomerKind.CONSUMER]
    if not target.asks_national_id or not people:
        return {}
    return hand_out_national_ids(organization, people, into=into, actor=actor)


def _payer(target: FinanceTarget, customer: Customer, number: int, ids: Mapping[UUID, str]) -> Payer:
    kinds = {
        CustomerKind.INTERNAL: (IdentifierKind.RESOURCE_NUMBER, customer.resource_number),
        CustomerKind.CONSUMER: (
            (IdentifierKind.NATIONAL_ID, ids.get(customer.pk, ""))
            if target.asks_national_id
            else (IdentifierKind.CUSTOMER_NUMBER, str(customer.number))
        ),
    }
    kind, identifier = kinds.get(
        CustomerKind(customer.kind), (IdentifierKind.ORGANIZATION_NUMBER, customer.organization_number)
    )
    told = BasisCustomer(
        kind=kind,
        identifier=identifier,
        name=customer.name,
        street=customer.street,
        city=customer.city,
        postal_code=customer.postal_code,
    )
    return Payer(
        customer=told,
        order_number=str(number),
        customer_number=str(customer.number),
        reference=customer.buyer_reference,
    )


def exported_row(row: RunFileRow) -> ExportedRow:
    """The row as the basis takes it."""
    item, facility = row.item, row.item.facility
    price = item.unit_price
    if not row.is_charged:
        price = Decimal(0)
    elif item.price_includes_vat:
        price = row.net_amount / row.quantity
    return ExportedRow(
        row_id=row.pk,
        customer_id=row.customer_id,
        day=item.day,
        period_from=item.period_from,
        text=item.text,
        quantity=row.quantity,
        unit_price=price,
        net_amount=row.net_amount,
        vat_amount=row.vat_amount,
        vat_code=row.vat_code,
        source_id=item.source_order or str(item.pk),
        source_kind=item.kind,
        group=facility.group if facility else "",
        place=str(facility) if facility else "",
        project=item.project.number if item.project else "",
        product=item.product.number if item.product else "",
        account=item.revenue_account,
        header_text=facility.header_text if facility else "",
        contact_department=facility.contact_department if facility else "",
        dimensions={str(name): str(value) for name, value in item.dimensions.items()},
    )


def _header(target: FinanceTarget, identity: Identity, *, currency: str) -> BasisHeader:
    return BasisHeader(
        **{
            **target.header,
            "system_code": target.system_code,
            "day": identity.day,
            "period": identity.period.replace(day=1),
            "currency": currency,
        }
    )


def _sentence(refusal: FileRefused) -> str:
    told = [sentence_with_place(fault) for fault in refusal.faults[:FAULTS_TOLD]]
    return _("The file cannot be written. %(faults)s") % {"faults": " ".join(told)}


def header_names(layout: str) -> list[str]:
    """What else a layout must be told of the sender, beside code, day, period and currency."""
    found: Target = TARGETS[TargetCode(layout)]
    return sorted(found.header - {"system_code", "day", "period", "currency"})
