"""What is cancelled is never billed, is credited where it was, and those affected are told once (M-158)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from billing_backlog.actions import bookings
from billing_backlog.actions.cancel_bookings import cancel_bookings
from billing_backlog.errors import BookingIsCancelled, ItemIsUnclear
from billing_backlog.models import BacklogItem, Booking, PayerChoice
from billing_backlog.queries.bookings import rest_of_series
from billing_backlog.queries.rehearsing import rehearse_run
from invoicing.dispatching.caught import list_mails
from invoicing.models import Invoice, InvoiceKind
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Notice, Organization, OutboxRow, User
from tests.billing_backlog.booking_rows import NOW, TODAY, Hall, make_hall
from tests.billing_backlog.test_run_billing import new_run
from tests.builders import finalize_drafts, in_organization, make_customer, make_proformas_of, run_background

pytestmark = pytest.mark.django_db


def cancel(hall: Hall, *booked: Booking, reason: str = "Vannlekkasje", actor: Actor | None = None) -> list[Booking]:
    with organization_context(hall.organization.pk):
        return cancel_bookings(
            hall.organization,
            [each.pk for each in booked],
            reason=reason,
            actor=actor or hall.actor,
            today=TODAY,
            now=NOW,
        )


def told(organization: Organization) -> list[str]:
    """The addresses that are told of cancelled bookings."""
    with in_organization(organization):
        rows = OutboxRow.objects.filter(kind="billing_backlog.mail_cancelled_bookings")
        return sorted(row.payload["to"] for row in rows)


def test_m_158_those_affected_are_told_once_and_nothing_is_billed(
    organization: Organization, case_worker: User
) -> None:
    hall = make_hall(organization, case_worker=case_worker)
    payer = make_customer(organization, name="Idrettsrådet", email="post@idrettsraadet.example")
    booked = hall.book(until=date(2026, 11, 25), payer_choice=PayerChoice.ORGANIZATION, payer=payer)
    run = new_run(organization, case_worker)
    with pytest.raises(ItemIsUnclear) as refused:
        cancel(hall, booked[0], reason=" ")
    assert refused.value.field == "reason"
    with in_organization(organization):
        rest = rest_of_series(organization, booked[0], date(2026, 11, 11))
        assert rest == [each.pk for each in booked[1:]]

    gone = cancel(hall, *booked[1:])
    everybody = {"kor@fjellklang.example", "post@idrettsraadet.example", str(case_worker)}
    assert [set(each.told_to) for each in gone] == [everybody] * 3
    assert cancel(hall, *booked[1:]) == []

    assert told(organization) == ["kor@fjellklang.example", "post@idrettsraadet.example"]
    with in_organization(organization):
        [notice] = Notice.objects.filter(user=case_worker)
        assert (notice.kind, notice.facts["count"]) == ("booking.cancelled", 3)
        assert [row.item_id for row in rehearse_run(organization, run).rows] == [booked[0].item_id]
        items = BacklogItem.objects.filter(pk__in=[each.item_id for each in booked[1:]])
        assert [(item.is_cancelled, item.cancelled_reason) for item in items] == [(True, "Vannlekkasje")] * 3
        with pytest.raises(DatabaseError, match="is cancelled"), transaction.atomic():
            Booking.objects.filter(pk=gone[0].pk).update(cancelled_at=None)
    with organization_context(organization.pk), pytest.raises(BookingIsCancelled):
        bookings.update_booking(organization, gone[0].pk, hall.terms(), version=2, actor=hall.actor, now=NOW)


def test_m_158_what_was_invoiced_is_credited_and_what_stood_on_a_draft_leaves_it(organization: Organization) -> None:
    hall = make_hall(organization)
    [invoiced] = hall.book()
    [drafted] = hall.book(day=date(2026, 11, 11))
    assert invoiced.item is not None
    assert drafted.item is not None
    [first] = make_proformas_of(organization, [invoiced.item])
    finalize_drafts(organization, [first.invoice_id])
    [second] = make_proformas_of(organization, [drafted.item])

    cancel(hall, invoiced, drafted)

    with in_organization(organization):
        assert not Invoice.objects.filter(pk=second.invoice_id).exists()
        note = Invoice.objects.get(kind=InvoiceKind.CREDIT_NOTE)
        assert (note.credits_id, note.is_draft) == (first.invoice_id, False)


def test_the_mail_says_what_does_not_take_place(organization: Organization) -> None:
    hall = make_hall(organization)
    [booking] = hall.book(contact_email="leder@fjellklang.example")
    cancel(hall, booking)
    run_background()
    # The contact is told, and the club at its own address as the payer.
    mails = {mail.to: mail for mail in list_mails(organization)}
    assert set(mails) == {"kor@fjellklang.example", "leder@fjellklang.example"}
    words = mails["leder@fjellklang.example"].text
    assert "Solhallen, 04.11.2026 18:00–20:00 (Fjellklang Kor)" in words
    assert "Vannlekkasje" in words
