"""The desk of reminders: what comes and why, what is kept back, what was sent, and what people do there (M-087)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.models import Invoice
from payments.holds import place_hold
from payments.models import Hold
from reminders.models import Reminder, ReminderLetter, ReminderSettings, ReminderState
from reminders.views.desk import HELD_SHOWN
from tenants.clock import local_today
from tests import builders
from tests.builders import in_organization
from tests.reminders.dunning_rows import ROBOT, at, decide, send, turn_on

pytestmark = pytest.mark.django_db

PAGE_QUERIES_MAX, PAGE_BYTES_MAX = 30, 100_000
FRIENDLY_AFTER, REMINDED_AFTER = 7, 14  # days, by the lawful plan


def late(organization: Any, name: str, days: int, **changes: Any) -> Invoice:
    """An invoice of 2 500,00 to a consumer, due so many days ago."""
    customer = builders.make_customer(
        organization, name=name, kind="consumer", organization_number="", email="kari@example.com", **changes
    )
    lines = [builders.line(quantity=Decimal(1), unit_price=Decimal(2500), vat_treatment="exempt")]
    issued = local_today(organization) - timedelta(days=days + 14)
    return builders.make_finalized_invoice(organization, customer, lines, issued)


def address(organization: Any, name: str, *arguments: Any) -> str:
    return reverse(f"reminders:{name}", args=[organization.slug, *arguments])


def text_of(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200, where
    return answer.content.decode()


def states(organization: Any, invoice: Invoice) -> list[tuple[str, str]]:
    assert invoice.receivable_id is not None
    with in_organization(organization):
        rows = Reminder.objects.of(organization).filter(receivable_id=invoice.receivable_id).order_by("position")
        return list(rows.values_list("step", "state"))


def test_m_087_the_desk_shows_what_comes_with_its_reason_and_what_is_kept_back(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client, today = client_of(owner), local_today(organization)
    due_now = late(organization, "Går I Dag", FRIENDLY_AFTER)
    due_tomorrow = late(organization, "Går I Morgen", FRIENDLY_AFTER - 1)
    disputed = late(organization, "Er Uenig", FRIENDLY_AFTER)
    _hold(organization, disputed, today)

    page = text_of(client, address(organization, "list_upcoming"))
    shown = page.split('id="upcoming"')[1]
    assert shown.index("Går I Dag") < shown.index("Går I Morgen")
    assert str(due_now.number) in shown
    assert str(due_tomorrow.number) in shown
    assert "Er Uenig" not in shown.split('id="held"')[0]
    assert "Feil antall timer" in shown.split('id="held"')[1]
    assert address(organization, "remove_step", due_now.receivable_id, 2) in page
    held = text_of(client, address(organization, "list_held"))
    assert "Er Uenig" in held
    with in_organization(organization):
        hold = Hold.objects.get()
    assert reverse("payments:release_hold", args=[organization.slug, hold.pk]) in held

    few = _queries(client, organization)
    for number in range(HELD_SHOWN + 1):
        late(organization, f"Flere {number}", FRIENDLY_AFTER + number)
        _hold(organization, late(organization, f"Uenige {number}", FRIENDLY_AFTER), today)
    assert _queries(client, organization) == few
    assert max(few.values()) <= PAGE_QUERIES_MAX, few


def _hold(organization: Any, invoice: Invoice, today: date) -> None:
    assert invoice.receivable_id is not None
    with in_organization(organization):
        place_hold(
            organization,
            invoice.receivable_id,
            actor=ROBOT,
            now=at(today),
            kind="dispute",
            reason="Feil antall timer",
        )


def _queries(client: Client, organization: Any) -> dict[str, int]:
    """How many questions each page asks; and each is small."""
    found = {}
    for name in ("list_upcoming", "list_held", "list_sent"):
        with CaptureQueriesContext(connection) as captured:
            page = text_of(client, address(organization, name))
        assert len(page.encode()) < PAGE_BYTES_MAX
        found[name] = len(captured)
    return found


def test_what_is_sent_by_hand_is_seen_first_and_stands_in_every_place_afterwards(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    turn_on(organization)
    client, today = client_of(owner), local_today(organization)
    invoice = late(organization, "Kari Kunde", REMINDED_AFTER)
    stranger_to_it = late(organization, "Ikke Forfalt", -30)
    _send_friendly_before(organization, invoice, today)
    assert invoice.receivable_id is not None
    chosen = {"id": [str(invoice.receivable_id), str(stranger_to_it.receivable_id)]}

    seen = client.post(address(organization, "send_now"), chosen).content.decode()
    assert "38,00" in seen  # inkassoforskriften § 1-2, one twentieth-fifth of the basis
    assert "2 538,00" in seen.replace("\u00a0", " ") or "2\u00a0549" in seen
    assert states(organization, invoice) == [("friendly", "sent")]  # looking sends nothing

    done = client.post(address(organization, "send_now"), {**chosen, "confirmed": "1"})
    assert done.status_code == 302
    assert states(organization, invoice)[1] == ("reminder", "planned")
    assert "progress" in text_of(client, address(organization, "panel_progress"))
    send(organization, today)
    assert states(organization, invoice)[1] == ("reminder", "sent")

    with in_organization(organization):
        letter = ReminderLetter.objects.get(step="reminder")
    letters = text_of(client, address(organization, "list_sent") + "?q=Kari&step=reminder")
    assert address(organization, "show_letter", letter.pk) in letters
    assert "Kari" not in text_of(client, address(organization, "list_sent") + "?q=Ola").split('id="letters"')[1]
    page = text_of(client, address(organization, "show_letter", letter.pk))
    for told in (str(invoice.number), "38,00", "kari@example.com"):
        assert told in page, told
    panel = text_of(client, address(organization, "panel_for_receivable", invoice.receivable_id))
    assert address(organization, "show_letter", letter.pk) in panel
    customer = text_of(client, address(organization, "panel_for_customer", letter.customer_id))
    assert address(organization, "show_letter", letter.pk) in customer


def _send_friendly_before(organization: Any, invoice: Invoice, today: date) -> None:
    before = today - timedelta(days=REMINDED_AFTER - FRIENDLY_AFTER)
    decide(organization, before)
    send(organization, before)
    assert states(organization, invoice) == [("friendly", "sent")]


def test_steps_are_taken_out_held_approved_and_paused_with_a_reason(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    turn_on(organization, needs_approval=True)
    client, today = client_of(owner), local_today(organization)
    removed, skipped, held, approved = (
        late(organization, name, FRIENDLY_AFTER) for name in ("Tas Ut", "Hoppes Over", "På Vent", "Godkjennes")
    )
    decide(organization, today)

    out = address(organization, "remove_step", removed.receivable_id, 2)
    assert client.post(out, {"reason": ""}).status_code == 422
    assert states(organization, removed) == [("friendly", "waiting")]
    assert client.post(out, {"reason": "Avtalt på telefon"}).status_code == 302
    assert states(organization, removed) == [("friendly", "removed")]
    with in_organization(organization):
        row = Reminder.objects.get(state=ReminderState.REMOVED)
    assert client.post(address(organization, "put_back", row.pk)).status_code == 302
    assert states(organization, removed) == [("friendly", "withheld")]

    skip, hold = address(organization, "skip_steps"), address(organization, "hold_claims")
    chosen = {"id": str(skipped.receivable_id)}
    assert "Hoppes Over" in client.post(skip, chosen).content.decode()
    assert states(organization, skipped) == [("friendly", "waiting")]
    client.post(skip, {**chosen, "confirmed": "1", "reason": "Betaler i morgen"})
    assert states(organization, skipped) == [("friendly", "removed")]
    client.post(
        hold, {"id": str(held.receivable_id), "confirmed": "1", "kind": "customer", "reason": "Ringer oss på mandag"}
    )
    with in_organization(organization):
        assert Hold.objects.get().reason == "Ringer oss på mandag"
    assert client.post(hold, {"id": "no id at all"}).status_code == 302

    client.post(address(organization, "pause_reminders"), {"reason": "Bankfilen mangler"})
    assert "Bankfilen mangler" in text_of(client, address(organization, "list_upcoming"))
    client.post(address(organization, "resume_reminders"))
    client.post(address(organization, "approve_steps"), {"id": str(approved.receivable_id)})
    assert states(organization, approved) == [("friendly", ReminderState.PLANNED)]
    client.post(address(organization, "approve_steps"), {"all": "1"})
    with in_organization(organization):
        assert not Reminder.objects.filter(state=ReminderState.WAITING).exists()
        assert not ReminderSettings.objects.get().is_paused
    send(organization, today)
    assert states(organization, held) == [("friendly", "withheld")]
    assert states(organization, approved) == [("friendly", "sent")]


def test_a_letter_that_reached_nobody_is_sent_once_more_as_a_new_one(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    turn_on(organization)
    client, today = client_of(owner), local_today(organization)
    invoice = late(organization, "Feil Adresse", FRIENDLY_AFTER)
    decide(organization, today)
    send(organization, today)
    with in_organization(organization):
        letter = ReminderLetter.objects.get()
        letter.withdrawn_at, letter.withdrawn_reason = at(today), "reached_nobody"
        letter.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        Reminder.objects.filter(letter=letter).update(withdrawn_at=at(today))
    assert "Feil Adresse" in text_of(client, address(organization, "list_held"))
    again = client.post(address(organization, "send_letter_again", letter.pk))
    assert again["Location"] == f"{address(organization, 'send_now')}?id={invoice.receivable_id}"
    assert "Feil Adresse" in text_of(client, again["Location"])
    client.post(address(organization, "send_now"), {"id": str(invoice.receivable_id), "confirmed": "1"})
    send(organization, today)
    with in_organization(organization):
        assert ReminderLetter.objects.count() == 2


def test_reminders_are_sent_from_the_list_of_invoices(
    organization: Any, owner: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = late(organization, "Fra Listen", FRIENDLY_AFTER)
    draft = builders.make_draft(organization)
    where = address(organization, "send_for_invoices")
    page = client_of(owner).post(where, {"id": [str(invoice.pk), str(draft.pk)]})
    assert "Fra Listen" in page.content.decode()
    assert f'name="id" value="{invoice.receivable_id}"' in page.content.decode()
    assert client_of(owner).post(where, {"id": str(draft.pk)}).status_code == 302
    assert client_of(auditor).post(where, {"id": str(invoice.pk)}).status_code == 403
