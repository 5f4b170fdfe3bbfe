"""What Dinero cannot take, said in a sentence before anything is kept there. Pure."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import ZERO, Entry, EntryKind, LinePart, Remote
from accounting_sync.providers.base import CannotBeTaken, Mode
from accounting_sync.providers.dinero_bodies import voucher_body

NUMBER_DIGITS = 9
NO_VAT = ("", "none")


def number_of(entry: Entry) -> int | None:
    """The document's number as Dinero can book it; None where it cannot."""
    text = entry.number
    fits = text.isascii() and text.isdigit() and not text.startswith("0") and len(text) <= NUMBER_DIGITS
    return int(text) if fits else None


def refuse_unfit(entry: Entry, mode: Mode) -> None:
    """Raises CannotBeTaken for what Dinero has no place for, would convert by itself, or would give other VAT."""
    is_voucher = mode == Mode.JOURNAL
    if entry.base_currency != "DKK" or (entry.is_foreign and entry.is_document and not is_voucher):
        raise CannotBeTaken(_("Dinero converts other currencies at a rate of its own. Book it by hand in Dinero."))
    if is_voucher:
        voucher_body(entry)
    elif entry.kind == EntryKind.SETTLEMENT:
        raise CannotBeTaken(_("Dinero cannot be told to use a credit note on an invoice. Do it in Dinero."))
    elif entry.is_document:
        _refuse_document(entry)
    elif entry.kind == EntryKind.PAYMENT:
        _refuse_payment(entry)
    elif any(line.part != LinePart.OTHER for line in entry.lines):
        raise CannotBeTaken(_("Dinero takes no free voucher with customers or VAT on it. Book it by hand in Dinero."))


def refuse_difference(entry: Entry, computed: Remote) -> None:
    """Raises CannotBeTaken where Dinero computes the document otherwise."""
    if computed.total != entry.total or computed.vat_total != entry.vat_total:
        raise CannotBeTaken(
            _("Dinero computes %(their_total)s with %(their_vat)s VAT, we %(total)s with %(vat)s. Book it by hand.")
            % {
                "their_total": computed.total,
                "their_vat": computed.vat_total,
                "total": entry.total,
                "vat": entry.vat_total,
            }
        )


def _refuse_document(entry: Entry) -> None:
    if number_of(entry) is None:
        raise CannotBeTaken(
            _("The number %(number)s: Dinero takes only numbers of at most %(digits)s digits.")
            % {"number": entry.number, "digits": NUMBER_DIGITS}
        )
    for item in entry.items:
        own = item.account.facts.get("vat")
        wanted = item.vat.code if item.vat is not None else ""
        if own is not None and own != wanted and not (own in NO_VAT and wanted in NO_VAT):
            raise CannotBeTaken(
                _(
                    "In Dinero the account %(account)s decides on VAT, and its code is %(own)s instead of %(wanted)s. "
                    "Map it to another account."
                )
                % {"account": item.account.code, "own": own or "none", "wanted": wanted or "none"}
            )


def _refuse_payment(entry: Entry) -> None:
    if entry.is_foreign or entry.is_payout or any(_is_no_invoice(each.remote) for each in entry.settles):
        raise CannotBeTaken(
            _("Dinero takes payments only of invoices that were sent there, in kroner. Book it by hand in Dinero.")
        )
    paid = sum((each.amount for each in entry.settles), ZERO)
    others = [line for line in entry.lines if line.part != LinePart.RECEIVABLE and line != entry.money]
    if entry.money is None or entry.money.amount != paid or any(line.amount for line in others):
        raise CannotBeTaken(_("Dinero takes only payments whose money pays invoices and nothing else."))
    if entry.money.account.facts.get("deposit") != "yes":
        raise CannotBeTaken(_("Dinero takes payments only on accounts for payments. Book it by hand in Dinero."))
    if any(each.amount <= Decimal(0) for each in entry.settles) or not entry.settles:
        raise CannotBeTaken(_("Dinero takes no payment of zero. Book it by hand in Dinero."))


def _is_no_invoice(remote: Remote | None) -> bool:
    return remote is None or remote.facts.get("kind") != "invoice"
