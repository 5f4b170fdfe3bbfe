"""What each page is for, in a few sentences for somebody who is new here; shown behind the ? of the page's head."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from config.help_accounting import ACCOUNTING_HELP
from config.help_payments import PAYMENTS_HELP
from config.help_reminders import REMINDERS_HELP
from config.help_work import WORK_HELP

_DRAFT = _(
    "A draft has no number and no effect on the books. Write lines, and the sums follow by the same "
    "arithmetic as on the finished document. It is stored by itself while you write; finalize it when the "
    "checks beside it are clear."
)
_CUSTOMER = _(
    "What stands here is copied into new drafts: terms, language, references and electronic address. "
    "Documents that are finalized keep what they were finalized with."
)
_PRODUCT = _(
    "A product gives a line its words, unit, price, VAT treatment and revenue account. A changed price holds "
    "for new lines only."
)
_ACCOUNT = _(
    "Accounts that posting rules use can get another name but stay in use. Revenue accounts begin with 3 and "
    "can be chosen on products and lines. Numbers are never changed, because postings stand on them."
)
_BANK_ACCOUNT = _(
    "Changing where customers pay to is the classic way to steal invoice money. So a change waits until "
    "another owner approves it or a day has passed; every owner gets an e-mail and may stop it. The first "
    "account, a new name, and taking an account out of use hold at once."
)
_ROUTINE = _(
    "Write how your company does each step. The newest text is shown where the step is done, so that new "
    "people do it as the others do. Versions are never changed: an auditor can see which routine held when."
)
_RATES = _(
    "Documents in another currency are posted with the newest rate on or before their day. Enter rates by "
    "hand or take them from a file; a rate that documents have used stays on them."
)
_LAYOUT = _(
    "Lines that come from work, visits or contracts are grouped by person, kind of work, project, day, week or month. "
    "A section is printed line by line or as one row; the EHF keeps every line, and the last pages of the PDF list "
    "them. A customer may have another layout than the rest, and so may each draft."
)
_WORK_FILE = _(
    "Work that a planning system wrote into a file: CSV, XLSX, LG04 or Visma FL. A rehearsal says of every row what "
    "would become of it and leaves nothing. Good rows are taken, bad ones are named, and what was taken before is "
    "known by its order and line."
)
_IMPORT = _(
    "Take customers or products from a CSV or Excel file. Choose which column is which, look at the trial run, "
    "and only then let it be written. A row that cannot be taken is named with its reason; the others are taken."
)
_API = _(
    "A token is a key for one program: it may do here what its scopes say, and the history names it. The secret is "
    "shown once; take a token back when the program is out of use. Addresses under Webhooks are told what happens."
)
_WEBHOOKS = _(
    "Each event that is chosen is posted to the address, signed with its secret, and tried again for three days until "
    "it is taken. After 30 refusals in a row the address is paused. Send a test to see what it answers."
)
_MOVE_IN = _(
    "Leave another system without losing a krone. Take in its customers, products and open items, rehearse as often as "
    "you need, and compare the sum with the total of the old system. Nothing shows anywhere until you switch; the "
    "switch moves all of it at once, and old payment references go on working."
)
_EXPORT = _("Download what the list holds as a file. The same file can be taken in again without loss.")
_PERSON = _(
    "What is kept about a person, and why. Hand it out when the person asks for it, and erase it when nothing "
    "keeps it any more: what the bookkeeping law keeps stays until its time has passed, and is named."
)
_REPORT = _(
    "What is posted, summed as of a day or for a period that you choose. Every figure leads to the rows behind it, "
    "and every report can be had as a file. What is posted later on an earlier day changes the report of that day, "
    "until the period is closed."
)
_AS_OF = _(
    "Choose a moment and see what stood here then, and what has changed since. Nothing can be changed on this page."
)

HELP: dict[str, Any] = {
    "overview": _(
        "What waits for you comes first, then the money: what is owed, what is overdue, and when it can be "
        "expected. Every figure leads to the list that it is the sum of."
    ),
    "command_palette": _(
        "Type a part of a number, a name or a page and press Enter. Ctrl K opens the same search on every page."
    ),
    "show_person": _PERSON,
    "erase_person": _PERSON,
    "show_contact_person": _PERSON,
    "erase_contact_person": _PERSON,
    "move_in": _MOVE_IN,
    "map_move_in": _MOVE_IN,
    "show_move": _MOVE_IN,
    "show_api": _API,
    "create_token": _API,
    "create_webhook": _WEBHOOKS,
    "update_webhook": _WEBHOOKS,
    "show_retention": _(
        "How long each kind of record is kept, by which law, and what is removed by itself when its time has "
        "passed. Documents and vouchers stay as long as the bookkeeping law says."
    ),
    "create_product": _PRODUCT,
    "update_product": _PRODUCT,
    "invoicing:list_invoices": _(
        "Invoices, credit notes and drafts. Filters within a group must all hold; of several groups one is "
        "enough. Store filters, columns and order as a view: it becomes a tab, for you or for everybody. Tick "
        "rows to do the same to many."
    ),
    "invoicing:create_draft": _DRAFT,
    "invoicing:update_draft": _DRAFT,
    "invoicing:change_customer": _(
        "Another customer brings other terms, another language and perhaps another VAT treatment. The lines stay."
    ),
    "invoicing:preview_draft": _("The document as the customer will get it. It has no number until it is finalized."),
    "invoicing:show_checks": _(
        "Rules of the law and of the electronic format, checked on the draft as it stands. Each finding says "
        "what is wrong and leads to the field."
    ),
    "invoicing:show_invoice": _(
        "The document to the left, the facts about it to the right. A finalized invoice is never changed: "
        "credit it, correct it or void it. Whatever happened to it stands in its history."
    ),
    "invoicing:finalize_invoice": _(
        "Finalizing gives the document its number and date and freezes it for good. Read the sums once more; "
        "afterwards a mistake is mended by a credit note."
    ),
    "invoicing:list_waiting_approvals": _(
        "Drafts that wait for a second person. Read one, then approve it or give it back with a reason. "
        "Nobody approves what they wrote themselves."
    ),
    "invoicing:credit_invoice": _(
        "Choose the lines and how much of each to take back, never more than what is left. The credit note is "
        "a draft first, and gets its number when it is finalized."
    ),
    "invoicing:update_credit_note": _(
        "Change how much is credited and why. The lines come from the invoice and keep their prices."
    ),
    "invoicing:correct_invoice": _(
        "One step takes the wrong invoice back in full and writes a new one for you to mend. Both stay in the "
        "number series, and the customer is told what was wrong."
    ),
    "invoicing:show_correction": _(
        "The wrong invoice, its credit note and the new one side by side. Mend the new one, then finalize "
        "both together."
    ),
    "invoicing:void_invoice": _(
        "Voiding credits the whole invoice. The number stays in its series, so that no gap arises. It is "
        "refused while money stands on the invoice."
    ),
    "invoicing:list_invoice_history": _(
        "Who did what to the document and when, newest first. Nothing here can be changed."
    ),
    "invoicing:list_documents": _(
        "The files of the document: the PDF for people and the electronic invoice for machines. They are made "
        "once and kept under their hash."
    ),
    "invoicing:finalize_many": _(
        "Every chosen draft is checked and finalized on its own. One that fails does not stop the rest; you "
        "see a result per document and can leave the page meanwhile."
    ),
    "invoicing:change_many": _(
        "Change the owner, the terms or the language of many drafts at once. What is finalized keeps what it says."
    ),
    "invoicing:export_invoices": _(
        "Choose the columns, the language of their names and the kind of file. Large lists are made in the "
        "background; you get a notice when the file is ready."
    ),
    "invoicing:start_proof": _(
        "A proof pack holds the documents of a period with their sources, history, hashes and a checker that "
        "needs only Python. Give the file to an auditor: a changed byte shows."
    ),
    "invoicing:number_ledger": _(
        "Every number of a series and the document that has it. The nightly check looks for gaps and for "
        "changes of what was frozen."
    ),
    "invoicing:list_series": _(
        "A series gives numbers one after the other within its range. A new series never meets another one, "
        "and is used once you choose it. Series only go forward: they are never changed or deleted."
    ),
    "invoicing:show_access_point": _(
        "EHF goes into the network through an access point: a folder for a partner’s program, your own phoss AP, or a "
        "hosted service. Answers come back to a secret address. Where the network does not say whether a customer "
        "receives EHF, the invoice waits: it never becomes an e-mail by itself."
    ),
    "invoicing:show_texts": _(
        "Texts of your own that new documents begin with, one for each language. A draft takes the text in "
        "its customer’s language; there you may change it."
    ),
    "invoicing:update_layout": _LAYOUT,
    "invoicing:update_customer_layout": _LAYOUT,
    "customers:list_custom_properties": _(
        "Properties of your own on invoices and customers: a text, a number, a date or one of several "
        "choices. Filter lists by them, show them as columns, export them."
    ),
    "import_customers": _IMPORT,
    "import_products": _IMPORT,
    "map_customers": _IMPORT,
    "map_products": _IMPORT,
    "export_customers": _EXPORT,
    "export_products": _EXPORT,
    "billing_backlog:upload_work_file": _WORK_FILE,
    "billing_backlog:map_work_file": _WORK_FILE,
    "billing_backlog:show_work_import": _WORK_FILE,
    "invoicing:explain_invoice": _(
        "How each sum of the document was made, step by step, from its lines to what is to be paid."
    ),
    "invoicing:list_views": _(
        "Your stored views and those that are shared with everybody. Give one another name, share it, or remove "
        "it; the documents in it stay."
    ),
    "invoicing:show_invoice_as_of": _AS_OF,
    "customers:show_customer_as_of": _AS_OF,
    "customers:show_product_as_of": _AS_OF,
    "tenants:show_company_as_of": _AS_OF,
    "tenants:show_bank_account_as_of": _AS_OF,
    "customers:show_vat": _(
        "Whether the company is registered for VAT, what each treatment means, and the rates of the law with "
        "the days they hold. The rate of a line is that of its day of delivery."
    ),
    "customers:list_customers": _(
        "Everybody you invoice, by name. Search by name, number or organization number. Customers out of use "
        "are kept and can be taken into use again."
    ),
    "customers:create_customer": _CUSTOMER,
    "customers:show_customer": _CUSTOMER,
    "customers:update_customer": _CUSTOMER,
    "customers:list_products": _PRODUCT,
    "payments:list_exchange_rates": _RATES,
    "payments:list_accounts": _ACCOUNT,
    "payments:add_account": _ACCOUNT,
    "payments:update_account": _ACCOUNT,
    "payments:show_voucher": _(
        "A voucher is a dated set of postings that sum to zero. It is never changed; a mistake is reversed by "
        "another voucher."
    ),
    "show_month_end": _(
        "What to look at before a month is closed: accounts against the rows that they are the sum of, numbers, what "
        "nobody got, and income that belongs to later months."
    ),
    "payments:list_reports": _REPORT,
    "payments:show_ageing": _REPORT,
    "payments:show_open_items": _REPORT,
    "payments:show_received_payments": _REPORT,
    "payments:show_vat_report": _REPORT,
    "payments:show_postings": _REPORT,
    "payments:show_sales_days": _REPORT,
    "payments:show_ledger_card": _REPORT,
    "payments:start_saft": _(
        "SAF-T is the file that the tax administration asks for at an audit, and that accounting systems read. A "
        "worker writes it; you get a notice when it can be downloaded."
    ),
    "tenants:show_company": _(
        "Your legal identity as it stands on documents from now on. Those that are finalized keep what they "
        "were finalized with."
    ),
    "tenants:show_document_settings": _(
        "How new documents look: language, terms, colour, footer and logo. Finalized documents keep their look."
    ),
    "tenants:list_bank_accounts": _BANK_ACCOUNT,
    "tenants:create_bank_account": _BANK_ACCOUNT,
    "tenants:update_bank_account": _BANK_ACCOUNT,
    "tenants:show_rules": _(
        "When a second person must approve, who may correct an issued invoice and who may delete drafts. The "
        "rules come on top of the roles: they only narrow what a role allows."
    ),
    "tenants:list_people": _(
        "Who belongs to the company and in which role. Invite somebody by e-mail; remove them when they "
        "leave. What they did keeps their name."
    ),
    "tenants:list_roles": _(
        "What each role may do. A role is the same in every company; give a person the one that fits under People."
    ),
    "tenants:list_routines": _ROUTINE,
    "tenants:show_routine": _ROUTINE,
    "tenants:write_routine": _ROUTINE,
    "tenants:list_jobs": _(
        "Long work that runs in the background: exports, imports, finalizing many. Leave and come back; a job "
        "that failed says why."
    ),
    "invoicing:list_enquiries": _(
        "What customers have written on the pages of their invoices and nobody has answered yet, the longest "
        "waiting first. A dispute holds the claim back from the moment in which it is written."
    ),
    "invoicing:answer_enquiry": _(
        "Your answer is mailed to the customer where an address was given, and stands on the page of the invoice. "
        "Closing without an answer is possible too; what is held back stays held until you release it."
    ),
    "invoicing:copy_link": _(
        "Whoever has the link sees this document and may write to you about it, and sees nothing else. "
        "Take it back when it has come into the wrong hands."
    ),
    "invoicing:list_undelivered": _(
        "What was finalized and nobody has: it failed, came back, was not answered in its time, or there was no way "
        "to send it. Try again, choose another channel, correct the address, or let it rest with a reason."
    ),
    "invoicing:list_letters": _(
        "Documents that go on paper. Make one file of them, print it, put it into envelopes, and mark it printed: "
        "then each counts as sent."
    ),
    "invoicing:panel_deliveries": _(
        "To whom the document was sent, by which channel, what became of it and what comes next. Sending again is "
        "an act of its own; what was sent before stays."
    ),
    "invoicing:send_by_email": _(
        "Write the e-mail that goes with the document, and see beside it what the customer will see. Every recipient "
        "gets a link of their own. Sending again is an act of its own; what was sent before stands above."
    ),
    "invoicing:send_many": _(
        "What will be sent, and what was sent before and is left as it is. Each document goes its customer’s own way, "
        "and a job tells what became of each."
    ),
    "invoicing:send_receipt": _(
        "What the customer gets for a payment, as it stands now. Nothing is sent until you send it; what is sent is "
        "kept as it was, with its PDF."
    ),
    "invoicing:show_statement": _(
        "What the customer owes on a day, as the customer would see it; with a first day also what happened since. "
        "Send it, or copy a link to a page that shows what is open when it is opened."
    ),
    "invoicing:send_statements": _(
        "A statement by e-mail to everybody with something open, in their own language; a job tells what became of "
        "each. Those without an address are listed, and get nothing."
    ),
    "invoicing:write_own_mail": _(
        "A text with a new link to copy. It is noted that it was made, not that it was sent."
    ),
    "invoicing:show_mail_settings": _(
        "Whom e-mails come from, which server they leave through, and how mail that comes back reaches us. Without a "
        "server e-mails are kept as files."
    ),
    "invoicing:update_sender": _("A name, an address, and where answers go. E-mails that have left are as they were."),
    "invoicing:list_caught_mails": _("E-mails that were kept as files because there is no mail server."),
    "invoicing:show_caught_mail": _("An e-mail as it would have been sent."),
    "invoicing:show_sending": _(
        "The order in which channels are tried, how long each has, and what goes with an e-mail. A customer’s own "
        "order wins over this one."
    ),
    "tenants:show_job": _(
        "How far the job has come and what became of each thing. You can leave this page: the job goes on, "
        "and a notice tells you when it is finished."
    ),
    "tenants:list_notices": _("News for you in this company. Opening one marks it as read."),
    "tenants:list_audit_entries": _(
        "Everything that people and the system did here, newest first. Lines are chained by their hashes, so "
        "that a changed or missing one shows."
    ),
    **PAYMENTS_HELP,
    **ACCOUNTING_HELP,
    **REMINDERS_HELP,
    **{f"billing_backlog:{name}": words for name, words in WORK_HELP.items()},
}

# Forms that were refused show the page that they were sent from.
SHOWN_AGAIN = {
    "tenants:update_company": "tenants:show_company",
    "tenants:update_document_settings": "tenants:show_document_settings",
    "tenants:set_logo": "tenants:show_document_settings",
    "tenants:update_rules": "tenants:show_rules",
    "tenants:invite_member": "tenants:list_people",
    "invoicing:open_series": "invoicing:list_series",
    "invoicing:update_texts": "invoicing:show_texts",
    "invoicing:update_access_point": "invoicing:show_access_point",
    "invoicing:renew_hook": "invoicing:show_access_point",
    "invoicing:update_sending": "invoicing:show_sending",
    "invoicing:add_sender": "invoicing:show_mail_settings",
    "invoicing:update_mail_server": "invoicing:show_mail_settings",
    "invoicing:renew_mail_hook": "invoicing:show_mail_settings",
    "invoicing:send_statement": "invoicing:show_statement",
    "invoicing:copy_statement_link": "invoicing:show_statement",
    "payments:update_provider": "payments:show_online_payments",
    "payments:close_period": "payments:list_period_locks",
    "payments:show_bank_line": "payments:list_bank_lines",
    "payments:import_bank_file": "payments:list_bank_files",
    "payments:apply_to_receivable": "payments:find_payments",
    "payments:export_report": "payments:list_reports",
    "accounting_sync:start_export": "accounting_sync:list_exports",
    "accounting_sync:enter_system": "accounting_sync:show_connection",
    "accounting_sync:update_options": "accounting_sync:show_connection",
    "accounting_sync:save_mapping": "accounting_sync:show_mapping",
    "accounting_sync:add_exception": "accounting_sync:show_mapping",
    "accounting_sync:import_mapping": "accounting_sync:show_mapping",
    "payments:enter_exchange_rate": "payments:list_exchange_rates",
    "payments:import_exchange_rates": "payments:list_exchange_rates",
}


def help_of(view_name: str) -> Any:
    """The help of a page; empty where it has none."""
    return HELP.get(SHOWN_AGAIN.get(view_name, view_name), "")
