"""The words of a document in its four languages: what stands before each figure, and the fixed sentences.

The customer's language decides, not the screen's, so these are not part of the translation catalogue. Pure: no Django.
Bookkeeping law allows Norwegian, Swedish, Danish and English (bokføringsloven § 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

LANGUAGES = ("nb", "da", "sv", "en")

# Bokføringsforskriften § 5-1-1 fixes this sentence for Norwegian sellers, whatever the language of the document.
NORWEGIAN_REVERSE_CHARGE = "Omvendt avgiftsplikt – Merverdiavgift ikke beregnet"

# One row for each word: nb, da, sv, en.
WORDS: dict[str, tuple[str, str, str, str]] = {
    # titles and numbers
    "invoice": ("Faktura", "Faktura", "Faktura", "Invoice"),
    "credit_note": ("Kreditnota", "Kreditnota", "Kreditfaktura", "Credit note"),
    "payment_request": ("Betalingsanmodning", "Betalingsanmodning", "Betalningsbegäran", "Payment request"),
    "withdrawal": (
        "Betalingsanmodning trukket tilbake",
        "Betalingsanmodning trukket tilbage",
        "Återkallad betalningsbegäran",
        "Payment request withdrawn",
    ),
    "draft": ("Utkast", "Udkast", "Utkast", "Draft"),
    "invoice_number": ("Fakturanummer", "Fakturanummer", "Fakturanummer", "Invoice number"),
    "credit_note_number": ("Kreditnotanummer", "Kreditnotanummer", "Kreditfakturanr.", "Credit note number"),
    "payment_request_number": ("Nummer", "Nummer", "Nummer", "Number"),
    "withdrawal_number": ("Nummer", "Nummer", "Nummer", "Number"),
    "invoice_date": ("Fakturadato", "Fakturadato", "Fakturadatum", "Invoice date"),
    "credit_note_date": ("Kreditnotadato", "Kreditnotadato", "Fakturadatum", "Credit note date"),
    "payment_request_date": ("Dato", "Dato", "Datum", "Date"),
    "withdrawal_date": ("Dato", "Dato", "Datum", "Date"),
    # facts beside the address
    "delivery_date": ("Leveringsdato", "Leveringsdato", "Leveransdatum", "Delivery date"),
    "delivery_period": ("Leveringsperiode", "Leveringsperiode", "Leveransperiod", "Delivery period"),
    "delivery_place": ("Leveringssted", "Leveringssted", "Leveransplats", "Place of delivery"),
    "customer_number": ("Kundenummer", "Kundenummer", "Kundnummer", "Customer number"),
    "customer_organization_number": ("Deres org.nr.", "Jeres org.nr.", "Ert org.nr.", "Your company no."),
    "customer_organization_number_DK": ("Deres CVR-nr.", "Jeres CVR-nr.", "Ert CVR-nr.", "Your CVR no."),
    "customer_vat_number": ("Deres mva-nr.", "Jeres momsnr.", "Ert momsnr.", "Your VAT no."),
    "resource_number": ("Ressursnummer", "Ressourcenummer", "Resursnummer", "Resource number"),
    "your_reference": ("Deres referanse", "Jeres reference", "Er referens", "Your reference"),
    "order_reference": ("Bestilling", "Ordre", "Beställning", "Order"),
    "our_reference": ("Vår referanse", "Vores reference", "Vår referens", "Our reference"),
    "contract": ("Kontrakt", "Kontrakt", "Avtal", "Contract"),
    "project": ("Prosjekt", "Projekt", "Projekt", "Project"),
    "contact": ("Kontaktperson", "Kontaktperson", "Kontaktperson", "Contact"),
    "attention": ("Att.", "Att.", "Att.", "Attn."),
    "due_date": ("Forfall", "Forfaldsdato", "Förfallodatum", "Due date"),
    "terms": ("Betalingsbetingelser", "Betalingsbetingelser", "Betalningsvillkor", "Payment terms"),
    # sentences above the lines
    "credits": (
        "Kreditnota til faktura {number} av {day}.",
        "Kreditnota til faktura {number} af {day}.",
        "Kreditfaktura till faktura {number} av den {day}.",
        "Credit note for invoice {number} of {day}.",
    ),
    "withdraws": (
        "Betalingsanmodning {number} av {day} er trukket tilbake. Den skal ikke betales.",
        "Betalingsanmodning {number} af {day} er trukket tilbage. Den skal ikke betales.",
        "Betalningsbegäran {number} av den {day} är återkallad. Den ska inte betalas.",
        "Payment request {number} of {day} is withdrawn. It is not to be paid.",
    ),
    "reason": ("Årsak: {reason}", "Årsag: {reason}", "Orsak: {reason}", "Reason: {reason}"),
    "enclosed": ("Vedlegg: {names}", "Bilag: {names}", "Bilagor: {names}", "Attachments: {names}"),
    "not_an_invoice": (
        "Dette er ikke en faktura. Faktura sendes når det er levert.",
        "Dette er ikke en faktura. Fakturaen sendes, når der er leveret.",
        "Detta är inte en faktura. Fakturan skickas när leverans har skett.",
        "This is not an invoice. The invoice is sent when delivery has taken place.",
    ),
    # lines
    "lines": ("Spesifikasjon", "Specifikation", "Specifikation", "Details"),
    "description": ("Beskrivelse", "Beskrivelse", "Beskrivning", "Description"),
    "quantity": ("Antall", "Antal", "Antal", "Quantity"),
    "price": ("Pris", "Pris", "Pris", "Price"),
    "discount": ("Rabatt", "Rabat", "Rabatt", "Discount"),
    "surcharge": ("Tillegg", "Tillæg", "Tillägg", "Surcharge"),
    "vat": ("Mva", "Moms", "Moms", "VAT"),
    "amount": ("Beløp", "Beløb", "Belopp", "Amount"),
    "including_vat": ("inkl. mva", "inkl. moms", "inkl. moms", "incl. VAT"),
    "delivered": ("Levert {day}", "Leveret {day}", "Levererat {day}", "Delivered {day}"),
    "product_number": ("Varenr. {number}", "Varenr. {number}", "Artikelnr {number}", "Item no. {number}"),
    "order_line": ("Bestillingslinje {number}", "Ordrelinje {number}", "Orderrad {number}", "Order line {number}"),
    "section_sum": ("Sum {section}", "Sum {section}", "Summa {section}", "Total {section}"),
    "complimentary": ("Vederlagsfritt", "Vederlagsfrit", "Kostnadsfritt", "Complimentary"),
    "non_chargeable": ("Belastes ikke", "Faktureres ikke", "Debiteras ej", "Not charged"),
    "lines_in_file": (
        "{count} linjer, spesifisert i den vedlagte filen {file}",
        "{count} linjer, specificeret i den vedhæftede fil {file}",
        "{count} rader, specificerade i den bifogade filen {file}",
        "{count} lines, specified in the attached file {file}",
    ),
    "line_together": ("{count} linje", "{count} linje", "{count} rad", "{count} line"),
    "lines_together": (
        "{count} linjer samlet",
        "{count} linjer samlet",
        "{count} rader samlat",
        "{count} lines in one",
    ),
    "see_specification": (
        "se spesifikasjonen",
        "se specifikationen",
        "se specifikationen",
        "see the specification",
    ),
    "see_file": (
        "spesifisert i den vedlagte filen {file}",
        "specificeret i den vedhæftede fil {file}",
        "specificerade i den bifogade filen {file}",
        "specified in the attached file {file}",
    ),
    "specification": ("Spesifikasjon", "Specifikation", "Specifikation", "Specification"),
    "week": ("Uke {week}, {year}", "Uge {week}, {year}", "Vecka {week}, {year}", "Week {week}, {year}"),
    # sums
    "vat_summary": ("Merverdiavgift", "Moms", "Moms", "VAT summary"),
    "vat_rate": ("Mva-sats", "Momssats", "Momssats", "VAT rate"),
    "vat_base": ("Grunnlag", "Grundlag", "Underlag", "Base"),
    "vat_in": ("Mva {currency}", "Moms {currency}", "Moms {currency}", "VAT {currency}"),
    "category_Z": ("fritatt", "fritaget", "momsfritt", "zero-rated"),
    "category_E": ("unntatt", "momsfritaget", "undantaget", "exempt"),
    "category_G": ("utførsel", "eksport", "export", "export"),
    "category_AE": ("omvendt avgiftsplikt", "omvendt betalingspligt", "omvänd skattskyldighet", "reverse charge"),
    "category_O": ("utenfor avgiftsområdet", "uden for momsområdet", "utanför momsområdet", "outside scope"),
    "sum_lines": ("Sum linjer", "Sum af linjer", "Summa rader", "Sum of lines"),
    "net": ("Netto", "Netto", "Netto", "Net"),
    "vat_total": ("Merverdiavgift", "Moms", "Moms", "VAT"),
    "gross": ("Sum inkl. mva", "I alt inkl. moms", "Summa inkl. moms", "Total incl. VAT"),
    "sum": ("Sum", "I alt", "Summa", "Total"),
    "rounding": ("Øreavrunding", "Øreafrunding", "Öresavrundning", "Rounding"),
    "prepaid": ("Forskuddsbetalt", "Forudbetalt", "Förskottsbetalt", "Prepaid"),
    "to_pay": ("Å betale {currency}", "At betale {currency}", "Att betala {currency}", "To pay {currency}"),
    "withdrawn": (
        "Trukket tilbake {currency}",
        "Trukket tilbage {currency}",
        "Återkallat {currency}",
        "Withdrawn {currency}",
    ),
    "to_credit": ("Kreditert {currency}", "Krediteret {currency}", "Krediterat {currency}", "Credited {currency}"),
    "exchange": (
        "Kurs {day}: 1 {currency} = {rate} {base} ({source}). Merverdiavgift {vat} {base}, sum {payable} {base}.",
        "Kurs {day}: 1 {currency} = {rate} {base} ({source}). Moms {vat} {base}, i alt {payable} {base}.",
        "Kurs {day}: 1 {currency} = {rate} {base} ({source}). Moms {vat} {base}, summa {payable} {base}.",
        "Rate of {day}: 1 {currency} = {rate} {base} ({source}). VAT {vat} {base}, total {payable} {base}.",
    ),
    # payment
    "how_to_pay": ("Slik betaler du", "Sådan betaler du", "Så här betalar du", "How to pay"),
    "account": ("Til konto", "Til konto", "Till konto", "To account"),
    "account_DK": ("Reg.- og kontonr.", "Reg.- og kontonr.", "Reg.- och kontonr.", "Bank and account no."),
    "account_SE": ("Bankgiro", "Bankgiro", "Bankgiro", "Bankgiro"),
    "iban": ("IBAN", "IBAN", "IBAN", "IBAN"),
    "kid": ("KID", "KID", "KID", "KID"),
    "kid_DK": ("Betalings-id", "Betalings-id", "Betalnings-id", "Payment id"),
    "kid_SE": ("OCR-nummer", "OCR-nummer", "OCR-nummer", "OCR number"),
    "message": ("Merk med", "Mærk med", "Märk med", "Payment message"),
    "amount_in": ("Beløp {currency}", "Beløb {currency}", "Belopp {currency}", "Amount {currency}"),
    "from_abroad": (
        "Fra utlandet: {codes}.",
        "Fra udlandet: {codes}.",
        "Från utlandet: {codes}.",
        "From abroad: {codes}.",
    ),
    "late_interest": (
        "Etter forfall beregnes forsinkelsesrente etter loven.",
        "Efter forfald beregnes morarente efter loven.",
        "Efter förfallodagen debiteras dröjsmålsränta enligt lag.",
        "Statutory interest is charged after the due date.",
    ),
    # foot
    "organization_number": ("Org.nr. {number}", "Org.nr. {number}", "Org.nr {number}", "Org. no. {number}"),
    "organization_number_DK": ("CVR-nr. {number}", "CVR-nr. {number}", "CVR-nr {number}", "CVR no. {number}"),
    "vat_number": ("Mva-nr. {number}", "Momsnr. {number}", "Momsreg.nr {number}", "VAT no. {number}"),
    # Foretaksregisterloven § 10-2 names the word; it stays Norwegian in every language.
    "company_register": ("Foretaksregisteret", "Foretaksregisteret", "Foretaksregisteret", "Foretaksregisteret"),
    "page": ("Side ", "Side ", "Sida ", "Page "),
    "page_of": (" av ", " af ", " av ", " of "),
    # said to those who do not see the page, and to archives
    "summary": (
        "{title} fra {seller} til {buyer}",
        "{title} fra {seller} til {buyer}",
        "{title} från {seller} till {buyer}",
        "{title} from {seller} to {buyer}",
    ),
    "attachment": (
        "{title} som EHF (UBL)",
        "{title} som EHF (UBL)",
        "{title} som EHF (UBL)",
        "{title} as EHF (UBL)",
    ),
}


@cache
def words_in(language: str) -> Mapping[str, str]:
    """Every word in one language; ValueError for a language that a document may not have."""
    if language not in LANGUAGES:
        raise ValueError(f"A document cannot be written in {language!r}.")
    column = LANGUAGES.index(language)
    return MappingProxyType({key: forms[column] for key, forms in WORDS.items()})


def word_for_country(words: Mapping[str, str], key: str, country: str) -> str:
    """The word as the seller's country has it (an account is a bankgiro in Sweden), else the common one."""
    return words.get(f"{key}_{country}", words[key])
