"""Forgetting a person in what accounting systems have said of it (GDPR art. 17)."""

from __future__ import annotations

from uuid import UUID

from accounting_sync.models import CustomerChange, CustomerLink, LinkState, PaymentProposal
from tenants.models import Organization


def forget_in_accounting(organization: Organization, customer_id: UUID) -> None:
    """Blank what was read of the customer, in the caller's transaction; whom a link points at stays, for the books.

    What stands in the accounting system itself is kept there by whoever keeps those books.
    """
    CustomerChange.objects.of(organization).filter(customer_id=customer_id).delete()
    links = CustomerLink.objects.of(organization).filter(customer_id=customer_id)
    links.filter(state=LinkState.CONFLICT).delete()  # the next voucher looks anew
    PaymentProposal.objects.of(organization).filter(receivable__customer_id=customer_id).update(payer="", text="")
    links.update(remote_name="", there={}, candidates=[], refused="")
