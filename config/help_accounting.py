"""What the pages of accounting systems are for, in the words of help."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACCOUNTING_HELP: dict[str, Any] = {
    "accounting_sync:list_exports": _(
        "Vouchers as files for any accounting system. A voucher goes into one file of a kind, and what is posted later "
        "into the next one; a whole period can be had again. Files are numbered and kept as they were made, and each "
        "has a page with its control totals, to be compared with what the receiver has read."
    ),
    "accounting_sync:show_export": _(
        "What the receiver must have when the file is read in: so many vouchers and lines, these totals per account "
        "and per VAT code. They were counted in the file and again in the ledger before it was put down."
    ),
    "accounting_sync:update_export_settings": _(
        "GBAT10 files carry the codes and voucher types of whoever reads them. Ask the receiver, and write them here "
        "once. Files that were made stay as they are."
    ),
    "accounting_sync:choose_system": _(
        "Every accounting system that vouchers can be pushed to. Preview means that no live company has shown yet how "
        "it takes them; what exactly is not verified stands with each. Several can be connected side by side."
    ),
    "accounting_sync:create_connection": _(
        "Nothing is pushed by connecting. Keys are sealed, used for this alone, and never shown again. Some systems "
        "let us in on a page of their own instead."
    ),
    "accounting_sync:show_connection": _(
        "How the connection stands, what vouchers go to, and what is still to do. Test connection asks the system "
        "once; its lists are read again each night. When access ends, connect again: mappings and queue stay."
    ),
    "accounting_sync:update_keys": _(
        "When the accounting system has given you other keys. What waits goes on as soon as they work."
    ),
    "accounting_sync:disconnect": _(
        "Ends the connection for good. Keys are wiped; what was pushed stays there and stays listed here. To stop for "
        "a while, pause instead."
    ),
    "accounting_sync:show_mapping": _(
        "What your accounts, VAT treatments and projects are called there. Suggestions count only once you have saved "
        "them. VAT goes by treatment and rate, never by the rate alone. A row that is missing stops the vouchers that "
        "need it, and saving it lets them go. Exceptions hold for one customer."
    ),
    "accounting_sync:show_preview": _(
        "Your newest vouchers, with every kind among them, put together exactly as they would be pushed. Nothing is "
        "sent. The fingerprint is that of the call: a push of the same voucher bears the same one."
    ),
    "accounting_sync:update_push_terms": _(
        "From which accounting date vouchers are pushed, and when. Older documents that are still open can be pushed "
        "too, so that later payments find them. Refused while something that your newest vouchers need is not mapped."
    ),
    "accounting_sync:show_overview": _(
        "Whether every voucher has reached the accounting system. Posted means that it was read back there and is "
        "equal to the øre. What needs you stands first, with what to do about it."
    ),
    "accounting_sync:list_queue": _(
        "What is on its way. After a call that nobody answered, a voucher is looked for before anything is sent again, "
        "so that it never stands there twice."
    ),
    "accounting_sync:list_stopped": _(
        "What waits for somebody: an account that is not mapped, a period that is closed there, a refusal. Mend the "
        "cause and try again, or leave the voucher out with a reason."
    ),
    "accounting_sync:list_pushed": _(
        "Every voucher that was chosen for an accounting system, with where it stands there and under which number."
    ),
    "accounting_sync:list_left_out": _(
        "Vouchers that somebody decided not to push, with the reason. They can be taken in again."
    ),
    "accounting_sync:list_proposals": _(
        "Payments that were booked in the accounting system on your documents, and that did not come from here. "
        "Register one, and it pays its document and is not pushed; say that it is the same as a payment that you "
        "know already; or ignore it with a reason. A connection can register by itself what matches exactly."
    ),
    "accounting_sync:list_settled_proposals": _(
        "What has become of payments that were found in the accounting system, by whom and why. An ignored one can "
        "still be registered."
    ),
    "accounting_sync:ignore_proposal": _(
        "For money that is not to be registered here, such as one that was booked there by mistake. It can be "
        "registered later all the same."
    ),
    "accounting_sync:list_customer_changes": _(
        "Customers of yours that were changed in the accounting system. Take over what is right, field by field, "
        "or keep yours; then it is shown again only when something else is said there. Customers who are gone there, "
        "who fit more than one, or whose change was refused stand first: their vouchers wait for you."
    ),
    "accounting_sync:show_reconciliation": _(
        "Every night what was pushed in the newest months is read in the accounting system again and compared to the "
        "øre: what was altered there, is gone, or stands there twice is named, and can be mended at one click. Not "
        "told means that the system says too little of a voucher to compare it; absent ones wait or were stopped. You "
        "can have any month compared at once."
    ),
    "accounting_sync:show_month": _(
        "One month as it was compared: what agrees, what differs and by how much, and what each account was moved by "
        "here and there. A comparison that has ended is never changed; comparing again makes a new one. Once the month "
        "is over, its report is made as a PDF by itself."
    ),
    "accounting_sync:accept_stray": _(
        "For a document with the number of yours that belongs there all the same. Where it does not, delete it there "
        "and look again."
    ),
    "accounting_sync:show_item": _(
        "One voucher on its way to one accounting system, with every call that was made for it. Keys never stand here."
    ),
    "accounting_sync:accept_difference": _(
        "For a difference that is right as it stands, such as an accountant's correction. The reason stays with the "
        "voucher."
    ),
    "accounting_sync:leave_out": _("For a voucher that somebody has booked by hand, or that does not belong there."),
    "accounting_sync:push_anew": _("For a voucher that was deleted or reversed there by mistake."),
    "accounting_sync:move_to_open_day": _(
        "For a voucher whose period is closed there. The voucher here keeps its day; only there it is booked later."
    ),
    "accounting_sync:say_it_is_there": _(
        "For a voucher whose arrival nobody has confirmed, in a system that cannot be asked."
    ),
}
