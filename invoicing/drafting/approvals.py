"""Questions about approval: which drafts need a second person, what was said of them, who may say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery

from foundation import rows
from foundation.money import convert_amount
from invoicing import queries
from invoicing.models import ApprovalVerdict, DraftApproval, Invoice, InvoiceStatus
from payments import queries as ledger
from tenants import queries as tenants
from tenants.models import Organization, User
from tenants.permissions import Permission, may

WAITING_SHOWN_MAX = 200
MAKING_VERBS = ("draft.created", "draft.changed")


@dataclass(frozen=True, slots=True)
class ApprovalState:
    """Where a draft stands with its second person: whether it needs one, and the newest verdict on this version."""

    is_needed: bool
    newest: DraftApproval | None = None
    earlier: DraftApproval | None = None  # the newest verdict on a version that was changed since

    @property
    def verdict(self) -> str:
        """What counts now; empty when nothing was said of the present version."""
        return self.newest.verdict if self.newest else ""

    @property
    def is_waiting(self) -> bool:
        """Whether somebody was asked and has not answered."""
        return self.verdict == ApprovalVerdict.REQUESTED

    @property
    def is_approved(self) -> bool:
        """Whether a second person has approved the draft as it stands."""
        return self.verdict == ApprovalVerdict.APPROVED

    @property
    def returned(self) -> DraftApproval | None:
        """The refusal with which the draft was given back, until somebody asks anew."""
        last = self.newest or self.earlier
        return last if last is not None and last.verdict == ApprovalVerdict.REFUSED else None

    @property
    def stands_in_the_way(self) -> bool:
        """Whether the draft cannot be finalized for want of an approval."""
        return self.is_needed and not self.is_approved


def is_needed_for(organization: Organization, amount: Decimal | None) -> bool:
    """Whether a document of that amount in the books needs a second person; an unknown amount does."""
    limit = organization.approval_from_amount
    return limit is not None and (amount is None or abs(amount) >= limit)


def amount_in_books(organization: Organization, invoice: Invoice, today: date) -> Decimal | None:
    """What the draft comes to in the currency of the books today; None where no exchange rate is known."""
    if invoice.currency == organization.base_currency:
        return invoice.payable_amount
    exchange = (invoice.credits.snapshot or {}).get("exchange") if invoice.credits else None
    if exchange:
        return convert_amount(invoice.payable_amount, Decimal(exchange["rate"]))
    if invoice.fixed_exchange_rate:
        return convert_amount(invoice.payable_amount, invoice.fixed_exchange_rate)
    known = ledger.exchange_rate(organization, invoice.currency, invoice.issue_date or today)
    return None if known is None else convert_amount(invoice.payable_amount, known.rate)


def state_of(organization: Organization, invoice: Invoice, today: date) -> ApprovalState:
    """Where one draft stands; asks nothing of the database where the organization wants no approvals."""
    if organization.approval_from_amount is None or not invoice.is_draft:
        return ApprovalState(is_needed=False)
    is_needed = is_needed_for(organization, amount_in_books(organization, invoice, today))
    newest = newest_verdict(organization, invoice)
    if newest is None or newest.version == invoice.version:
        return ApprovalState(is_needed, newest)
    return ApprovalState(is_needed, earlier=newest)


def newest_verdict(organization: Organization, invoice: Invoice) -> DraftApproval | None:
    """The last thing that was said of a draft, whichever version it was said of."""
    said = DraftApproval.objects.of(organization).filter(invoice_id=invoice.pk)
    return said.order_by("-given_at", "-id").first()


def verdicts_on(organization: Organization, versions: Iterable[tuple[UUID, int]]) -> dict[UUID, str]:
    """The newest verdict on each draft in the version that is named, in one question."""
    wanted = list(versions)
    found = rows.fetch_all(
        """SELECT DISTINCT ON (a.invoice_id) a.invoice_id, a.verdict
           FROM invoicing_draftapproval a
           JOIN unnest(%s::uuid[], %s::integer[]) AS wanted (id, version)
             ON a.invoice_id = wanted.id AND a.version = wanted.version
           WHERE a.organization_id = %s ORDER BY a.invoice_id, a.given_at DESC, a.id DESC""",
        [[pk for pk, _version in wanted], [version for _pk, version in wanted], organization.pk],
    )
    return dict(found)


def list_waiting(organization: Organization) -> list[DraftApproval]:
    """The requests that nobody has answered, oldest first, with their drafts and customers."""
    newest = (
        DraftApproval.objects.of(organization)
        .filter(invoice_id=OuterRef("invoice_id"))
        .order_by("-given_at", "-id")
        .values("pk")[:1]
    )
    waiting = DraftApproval.objects.of(organization).filter(
        verdict=ApprovalVerdict.REQUESTED,
        version=F("invoice__version"),
        invoice__status=InvoiceStatus.DRAFT,
        pk=Subquery(newest),
    )
    return list(waiting.select_related("invoice__customer").order_by("given_at", "id")[:WAITING_SHOWN_MAX])


def asker_of(organization: Organization, invoice: Invoice) -> UUID | None:
    """Who asked for approval of the present version, last."""
    asked = DraftApproval.objects.of(organization).filter(
        invoice_id=invoice.pk, version=invoice.version, verdict=ApprovalVerdict.REQUESTED
    )
    return asked.order_by("-given_at", "-id").values_list("user_id", flat=True).first()


def askers_of(organization: Organization, invoice: Invoice) -> set[UUID]:
    """Everybody who has asked for approval of the present version."""
    asked = DraftApproval.objects.of(organization).filter(
        invoice_id=invoice.pk, version=invoice.version, verdict=ApprovalVerdict.REQUESTED, user__isnull=False
    )
    return {user for user in asked.values_list("user_id", flat=True) if user}


def maker_of(organization: Organization, invoice: Invoice) -> UUID | None:
    """Who made the draft what it is: who types on it now, else who changed it last; None for the system."""
    spell = queries.open_spells(organization, [invoice.pk]).get(invoice.pk)
    if spell is not None:
        return spell.actor_id
    history = tenants.list_history(organization, subject_id=invoice.pk)
    return history.filter(verb__in=MAKING_VERBS).values_list("actor_id", flat=True).first()


def approvers(organization: Organization, *, besides: Iterable[UUID | None]) -> list[User]:
    """The members who may approve, without those who have a hand in the draft."""
    others = set(besides)
    members = tenants.list_memberships(organization)
    able = [member for member in members if may(member.role, Permission.APPROVE_INVOICES)]
    return [member.user for member in able if member.user_id not in others]


def fragment_context(organization: Organization, invoice: Invoice, user_id: UUID, today: date) -> dict[str, Any]:
    """What the fragment about a draft's approval shows to one reader."""
    state = state_of(organization, invoice, today)
    context: dict[str, Any] = {"approval": state, "approval_draft": invoice}
    if not state.is_needed and not state.newest:
        return context
    hands = {maker_of(organization, invoice), *askers_of(organization, invoice)}
    context["has_own_hand"] = user_id in hands
    context["approver_names"] = [user.name or user.email for user in approvers(organization, besides=hands)]
    return context
