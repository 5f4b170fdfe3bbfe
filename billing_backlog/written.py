"""An entry of work as its maker writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing_backlog.models import ContractLine, Project
from billing_backlog.working import HOUR
from customers.models import Product
from invoicing.attachments import ReadyFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry as its maker writes it down; the receipt is None where it stays what it is."""

    kind: str
    project: Project
    line: ContractLine | None
    day: date
    quantity: Decimal
    text: str
    unit_code: str = HOUR
    product: Product | None = None
    unit_price: Decimal | None = None
    markup_percent: Decimal = Decimal(0)
    price_reason: str = ""
    internal_text: str = ""
    is_billable: bool = True
    sends_receipt: bool = False
    receipt: ReadyFile | None = None
    drops_receipt: bool = False
    submits: bool = False
    version: int = 0  # that it was written over
