"""What an adapter cannot take, told before any call: whole kinds of vouchers first, then what it objects to itself."""

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
    """Raises CannotBeTaken where the entry is of a kind that the adapter does not take, or one that it refuses."""
    if entry.kind not in adapter.takes[adapter.mode]:
        raise CannotBeTaken(NOT_TAKEN[entry.kind] % {"system": adapter.label})
    adapter.refuse(entry)
