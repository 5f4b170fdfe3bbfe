"""Claims that came to the end of their road, agencies, and one of everything that collection names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from foundation import files
from invoicing.models import CustomerPaper, Delivery, DeliveryEvent, DocumentFile, Invoice
from reminders.actions import collection, collection_agencies
from reminders.actions.steps import approve_steps
from reminders.models import CollectionAgency, CollectionCase, Reminder
from tests.builders import actor_of, in_organization
from tests.reminders.dunning_rows import DUE, at, morning, owing, send

NOTICED = DUE + timedelta(days=29)  # the notice before collection, once somebody lets it go
READY = NOTICED + timedelta(days=15)  # its deadline is over


def make_agency(organization: Any, **changes: Any) -> CollectionAgency:
    """An agency that takes CSV by hand."""
    values = {
        "name": "Fjordkred Inkasso AS", "organization_number": "", "client_number": "K-4711",
        "email": "", "layout": "csv", "handing": "by_hand", "host": "", "port": 22, "username": "",
        "fingerprint": "", "folder": "", "is_active": True, **changes,
    }  # fmt: skip
    with in_organization(organization):
        return collection_agencies.create_agency(organization, values=values, secret="", actor=actor_of(organization))


def warned(organization: Any, **changes: Any) -> Invoice:
    """An invoice that was reminded of by its plan, up to the notice before collection; letters are made and sent."""
    invoice = owing(organization, **changes)
    for days in (7, 14, 29):
        morning(organization, DUE + timedelta(days=days))
    with in_organization(organization):
        waiting = Reminder.objects.of(organization).filter(receivable=invoice.receivable_id, state="waiting")
        ids = list(waiting.values_list("pk", flat=True))
        approve_steps(organization, ids, actor=actor_of(organization), now=at(NOTICED))
    send(organization, NOTICED)
    return invoice


def hand_over(organization: Any, agency: CollectionAgency, *invoices: Invoice, day: date = READY) -> list[Any]:
    """Hand the claims of these invoices over."""
    with in_organization(organization):
        return collection.hand_to_collection(
            organization,
            [invoice.receivable_id for invoice in invoices if invoice.receivable_id],
            agency.pk,
            actor=actor_of(organization),
            today=day,
            now=at(day),
        )


def reread(organization: Any, case: CollectionCase) -> CollectionCase:
    """The case as it is stored now."""
    with in_organization(organization):
        return CollectionCase.objects.of(organization).get(pk=case.pk)


def made(organization: Any) -> None:
    """Every document has its files, and every letter was handed over and has arrived."""
    with in_organization(organization):
        space = str(organization.pk)
        invoices = Invoice.objects.of(organization).filter(status="finalized").values_list("pk", flat=True)
        papers = CustomerPaper.objects.of(organization).values_list("pk", flat=True)
        for subject, kind in [*((key, "pdf") for key in papers), *((k, f) for k in invoices for f in ("pdf", "ehf"))]:
            if DocumentFile.objects.of(organization).filter(subject_id=subject, kind=kind).exists():
                continue
            content = f"%PDF of {subject} as {kind}".encode()
            file = DocumentFile(
                organization=organization, subject_id=subject, kind=kind, size_bytes=len(content), subject_kind="x"
            )
            file.sha256 = files.store(space, content)
            file.row_hash = file.content_hash()
            file.save(force_insert=True)
        for delivery in Delivery.objects.of(organization).filter(state="queued"):
            for state in ("sending", "delivered"):
                delivery.state = state
                delivery.save(update_fields=["state"])
            DeliveryEvent.objects.create(
                organization=organization,
                delivery=delivery,
                state="delivered",
                source="receiver",
                happened_at=at(NOTICED),
            )
