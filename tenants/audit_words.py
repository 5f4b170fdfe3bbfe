"""The audit trail in words: what each verb says to a reader."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.templatetags.formatting import fingerprint, format_amount, format_day, language_of_page
from tenants import accounting_words, machine_words, reminder_words, work_words
from tenants.models import AuditEntry

MONEY = re.compile(r"(-?\d{1,18}\.\d{1,8})(?: ([A-Z]{3}))?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}")
WHOLE = frozenset({"fingerprint"})  # compared sign by sign with what a checker prints
# Subjects that are not stored under their own name: whose columns their facts are.
SAME_COLUMNS = {"_organizationassubject": "organization", "bankaccountchange": "bankaccount"}
OF_LINE = re.compile(r"lines\.([0-9]{1,5})(?:\.(\w+))?", re.ASCII)
LINE_FACTS = {"removed": gettext_lazy("removed"), "dimensions": gettext_lazy("Project and department")}
TRUTHS = {"True": gettext_lazy("yes"), "False": gettext_lazy("no")}
# What lines say beside the columns of their record.
FACTS: dict[str, Any] = {
    "customer": gettext_lazy("Customer"),
    "number": gettext_lazy("Number"),
    "payable": gettext_lazy("To pay"),
    "hash": gettext_lazy("Fingerprint"),
    "logo": gettext_lazy("Logo"),
    "file": gettext_lazy("File"),
    "sha256": gettext_lazy("Fingerprint"),
    "pdf": "PDF",
    "ehf": "EHF",
    "core_xml": gettext_lazy("Invoice data"),
    "lines": gettext_lazy("Lines"),
    "reason": gettext_lazy("Reason"),
    "owner": pgettext_lazy("of an invoice", "Owner"),
    "origin": gettext_lazy("Origin"),
    "fingerprint": gettext_lazy("Fingerprint"),
    "as_of": gettext_lazy("As it stood at"),
    "first_day": gettext_lazy("First day"),
    "last_day": gettext_lazy("Last day"),
    "credit_note": gettext_lazy("Credit note"),
    "replacement": gettext_lazy("Replaced by"),
    "documents": gettext_lazy("Documents"),
    "email": gettext_lazy("E-mail address"),
    "saves": gettext_lazy("Times saved by itself"),
    "lines_more": gettext_lazy("Further changes on lines"),
    "lines_order": gettext_lazy("Order of the lines"),
    "erased_lines": gettext_lazy("Fingerprint"),
    "drafts": gettext_lazy("Drafts"),
    "channel": gettext_lazy("Channel"),
    "channels": gettext_lazy("Channels"),
    "count": gettext_lazy("Number of"),
    "sending": gettext_lazy("Kind of sending"),
    "about": gettext_lazy("About"),
    "until": gettext_lazy("Until"),
    "amount": gettext_lazy("Amount"),
    "recipient": gettext_lazy("Recipient"),
    "version": gettext_lazy("Version"),
    "name": gettext_lazy("Name"),
    "order": gettext_lazy("Order"),
    "quote": gettext_lazy("Quote"),
    "answer": gettext_lazy("Answer"),
    "token": gettext_lazy("Token"),
    "day": gettext_lazy("Received on"),
    "source": gettext_lazy("Told by"),
    "applied": gettext_lazy("Pays invoices"),
    "document": gettext_lazy("Document"),
    "payment": gettext_lazy("Payment"),
    "voucher": gettext_lazy("Voucher"),
    "vat": gettext_lazy("VAT taken back"),
    "total": gettext_lazy("Total"),
    "claims": gettext_lazy("Claims"),
}
CHANNELS = {
    "ehf": "EHF",
    "efaktura": "eFaktura",
    "email": gettext_lazy("E-mail"),
    "paper": gettext_lazy("Paper"),
}
# Facts that are codes, and what each code says to a reader.
CODES: dict[str, dict[str, Any]] = {
    "channel": CHANNELS,
    "channels": CHANNELS,
    "answer": {
        "buyer_ab": gettext_lazy("Received"),
        "buyer_ip": gettext_lazy("In work"),
        "buyer_uq": gettext_lazy("Has a question"),
        "buyer_ca": gettext_lazy("Accepted on a condition"),
        "buyer_re": gettext_lazy("Refused"),
        "buyer_ap": gettext_lazy("Accepted"),
        "buyer_pd": gettext_lazy("Says that it is paid"),
    },
    "token": {"new": gettext_lazy("New"), "kept": gettext_lazy("As before")},
    "sending": {
        "first": gettext_lazy("First sending"),
        "again": gettext_lazy("Sent again"),
        "channel": gettext_lazy("Sent by another channel"),
        "test": gettext_lazy("Test"),
    },
    "about": {
        "question": gettext_lazy("Question"),
        "dispute": gettext_lazy("Says that something is wrong"),
        "wrong_recipient": gettext_lazy("Says that it belongs to somebody else"),
        "wrong_reference": gettext_lazy("Says that the reference is wrong"),
        "paid": gettext_lazy("Says that it is paid"),
        "later_date": gettext_lazy("Asks for a later date"),
        "in_parts": gettext_lazy("Asks to pay in instalments"),
        "promise": gettext_lazy("Promised to be paid by a date"),
        "instalments": gettext_lazy("Paid in instalments"),
        "customer": gettext_lazy("On hold for the customer"),
        "insolvency": gettext_lazy("Insolvent"),
        "rejected": gettext_lazy("Rejected by the buyer"),
        "overdue": gettext_lazy("Six months overdue, and reminded three times"),
        "enforcement": gettext_lazy("Enforcement gave nothing"),
        "other": gettext_lazy("Given up for another reason"),
    },
    "source": {
        "manual": gettext_lazy("Registered by hand"),
        "bank_file": gettext_lazy("Bank file"),
        "online": gettext_lazy("Paid online"),
        "moved_in": gettext_lazy("Moved in"),
    },
}

VERBS: dict[str, Any] = {
    "organization.created": gettext_lazy("created the company"),
    "organization.changed": gettext_lazy("changed the company’s details"),
    "logo.changed": gettext_lazy("changed the logo"),
    "bank_account.changed": gettext_lazy("changed the bank account"),
    "bank_change.requested": gettext_lazy("asked to change the bank account"),
    "bank_change.approved": gettext_lazy("approved the change of the bank account"),
    "bank_change.withdrawn": gettext_lazy("stopped the change of the bank account"),
    "routine.written": gettext_lazy("wrote the routine for"),
    "document_text.changed": gettext_lazy("changed the text on documents:"),
    "series.opened": gettext_lazy("opened the number series"),
    "series.made_default": gettext_lazy("chose for new documents the number series"),
    "account.added": gettext_lazy("added the account"),
    "account.changed": gettext_lazy("changed the account"),
    "member.invited": gettext_lazy("invited"),
    "invitation.withdrawn": gettext_lazy("withdrew the invitation"),
    "member.joined": gettext_lazy("joined"),
    "member.role_changed": gettext_lazy("changed the role"),
    "member.removed": gettext_lazy("removed the member"),
    "customer.created": gettext_lazy("created the customer"),
    "customer.changed": gettext_lazy("changed the customer"),
    "customer.archived": gettext_lazy("took the customer out of use"),
    "customer.restored": gettext_lazy("took the customer into use again"),
    "customer.erased": gettext_lazy("erased the person behind"),
    "contact.erased": gettext_lazy("erased a person at"),
    "person.exported": gettext_lazy("gave out what is kept of a person:"),
    "contact.added": gettext_lazy("added a contact at"),
    "contact.removed": gettext_lazy("removed a contact at"),
    "national_id.kept": gettext_lazy("kept the national id of"),
    "national_id.revealed": gettext_lazy("looked at the national id of"),
    "national_id.handed_out": gettext_lazy("wrote into a finance file the national id of"),
    "national_id.erased": gettext_lazy("erased the national id of"),
    "national_id.resealed": gettext_lazy("sealed anew the national id of"),
    "product.created": gettext_lazy("created the product"),
    "product.changed": gettext_lazy("changed the product"),
    "product.archived": gettext_lazy("took the product out of use"),
    "product.restored": gettext_lazy("took the product into use again"),
    "exchange_rate.entered": gettext_lazy("entered the exchange rate"),
    "draft.created": gettext_lazy("created the draft"),
    "attachment.left_out": gettext_lazy("left receipts out that no document can carry"),
    "draft.released": gettext_lazy("let the draft go"),
    "draft.held": gettext_lazy("made the draft wait"),
    "draft.changed": gettext_lazy("changed the draft"),
    "layout.changed": gettext_lazy("changed the layout of new drafts"),
    "draft.copied": gettext_lazy("copied an invoice into the draft"),
    "draft.deleted": gettext_lazy("deleted the draft"),
    "attachment.added": gettext_lazy("attached a file to"),
    "attachment.removed": gettext_lazy("took a file away from"),
    "attachment.moved": gettext_lazy("ordered the files of"),
    "invoice.cloned": gettext_lazy("copied into a new draft:"),
    "invoice.owner_changed": gettext_lazy("changed the owner of"),
    "invoice.finalized": gettext_lazy("finalized"),
    "documents.made": gettext_lazy("made the files of"),
    "documents.retried": gettext_lazy("asked again for the files of"),
    "credit_note.started": gettext_lazy("began a credit note for"),
    "approval.requested": gettext_lazy("asked for approval of"),
    "approval.approved": gettext_lazy("approved"),
    "approval.refused": gettext_lazy("did not approve"),
    "approval.withdrawn": gettext_lazy("withdrew the request for approval of"),
    "correction.started": gettext_lazy("began a correction of"),
    "correction.abandoned": gettext_lazy("abandoned the correction of"),
    "correction.finished": gettext_lazy("corrected"),
    "invoice.voided": gettext_lazy("voided"),
    "invoice.dispatched": gettext_lazy("sent"),
    "invoice.unreachable": gettext_lazy("found no way to send"),
    "delivery.sent": gettext_lazy("handed over"),
    "delivery.delivered": gettext_lazy("was told of the arrival of"),
    "delivery.opened": gettext_lazy("was told of the opening of"),
    "delivery.rejected": gettext_lazy("was told of the rejection of"),
    "delivery.bounced": gettext_lazy("was told of the return of"),
    "delivery.failed": gettext_lazy("could not send"),
    "delivery.unknown": gettext_lazy("may have sent"),
    "delivery.given_up": gettext_lazy("gave up sending"),
    "invoice.answered": gettext_lazy("answered"),
    "sender.added": gettext_lazy("added the sender"),
    "sender.changed": gettext_lazy("changed the sender"),
    "sender.chosen": gettext_lazy("chose the sender that is used unless another is chosen"),
    "sender.archived": gettext_lazy("took the sender out of use"),
    "mail_server.changed": gettext_lazy("changed the mail server"),
    "mail_server.tested": gettext_lazy("tried the mail server"),
    "mail_hook.renewed": gettext_lazy("made a new address for returned mail"),
    "access_point.changed": gettext_lazy("changed the access point"),
    "access_point.hook_renewed": gettext_lazy("made a new way back for the access point"),
    "access_point.tested": gettext_lazy("tried the access point"),
    "access_point.paused": gettext_lazy("paused the access point"),
    "delivery.settled": gettext_lazy("let rest the delivery of"),
    "sending.changed": gettext_lazy("changed the rules of"),
    "letters.put_together": gettext_lazy("put together letters for printing, batch"),
    "letters.printed": gettext_lazy("marked as printed the letters of batch"),
    "paper.made": gettext_lazy("made"),
    "paper.sent": gettext_lazy("sent"),
    "link.copied": gettext_lazy("copied a link to"),
    "link.renewed": gettext_lazy("mailed a new link to"),
    "link.revoked": gettext_lazy("took back a link to"),
    "enquiry.made": gettext_lazy("wrote about"),
    "enquiry.answered": gettext_lazy("answered what was written about"),
    "customer.held": gettext_lazy("held back every claim of"),
    "customer.released": gettext_lazy("asks again for the claims of"),
    "hold.placed": gettext_lazy("held back the claim"),
    "hold.released": gettext_lazy("released the claim"),
    "payment.registered": gettext_lazy("registered the payment"),
    "payment.applied": gettext_lazy("used the payment"),
    "payment.detached": gettext_lazy("took off an invoice the payment"),
    "payment.reversed": gettext_lazy("took back the payment"),
    "payment.charged_back": gettext_lazy("was told that the customer’s bank took back money of the payment"),
    "payment.described": gettext_lazy("said whose it is, or wrote a note: payment"),
    "receivable.paid": gettext_lazy("let a payment pay"),
    "receivable.credit_used": gettext_lazy("let a credit note pay"),
    "receivable.advance_given_back": gettext_lazy("gave an advance back"),
    "draft.prepaid": gettext_lazy("used an advance on"),
    "advance.asked": gettext_lazy("asked for an advance"),
    "advance.changed": gettext_lazy("changed an advance"),
    "advance.refunded": gettext_lazy("paid the rest of an advance back"),
    "advance.ended": gettext_lazy("ended a retainer"),
    "receivable.charged": gettext_lazy("charged for late payment of"),
    "receivable.waived": gettext_lazy("waived"),
    "receivable.written_off": gettext_lazy("wrote off"),
    "receivable.write_off_reversed": gettext_lazy("asks again for what was written off of"),
    "refund.requested": gettext_lazy("asked to pay back of the payment"),
    "refund.handed_over": gettext_lazy("handed over a refund of the payment"),
    "refund.done": gettext_lazy("paid back of the payment"),
    "refund.failed": gettext_lazy("could not pay back of the payment"),
    "refund.cancelled": gettext_lazy("stopped a refund of the payment"),
    "books.moved_in": gettext_lazy("moved the books here:"),
    "period.closed": gettext_lazy("closed the books:"),
    "period.opened": gettext_lazy("opened the books again:"),
    "payment_settings.changed": gettext_lazy("changed the limit of"),
    "bank_file.taken": gettext_lazy("took in the bank file"),
    "bank_file.read": gettext_lazy("read the bank file"),
    "bank_file.refused": gettext_lazy("refused the bank file"),
    "bank_file.matched": gettext_lazy("matched the bank file"),
    "bank_line.settled": gettext_lazy("settled the movement of"),
    "bank_line.ignored": gettext_lazy("left the movement of"),
    "bank_line.reopened": gettext_lazy("took up again the movement of"),
    "bank_agreement.changed": gettext_lazy("changed the bank agreement of"),
    "csv_mapping.saved": gettext_lazy("said which column is which in files of"),
    "direct_debit.asked": gettext_lazy("made the AvtaleGiro file"),
    "refund_file.made": gettext_lazy("made the payment file"),
    "export.made": gettext_lazy("made the file of vouchers"),
    "export_settings.changed": gettext_lazy("changed the settings of files in"),
    "proof.taken": gettext_lazy("took proof of"),
    "invoice.properties_set": gettext_lazy("changed the own properties of"),
    "property.created": gettext_lazy("added the property"),
    "property.changed": gettext_lazy("changed the property"),
    "property.moved": gettext_lazy("moved the property"),
    "property.archived": gettext_lazy("took the property out of use"),
    "property.restored": gettext_lazy("took the property into use again"),
    "view.saved": gettext_lazy("saved the view"),
    "view.changed": gettext_lazy("changed the view"),
    "view.renamed": gettext_lazy("renamed the view"),
    "view.shared": gettext_lazy("shared the view"),
    "view.unshared": gettext_lazy("stopped sharing the view"),
    "view.moved": gettext_lazy("moved the view"),
    "view.deleted": gettext_lazy("deleted the view"),
    "records.imported": gettext_lazy("imported with the job"),
    "job.started": gettext_lazy("started the job"),
    "job.cancelled": gettext_lazy("stopped the job"),
    "online.begun": gettext_lazy("began to pay online"),
    "online.charged": gettext_lazy("charged the saved card for"),
    "online.failed": gettext_lazy("could not carry out the online payment"),
    "online.cancelled": gettext_lazy("called off the online payment"),
    "online.expired": gettext_lazy("closed the page of the online payment"),
    "online.overdue": gettext_lazy("waited too long for the online payment"),
    "dispute.open": gettext_lazy("told of a dispute about the payment"),
    "dispute.won": gettext_lazy("told of a won dispute about the payment"),
    "dispute.lost": gettext_lazy("told of a lost dispute about the payment"),
    "method.saved": gettext_lazy("saved the card"),
    "method.revoked": gettext_lazy("removed the card"),
    "provider.changed": gettext_lazy("changed the account at"),
    "provider.connected": gettext_lazy("connected the account at"),
    "provider.tested": gettext_lazy("tried the connection to"),
    "demo.finished": gettext_lazy("finished the demo of"),
    **accounting_words.VERBS,
    **machine_words.VERBS,
    **reminder_words.VERBS,
    **work_words.VERBS,
}


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One audit entry as it is read."""

    entry: AuditEntry
    words: str
    details: list[tuple[str, str]]


def line_of(entry: AuditEntry) -> AuditLine:
    """The entry with its verb in words and its facts as pairs of a name and a text."""
    return AuditLine(entry, str(VERBS.get(entry.verb, entry.verb)), pairs_of(entry.subject_kind, entry.facts))


def pairs_of(kind: str, facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Facts of a kind of subject as pairs of a name and a text, in the reader's language."""
    columns = _columns_of(kind)
    pairs: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if name == "changes" and isinstance(value, dict):
            pairs += [(field, _spelled_change(field, pair)) for field, pair in value.items()]
        else:
            pairs.append((name, spelled(name, value)))
    return [
        (_label(name, columns.get(name)), str(value) if name in WHOLE else _pair(value, columns.get(name)))
        for name, value in pairs
    ]


def spelled(name: str, value: Any) -> Any:
    """A code, or several, in words; anything else as it stands."""
    codes = CODES.get(name)
    if codes is None:
        return value
    parts: list[Any] = value if isinstance(value, list) else [value]
    return ", ".join(str(codes.get(part, part)) for part in parts)


def _spelled_change(name: str, pair: Any) -> Any:
    """What a list of codes was before and after, in words; anything else as it stands."""
    if name not in CODES or not isinstance(pair, list):
        return pair
    return [spelled(name, str(part).split(", ")) if part else "" for part in pair]


@cache
def _columns_of(kind: str) -> dict[str, Field[Any, Any]]:
    """The columns of the record that the line is about, for their names in the reader's language."""
    wanted = SAME_COLUMNS.get(kind, kind)
    model = next((model for model in apps.get_models() if model.__name__.lower() == wanted), None)
    return {} if model is None else {column.name: column for column in model._meta.concrete_fields}


def _label(name: str, column: Field[Any, Any] | None) -> str:
    if name in FACTS:
        return str(FACTS[name])
    if place := OF_LINE.fullmatch(name):
        field = _columns_of("invoiceline").get(place[2] or "description")
        words = str(LINE_FACTS.get(place[2] or "") or (field.verbose_name if field else place[2])).lower()
        return _("Line %(position)s, %(field)s") % {"position": place[1], "field": words}
    return name.replace("_", " ") if column is None else str(column.verbose_name)


def _pair(value: Any, column: Field[Any, Any] | None) -> str:
    """A value, or what it was before and after."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value):
        before, after = (_word(part, column) for part in value)
        return _("%(before)s → %(after)s") % {"before": before or "–", "after": after or "–"}
    return _word(str(value), column)


def _word(value: str, column: Field[Any, Any] | None) -> str:
    """The name of a choice, yes or no, a number as the reader writes it, the beginning of a hash; else as it stands."""
    if column is not None and column.flatchoices:
        return str(dict(column.flatchoices).get(value, value))
    if value in TRUTHS:
        return str(TRUTHS[value])
    if found := MONEY.fullmatch(value):
        amount = format_amount(Decimal(found[1]), language_of_page())
        return f"{amount} {found[2]}" if found[2] else amount
    if DAY.fullmatch(value):
        with suppress(ValueError):
            return format_day(date.fromisoformat(value), language_of_page())
    return fingerprint(value) if HASH.fullmatch(value) else value
