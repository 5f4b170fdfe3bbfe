"""What keeps a file of vouchers from being written, in words."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting_sync.files.gbat10 import Fault, Found

_SENTENCES: dict[Fault, Any] = {
    Fault.CHARACTER: gettext_lazy(
        "Windows-1252 does not have all the characters of %(found)s. Choose UTF-8 in the settings of GBAT10, if the "
        "receiver reads it."
    ),
    Fault.ACCOUNT: gettext_lazy(
        "GBAT10 takes account numbers of four digits, and not %(found)s. Choose the journal as CSV instead."
    ),
    Fault.PROJECT: gettext_lazy(
        "GBAT10 takes projects of up to six characters, and not %(found)s. Leave projects and departments out in the "
        "settings of GBAT10."
    ),
    Fault.DEPARTMENT: gettext_lazy(
        "GBAT10 takes departments of up to four characters, and not %(found)s. Leave projects and departments out in "
        "the settings of GBAT10."
    ),
    Fault.VOUCHER_NUMBER: gettext_lazy(
        "GBAT10 takes voucher numbers of up to eight digits, and not %(found)s. Add a smaller number in the settings "
        "of GBAT10."
    ),
    Fault.CUSTOMER_NUMBER: gettext_lazy(
        "GBAT10 takes customer numbers of up to nine digits, and not %(found)s. Choose the journal as CSV instead."
    ),
    Fault.AMOUNT: gettext_lazy("GBAT10 has no room for amounts like %(found)s. Choose the journal as CSV instead."),
}
NAMED_MAX = 3


def faults_in_words(faults: Iterable[Found]) -> str:
    """A sentence for each kind of thing that cannot stand in the file: what it is, on which voucher, the way out."""
    order = list(_SENTENCES)
    found = sorted(faults, key=lambda each: order.index(each.fault))
    said = []
    for fault, group in groupby(found, key=attrgetter("fault")):
        alike = list(group)
        named = ", ".join(f"“{each.value}” ({each.voucher})" for each in alike[:NAMED_MAX])
        if len(alike) > NAMED_MAX:
            named = _("%(named)s and others") % {"named": named}
        said.append(str(_SENTENCES[fault]) % {"found": named})
    return " ".join(said)
