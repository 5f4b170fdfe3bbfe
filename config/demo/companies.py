"""The three companies of the demo and whom they bill. Pure: the same seed gives the same companies."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from config.demo import catalogue, names, numbers
from config.demo.records import DemoCompany, Values

SEED = 20261121


def demo_companies() -> list[DemoCompany]:
    """A consultancy, a municipality's booking of halls, and a cleaning firm."""
    makers = (_consultancy, _municipality, _cleaning_firm)
    return [make(Random(SEED + place)) for place, make in enumerate(makers)]  # noqa: S311 - the same each time


def _consultancy(chance: Random) -> DemoCompany:
    account = numbers.account_number(chance)
    foreign = numbers.account_number(chance)
    return DemoCompany(
        slug="nordlys-radgivning",
        details={
            "name": "Nordlys Rådgivning AS",
            "organization_number": numbers.organization_number(chance),
            "street": "Bryggeveien 4",
            "postal_code": "0000",
            "city": "Solvik",
            "email": "faktura@nordlys-radgivning.example",
            "phone": "+47 00 00 00 01",
            "website": "nordlys-radgivning.example",
            "accent_color": "#1f4e79",
            "document_footer": "Takk for oppdraget.",
        },
        accounts=(
            {
                "name": "Driftskonto",
                "account_number": account,
                "iban": numbers.iban_of(account),
                "bic": "DEMONOKK",
                "kid_algorithm": "mod10",
                "kid_length": 12,
            },
            {"name": "Eurokonto", "iban": numbers.iban_of(foreign), "bic": "DEMONOKK", "currency": "EUR"},
        ),
        products=catalogue.CONSULTANCY,
        customers=tuple(_consultancy_customers(chance)),
        exchange_rates={"EUR": "11.42"},
        sending={
            "senders": (
                {"name": "Nordlys Rådgivning", "address": "faktura@nordlys-radgivning.example"},
                {
                    "name": "Prosjektkontoret",
                    "address": "prosjekt@nordlys-radgivning.example",
                    "reply_to": "petra@nordlys-radgivning.example",
                },
            ),
            "texts": {
                "nb": {
                    "mail_subject_invoice": "Faktura {number} fra {seller}",
                    "mail_body_invoice": "Hei,\n\nher er faktura {number} på {amount}. Den forfaller {due_date}.\n\n"
                    "Du finner den her, og kan spørre oss samme sted: {link}\n\nTakk for oppdraget.",
                },
            },
        },
    )


def _consultancy_customers(chance: Random) -> Iterator[Values]:
    for name in names.company_names(chance, 22):
        yield _business(chance, name)
    for name in ("Solvik kommune", "Ytre Fjord fylkeskommune", "Storøya helseforetak"):
        yield _public_body(chance, name)
    for name, country, city, language in catalogue.FOREIGN_BUSINESSES:
        yield _foreign_business(chance, name, country, city, language)
    for name in catalogue.NAMES_IN_MANY_SCRIPTS:
        yield _business(chance, name, language="en")


def _municipality(chance: Random) -> DemoCompany:
    account = numbers.account_number(chance)
    return DemoCompany(
        slug="fjellbygd-kommune",
        details={
            # A municipal enterprise (KF) stands in Foretaksregisteret, as an office of the municipality would not.
            "name": "Fjellbygd kommune, Idrett og utleie KF",
            "organization_number": numbers.organization_number(chance),
            "street": "Rådhusplassen 1",
            "postal_code": "0000",
            "city": "Fjellbygd",
            "email": "utleie@fjellbygd-kommune.example",
            "phone": "+47 00 00 00 02",
            "payment_terms_days": 30,
            "accent_color": "#245c3f",
        },
        accounts=(
            {
                "name": "Utleiekonto",
                "account_number": account,
                "kid_algorithm": "mod11",
                "kid_length": 15,
            },
        ),
        products=catalogue.HALL_BOOKING,
        customers=tuple(_municipality_customers(chance)),
        sending={
            "senders": ({"name": "Utleiekontoret", "address": "utleie@fjellbygd-kommune.example"},),
            "rules": {"link_days_after_paid": 90},
        },
    )


def _municipality_customers(chance: Random) -> Iterator[Values]:
    for name in names.company_names(chance, 14, names.CLUB_LAST):
        yield _business(chance, name)
    for name in names.person_names(chance, 16):
        yield _consumer(chance, name)
    for position, name in enumerate(names.MUNICIPAL_OFFICES):
        yield {
            "kind": "internal",
            "name": name,
            "resource_number": str(410010 + position * 10),
            "email": f"{410010 + position * 10}@fjellbygd-kommune.example",
            "vat_treatment": "exempt",
            "buyer_reference": f"Ansvar {4100 + position}",
            **names.address(chance),
        }
    for name in ("Ulvedal kommune", "Granåsen fylkeskommune"):
        yield _public_body(chance, name)
    for name in ("Karate-Dō 空手道 Solvik", "Клуб «Ромашка»", "Þjóðdansafélagið Ægir"):
        yield _business(chance, name)


def _cleaning_firm(chance: Random) -> DemoCompany:
    account = numbers.account_number(chance)
    return DemoCompany(
        slug="blank-og-rein",
        details={
            "name": "Blank & Rein Renhold AS",
            "organization_number": numbers.organization_number(chance),
            "street": "Såpebakken 12",
            "postal_code": "0000",
            "city": "Nordhavn",
            "email": "post@blank-og-rein.example",
            "phone": "+47 00 00 00 03",
            "website": "blank-og-rein.example",
            "accent_color": "#7a2e4d",
        },
        accounts=(
            {
                "name": "Driftskonto",
                "account_number": account,
                "kid_algorithm": "mod10",
                "kid_length": 10,
            },
        ),
        products=catalogue.CLEANING,
        customers=tuple(_cleaning_customers(chance)),
        sending={"rules": {"leaves_ehf": True, "attaches_ehf": True}},
    )


def _cleaning_customers(chance: Random) -> Iterator[Values]:
    for name in names.company_names(chance, 20):
        yield _business(chance, name)
    for name in names.person_names(chance, 13):
        yield _consumer(chance, name)
    for name in ("Lillesund kommune", "Bjørkelia brannvern IKS", "Nordhavn havnevesen"):
        yield _public_body(chance, name)
    for name, country, city, language in (
        ("Tænkt Ejendom ApS", "DK", "Opdigtet Havn", "da"),
        ("Påhittad Fastighet AB", "SE", "Exempelstad", "sv"),
    ):
        yield _foreign_business(chance, name, country, city, language, vat_treatment="")
    for name in ("Κουζίνα Αιγαίο", "Łąka & Żuraw Sp. z o.o."):
        yield _business(chance, name)


def _business(chance: Random, name: str, **changes: Any) -> Values:
    number = numbers.organization_number(chance)
    return {
        "kind": "business",
        "name": name,
        "organization_number": number,
        "email": names.mail_address(name),
        "contact_name": names.person_names(chance, 1)[0],
        "buyer_reference": f"PO-{chance.randint(1000, 9999)}",
        "wants_ehf": chance.random() < 0.7,
        "payment_terms_days": chance.choice((None, None, 10, 14, 30)),
        **names.address(chance),
        **changes,
    }


def _public_body(chance: Random, name: str) -> Values:
    reference = str(chance.randint(100000, 999999))
    changes = {"wants_ehf": True, "payment_terms_days": 30, "buyer_reference": reference}
    return _business(chance, name, kind="public_body", **changes)


def _consumer(chance: Random, name: str) -> Values:
    return {
        "kind": "consumer",
        "name": name,
        "email": names.mail_address(name, "hjemme"),
        "phone": "+47 00 00 00 00",
        "payment_terms_days": 14,
        **names.address(chance),
    }


def _foreign_business(
    chance: Random, name: str, country: str, city: str, language: str, *, vat_treatment: str = "export"
) -> Values:
    number = numbers.german_vat_number(chance) if country == "DE" else numbers.organization_number(chance, country)
    # Finland's scheme takes the OVT code: 0037 before the company's number; Denmark's is known with and without DK.
    scheme, prefix = {"DK": ("0184", "DK"), "SE": ("0007", ""), "FI": ("0216", "0037"), "DE": ("9930", "")}[country]
    return {
        "kind": "business",
        "name": name,
        "organization_number": "" if country == "DE" else number,
        "vat_number": {"DK": f"DK{number}", "SE": f"SE{number}01", "FI": f"FI{number}", "DE": number}[country],
        "email": names.mail_address(name),
        "street": f"Example Street {chance.randint(1, 98)}",
        "postal_code": "00000",
        "city": city,
        "country": country,
        "language": language,
        "currency": "EUR" if country in {"DE", "FI"} else "NOK",
        "payment_terms_days": 30,
        "endpoint_scheme": scheme,
        "endpoint_id": prefix + number,
        "buyer_reference": f"REF-{chance.randint(100, 999)}",
        "vat_treatment": vat_treatment,
    }
