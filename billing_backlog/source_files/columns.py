"""The columns of tables that tell of work: what planning systems call them in four languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

UNTOLD = re.compile(r"[\s_\-./:()*#]+")

REQUIRED = ("order", "day", "text", "quantity")
# Field by field, in the order of the form; the first column that fits is taken, and each column once.
NAMES: dict[str, tuple[str, ...]] = {
    "order": (
        "order", "order number", "order no", "ordre", "ordrenr", "ordrenummer", "ordernr", "ordernummer", "booking",
        "booking id", "bookingnr", "bestilling", "bestillingsnr", "reservasjon", "reservasjon id", "bokning",
        "bokningsnr", "besøk", "besøksnr", "besøk id", "visit", "visit id", "registrering", "registrering id", "entry",
        "entry id", "føring", "id", "referanse", "reference", "referens",
    ),
    "order_line": (
        "line", "line number", "line no", "linje", "linjenr", "linjenummer", "ordrelinje", "linie", "linienr", "rad",
        "radnr", "orderrad",
    ),
    "kind": ("kind", "type", "slag", "art", "arbeidstype"),
    "day": (
        "day", "date", "dato", "datum", "dag", "arbeidsdato", "leveringsdato", "work date", "delivery date", "til dato",
        "tildato", "to date", "til", "slutt", "utført", "utført dato",
    ),
    "period_from": ("from", "from date", "period from", "fra dato", "fradato", "fra", "start", "från datum", "från"),
    "customer_number": (
        "customer number", "customer no", "customer", "kundenr", "kundenummer", "kunde", "kundnr", "kundnummer",
        "debitor", "debitornr",
    ),
    "organization_number": (
        "organization number", "organisation number", "orgnr", "org nr", "organisasjonsnummer", "organisationsnummer",
        "cvr", "cvr nr",
    ),
    "resource_number": ("resource number", "ressursnummer", "ressursnr", "resursnummer", "internnummer", "ansvar"),
    "national_id": ("national id", "fødselsnummer", "fodselsnummer", "personnummer", "cpr", "cpr nr"),
    "customer_name": (
        "customer name", "kundenavn", "kundnamn", "navn", "namn", "name", "leietaker", "betaler", "payer",
    ),
    "text": (
        "text", "description", "tekst", "beskrivelse", "beskrivning", "varetekst", "fakturatekst", "invoice text",
        "aktivitet", "activity", "arbeid", "oppdrag", "tjeneste", "service", "hva",
    ),
    "internal_text": ("internal text", "internal note", "intern tekst", "internt notat", "notat", "note", "merknad"),
    "quantity": ("quantity", "antall", "antal", "timer", "hours", "timmar", "mengde", "mængde", "mängd", "qty"),
    "unit": ("unit", "enhet", "enhed"),
    "unit_price": (
        "price", "unit price", "pris", "enhetspris", "stykkpris", "timepris", "enhedspris", "à pris", "a pris", "sats",
        "rate",
    ),
    "amount": ("amount", "beløp", "belopp", "beløb", "sum", "total", "netto", "nettobeløp", "linjesum"),
    "currency": ("currency", "valuta", "valutakode"),
    "vat": ("vat", "vat code", "mva", "mva kode", "mvakode", "avgiftskode", "moms", "momskode", "momskod"),
    "product": (
        "product", "product number", "article", "item no", "varenr", "varenummer", "vare", "artikkel", "artikkelnr",
        "produkt", "produktnr", "artikel", "artikelnr",
    ),
    "project": ("project", "project number", "prosjekt", "prosjektnr", "prosjektnummer", "projekt", "projektnr"),
    "contract": ("contract", "contract number", "kontrakt", "kontraktnr", "avtale", "avtalenr", "avtal", "avtalsnr"),
    "facility": (
        "facility", "facility number", "anlegg", "anleggsnr", "bygg", "bygning", "lokale", "anläggning", "anlæg",
        "building",
    ),
    "performed_by": (
        "performed by", "done by", "utført av", "medarbeider", "ansatt", "konsulent", "employee", "worker", "person",
        "medarbetare", "medarbejder", "renholder",
    ),
    "approved_by": ("approved by", "godkjent av", "godkänd av", "godkendt af", "attestert av"),
    "price_reason": ("price reason", "reason", "prisbegrunnelse", "begrunnelse", "årsak", "motivering", "begrundelse"),
    "charge": ("billable", "charge", "fakturerbar", "faktureres", "debiterbar", "fakturerbart"),
}  # fmt: skip
DIMENSION = re.compile(r"(?:dim|dimensjon|dimension|kb)\s*_?(\d{1,2})\Z", re.IGNORECASE)


def plain(name: str) -> str:
    """A header without what people write differently."""
    return UNTOLD.sub("", name.replace("\ufeff", "")).casefold()


_KNOWN = {plain(name): field for field, names in reversed(NAMES.items()) for name in names}


def suggested(header: Sequence[str]) -> dict[str, int]:
    """Which column of the file fills which field, as far as their names tell; each is used once."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        dimension = DIMENSION.match(name.strip())
        field = f"dim_{int(dimension[1])}" if dimension else _KNOWN.get(plain(name))
        if field is not None:
            found.setdefault(field, place)
    return found


def missing(mapping: dict[str, int]) -> list[str]:
    """What no file can be without and this mapping does not fill; a price or an amount, and somebody who pays."""
    lacking = [name for name in REQUIRED if name not in mapping]
    payers = {
        "customer_number",
        "organization_number",
        "resource_number",
        "national_id",
        "customer_name",
        "contract",
        "project",
    }
    return lacking if payers & set(mapping) else [*lacking, "customer_number"]
