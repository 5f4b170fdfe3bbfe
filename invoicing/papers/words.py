"""The words of receipts and statements, and of the e-mails that bring them, in the four languages of documents.

The customer's language decides, not the screen's, so these are not part of the translation catalogue. Pure: no Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from invoicing.documents import words as documents
from invoicing.documents.words import LANGUAGES

# One row for each word: nb, da, sv, en.
WORDS: dict[str, tuple[str, str, str, str]] = {
    # what both say
    "receipt": ("Kvittering", "Kvittering", "Kvitto", "Receipt"),
    "statement": ("Kontoutskrift", "Kontoudtog", "Kontoutdrag", "Statement of account"),
    "customer_number": ("Kundenummer", "Kundenummer", "Kundnummer", "Customer number"),
    "document": ("Dokument", "Dokument", "Dokument", "Document"),
    "date": ("Dato", "Dato", "Datum", "Date"),
    "reference": ("Referanse", "Reference", "Referens", "Reference"),
    "and_more": ("og {count} til", "og {count} til", "och {count} till", "and {count} more"),
    # receipts
    "receipt_number": ("Bilagsnummer", "Bilagsnummer", "Verifikationsnr", "Voucher number"),
    "received_on": ("Mottatt", "Modtaget", "Mottaget", "Received on"),
    "method": ("Betalt med", "Betalt med", "Betalt med", "Paid by"),
    "method_bank": ("Bankoverføring", "Bankoverførsel", "Banköverföring", "Bank transfer"),
    "method_card": ("Kort", "Kort", "Kort", "Card"),
    "method_wallet": ("Vipps eller MobilePay", "Vipps eller MobilePay", "Vipps eller MobilePay", "Vipps or MobilePay"),
    "method_direct_debit": ("Avtalegiro", "Betalingsservice", "Autogiro", "Direct debit"),
    "method_cash": ("Kontant", "Kontant", "Kontant", "Cash"),
    "method_other": ("Annet", "Andet", "Annat", "Other"),
    "thanks": (
        "Vi har mottatt {amount} {currency}. Takk for betalingen.",
        "Vi har modtaget {amount} {currency}. Tak for betalingen.",
        "Vi har mottagit {amount} {currency}. Tack för betalningen.",
        "We have received {amount} {currency}. Thank you for your payment.",
    ),
    "pays": ("Betalingen gjelder", "Betalingen gælder", "Betalningen avser", "What it pays"),
    "paid": ("Betalt", "Betalt", "Betalt", "Paid"),
    "left": ("Gjenstår", "Resterer", "Återstår", "Left to pay"),
    "received": ("Mottatt {currency}", "Modtaget {currency}", "Mottaget {currency}", "Received {currency}"),
    "used": ("Brukt på fakturaer", "Brugt på fakturaer", "Använt till fakturor", "Used on invoices"),
    "refunded": ("Betalt tilbake", "Betalt tilbage", "Återbetalt", "Paid back"),
    "unapplied": ("Til gode", "Til gode", "Till godo", "In your favour"),
    "receipt_is_no_invoice": (
        "Kvitteringen viser hva som er betalt. Merverdiavgiften står på fakturaen.",
        "Kvitteringen viser, hvad der er betalt. Momsen står på fakturaen.",
        "Kvittot visar vad som är betalt. Momsen står på fakturan.",
        "This receipt shows what has been paid. The VAT stands on the invoice.",
    ),
    # statements
    "as_of": ("Per dato", "Pr. dato", "Per datum", "As of"),
    "open_entries": ("Åpne poster", "Åbne poster", "Öppna poster", "Open items"),
    "nothing_open": (
        "Det er ingenting å betale.",
        "Der er intet at betale.",
        "Det finns inget att betala.",
        "There is nothing to pay.",
    ),
    "issued": ("Dato", "Dato", "Datum", "Date"),
    "due": ("Forfall", "Forfald", "Förfallodag", "Due"),
    "days_late": ("Dager over", "Dage over", "Dagar sen", "Days late"),
    "to_pay_with": ("KID eller referanse", "Betalings-id", "OCR eller referens", "Payment reference"),
    "open": ("Åpent", "Åbent", "Öppet", "Open"),
    "kind_invoice": ("Faktura", "Faktura", "Faktura", "Invoice"),
    "kind_credit": ("Kreditnota", "Kreditnota", "Kreditfaktura", "Credit note"),
    "kind_fee": ("Gebyr", "Gebyr", "Avgift", "Fee"),
    "kind_compensation": ("Kompensasjon", "Kompensation", "Ersättning", "Compensation"),
    "kind_interest": ("Rente", "Rente", "Ränta", "Interest"),
    "kind_opening": ("Åpningspost", "Åbningspost", "Ingående post", "Opening item"),
    "unused_money": (
        "Betalinger som ikke er brukt",
        "Betalinger, der ikke er brugt",
        "Betalningar som inte är använda",
        "Payments not used yet",
    ),
    "balances": ("Sum per valuta", "I alt pr. valuta", "Summa per valuta", "Totals by currency"),
    "owed": ("Skyldig", "Skyldigt", "Skuld", "Owed"),
    "credits": ("Kreditnotaer til gode", "Kreditnotaer til gode", "Kreditfakturor till godo", "Credits"),
    "unused": ("Ubrukte betalinger", "Ubrugte betalinger", "Oanvända betalningar", "Unused payments"),
    "to_pay": ("Å betale {currency}", "At betale {currency}", "Att betala {currency}", "To pay {currency}"),
    "in_favour": ("Til gode {currency}", "Til gode {currency}", "Till godo {currency}", "In your favour {currency}"),
    "ages": ("Etter forfall", "Efter forfald", "Efter förfallodag", "By age"),
    "currency": ("Valuta", "Valuta", "Valuta", "Currency"),
    "age_0": ("Ikke forfalt", "Ikke forfaldet", "Ej förfallet", "Not due"),
    "age_1": ("1–30 dager", "1–30 dage", "1–30 dagar", "1–30 days"),
    "age_2": ("31–60 dager", "31–60 dage", "31–60 dagar", "31–60 days"),
    "age_3": ("61–90 dager", "61–90 dage", "61–90 dagar", "61–90 days"),
    "age_4": ("Over 90 dager", "Over 90 dage", "Över 90 dagar", "Over 90 days"),
    "movements": (
        "Bevegelser siden {day} ({currency})",
        "Bevægelser siden {day} ({currency})",
        "Rörelser sedan {day} ({currency})",
        "Movements since {day} ({currency})",
    ),
    "text": ("Tekst", "Tekst", "Text", "Text"),
    "amount": ("Beløp", "Beløb", "Belopp", "Amount"),
    "balance": ("Saldo", "Saldo", "Saldo", "Balance"),
    "opening_balance": ("Inngående saldo", "Primosaldo", "Ingående saldo", "Opening balance"),
    "closing_balance": ("Utgående saldo", "Ultimosaldo", "Utgående saldo", "Closing balance"),
    "did_sale": ("Faktura", "Faktura", "Faktura", "Invoice"),
    "did_credit": ("Kreditnota", "Kreditnota", "Kreditfaktura", "Credit note"),
    "did_payment": ("Betaling", "Betaling", "Betalning", "Payment"),
    "did_refund": ("Tilbakebetaling", "Tilbagebetaling", "Återbetalning", "Refund"),
    "did_write_off": ("Avskrevet", "Afskrevet", "Avskrivet", "Written off"),
    "did_fee": ("Gebyr", "Gebyr", "Avgift", "Fee"),
    "did_interest": ("Rente", "Rente", "Ränta", "Interest"),
    "did_other": ("Annet", "Andet", "Annat", "Other"),
    "each_reference": (
        "Bruk referansen til hver faktura når du betaler. Er noe betalt de siste dagene, se bort fra det.",
        "Brug referencen til hver faktura, når du betaler. Er noget betalt de seneste dage, så se bort fra det.",
        "Använd referensen för varje faktura när du betalar. Har något betalats de senaste dagarna, bortse från det.",
        "Use the reference of each invoice when you pay. Leave out what you have paid in the last few days.",
    ),
    # e-mails
    "subject_receipt": (
        "Kvittering fra {seller}: {amount} {currency}",
        "Kvittering fra {seller}: {amount} {currency}",
        "Kvitto från {seller}: {amount} {currency}",
        "Receipt from {seller}: {amount} {currency}",
    ),
    "body_receipt": (
        "Hei,\n\nvi har mottatt betalingen din. Kvitteringen er vedlagt.\n\nVennlig hilsen\n{seller}",
        "Hej,\n\nvi har modtaget din betaling. Kvitteringen er vedhæftet.\n\nVenlig hilsen\n{seller}",
        "Hej,\n\nvi har mottagit din betalning. Kvittot är bifogat.\n\nVänliga hälsningar\n{seller}",
        "Hello,\n\nwe have received your payment. The receipt is attached.\n\nKind regards\n{seller}",
    ),
    "subject_statement": (
        "Kontoutskrift fra {seller} per {day}",
        "Kontoudtog fra {seller} pr. {day}",
        "Kontoutdrag från {seller} per {day}",
        "Statement of account from {seller} as of {day}",
    ),
    "body_statement": (
        (
            "Hei,\n\nher er en oversikt over det som står åpent hos oss. På siden kan du se hver faktura og betale "
            "alt på én gang der det er mulig.\n\nVennlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nher er en oversigt over det, der står åbent hos os. På siden kan du se hver faktura og betale "
            "det hele på én gang, hvor det er muligt.\n\nVenlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nhär är en översikt över det som står öppet hos oss. På sidan kan du se varje faktura, och betala "
            "allt på en gång där det är möjligt.\n\nVänliga hälsningar\n{seller}"
        ),
        (
            "Hello,\n\nhere is what stands open with us. On the page you can see each invoice, and pay all of it at "
            "once where that is possible.\n\nKind regards\n{seller}"
        ),
    ),
    "see_statement": ("Se kontoutskriften", "Se kontoudtoget", "Visa kontoutdraget", "See the statement"),
    "heading_receipt": (
        "Kvittering til {customer}",
        "Kvittering til {customer}",
        "Kvitto till {customer}",
        "Receipt to {customer}",
    ),
    "heading_statement": (
        "Å betale per {day}, {customer}",
        "At betale pr. {day}, {customer}",
        "Att betala per {day}, {customer}",
        "To pay as of {day}, {customer}",
    ),
}


@cache
def paper_words(language: str) -> Mapping[str, str]:
    """Every word in one language, those of documents among them; ValueError for a language that no paper has."""
    if language not in LANGUAGES:
        raise ValueError(f"A paper cannot be written in {language!r}.")
    column = LANGUAGES.index(language)
    own = {key: forms[column] for key, forms in WORDS.items()}
    return MappingProxyType({**documents.words_in(language), **own})
