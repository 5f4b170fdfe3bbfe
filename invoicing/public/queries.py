"""Questions about secret links and about what customers said on the page behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import Http404

from invoicing.dispatching.queries import settings_of
from invoicing.models import Enquiry, EnquiryKind, PublicLink
from payments.additions import additions_of
from tenants.models import Organization, OutboxRow, OutboxState

LINKS_SHOWN_MAX = 50
ENQUIRIES_SHOWN_MAX = 50
COUNT_MAX = 99


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """Where a token leads: asked for before anybody is known."""

    organization_id: UUID
    link_id: UUID


def place_of_token(token_sha256: str) -> LinkPlace | None:
    """The organization and the link of a token's hash; None where no such token was ever given out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, id FROM resolve_public_link(%s)", [token_sha256])
        row = cursor.fetchone()
    return LinkPlace(*row) if row else None


def open_additions(organization: Organization, receivable_id: UUID) -> dict[str, Decimal]:
    """What is open of the fees, the compensation and the interest that were added to a claim, by kind."""
    found: dict[str, Decimal] = {}
    for addition in additions_of(organization.pk, [receivable_id])[receivable_id]:
        if addition.open > 0:
            found[addition.kind] = found.get(addition.kind, Decimal(0)) + addition.open
    return found


def find_link(organization: Organization, link_id: UUID) -> PublicLink | None:
    """One link, taken back or not; None where there is none."""
    return PublicLink.objects.of(organization).filter(pk=link_id).first()


def link_with_organization(organization_id: UUID, link_id: UUID) -> PublicLink | None:
    """One link, taken back or not, and the organization that it is of, in one question; None where there is none."""
    return PublicLink.objects.of(organization_id).select_related("organization").filter(pk=link_id).first()


def get_link(organization: Organization, link_id: UUID) -> PublicLink:
    """One link or 404."""
    link = find_link(organization, link_id)
    if link is None:
        raise Http404
    return link


def lock_link(organization: Organization, link_id: UUID) -> PublicLink:
    """One link, locked, or 404."""
    rows = PublicLink.objects.of(organization).select_for_update(no_key=True, of=("self",))
    link = rows.filter(pk=link_id).first()
    if link is None:
        raise Http404
    return link


def links_of(organization: Organization, invoice_id: UUID) -> list[PublicLink]:
    """The newest links to a document with the deliveries that they went out with."""
    rows = PublicLink.objects.of(organization).filter(subject_id=invoice_id).select_related("delivery")
    return list(rows.order_by("-made_at", "-id")[:LINKS_SHOWN_MAX])


def links_to_any(organization: Organization, subject_ids: Sequence[UUID]) -> list[PublicLink]:
    """The newest links to any of these, taken back or not."""
    rows = PublicLink.objects.of(organization).filter(subject_id__in=list(subject_ids))
    return list(rows.order_by("-made_at", "-id")[:LINKS_SHOWN_MAX])


def links_in_force(organization: Organization, invoice_id: UUID) -> list[UUID]:
    """The links to a document that nobody has taken back."""
    rows = PublicLink.objects.of(organization).filter(subject_id=invoice_id, revoked_at=None)
    return list(rows.order_by("id").values_list("pk", flat=True))


def says_wrong_recipient(organization: Organization, invoice_id: UUID) -> bool:
    """Whether somebody has written that the document belongs to somebody else."""
    rows = Enquiry.objects.of(organization).filter(invoice_id=invoice_id)
    return rows.filter(kind=EnquiryKind.WRONG_RECIPIENT).exists()


def life_after_settling(organization: Organization) -> timedelta:
    """How long a link lives once nothing is owed any more."""
    return timedelta(days=settings_of(organization).link_days_after_paid)


def end_of_link(organization: Organization, link: PublicLink, settled_at: datetime | None) -> datetime | None:
    """When a link ends by itself; None as long as something is owed."""
    if link.expires_at is not None or settled_at is None:
        return link.expires_at
    return settled_at + life_after_settling(organization)


def is_under_way(organization: Organization, key: str) -> bool:
    """Whether something was asked for under this key already."""
    return OutboxRow.objects.of(organization).filter(key=key).exists()


def has_failed(organization: Organization, key: str) -> bool:
    """Whether what was asked for under this key could not be done, and is not tried any more."""
    return OutboxRow.objects.of(organization).filter(key=key, state=OutboxState.FAILED).exists()


def lock_enquiry(organization: Organization, enquiry_id: UUID) -> Enquiry:
    """One enquiry, locked, or 404."""
    rows = Enquiry.objects.of(organization).select_for_update(no_key=True, of=("self",))
    enquiry = rows.select_related("invoice", "hold").filter(pk=enquiry_id).first()
    if enquiry is None:
        raise Http404
    return enquiry


def get_enquiry(organization: Organization, enquiry_id: UUID) -> Enquiry:
    """One enquiry with its document and what it holds, or 404."""
    enquiry = _enquiries(organization).filter(pk=enquiry_id).first()
    if enquiry is None:
        raise Http404
    return enquiry


def enquiry_under_key(organization: Organization, invoice_id: UUID, key: str) -> Enquiry | None:
    """What was said under this form's key, if it was said."""
    return Enquiry.objects.of(organization).filter(invoice_id=invoice_id, key=key).first()


def enquiries_of(organization: Organization, invoice_id: UUID) -> list[Enquiry]:
    """What was said of a document, the newest first."""
    return list(_enquiries(organization).filter(invoice_id=invoice_id).order_by("-said_at")[:ENQUIRIES_SHOWN_MAX])


def enquiries_of_link(organization: Organization, link_id: UUID) -> list[Enquiry]:
    """What was said through one link, the newest first: whoever holds another link does not see it."""
    rows = Enquiry.objects.of(organization).filter(link_id=link_id).select_related("line")
    return list(rows.order_by("-said_at")[:ENQUIRIES_SHOWN_MAX])


def list_enquiries(organization: Organization, *, is_open: bool) -> QuerySet[Enquiry]:
    """Enquiries that wait, the oldest first; or those that were answered, the newest first."""
    rows = _enquiries(organization).filter(answered_at__isnull=is_open)
    return rows.order_by("said_at", "id") if is_open else rows.order_by("-answered_at", "-id")


def count_open_enquiries(organization: Organization, most: int = COUNT_MAX) -> int:
    """How many enquiries wait, counted no further than one more than is shown."""
    return Enquiry.objects.of(organization).filter(answered_at=None)[: most + 1].count()


def _enquiries(organization: Organization) -> QuerySet[Enquiry]:
    rows = Enquiry.objects.of(organization).select_related("invoice", "invoice__customer", "line", "hold")
    return rows.defer("invoice__snapshot")
