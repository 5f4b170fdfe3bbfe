"""What cannot be taken, told before any call: whole kinds, sums that are not ours, and what an adapter refuses."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounting_sync.mapping.entries import Entry, EntryKind
from accounting_sync.providers.base import Adapter, CannotBeTaken
from accounting_sync.providers.words import Word

NOT_TAKEN: Mapping[EntryKind, Word] = {
    EntryKind.SALE: _("%(system)s takes no invoices from other applications. Book it by hand there."),
    EntryKind.CREDIT: _("%(system)s takes no credit notes from other applications. Book it by hand there."),
    EntryKind.PAYMENT: _("%(system)s takes no payments from other applications. Book it by hand there."),
    EntryKind.SETTLEMENT: _("In %(system)s only people can use a credit note on an invoice. Do it there."),
    EntryKind.JOURNAL: _("%(system)s takes no free vouchers from other applications. Book it by hand there."),
}


def refuse_what_is_not_taken(adapter: Adapter, entry: Entry) -> None:
    """Raises CannotBeTaken for a kind that the adapter does not take, sums that differ, and what it refuses itself."""
    if entry.kind not in adapter.takes[adapter.mode]:
        raise CannotBeTaken(NOT_TAKEN[entry.kind] % {"system": adapter.label})
    if entry.is_document:
        _refuse_other_sums(entry)
    adapter.refuse(entry)


def _refuse_other_sums(entry: Entry) -> None:
    """What is sent for a document must come to what the customer owes for it here, in either currency."""
    currencies = (entry.currency, entry.base_currency)
    for currency, claimed, contained in zip(currencies, entry.claimed, entry.contained, strict=True):
        if claimed != contained:
            raise CannotBeTaken(
                _("The lines of %(number)s sum to %(theirs)s %(currency)s, and its claim is %(ours)s %(currency)s.")
                % {"number": entry.number, "theirs": contained, "ours": claimed, "currency": currency}
            )
