"""What of ours a connection must have a name for: accounts, VAT treatments, dimensions, and how each is mapped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.http import Http404

from accounting_sync.mapping.entries import Target
from accounting_sync.mapping.facts import vat_key
from accounting_sync.mapping.suggesting import OwnAccount, suggest_account, suggest_value, suggest_vat
from accounting_sync.models import AccountMapping, Connection, MappingKind, RemoteChoice, SyncItem, SyncState
from accounting_sync.providers.base import Adapter, ListKind
from accounting_sync.queries.connections import mappings_of
from customers.models import Customer
from customers.vat import VatTreatment
from foundation import rows
from invoicing.vat_rates import DatedPercent, RateTable
from payments import chart
from tenants import queries as tenants
from tenants.models import Organization

MONEY = frozenset({chart.BANK, chart.CASH, chart.PROVIDER_CLEARING})
DIMENSION_VALUES_MAX = 300
EXCEPTIONS_MAX = 200
CHOICES_MAX = 5_000
LOCAL_KEY_MAX = 100
OUR_CHART = frozenset({"NO"})  # systems of this country alone number accounts as ours are numbered
LOOKED_BACK = timedelta(days=365)  # how old the vouchers are that show what is used

_ACCOUNTS = """
    SELECT a.number, a.name, a.purpose, a.is_active, coalesce(used.vouchers, 0)
    FROM payments_account a
    LEFT JOIN (
      SELECT p.account_id, count(DISTINCT p.voucher_id) AS vouchers
      FROM payments_posting p JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
      WHERE p.organization_id = %(organization)s AND v.day >= %(first)s GROUP BY p.account_id
    ) used ON used.account_id = a.id
    WHERE a.organization_id = %(organization)s AND (a.is_active OR used.vouchers > 0) ORDER BY a.number
"""
_VAT = """
    SELECT l.vat_treatment, l.vat_rate_percent, count(DISTINCT i.id)
    FROM invoicing_invoiceline l
    JOIN invoicing_invoice i ON i.organization_id = l.organization_id AND i.id = l.invoice_id
    WHERE l.organization_id = %(organization)s AND i.status = 'finalized' AND i.voucher_id IS NOT NULL
      AND i.issue_date >= %(first)s AND l.charge_kind = 'chargeable' GROUP BY 1, 2
"""
_DIMENSIONS = """
    SELECT pair.key, pair.value, count(DISTINCT p.voucher_id)
    FROM payments_posting p
    JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
    CROSS JOIN LATERAL jsonb_each_text(p.dimensions) AS pair
    WHERE p.organization_id = %(organization)s AND v.day >= %(first)s AND pair.key = ANY(%(kinds)s)
    GROUP BY 1, 2 ORDER BY 1, 2 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRow:
    """One thing of ours that is called differently there, and as what it is mapped."""

    kind: str
    local_key: str
    label: str = ""
    code: str = ""  # as people write it: the account's number, the standard tax code
    vouchers: int = 0  # of the last year
    purpose: str = ""
    treatment: str = ""
    rate_percent: Decimal = Decimal(0)
    is_needed: bool = False  # a voucher cannot go without it
    mapping: AccountMapping | None = None

    @property
    def key(self) -> str:
        """How needs and forms name it, such as account:3000."""
        return f"{self.kind}:{self.local_key}"

    @property
    def is_missing(self) -> bool:
        """Whether vouchers are stopped for want of it."""
        return self.is_needed and not self.is_mapped

    @property
    def is_mapped(self) -> bool:
        """Whether it points to something that is there."""
        return self.mapping is not None and self.mapping.vanished_at is None


@dataclass(frozen=True, slots=True)
class Choices:
    """The accounting system's lists as they were last read, without what has vanished."""

    by_kind: Mapping[str, list[Target]] = field(default_factory=dict)

    def of(self, kinds: Iterable[str]) -> list[Target]:
        """Rows of these lists, in their order."""
        return [target for kind in kinds for target in self.by_kind.get(kind, [])]


def read_choices(connection: Connection, kinds: Collection[str] | None = None) -> Choices:
    """All lists of a connection in one statement, or some of them."""
    found = RemoteChoice.objects.of(connection.organization_id).filter(connection=connection, vanished_at=None)
    if kinds is not None:
        found = found.filter(kind__in=list(kinds))
    by_kind: dict[str, list[Target]] = {}
    fields = ("kind", "remote_id", "code", "label", "facts")
    for kind, remote_id, code, label, facts in found.order_by("code", "label", "id").values_list(*fields)[:CHOICES_MAX]:
        by_kind.setdefault(kind, []).append(Target(remote_id, code, label, facts))
    return Choices(by_kind)


def lists_for(adapter: Adapter, kind: str, *, purpose: str = "", dimension: str = "") -> list[str]:
    """Which of the accounting system's lists something of ours is chosen from; none where it is typed."""
    if kind == MappingKind.DIMENSION:
        chosen = adapter.dimensions.get(dimension)
        return [chosen] if chosen is not None else []
    if kind == MappingKind.VAT:
        return [kind for kind in (ListKind.VAT_CODES,) if kind in adapter.lists]
    wanted = (ListKind.PAYMENT_ACCOUNTS, ListKind.ACCOUNTS) if purpose in MONEY else (ListKind.ACCOUNTS,)
    return [kind for kind in wanted if kind in adapter.lists]


def targets_for(adapter: Adapter, row: OwnRow, choices: Choices) -> list[Target]:
    """What a row can be mapped to; money goes to accounts of money where the system names them apart."""
    kinds = lists_for(adapter, row.kind, purpose=row.purpose, dimension=row.local_key.partition(":")[0])
    if kinds[:1] == [ListKind.PAYMENT_ACCOUNTS] and choices.of(kinds[:1]):
        return choices.of(kinds[:1])
    return choices.of(kinds)


def suggestion_for(adapter: Adapter, own: OwnRow, choices: Choices) -> Target | None:
    """What one of ours is probably called there."""
    targets = targets_for(adapter, own, choices)
    if own.kind == MappingKind.VAT:
        return suggest_vat(own.treatment, own.rate_percent, targets) if own.treatment else None
    if own.kind == MappingKind.DIMENSION:
        return suggest_value(own.local_key.partition(":")[2], targets)
    account = OwnAccount(own.local_key, own.label, own.purpose)
    return suggest_account(account, targets, is_our_chart=adapter.countries == OUR_CHART)


def list_own_rows(organization: Organization, connection: Connection, adapter: Adapter, today: date) -> list[OwnRow]:
    """Everything of ours that may need a name there, with its mapping for all customers."""
    first = min(today - LOOKED_BACK, connection.start_day or today)
    stored = {
        (row.kind, row.local_key): row for row in mappings_of(connection).filter(customer=None).order_by("local_key")
    }
    blocked = _blocked_keys(organization, connection)
    own = [
        *_accounts(organization, first, blocked),
        *_vat(organization, first, blocked, today),
        *_dimensions(organization, adapter, first),
    ]
    known = {(row.kind, row.local_key) for row in own}
    forgotten = [OwnRow(kind=kind, local_key=key, label=key) for kind, key in stored if (kind, key) not in known]
    return [replace(row, mapping=stored.get((row.kind, row.local_key))) for row in [*own, *forgotten]]


def list_exceptions(connection: Connection) -> list[AccountMapping]:
    """Mappings for single customers, by customer."""
    found = mappings_of(connection).filter(customer__isnull=False).select_related("customer")
    return list(found.order_by("customer__number", "kind", "local_key")[:EXCEPTIONS_MAX])


def get_mapping(connection: Connection, mapping_id: UUID) -> AccountMapping:
    """One mapping of a connection, or 404."""
    found = mappings_of(connection).filter(pk=mapping_id).first()
    if found is None:
        raise Http404
    return found


def customer_numbered(organization: Organization, number: str) -> Customer | None:
    """The customer with our number, if there is one."""
    if not number.isdigit() or len(number) > 18:
        return None
    return Customer.objects.of(organization).filter(number=int(number)).first()


def lock_mappings(connection: Connection) -> dict[tuple[str, str, UUID | None], AccountMapping]:
    """All mappings of a connection under their row locks, by what they are for."""
    found = mappings_of(connection).select_for_update(of=("self",)).order_by("id")
    return {(row.kind, row.local_key, row.customer_id): row for row in found}


def _blocked_keys(organization: Organization, connection: Connection) -> set[str]:
    """Keys for want of which something is stopped now."""
    found = SyncItem.objects.of(organization).filter(
        connection=connection, state=SyncState.BLOCKED, reason__code="unmapped"
    )
    return {key for reason in found.values_list("reason", flat=True)[:500] for key in reason.get("keys", [])}


def _accounts(organization: Organization, first: date, blocked: set[str]) -> list[OwnRow]:
    found = rows.fetch_all(_ACCOUNTS, {"organization": organization.pk, "first": first})
    return [
        OwnRow(
            kind=MappingKind.ACCOUNT,
            local_key=number,
            label=name,
            code=number,
            vouchers=vouchers,
            purpose=purpose,
            is_needed=vouchers > 0 or f"account:{number}" in blocked,
        )
        for number, name, purpose, _is_active, vouchers in found
    ]


def _vat(organization: Organization, first: date, blocked: set[str], today: date) -> list[OwnRow]:
    used = {
        vat_key(treatment, rate, organization.country): (treatment, rate, count)
        for treatment, rate, count in rows.fetch_all(_VAT, {"organization": organization.pk, "first": first})
    }
    for treatment, rate in _possible_rates(organization, today):
        used.setdefault(vat_key(treatment, rate, organization.country), (treatment, rate, 0))
    order = list(VatTreatment)
    return [
        OwnRow(
            kind=MappingKind.VAT,
            local_key=key,
            treatment=treatment,
            rate_percent=rate,
            vouchers=count,
            is_needed=count > 0 or f"vat:{key}" in blocked,
        )
        for key, (treatment, rate, count) in sorted(
            used.items(), key=lambda each: (order.index(VatTreatment(each[1][0])), -each[1][1])
        )
    ]


def _possible_rates(organization: Organization, today: date) -> list[tuple[str, Decimal]]:
    """Every treatment with the rate that it has today; what the country has no rate for is left out."""
    table = RateTable(
        [
            DatedPercent(rate.variant, rate.percent, rate.valid_from, rate.valid_to)
            for rate in tenants.vat_rates(organization.country)
        ]
    )
    found = [(treatment.value, table.percent(treatment.value, today)) for treatment in VatTreatment]
    return [(treatment, rate) for treatment, rate in found if rate is not None]


def _dimensions(organization: Organization, adapter: Adapter, first: date) -> list[OwnRow]:
    kinds = list(adapter.dimensions)
    if not kinds:
        return []
    values = {"organization": organization.pk, "first": first, "kinds": kinds, "most": DIMENSION_VALUES_MAX}
    return [
        OwnRow(kind=MappingKind.DIMENSION, local_key=f"{kind}:{value}", label=value, code=kind, vouchers=count)
        for kind, value, count in rows.fetch_all(_DIMENSIONS, values)
        if len(f"{kind}:{value}") <= LOCAL_KEY_MAX
    ]
