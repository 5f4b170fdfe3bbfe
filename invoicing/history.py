"""What has happened to a document, in words: the audit trail as people read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.templatetags.formatting import format_amount, language_of_page
from foundation.text import search_words
from invoicing.dispatching.wording import channel_word, sentence_of
from invoicing.models import Invoice, InvoiceLine
from invoicing.wording import word_for
from payments import payment_queries as ledger
from tenants import queries as tenants
from tenants.models import AuditEntry, Organization

ENTRIES_READ_MAX = 200
CHANGES_NAMED_MAX = 6

SENTENCES = {
    "draft.created": gettext_lazy("Draft made"),
    "draft.copied": gettext_lazy("Begun as a copy"),
    "invoice.owner_changed": gettext_lazy("Owner changed"),
    "proof.taken": gettext_lazy("Proof taken"),
    "draft.released": gettext_lazy("Waits no longer"),
    "draft.held": gettext_lazy("Made to wait"),
    "proforma.confirmed": gettext_lazy("Confirmed"),
    "proforma.returned": gettext_lazy("Returned"),
    "draft.changed": gettext_lazy("Draft changed"),
    "draft.deleted": gettext_lazy("Draft deleted"),
    "attachment.added": gettext_lazy("File attached"),
    "attachment.left_out": gettext_lazy("Receipts left out: the document carries no more"),
    "attachment.removed": gettext_lazy("File taken away"),
    "attachment.moved": gettext_lazy("Files put in another order"),
    "invoice.cloned": gettext_lazy("Copied to a new draft"),
    "invoice.finalized": gettext_lazy("Finalized"),
    "invoice.properties_set": gettext_lazy("Own properties changed"),
    "credit_note.started": gettext_lazy("Credit note begun"),
    "approval.requested": gettext_lazy("Approval asked for"),
    "approval.approved": gettext_lazy("Approved"),
    "approval.refused": gettext_lazy("Not approved"),
    "approval.withdrawn": gettext_lazy("Request for approval withdrawn"),
    "correction.started": gettext_lazy("Correction begun"),
    "correction.abandoned": gettext_lazy("Correction abandoned"),
    "correction.finished": gettext_lazy("Corrected"),
    "invoice.voided": gettext_lazy("Voided"),
    "invoice.dispatched": gettext_lazy("Sent"),
    "invoice.printed_to_bring": gettext_lazy("Printed"),
    "invoice.unreachable": gettext_lazy("Nobody to send to"),
    "delivery.sent": gettext_lazy("Handed over"),
    "delivery.delivered": gettext_lazy("Arrived"),
    "delivery.opened": gettext_lazy("Opened"),
    "delivery.rejected": gettext_lazy("Rejected"),
    "delivery.bounced": gettext_lazy("Came back"),
    "delivery.failed": gettext_lazy("Could not be sent"),
    "delivery.unknown": gettext_lazy("May have been sent"),
    "delivery.given_up": gettext_lazy("Sending given up"),
    "delivery.settled": gettext_lazy("Let rest"),
    "invoice.answered": gettext_lazy("Answered by the customer"),
    "link.copied": gettext_lazy("Link copied"),
    "link.renewed": gettext_lazy("New link mailed"),
    "link.revoked": gettext_lazy("Link taken back"),
    "enquiry.made": gettext_lazy("The customer has written"),
    "enquiry.answered": gettext_lazy("The customer is answered"),
    "payment.registered": gettext_lazy("Payment registered"),
    "payment.detached": gettext_lazy("Payment taken off"),
    "payment.reversed": gettext_lazy("Payment taken back"),
    "payment.charged_back": gettext_lazy("Money taken back by the customer’s bank"),
    "online.begun": gettext_lazy("Begun to pay online"),
    "online.charged": gettext_lazy("Saved card charged"),
    "receivable.paid": gettext_lazy("Paid with money that was here"),
    "receivable.credit_used": gettext_lazy("Paid with a credit note"),
    "receivable.advance_given_back": gettext_lazy("Advance given back"),
    "draft.prepaid": gettext_lazy("Advance used"),
    "receivable.charged": gettext_lazy("Charged for late payment"),
    "receivable.written_off": gettext_lazy("Written off"),
    "receivable.write_off_reversed": gettext_lazy("Write-off undone"),
    "reminder.sent": gettext_lazy("Reminder sent"),
    "reminder.removed": gettext_lazy("Reminder taken out"),
    "reminder.put_back": gettext_lazy("Reminder put back"),
    "reminder.approved": gettext_lazy("Reminder approved"),
    "reminder.withdrawn": gettext_lazy("Reminder withdrawn"),
    "reminder.planned_again": gettext_lazy("Reminder to be sent once more"),
    "reminders.round_started": gettext_lazy("Reminders begin again"),
    "hold.placed": gettext_lazy("Held back"),
    "hold.released": gettext_lazy("Asked for again"),
    "documents.made": gettext_lazy("PDF and EHF made"),
    "documents.retried": gettext_lazy("PDF and EHF asked for again"),
}
# Where a draft was begun, as its first line in the trail tells.
ORIGINS = {
    "overview": gettext_lazy("Begun on the overview"),
    "list": gettext_lazy("Begun from the list of invoices"),
    "customer": gettext_lazy("Begun on the customer’s page"),
    "contact": gettext_lazy("Begun from a contact"),
    "contract": gettext_lazy("Begun from a contract"),
    "quote": gettext_lazy("Begun from a quote"),
    "order": gettext_lazy("Begun from an order"),
    "subscription": gettext_lazy("Begun from a subscription"),
    "copy": gettext_lazy("Begun as a copy"),
    "advance": gettext_lazy("Begun to ask for an advance"),
    "correction": gettext_lazy("Begun to correct an invoice"),
}
# What a person, and not a machine, did or what moved money stands out.
NOTABLE = frozenset(
    {
        "invoice.finalized",
        "credit_note.started",
        "invoice.cloned",
        "correction.finished",
        "invoice.voided",
        "payment.registered",
        "payment.detached",
        "payment.reversed",
        "payment.charged_back",
        "receivable.paid",
        "receivable.credit_used",
        "reminder.sent",
        "receivable.written_off",
        "receivable.write_off_reversed",
    }
)
# What is told of a payment on the page of an invoice that it has paid.
OF_PAYMENTS = ("payment.registered", "payment.detached", "payment.reversed", "payment.charged_back")
SUMS = re.compile(r"(-?\d{1,18}\.\d{1,8})(?: ([A-Z]{3}))?", re.ASCII)
OF_LINE = re.compile(r"lines\.([0-9]{1,5})(?:\.(\w+))?", re.ASCII)
OF_LINES = {"removed": gettext_lazy("removed"), "dimensions": gettext_lazy("Project and department")}
AMOUNTS = {
    "lines": gettext_lazy("Lines"),
    "lines_more": gettext_lazy("Further changes on lines"),
    "lines_order": gettext_lazy("Order of the lines"),
    "payable_amount": gettext_lazy("To pay"),
    "net_amount": gettext_lazy("Net"),
    "vat_amount": gettext_lazy("VAT"),
    "has_own_due_date": gettext_lazy("Own due date"),
    "customer": gettext_lazy("Customer"),
    "fixed_exchange_rate": gettext_lazy("Agreed exchange rate"),
}


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One thing that happened."""

    sentence: str
    details: tuple[str, ...]
    moment: datetime
    actor: str
    is_notable: bool

    @property
    def as_of(self) -> str:
        """The moment at which all that this did can be seen: the next whole second."""
        return (self.moment.replace(microsecond=0) + timedelta(seconds=1)).isoformat()


def trail_of(organization: Organization, subject_id: UUID, receivable_id: UUID | None = None) -> list[AuditEntry]:
    """The newest lines of the trail about a document, its claim and the money on it, newest first."""
    if receivable_id is None:
        return list(tenants.list_history(organization, subject_id=subject_id)[:ENTRIES_READ_MAX])
    about = (subject_id, receivable_id)
    payments = ledger.payments_on(organization, receivable_id)
    entries = tenants.list_history_of(organization, about, among=payments, verbs=OF_PAYMENTS)
    return list(entries[:ENTRIES_READ_MAX])


def history_of(
    organization: Organization, subject_id: UUID, words: str = "", *, receivable_id: UUID | None = None
) -> list[HistoryRow]:
    """The newest two hundred entries that hold the words, newest first."""
    return history_in(trail_of(organization, subject_id, receivable_id), words)


def history_in(entries: Iterable[AuditEntry], words: str = "") -> list[HistoryRow]:
    """Those of the entries that hold the words, as people read them."""
    rows = [_row(entry) for entry in entries]
    wanted = search_words(words).casefold()
    return [row for row in rows if wanted in " ".join((row.sentence, *row.details, row.actor)).casefold()]


def _row(entry: AuditEntry) -> HistoryRow:
    sentence = str(SENTENCES.get(entry.verb, entry.verb))
    if entry.verb == "invoice.finalized":
        sentence = _("Finalized and numbered %(number)s") % {"number": entry.facts.get("number", "")}
    changes = entry.facts.get("changes", {})
    reason = str(entry.facts.get("reason", ""))
    if entry.verb.startswith(("delivery.", "invoice.dispatched")):
        sentence = _("%(what)s: %(channel)s") % {"what": sentence, "channel": _channels(entry.facts)}
        reason = sentence_of(reason) or reason
    return HistoryRow(
        sentence=sentence,
        details=(
            *filter(
                None,
                (
                    sentence_of(str(entry.facts.get("answer", ""))),
                    money_told(entry),
                    str(entry.facts.get("document", "")),
                    reason,
                    origin_told(entry),
                ),
            ),
            *(_changes(changes) if isinstance(changes, dict) else ()),
        ),
        moment=entry.recorded_at,
        actor=entry.actor_name,
        is_notable=entry.verb in NOTABLE,
    )


def money_told(entry: AuditEntry) -> str:
    """The amount that an entry about money names, as the page writes amounts."""
    found = SUMS.fullmatch(str(entry.facts.get("amount", "")))
    if found is None:
        return ""
    amount = format_amount(Decimal(found[1]), language_of_page())
    return f"{amount} {found[2]}" if found[2] else amount


def _channels(facts: dict[str, Any]) -> str:
    """By which ways a document was sent, in words."""
    codes = facts.get("channels") or [facts.get("channel", "")]
    return ", ".join(channel_word(str(code)) for code in codes)


def origin_told(entry: AuditEntry) -> str:
    """Where the draft was begun, if this line says so."""
    return str(ORIGINS.get(entry.facts.get("origin", ""), "")) if entry.verb == "draft.created" else ""


def _changes(changes: dict[str, Any]) -> list[str]:
    told = [
        _("%(field)s: %(before)s → %(after)s")
        % {"field": label_of_change(name), "before": pair[0] or "–", "after": pair[1] or "–"}
        for name, pair in changes.items()
    ]
    more = len(told) - CHANGES_NAMED_MAX
    return told if more <= 0 else [*told[:CHANGES_NAMED_MAX], _("and %(count)s more") % {"count": more}]


def label_of_change(name: str) -> str:
    """What a changed field is called."""
    if name in AMOUNTS:
        return str(AMOUNTS[name])
    if place := OF_LINE.fullmatch(name):
        words = str(OF_LINES.get(place[2] or "") or word_for(InvoiceLine, place[2] or "description")).lower()
        return _("Line %(position)s, %(field)s") % {"position": place[1], "field": words}
    return word_for(Invoice, name)
