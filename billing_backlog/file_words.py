"""The sentences for what is wrong in files of work and in finance files: what stands there, and what to do."""

from __future__ import annotations

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.finance_files.faults import Fault, FaultCode
from foundation.templatetags.formatting import format_amount, format_quantity, language_of_page

SENTENCES: dict[FaultCode, Promise] = {
    FaultCode.EMPTY: gettext_lazy("The file is empty. Fetch it from its system again."),
    FaultCode.TOO_LARGE: gettext_lazy("The file is larger than %(most)s MB. Split it."),
    FaultCode.TOO_MANY_ROWS: gettext_lazy("The file has more than %(most)s rows. Split it."),
    FaultCode.UNKNOWN_FORMAT: gettext_lazy("This is no file that is read here. Choose CSV, XLSX, LG04 or Visma FL."),
    FaultCode.ENCODING: gettext_lazy(
        "The letters of the file are not written in %(expected)s. Fetch it again and do not open it in between."
    ),
    FaultCode.UNREADABLE: gettext_lazy("The file cannot be read: %(reason)s."),
    FaultCode.RECORD_LENGTH: gettext_lazy(
        "The record has %(length)s characters or cells and must have %(expected)s. Fetch the file again and do not "
        "open it in between."
    ),
    FaultCode.RECORD_UNKNOWN: gettext_lazy("No record begins with “%(found)s”. Fetch the file from its system again."),
    FaultCode.RECORD_MISPLACED: gettext_lazy(
        "“%(found)s” stands where something else belongs: a record is missing or too many. Fetch the file again."
    ),
    FaultCode.NOT_BLANK: gettext_lazy(
        "Columns %(first)s to %(last)s must be blank and are not: the record is shifted. Fetch the file again."
    ),
    FaultCode.ENDS_EARLY: gettext_lazy("The file ends before its last record. It was cut off: fetch it again."),
    FaultCode.COUNT_DIFFERS: gettext_lazy(
        "The file says %(expected)s records and holds %(found)s. Something is missing: fetch it again."
    ),
    FaultCode.DIFFERS: gettext_lazy("%(field)s is “%(found)s” and should be “%(expected)s”."),
    FaultCode.SCALE: gettext_lazy(
        "The amounts are %(factor)s times what quantity and price make: the decimals are read otherwise than they were "
        "meant. Nothing was taken. Ask whoever made the file whether it counts in øre or kroner."
    ),
    FaultCode.COLUMN_MISSING: gettext_lazy("The file has no column for the %(field)s. Choose one, or add it."),
    FaultCode.MISSING: gettext_lazy("The %(field)s is missing. Fill it in."),
    FaultCode.TOO_LONG: gettext_lazy("The %(field)s has %(length)s characters and may have %(most)s. Shorten it."),
    FaultCode.LETTERS: gettext_lazy("The %(field)s holds letters that cannot be written (%(found)s). Replace them."),
    FaultCode.BLANK_EDGE: gettext_lazy("The %(field)s begins or ends with a blank. Remove it."),
    FaultCode.DIGITS: gettext_lazy("The %(field)s must be digits only."),
    FaultCode.DECIMALS: gettext_lazy("The %(field)s is %(found)s and may have %(most)s decimals."),
    FaultCode.NEGATIVE: gettext_lazy("The %(field)s is negative (%(found)s)."),
    FaultCode.NUMBER: gettext_lazy("“%(found)s” is no figure for the %(field)s. Correct it."),
    FaultCode.DATE: gettext_lazy("“%(found)s” cannot be the %(field)s. Correct the date."),
    FaultCode.NOT_CARRIED: gettext_lazy(
        "The layout has no room for the %(field)s. Empty it, or choose another layout."
    ),
    FaultCode.IDENTIFIER: gettext_lazy(
        "The customer’s number is wrong: its digits do not belong together. Correct it on the customer."
    ),
    FaultCode.IDENTIFIER_KIND: gettext_lazy(
        "%(target)s does not take customers by this kind of number. Choose another target, or another number."
    ),
    FaultCode.PRODUCT_DIFFERS: gettext_lazy(
        "%(price)s × %(quantity)s is not %(amount)s. Correct the price, the quantity or the amount."
    ),
    FaultCode.ZERO: gettext_lazy("The %(field)s is zero."),
    FaultCode.HUGE: gettext_lazy("The %(field)s is unusually large: %(found)s."),
    FaultCode.FUTURE: gettext_lazy("The day, %(found)s, has not come yet."),
    FaultCode.ANCIENT: gettext_lazy("The day, %(found)s, is more than three years back: the claim has lapsed."),
    FaultCode.TWICE: gettext_lazy("The same order and line (%(found)s) stands on line %(first)s already."),
    FaultCode.CURRENCY: gettext_lazy("The amounts are in %(found)s, and the layout knows %(expected)s alone."),
    FaultCode.NO_ORDERS: gettext_lazy("The file has no orders."),
    FaultCode.NO_LINES: gettext_lazy("The order %(found)s has no lines."),
    FaultCode.UNBALANCED: gettext_lazy("Voucher %(voucher)s sums to %(found)s instead of zero."),
}
# Fields of our own records; the columns of a layout are called as the layout calls them.
FIELDS: dict[str, Promise] = {
    "order": gettext_lazy("order number"),
    "order_line": gettext_lazy("line number"),
    "number": gettext_lazy("order number"),
    "kind": gettext_lazy("kind of work"),
    "day": gettext_lazy("day"),
    "period": gettext_lazy("period"),
    "period_from": gettext_lazy("first day"),
    "customer": gettext_lazy("customer"),
    "customer_number": gettext_lazy("customer number"),
    "organization_number": gettext_lazy("organization number"),
    "resource_number": gettext_lazy("internal resource number"),
    "national_id": gettext_lazy("national id"),
    "customer_name": gettext_lazy("customer’s name"),
    "identifier": gettext_lazy("customer’s number"),
    "text": gettext_lazy("text"),
    "internal_text": gettext_lazy("internal text"),
    "quantity": gettext_lazy("quantity"),
    "unit": gettext_lazy("unit"),
    "unit_price": gettext_lazy("price"),
    "amount": gettext_lazy("amount"),
    "vat_amount": gettext_lazy("VAT amount"),
    "currency": gettext_lazy("currency"),
    "vat": gettext_lazy("VAT code"),
    "vat_code": gettext_lazy("VAT code"),
    "product": gettext_lazy("product"),
    "article": gettext_lazy("article"),
    "project": gettext_lazy("project"),
    "contract": gettext_lazy("contract"),
    "facility": gettext_lazy("facility"),
    "performed_by": gettext_lazy("person who did it"),
    "approved_by": gettext_lazy("person who approved it"),
    "price_reason": gettext_lazy("reason for another price"),
    "charge": gettext_lazy("mark whether it is billed"),
    "system_code": gettext_lazy("sender’s system code"),
    "system_name": gettext_lazy("sender’s system name"),
    "client": gettext_lazy("company code"),
    "reference": gettext_lazy("reference"),
    "order_type": gettext_lazy("order type"),
    "payment_method": gettext_lazy("payment method"),
    "payment_form": gettext_lazy("payment form"),
    "voucher_type": gettext_lazy("voucher type"),
    "ordering_department": gettext_lazy("ordering department"),
    "dimensions": gettext_lazy("dimensions"),
}


def sentence_of(fault: Fault) -> str:
    """What is wrong, without the line."""
    name = fault.values.get("name") or FIELDS.get(fault.field) or fault.field
    return str(SENTENCES[fault.code]) % {"found": "", **fault.values, **_figures(fault), "field": name}


def _figures(fault: Fault) -> dict[str, str]:
    """The figures of a product as the reader's language writes them."""
    language = language_of_page()
    written = {"price": format_amount, "quantity": format_quantity, "amount": format_amount}
    return {
        name: write(Decimal(fault.values[name]), language) for name, write in written.items() if name in fault.values
    }


def sentence_with_place(fault: Fault) -> str:
    """What is wrong, and on which line of the file or in which order and line of the basis."""
    if fault.line:
        return _("Line %(line)s: %(sentence)s") % {"line": fault.line, "sentence": sentence_of(fault)}
    if fault.order and fault.position:
        return _("Order %(order)s, line %(line)s: %(sentence)s") % {
            "order": fault.order,
            "line": fault.position,
            "sentence": sentence_of(fault),
        }
    if fault.order:
        return _("Order %(order)s: %(sentence)s") % {"order": fault.order, "sentence": sentence_of(fault)}
    return sentence_of(fault)


def own_system_words(name: str) -> str:
    """Why nobody outside may tell of work under one of our own names."""
    return _("“%(name)s” is a name of our own. Choose what the system that tells is called.") % {"name": name}
