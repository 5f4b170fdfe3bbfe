"""Which customers can be billed: whether the number is there by which they are known to authorities and networks."""

from __future__ import annotations

from customers.models import Customer, CustomerKind


def lacks_identifier(customer: Customer, *, needs_national_id: bool = False) -> bool:
    """Whether the customer's own number is missing: organization, internal resource or, where asked for, national id.

    A business abroad may be known by its VAT number instead (M-139).
    """
    if customer.kind == CustomerKind.INTERNAL:
        return not customer.resource_number
    if customer.kind == CustomerKind.CONSUMER:
        return needs_national_id and not customer.has_national_id
    return not (customer.organization_number or customer.vat_number)
