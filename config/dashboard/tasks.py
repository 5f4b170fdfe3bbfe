"""What waits for the person who looks: approvals, failed checks, changes that need a second person."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from config.context_processors import counted
from invoicing.models import ApprovalVerdict, DraftApproval, DraftCheck, Invoice, InvoiceStatus
from tenants.models import BankAccountChange
from tenants.permissions import OrganizationRequest, Permission

COUNT_MAX = 99


@dataclass(frozen=True, slots=True)
class DeskTasks:
    """Counts of what waits, with what the drafts come to in the currency of the books."""

    to_approve: int = 0
    to_approve_amount: Decimal = Decimal(0)
    refused: int = 0
    broken: int = 0
    bank_changes: int = 0
    undelivered: int = 0
    letters: int = 0
    enquiries: int = 0
    bank_lines: int = 0
    to_judge: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        sending = (self.undelivered, self.letters, self.enquiries)
        own = (self.to_approve, self.refused, self.broken, self.bank_changes, self.bank_lines, self.to_judge)
        return not any((*own, *sending))


def desk_tasks(request: OrganizationRequest) -> DeskTasks:
    """What waits for this member, by what the member may do."""
    waiting: dict[str, Any] = _waiting(request) if request.may(Permission.APPROVE_INVOICES) else {}
    may_send, may_answer = request.may(Permission.SEND_INVOICES), request.may(Permission.ANSWER_CUSTOMERS)
    may_register = request.may(Permission.REGISTER_PAYMENTS)
    return DeskTasks(
        to_approve=waiting.get("count", 0),
        to_approve_amount=waiting.get("amount") or Decimal(0),
        refused=_refused(request) if request.may(Permission.EDIT_DRAFTS) else 0,
        broken=_broken(request) if request.may(Permission.FINALIZE_INVOICES) else 0,
        bank_changes=_bank_changes(request) if request.may(Permission.EDIT_BANK_ACCOUNTS) else 0,
        undelivered=counted(request, request.organization)["undelivered"] if may_send else 0,
        letters=counted(request, request.organization)["letters"] if may_send else 0,
        enquiries=counted(request, request.organization)["enquiries"] if may_answer else 0,
        bank_lines=counted(request, request.organization)["bank_lines"] if may_register else 0,
        to_judge=counted(request, request.organization)["backlog"] if request.may(Permission.MARK_READY) else 0,
    )


def _judged(request: OrganizationRequest) -> Any:
    """Drafts with the newest verdict on the version that they have now."""
    newest = (
        DraftApproval.objects.of(request.organization)
        .filter(invoice_id=OuterRef("pk"), version=OuterRef("version"))
        .order_by("-given_at", "-id")
    )
    drafts = Invoice.objects.of(request.organization).filter(status=InvoiceStatus.DRAFT)
    with_verdicts = drafts.filter(pk__in=DraftApproval.objects.of(request.organization).values("invoice_id"))
    return with_verdicts.annotate(
        verdict=Subquery(newest.values("verdict")[:1]), by=Subquery(newest.values("user")[:1])
    )


def _waiting(request: OrganizationRequest) -> dict[str, Any]:
    rows = _judged(request).filter(verdict=ApprovalVerdict.REQUESTED).exclude(by=request.user.pk)
    in_books = Q(currency=request.organization.base_currency)
    found: dict[str, Any] = rows.aggregate(count=Count("pk"), amount=Sum("payable_amount", filter=in_books))
    return found


def _refused(request: OrganizationRequest) -> int:
    rows = _judged(request).filter(verdict=ApprovalVerdict.REFUSED, follow_ups__owner_id=request.user.pk)
    return int(rows.count())


def _broken(request: OrganizationRequest) -> int:
    """Drafts whose check as they stand found something that keeps them from being finalized."""
    rows = DraftCheck.objects.of(request.organization).filter(
        invoice__status=InvoiceStatus.DRAFT,
        findings__contains=[{"is_fatal": True}],
        checked_at__gte=F("invoice__updated_at"),
    )
    return len(rows.values_list("pk")[: COUNT_MAX + 1])


def _bank_changes(request: OrganizationRequest) -> int:
    rows = BankAccountChange.objects.of(request.organization).filter(applied_at=None, withdrawn_at=None)
    return rows.exclude(requested_by_id=request.user.pk).count()
