"""What the pages of money are for, in the words of help."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

_PERIODS = _(
    "Close the books when a period is reported: nothing is posted on its days any more, by people or by bank files. "
    "Opening them again needs a reason, which stays."
)

PAYMENTS_HELP: dict[str, Any] = {
    "payments:list_payments": _(
        "All money that has come in, whoever told of it: registered by hand, read from a bank file, paid online. A "
        "payment is kept in full and never deleted; what it pays can be changed by further vouchers."
    ),
    "payments:show_payment": _(
        "Where every krone of the payment is: on invoices, paid back, or still unused. Taking it off an invoice or "
        "taking it back is booked by a reversing voucher."
    ),
    "payments:describe_payment": _(
        "Say whose the money is, so that it is found as this customer’s credit. A payment that pays invoices keeps its "
        "customer."
    ),
    "payments:apply_payment": _(
        "Let what is left of the payment pay one or several invoices. Nothing pays more than is open; what is left "
        "over stays with the payer."
    ),
    "payments:reverse_payment": _(
        "For money that never came, bounced or was registered wrongly. What was paid back already cannot be taken back."
    ),
    "payments:detach_allocation": _(
        "The invoice stands open again, and the money is the payer’s credit. Both are booked; nothing is deleted."
    ),
    "payments:register_payment": _(
        "Money that a bank file has not told of. Choose the customer and what is paid; what is left over is kept as "
        "credit. Registering the same form twice counts once."
    ),
    "payments:show_receivable": _("A claim in the ledger: what has reduced it, what holds it back, and what is open."),
    "payments:pay_receivable": _(
        "The amount is what is open. Write what really came: less leaves the rest open, more is the customer’s credit. "
        "No receipt is sent by itself."
    ),
    "payments:find_payments": _(
        "Money that is here and not used up. Those that fit stand first, with the reasons; search by amount, id, "
        "e-mail address, KID, payer or customer."
    ),
    "payments:list_credits": _(
        "What customers paid too much, or were credited after paying. Use it on an open invoice or pay it back. A "
        "credit note is paid back by putting it in the place of a payment."
    ),
    "payments:list_bank_lines": _(
        "What the bank told and no reference settles by itself. Each movement says why it waits, what it may pay and "
        "why. Tick the invoices, keep the money as credit, book what a payment provider has paid out, or leave what is "
        "none of yours. Everything can be undone."
    ),
    "payments:list_bank_files": _(
        "Files of the bank, uploaded here or laid into the drop folder. A file is taken in whole or not at all, and no "
        "movement is counted twice, however often the bank tells of it."
    ),
    "payments:show_bank_file": _(
        "What a file said, why it was refused, or what became of each movement. The file is kept as it came."
    ),
    "payments:map_csv_file": _(
        "Every bank names its columns differently. Say once which is which; later files with the same header are read "
        "by themselves."
    ),
    "payments:make_refund_file": _(
        "Refunds that go by the bank are collected into one payment file (pain.001). Look at the total, download the "
        "file and give it to the bank; each refund is booked when the bank has paid it."
    ),
    "payments:list_direct_debits": _(
        "Payers who let their bank draw what you claim, what the next file to the bank asks for, and the files that "
        "were made. What was paid, credited or put on hold since is cancelled in the next file, as long as the bank "
        "takes it: until 14:00 on the banking day before. A claim that comes too late for its day is moved."
    ),
    "payments:list_bank_agreements": _(
        "What the bank agreed to for each account: which kind of file tells of payments, which KIDs it lets through, "
        "and where the money stands in the books."
    ),
    "payments:update_bank_agreement": _(
        "As it stands in the bank’s papers. Up to three KIDs may be agreed on, each of another length."
    ),
    "payments:show_online_payments": _(
        "Let customers pay with card or app on the page of their invoice. Save the keys of a provider, and a worker "
        "makes the connection and tells whether it stands. Keys are kept encrypted and never shown again."
    ),
    "payments:choose_charges": _(
        "Due invoices whose customers have saved a card for it. Each card is charged with what is open, and a job "
        "tells what became of each. Claims that are held back are left out."
    ),
    "payments:free_credit": _(
        "A credit note that came after the invoice was paid is owed to the customer. It takes the place of the "
        "payment, and the money is then paid back."
    ),
    "payments:list_refunds": _(
        "Money on its way back to payers, and what has left. A refund that failed or was stopped gives the money back "
        "to the payment."
    ),
    "payments:request_refund": _(
        "Never more than is unused. Paid out by hand is booked at once; a payment file or a card refund is booked when "
        "the money has left."
    ),
    "payments:settle_refund": _("Book a refund that has left, on its day and from its account."),
    "payments:end_refund": _("The money has not left and belongs to the payer again."),
    "payments:write_off_receivable": _(
        "Give up what is open. Output VAT comes back only for losses by law (VAT act § 4-7): bankruptcy, enforcement "
        "without result, or six months overdue and reminded three times."
    ),
    "payments:reverse_write_off": _("The claim and its VAT stand as before the loss."),
    "payments:place_hold": _(
        "A dispute, a promise, instalments, insolvency: while it stands nothing is asked of the debtor. It may be "
        "about a part of the claim only."
    ),
    "payments:release_hold": _("The claim is asked for again, from the next reminder run on."),
    "payments:place_instalments": _(
        "What is open is paid in parts, each on its day. Nothing is asked of the debtor while the parts come; three "
        "days after one that did not come the plan ends, and reminders go on."
    ),
    "payments:waive_addition": _("A fee or interest is not asked for any more. The invoice itself stays as it is."),
    "payments:hold_customer": _("Nothing is asked of the customer for any invoice until it is released."),
    "payments:release_customer_hold": _("The customer is reminded again, from the next morning on."),
    "payments:list_period_locks": _PERIODS,
    "payments:update_payment_settings": _(
        "A few øre too little need not stay open: a rest up to this amount can be closed when a payment is registered."
    ),
}
