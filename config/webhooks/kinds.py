"""The kinds of news, in words, and which lines of the audit trail they are read from."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class News(StrEnum):
    """One name per thing that a program can be told."""

    FINALIZED = "invoice.finalized"
    SENT = "invoice.sent"
    PAID = "invoice.paid"
    PAYMENT = "payment.registered"
    CUSTOMER = "customer.changed"
    BILLED = "backlog.billed"
    TEST = "test"


WORDS: dict[News, Any] = {
    News.FINALIZED: _("A document was finalized"),
    News.SENT: _("A document was handed over to its customer"),
    News.PAID: _("An invoice was paid in full"),
    News.PAYMENT: _("A payment was registered"),
    News.CUSTOMER: _("A customer was registered or changed"),
    News.BILLED: _("Backlog items were billed"),
}
# What is read from each verb of the trail; an invoice that is paid shows by what money was used on.
READ_FROM: dict[str, tuple[News, ...]] = {
    "invoice.finalized": (News.FINALIZED, News.BILLED),
    "delivery.sent": (News.SENT,),
    "payment.registered": (News.PAYMENT, News.PAID),
    "payment.applied": (News.PAID,),
    "customer.created": (News.CUSTOMER,),
    "customer.changed": (News.CUSTOMER,),
    "customer.archived": (News.CUSTOMER,),
    "customer.restored": (News.CUSTOMER,),
}
EXAMPLE = {
    "id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a50",
    "type": "invoice.finalized",
    "occurred_at": "2027-01-04T08:15:00.120000+00:00",
    "organization": "fjordkraft",
    "data": {
        "document_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a20",
        "kind": "invoice",
        "number": 100123,
        "customer_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11",
        "issue_date": "2027-01-04",
        "due_date": "2027-01-18",
        "currency": "NOK",
        "payable_amount": "13593.75",
    },
}
