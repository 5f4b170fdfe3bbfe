"""What the pages of reminders are for, in the words of help."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

_BY_HAND = _(
    "The letters as they would be, with fee, interest and new deadline of today. A step may go before its day, but "
    "not before the law or a deadline of your own allows it. Nothing is sent before you say so."
)
_MANY = _("What you chose in the list stands below. The reason goes into the history of each invoice.")

_READY = _(
    "Claims whose plan has reached its end, or that were warned of collection. What stands in the way is said with the "
    "way out. Nothing is handed over by itself: choose the claims and the agency. Each customer becomes one case."
)
_CASE = _(
    "What was handed over stays as it was that day, with the letters before it and the files. While the case is open "
    "we ask for nothing ourselves. What is paid here is shown, so that the agency can be told."
)
_AGENCY = _(
    "Who collects for you, by which number you are known there, and how cases reach it: downloaded, laid into a folder "
    "or sent by SFTP."
)
_STATUS = _(
    "What the agency tells of many cases in one file. A rehearsal names the rows that cannot be taken. The same row "
    "twice is one, and payments are not booked from it."
)

_PLAN = _(
    "Steps follow each other by their days. Fee, deadline and order are checked against the law of the country and "
    "kind of customers: a plan that breaks it is not saved, and each breach stands at its step with the paragraph. "
    "Reminders that are sent already stay as they were."
)
_CHOICE = _(
    "Another plan than the usual one, or no reminders at all, with your reason. A plan that would break the law for "
    "this customer cannot be chosen. To wait until a day, hold the invoice back instead."
)

REMINDERS_HELP: dict[str, Any] = {
    "reminders:list_plans": _(
        "By which steps customers are reminded, by country and kind. Where you have no plan of your own the lawful one "
        "holds and follows the law. Make it your own to change days, fees or words."
    ),
    "reminders:create_plan": _PLAN,
    "reminders:update_plan": _PLAN,
    "reminders:update_level_texts": _(
        "Your own words for one step, in each language that customers read. Sums, deadline, how to pay and what the "
        "law wants said stand in every letter whatever you write."
    ),
    "reminders:update_settings": _(
        "Whether reminders go out by themselves, from which hour, and whether somebody approves them first. Turned "
        "off, only what you send by hand goes."
    ),
    "reminders:list_law_figures": _(
        "The figures that decide about interest, fees and deadlines, each with its source and its days. They are the "
        "same for every company here; the operator enters new ones. Without a rate interest waits."
    ),
    "reminders:choose_for_customer": _CHOICE,
    "reminders:choose_for_claim": _CHOICE,
    "reminders:list_ready_for_collection": _READY,
    "reminders:list_collection_cases": _(
        "Cases that an agency has, and those that are closed. A case closes when its claims are settled, when you take "
        "it back, or when the agency gives it up."
    ),
    "reminders:show_collection_case": _CASE,
    "reminders:take_case_back": _CASE,
    "reminders:note_case_status": _CASE,
    "reminders:list_collection_agencies": _AGENCY,
    "reminders:create_collection_agency": _AGENCY,
    "reminders:update_collection_agency": _AGENCY,
    "reminders:upload_status_file": _STATUS,
    "reminders:show_status_file": _STATUS,
    "reminders:write_off_with_evidence": _(
        "A claim that is six months overdue and was reminded of three times gives its VAT back. The letters that "
        "reached the customer are counted, and the proof is packed and kept with the loss."
    ),
    "reminders:list_late_interest": _(
        "What was paid late in the last year, with the interest that ran until the money came and that no reminder has "
        "asked for. A note of interest is a letter of its own; it bears no VAT and no fee."
    ),
    "reminders:show_effect": _(
        "What was paid after which step, and what became of fees and interest. Money counts after the last letter of an"
        " earlier day; what was taken back is told beside it. The file has the last twelve months."
    ),
    "reminders:simulate_plan": _(
        "Choose a plan to see which letters it would have sent for the claims of the last year. Nothing is sent and"
        " nothing changes."
    ),
    "reminders:list_upcoming": _(
        "Who is reminded today and in the next two weeks, and why. Each morning every open invoice is looked at once; "
        "at the moment of sending its balance is read again, and who has paid gets nothing. Take single steps out, "
        "hold invoices back, or put everything on hold."
    ),
    "reminders:list_held": _(
        "Invoices that are due and for which nobody is asked: disputed, promised, paid in instalments, with a payment "
        "under way, covered by credit, or stopped by somebody. When the reason ends the plan goes on."
    ),
    "reminders:list_sent": _(
        "Every letter with what it asked for and what became of it. A letter that was overtaken by a payment, or that "
        "reached nobody, is withdrawn, and its fee and interest are taken back."
    ),
    "reminders:show_letter": _(
        "The letter as the customer got it, claim by claim. Where it reached nobody, correct the customer’s address "
        "and send it once more: as a new letter with the figures of that day."
    ),
    "reminders:send_now": _BY_HAND,
    "reminders:send_for_invoices": _BY_HAND,
    "reminders:skip_steps": _MANY,
    "reminders:hold_claims": _MANY,
    "reminders:remove_step": _(
        "One step of one invoice falls away, with your reason. The plan goes on with the next step on its own day."
    ),
    "reminders:start_round": _(
        "For an invoice whose plan is done, or was interrupted for long: the plan starts over. The law’s limit of "
        "fees counts those of before."
    ),
    "reminders:pause_reminders": _(
        "Nothing is decided and nothing is sent until somebody lets it go on. Use it when the bank’s files are late or "
        "the books are being corrected."
    ),
}
