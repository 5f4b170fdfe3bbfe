"""An empty draft for a contract, with what the contract says of its invoices."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from billing_backlog.queries.contracts import lock_contract, whole_contract
from invoicing.actions.beginnings import Beginning
from invoicing.actions.drafts import create_draft
from invoicing.models import Invoice
from tenants.audit import Actor
from tenants.models import Organization

HEADER = ("currency", "fixed_exchange_rate", "buyer_reference", "order_reference", "note", "layout")


@transaction.atomic
def draft_for_contract(
    organization: Organization, contract_id: UUID, *, customer_id: UUID | None = None, actor: Actor, today: date
) -> Invoice:
    """A new draft without lines to who bears the contract, that says which contract it was begun from.

    Where several bear it, the first is billed unless another of them is named.
    """
    contract = lock_contract(organization, contract_id)
    shares = whole_contract(organization, contract).shares
    share = next((share for share in shares if share.customer_id == customer_id), shares[0])
    header: dict[str, Any] = {name: getattr(contract, name) for name in HEADER if getattr(contract, name)}
    header |= {"contract_reference": contract.number, "project_reference": contract.project.number}
    return create_draft(
        organization,
        customer=share.customer,
        header=header,
        lines=[],
        actor=actor,
        today=today,
        beginning=Beginning(origin="contract", origin_id=contract.pk, origin_name=str(contract)),
    )
