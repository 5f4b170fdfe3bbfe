"""The words of reminders, notices before collection and interest notes, in the four languages of documents.

The customer's language decides, not the screen's, so these are not part of the translation catalogue. Pure: no Django.
An organization's own text may take the place of any subject and of the text; headings and sums stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from invoicing.documents.words import LANGUAGES
from invoicing.papers.words import paper_words

# One row for each word: nb, da, sv, en.
WORDS: dict[str, tuple[str, str, str, str]] = {
    # what the letter is called
    "title_notice": (
        "Påminnelse før forfall",
        "Påmindelse før forfald",
        "Påminnelse före förfallodag",
        "Upcoming payment",
    ),
    "title_friendly": ("Betalingspåminnelse", "Venlig påmindelse", "Betalningspåminnelse", "Friendly reminder"),
    "title_reminder": ("Purring", "Rykker", "Påminnelse", "Payment reminder"),
    "title_collection_notice": ("Inkassovarsel", "Inkassovarsel", "Inkassokrav", "Notice before debt collection"),
    "title_payment_demand": ("Betalingsoppfordring", "Betalingspåkrav", "Betalningsanmaning", "Demand for payment"),
    "title_interest_note": ("Rentenota", "Rentenota", "Räntenota", "Interest note"),
    # what stands beside the address
    "sent_on": ("Dato", "Dato", "Datum", "Date"),
    "pay_by": ("Betales innen", "Betales senest", "Betalas senast", "Pay by"),
    # the built-in texts
    "text_notice": (
        (
            "{invoices} forfaller {due}. Dette er bare en påminnelse, uten gebyr. Har du alt betalt, trenger du "
            "ikke gjøre noe."
        ),
        (
            "{invoices} forfalder {due}. Dette er kun en påmindelse uden gebyr. Har du allerede betalt, skal du "
            "ikke gøre noget."
        ),
        (
            "{invoices} förfaller {due}. Det här är bara en påminnelse, utan avgift. Har du redan betalat behöver "
            "du inte göra något."
        ),
        (
            "Payment of {invoices} is due on {due}. This is only a reminder, without a fee. If you have paid "
            "already, you need do nothing."
        ),
    ),
    "text_friendly": (
        (
            "Vi kan ikke se at vi har fått betalt for {invoices}. Kanskje er det glemt? Har du betalt de siste "
            "dagene, se bort fra dette."
        ),
        (
            "Vi kan ikke se, at vi har modtaget betaling for {invoices}. Måske er det glemt? Har du betalt de "
            "seneste dage, så se bort fra dette."
        ),
        (
            "Vi kan inte se någon betalning för {invoices}. Kanske har den glömts bort? Har du betalat de senaste "
            "dagarna, bortse från detta."
        ),
        (
            "We cannot see a payment for {invoices}. Perhaps it was forgotten? If you have paid in the last few "
            "days, leave this aside."
        ),
    ),
    "please_pay": (
        "Betal innen {deadline}.",
        "Betal senest {deadline}.",
        "Betala senast {deadline}.",
        "Please pay by {deadline}.",
    ),
    "text_reminder": (
        "Vi har ikke mottatt betalingen for {invoices}. Mener du at kravet er feil, si fra til oss så snart som mulig.",
        "Vi har ikke modtaget betalingen for {invoices}. Mener du, at kravet er forkert, så sig til hurtigst muligt.",
        "Vi har inte fått betalningen för {invoices}. Anser du att kravet är fel, säg till oss så snart som möjligt.",
        (
            "We have not received the payment for {invoices}. If you think that the claim is wrong, tell us as "
            "soon as you can."
        ),
    ),
    "text_collection_notice": (
        (
            "Vi har ikke mottatt betalingen for {invoices}. Har du innvendinger mot kravet, må du si fra før "
            "fristen går ut."
        ),
        (
            "Vi har ikke modtaget betalingen for {invoices}. Har du indsigelser mod kravet, skal du sige til, før "
            "fristen udløber."
        ),
        (
            "Vi har inte fått betalningen för {invoices}. Har du invändningar mot kravet måste du säga till före "
            "fristens slut."
        ),
        "We have not received the payment for {invoices}. If you object to the claim, tell us before the deadline.",
    ),
    "text_payment_demand": (
        (
            "Kravet for {invoices} er fortsatt ikke betalt. Har du innvendinger mot kravet, må du si fra før "
            "fristen går ut."
        ),
        (
            "Kravet for {invoices} er stadig ikke betalt. Har du indsigelser mod kravet, skal du sige til, før "
            "fristen udløber."
        ),
        (
            "Kravet för {invoices} är fortfarande inte betalt. Har du invändningar mot kravet måste du säga till "
            "före fristens slut."
        ),
        "The claim for {invoices} is still unpaid. If you object to the claim, tell us before the deadline.",
    ),
    "text_interest_note": (
        "Betalingen for {invoices} kom etter forfall, eller er ikke kommet. Her er renten for de dagene.",
        "Betalingen for {invoices} kom efter forfald eller er ikke kommet. Her er renten for de dage.",
        "Betalningen för {invoices} kom efter förfallodagen, eller har inte kommit. Här är räntan för de dagarna.",
        "The payment for {invoices} came after its due date, or has not come. Here is the interest for those days.",
    ),
    # What follows: said in every letter after which a claim may go to collection.
    "collection_follows": (
        (
            "Hvis {amount} {currency} ikke er betalt innen {deadline}, sender vi kravet til inkasso. Da kommer "
            "inkassosalær og renter i tillegg."
        ),
        (
            "Hvis {amount} {currency} ikke er betalt senest {deadline}, sender vi kravet til inkasso. Det medfører "
            "yderligere omkostninger og renter."
        ),
        (
            "Om {amount} {currency} inte har betalats senast {deadline} lämnar vi kravet till inkasso. Då "
            "tillkommer inkassokostnader och ränta."
        ),
        (
            "If {amount} {currency} is not paid by {deadline}, we hand the claim over for debt collection. "
            "Collection costs and interest will then be added."
        ),
    ),
    "invoice_named": ("faktura {number}", "faktura {number}", "faktura {number}", "invoice {number}"),
    "invoices_named": ("{count} fakturaer", "{count} fakturaer", "{count} fakturor", "{count} invoices"),
    # tables
    "concerns": ("Kravet gjelder", "Kravet vedrører", "Kravet avser", "What it concerns"),
    "original": ("Fakturabeløp", "Fakturabeløb", "Fakturabelopp", "Invoice amount"),
    "paid_until_now": (
        "Betalt eller kreditert",
        "Betalt eller krediteret",
        "Betalt eller krediterat",
        "Paid or credited",
    ),
    "disputed": ("Omstridt", "Omtvistet", "Omtvistat", "Disputed"),
    "left_of_invoice": ("Gjenstår", "Resterer", "Återstår", "Left to pay"),
    "disputed_is_not_asked": (
        "Det omstridte beløpet kreves ikke i dette brevet.",
        "Det omtvistede beløb kræves ikke i dette brev.",
        "Det omtvistade beloppet krävs inte i det här brevet.",
        "The disputed amount is not demanded in this letter.",
    ),
    "added": ("Gebyr og renter", "Gebyr og renter", "Avgifter och ränta", "Fees and interest"),
    "addition": ("Tillegg", "Tillæg", "Tillägg", "Addition"),
    "add_fee": ("Purregebyr", "Rykkergebyr", "Påminnelseavgift", "Reminder fee"),
    "add_compensation": (
        "Kompensasjon for forsinket betaling",
        "Kompensation for forsinket betaling",
        "Förseningsersättning",
        "Compensation for late payment",
    ),
    "add_interest": ("Forsinkelsesrente", "Morarente", "Dröjsmålsränta", "Interest on late payment"),
    "of_day": ("{what} {day}", "{what} {day}", "{what} {day}", "{what} {day}"),
    "how_interest": (
        "Slik er renten regnet",
        "Sådan er renten beregnet",
        "Så är räntan beräknad",
        "How the interest is reckoned",
    ),
    "from_day": ("Fra og med", "Fra og med", "Från och med", "From"),
    "to_day": ("Til og med", "Til og med", "Till och med", "To"),
    "days": ("Dager", "Dage", "Dagar", "Days"),
    "rate": ("Sats per år", "Sats pr. år", "Räntesats per år", "Rate a year"),
    "of_principal": ("Av beløp", "Af beløb", "På belopp", "On amount"),
    "interest": ("Rente", "Rente", "Ränta", "Interest"),
    # sums
    "sum_principal": ("Hovedstol", "Hovedstol", "Kapitalbelopp", "Principal"),
    "sum_fees": ("Gebyr", "Gebyr", "Avgifter", "Fees"),
    "sum_interest": ("Renter", "Renter", "Ränta", "Interest"),
    "sum_credit": ("Til gode hos oss", "Til gode hos os", "Till godo hos oss", "In your favour with us"),
    "no_vat": (
        "Gebyr og renter er uten merverdiavgift. Dette brevet er ikke en faktura; merverdiavgiften står på fakturaen.",
        "Gebyr og renter er uden moms. Dette brev er ikke en faktura; momsen står på fakturaen.",
        "Avgifter och ränta är utan moms. Det här brevet är inte en faktura; momsen står på fakturan.",
        "Fees and interest carry no VAT. This letter is not an invoice; the VAT stands on the invoice.",
    ),
    "is_no_invoice": (
        "Dette brevet er ikke en faktura; merverdiavgiften står på fakturaen.",
        "Dette brev er ikke en faktura; momsen står på fakturaen.",
        "Det här brevet är inte en faktura; momsen står på fakturan.",
        "This letter is not an invoice; the VAT stands on the invoice.",
    ),
    # e-mails
    "mail_body": (
        "Hei,\n\n{text}\n\nVennlig hilsen\n{seller}",
        "Hej,\n\n{text}\n\nVenlig hilsen\n{seller}",
        "Hej,\n\n{text}\n\nVänliga hälsningar\n{seller}",
        "Hello,\n\n{text}\n\nKind regards\n{seller}",
    ),
    "subject_notice": (
        "Forfaller {due}: {invoices} fra {seller}",
        "Forfalder {due}: {invoices} fra {seller}",
        "Förfaller {due}: {invoices} från {seller}",
        "Due on {due}: {invoices} from {seller}",
    ),
    "subject_friendly": (
        "Er det glemt? {invoices} fra {seller}",
        "Er det glemt? {invoices} fra {seller}",
        "Har du glömt? {invoices} från {seller}",
        "Was it forgotten? {invoices} from {seller}",
    ),
    "subject_reminder": (
        "Purring fra {seller}: {invoices}",
        "Rykker fra {seller}: {invoices}",
        "Påminnelse från {seller}: {invoices}",
        "Payment reminder from {seller}: {invoices}",
    ),
    "subject_collection_notice": (
        "Inkassovarsel fra {seller}: {invoices}",
        "Inkassovarsel fra {seller}: {invoices}",
        "Inkassokrav från {seller}: {invoices}",
        "Notice before debt collection from {seller}: {invoices}",
    ),
    "subject_payment_demand": (
        "Betalingsoppfordring fra {seller}: {invoices}",
        "Betalingspåkrav fra {seller}: {invoices}",
        "Betalningsanmaning från {seller}: {invoices}",
        "Demand for payment from {seller}: {invoices}",
    ),
    "subject_interest_note": (
        "Rentenota fra {seller}: {invoices}",
        "Rentenota fra {seller}: {invoices}",
        "Räntenota från {seller}: {invoices}",
        "Interest note from {seller}: {invoices}",
    ),
    "heading_demand": (
        "{title} til {customer}",
        "{title} til {customer}",
        "{title} till {customer}",
        "{title} to {customer}",
    ),
    "see_invoice": (
        "Se fakturaen og betal",
        "Se fakturaen og betal",
        "Visa fakturan och betala",
        "See the invoice and pay",
    ),
    "see_account": ("Se alt og betal", "Se det hele og betal", "Visa allt och betala", "See everything and pay"),
}


@cache
def demand_words(language: str) -> Mapping[str, str]:
    """Every word in one language, those of other papers among them; ValueError for a language that no paper has."""
    known = paper_words(language)
    column = LANGUAGES.index(language)
    own = {key: forms[column] for key, forms in WORDS.items()}
    return MappingProxyType({**known, **own})
