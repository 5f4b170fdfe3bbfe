"""Advances, and where each stands: what was asked for, paid, used and is left, by the ledger and the invoices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from billing_backlog.models import Advance, AdvanceKind, Contract, ContractCustomer, Project
from customers.models import Customer
from foundation import rows
from invoicing.models import Invoice, InvoiceStatus
from payments.models import Allocation, Payment
from payments.queries import balances
from tenants.models import Organization

ZERO = Decimal("0.00")
USES_SHOWN_MAX = 200
SHOWN_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceStanding:
    """Where an advance stands, in its own currency."""

    asked: Decimal = ZERO
    is_draft: bool = True  # the request is not sent yet
    is_withdrawn: bool = False
    open: Decimal = ZERO  # asked for and not paid yet
    paid: Decimal = ZERO
    used: Decimal = ZERO  # on invoices, less what credit notes gave back
    on_drafts: Decimal = ZERO  # set aside for invoices that are not finalized yet
    given_back: Decimal = ZERO  # the rest that was paid back

    @property
    def available(self) -> Decimal:
        """What can still be used or paid back; negative where a payment was taken back after it was used."""
        return self.paid - self.used - self.on_drafts

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left and nothing is awaited: it leaves the list (M-034)."""
        return self.is_withdrawn or not (self.is_draft or self.open or self.available or self.on_drafts)

    @property
    def used_share(self) -> int:
        """How much of what is paid is used or set aside, in hundredths."""
        return min(100, max(0, int((self.used + self.on_drafts) * 100 / self.paid))) if self.paid else 0


@dataclass(frozen=True, slots=True)
class Stood:
    """An advance with where it stands."""

    advance: Advance
    standing: AdvanceStanding


@dataclass(frozen=True, slots=True)
class AdvanceUse:
    """What of an advance a document uses; negative where a credit note gives it back."""

    invoice: Invoice
    amount: Decimal


def list_advances(
    organization: Organization,
    *,
    kind: str = "",
    customer_id: UUID | None = None,
    contract_id: UUID | None = None,
    words: str = "",
) -> QuerySet[Advance]:
    """The advances that fit, with their requests, customers and contracts, the newest first."""
    found = Advance.objects.of(organization).select_related("invoice", "customer", "contract__project")
    exact = {"kind": kind, "customer_id": customer_id, "contract_id": contract_id}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if words:
        named = Q(name__icontains=words) | Q(customer__name__icontains=words) | Q(contract__number__iexact=words)
        found = found.filter(named | Q(invoice__number=int(words)) if words.isdecimal() and len(words) < 19 else named)
    return found.order_by("-created_at", "-id")


def seen_by(found: QuerySet[Advance], projects: QuerySet[Project] | None) -> QuerySet[Advance]:
    """Those of the advances that are about the contracts of these projects; all of them where None narrows them."""
    return found if projects is None else found.filter(contract__project__in=projects.order_by().values("pk"))


def get_advance(organization: Organization, advance_id: UUID, projects: QuerySet[Project] | None = None) -> Advance:
    """One advance with its request among those that may be seen, or 404."""
    found = seen_by(list_advances(organization), projects).filter(pk=advance_id).first()
    if found is None:
        raise Http404
    return found


def advance_of_request(organization: Organization, invoice_id: UUID) -> Advance | None:
    """The advance that a payment request asks for."""
    return list_advances(organization).filter(invoice_id=invoice_id).first()


def lock_advances(organization: Organization, advance_ids: Iterable[UUID]) -> dict[UUID, Advance]:
    """The advances by id, locked in the order of their ids: nobody uses or pays them back beside us."""
    found = Advance.objects.of(organization).select_related("invoice", "customer").filter(pk__in=list(advance_ids))
    return {row.pk: row for row in found.order_by("pk").select_for_update(no_key=True, of=("self",))}


def stood(organization: Organization, advances: Sequence[Advance]) -> list[Stood]:
    """The advances in their order, each with where it stands."""
    standing = standing_of_advances(organization, advances)
    return [Stood(advance, standing[advance.pk]) for advance in advances]


def standing_of_advances(organization: Organization, advances: Collection[Advance]) -> dict[UUID, AdvanceStanding]:
    """Where each stands, by as many questions for one as for many; never kept anywhere."""
    if not advances:
        return {}
    requests = {row.pk: row.invoice for row in advances}
    receivables = {request.receivable_id: key for key, request in requests.items() if request.receivable_id}
    settled = _settled(organization, list(receivables))
    owed = balances(organization.pk, list(receivables))
    used = _used(organization, list(requests), {row.customer_id for row in advances})
    standing = {}
    for advance in advances:
        receivable_id = requests[advance.pk].receivable_id
        paid, withdrawn, given_back = settled.get(receivable_id, (ZERO, ZERO, ZERO))
        finalized, on_drafts = used.get(advance.pk, (ZERO, ZERO))
        standing[advance.pk] = AdvanceStanding(
            asked=advance.amount,
            is_draft=requests[advance.pk].status == InvoiceStatus.DRAFT,
            is_withdrawn=withdrawn >= advance.amount,
            open=owed[receivable_id].currency_amount if receivable_id else ZERO,
            paid=paid,
            used=finalized,
            on_drafts=on_drafts,
            given_back=given_back,
        )
    return standing


def _settled(
    organization: Organization, receivable_ids: Sequence[UUID]
) -> dict[UUID | None, tuple[Decimal, Decimal, Decimal]]:
    """What has paid each request, what was withdrawn of it, and what was given back."""
    found = rows.fetch_all(
        """SELECT receivable_id, sum(amount) FILTER (WHERE NOT is_withdrawal AND kind <> 'given_back'),
                  sum(amount) FILTER (WHERE is_withdrawal), sum(amount) FILTER (WHERE kind = 'given_back')
           FROM (SELECT l.receivable_id, l.kind, l.amount, w.id IS NOT NULL AS is_withdrawal
                 FROM payments_allocation l
                 LEFT JOIN invoicing_invoice w ON w.organization_id = l.organization_id
                   AND w.receivable_id = l.credit_receivable_id AND w.kind = 'withdrawal'
                 WHERE l.organization_id = %s AND l.receivable_id = ANY(%s::uuid[])) AS told
           GROUP BY receivable_id""",
        [organization.pk, list(receivable_ids)],
    )
    return {row[0]: (row[1] or ZERO, row[2] or ZERO, row[3] or ZERO) for row in found}


def _used(
    organization: Organization, advance_ids: Sequence[UUID], customer_ids: Iterable[UUID]
) -> dict[UUID, tuple[Decimal, Decimal]]:
    """What finalized documents use of each, and what is set aside on drafts."""
    found = rows.fetch_all(
        """SELECT part.id,
             coalesce(sum(CASE WHEN d.kind = 'credit_note' THEN -part.amount ELSE part.amount END)
                      FILTER (WHERE d.status = 'finalized'), 0),
             coalesce(sum(part.amount) FILTER (WHERE d.status = 'draft' AND d.kind <> 'credit_note'), 0)
           FROM invoicing_invoice d
           CROSS JOIN LATERAL jsonb_to_recordset(d.prepaid) AS part (id uuid, amount numeric)
           WHERE d.organization_id = %s AND d.customer_id = ANY(%s::uuid[]) AND d.prepaid <> '[]'
             AND part.id = ANY(%s::uuid[])
           GROUP BY part.id""",
        [organization.pk, list(customer_ids), list(advance_ids)],
    )
    return {row[0]: (row[1], row[2]) for row in found}


def uses_of_advance(organization: Organization, advance: Advance) -> list[AdvanceUse]:
    """The documents that use an advance or give it back, in the order in which they were begun."""
    documents = (
        Invoice.objects.of(organization)
        .filter(customer_id=advance.customer_id, prepaid__contains=[{"id": str(advance.pk)}])
        .exclude(prepaid=[])
        .defer("snapshot")
        .order_by("created_at", "id")
    )
    uses = []
    for document in documents[:USES_SHOWN_MAX]:
        sign = -1 if document.is_credit_note else 1
        own = sum((Decimal(part["amount"]) for part in document.prepaid if part["id"] == str(advance.pk)), ZERO)
        uses.append(AdvanceUse(document, sign * own))
    return uses


def advances_for(organization: Organization, draft: Invoice, contract_id: UUID | None) -> list[Stood]:
    """What may pay a draft, oldest first: paid advances of its customer and currency, of its contract or of none.

    What the draft uses already is set aside, and so no longer counted as available.
    """
    own = {part["id"] for part in draft.prepaid}
    fits = Q(contract=None) | Q(contract_id=contract_id) if contract_id else Q(contract=None)
    found = (
        list_advances(organization, customer_id=draft.customer_id)
        .filter(fits | Q(pk__in=own), currency=draft.currency)
        .filter(invoice__status=InvoiceStatus.FINALIZED)
        .order_by("created_at", "id")
    )
    offered = stood(organization, list(found[:SHOWN_MAX]))
    return [each for each in offered if each.standing.available > 0 or str(each.advance.pk) in own]


def payers_of(organization: Organization, contract: Contract) -> list[Customer]:
    """The customers who bear a contract, any of whom may be asked in advance."""
    shares = ContractCustomer.objects.of(organization).filter(contract=contract).select_related("customer")
    return [share.customer for share in shares.order_by("id")]


def payments_of_advance(organization: Organization, advance: Advance) -> list[Payment]:
    """The payments that have paid the request of an advance, the newest first."""
    receivable_id = advance.invoice.receivable_id
    if receivable_id is None:
        return []
    paying = Allocation.objects.of(organization).filter(receivable_id=receivable_id, payment__isnull=False)
    found = Payment.objects.of(organization).filter(pk__in=paying.values("payment_id"))
    return list(found.select_related("customer").order_by("-day", "-id")[:USES_SHOWN_MAX])


def retainers(organization: Organization) -> list[list[Stood]]:
    """The retainers that are filled up, each as the first advance followed by those that filled it again."""
    found = list_advances(organization, kind=AdvanceKind.RETAINER).order_by("created_at", "id")
    families: dict[UUID, list[Stood]] = {}
    for each in stood(organization, list(found)):
        families.setdefault(each.advance.refills_id or each.advance.pk, []).append(each)
    return list(families.values())


def family_of(organization: Organization, advance: Advance) -> list[Stood]:
    """A retainer with everything that filled it, the first one first; an advance alone."""
    first = advance.refills_id or advance.pk
    found = list_advances(organization).filter(Q(pk=first) | Q(refills_id=first)).order_by("created_at", "id")
    return stood(organization, list(found))


@dataclass(frozen=True, slots=True)
class AdvanceSum:
    """What advances of one currency come to."""

    currency: str
    paid: Decimal
    open: Decimal
    used: Decimal
    available: Decimal


def sums_of(stood_advances: Iterable[Stood]) -> list[AdvanceSum]:
    """What they come to, currency by currency."""
    sums: dict[str, AdvanceSum] = {}
    for each in stood_advances:
        now, currency = each.standing, each.advance.currency
        before = sums.get(currency, AdvanceSum(currency, ZERO, ZERO, ZERO, ZERO))
        sums[currency] = AdvanceSum(
            currency,
            before.paid + now.paid,
            before.open + now.open,
            before.used + now.used + now.on_drafts,
            before.available + now.available,
        )
    return [sums[currency] for currency in sorted(sums)]
