"""Forgetting a person in what is not a finalized document: drafts, own properties, checks, what was sent and said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from invoicing import corrections
from invoicing.actions.deliveries import settle_delivery
from invoicing.dispatching import states
from invoicing.models import (
    Attachment,
    Correction,
    Delivery,
    DraftCheck,
    DraftVersion,
    EditingSpell,
    Enquiry,
    Invoice,
    InvoiceFollowUp,
    InvoiceStatus,
    PublicLink,
    SavedView,
)
from payments.models import CustomerHold, Hold
from tenants.audit import Actor
from tenants.erasure import mentioning
from tenants.models import Organization

SAID = ("text", "sender_name", "reply_to", "value", "answer")
TEXTS_OF_DRAFT = ("buyer_reference", "delivery_name", "internal_note", "note")


def drafts_of(organization: Organization, customer_id: UUID) -> list[UUID]:
    """The drafts that go with a customer, with the other halves of the corrections that they belong to."""
    rows = Invoice.objects.of(organization).filter(customer_id=customer_id, status=InvoiceStatus.DRAFT)
    ids = list(rows.order_by("id").values_list("pk", flat=True))
    return sorted({*ids, *(pk for halves in corrections.halves_of(organization, ids) for pk in halves[1:])})


def remove_drafts(organization: Organization, draft_ids: Sequence[UUID]) -> set[str]:
    """Delete drafts and all that hangs on them; returns the hashes of their files."""
    drafts = Invoice.objects.of(organization).filter(pk__in=draft_ids, status=InvoiceStatus.DRAFT)
    files = Attachment.objects.of(organization).filter(invoice_id__in=draft_ids)
    hashes = set(files.values_list("sha256", flat=True))
    either = Q(credit_note_id__in=draft_ids) | Q(replacement_id__in=draft_ids)
    Correction.objects.of(organization).filter(either).delete()
    drafts.filter(credits__isnull=False).delete()
    drafts.delete()
    return hashes


def forget_beside_documents(organization: Organization, document_ids: Collection[UUID], words: Collection[str]) -> None:
    """Forget what was kept beside documents: earlier drafts, own properties, sentences of checks, filters of views."""
    ids = list(document_ids)
    DraftVersion.objects.of(organization).filter(invoice_id__in=ids).delete()
    EditingSpell.objects.of(organization).filter(invoice_id__in=ids).delete()
    InvoiceFollowUp.objects.of(organization).filter(invoice_id__in=ids).update(custom_properties={})
    checks = DraftCheck.objects.of(organization).annotate(said=Cast("findings", TextField()))
    checks.filter(mentioning("said", words, is_json=True), invoice_id__in=ids).delete()
    views = SavedView.objects.of(organization).annotate(asked=Cast("filters", TextField()))
    views.filter(mentioning("asked", [f'"{word}"' for word in words])).delete()  # as a whole value


def forget_sendings(
    organization: Organization,
    document_ids: Collection[UUID],
    words: Collection[str] | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Forget to whom these documents were sent and what was said of them; with words, only what holds one of them.

    What is still on its way to the person is stopped, and links made for them open nothing any more.
    """
    ids = list(document_ids)
    sent = Delivery.objects.of(organization).filter(_naming(("recipient", "recipient_name"), words), subject_id__in=ids)
    for delivery_id in sent.filter(state__in=states.UNDER_WAY).order_by("id").values_list("pk", flat=True):
        settle_delivery(organization, delivery_id, reason=_("The recipient was erased."), actor=actor, now=now)
    _forget("forget_deliveries", sent.values_list("pk", flat=True))
    links = PublicLink.objects.of(organization).filter(_naming(("recipient",), words), subject_id__in=ids)
    links.update(recipient="", revoked_at=Coalesce("revoked_at", Value(now)))
    said = Enquiry.objects.of(organization).filter(_naming(SAID, words), invoice_id__in=ids)
    holds = Hold.objects.of(organization).filter(_naming(("reason", "release_reason", "made_by"), words))
    receivables = Invoice.objects.of(organization).filter(pk__in=ids).values("receivable_id")
    _forget("forget_holds", holds.filter(receivable_id__in=receivables).values_list("pk", flat=True))
    if words is not None:
        customers = Invoice.objects.of(organization).filter(pk__in=ids).values("customer_id")
        of_customers = CustomerHold.objects.of(organization).filter(customer_id__in=customers)
        told = of_customers.filter(_naming(("reason", "release_reason", "made_by"), words))
        _forget("forget_customer_holds", told.values_list("pk", flat=True))
    said.update(**dict.fromkeys(SAID, ""), answered_at=Coalesce("answered_at", Value(now)))


def _naming(columns: Sequence[str], words: Collection[str] | None) -> Q:
    """Rows that hold one of the words in one of the columns; without words, all."""
    return Q() if words is None else reduce(or_, (mentioning(column, words) for column in columns))


def _forget(function: str, ids: Iterable[UUID]) -> None:
    """By a function of the database: the application itself may not change what was sent."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s::uuid[])", [list(ids)])


def forget_contact_in_drafts(
    organization: Organization, customer_id: UUID, document_ids: Collection[UUID], words: Collection[str]
) -> None:
    """Take a person at a customer out of its drafts, and out of what its documents said as drafts."""
    drafts = Invoice.objects.of(organization).filter(customer_id=customer_id, status=InvoiceStatus.DRAFT)
    for column in TEXTS_OF_DRAFT:
        for draft in drafts.filter(mentioning(column, words)).order_by("id"):
            drafts.filter(pk=draft.pk).update(
                **{column: _without(getattr(draft, column), words)}, version=F("version") + 1
            )
    versions = DraftVersion.objects.of(organization).annotate(said=Cast("content", TextField()))
    versions.filter(mentioning("said", words, is_json=True), invoice_id__in=list(document_ids)).delete()
    spells = EditingSpell.objects.of(organization).annotate(said=Cast("before", TextField()))
    spells.filter(mentioning("said", words, is_json=True), invoice_id__in=list(document_ids)).delete()


def _without(text: str, words: Collection[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(re.escape(word), "", text, flags=re.IGNORECASE)
    return text.strip()
