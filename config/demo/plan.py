"""Which documents the demo companies have made, from a seed: half a year of them, in the order of their dates. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from config.demo.companies import SEED
from config.demo.records import DemoCompany, Plan, PlannedCredit, PlannedInvoice, PlannedLine, Values

INVOICES = 138
CREDIT_NOTES = 12
OPEN_DRAFTS = 8
WEEKS = 26
LONG_DOCUMENTS = {40: 18, 90: 34, 120: 85}  # place in the plan, lines

NOTES = ("", "", "", "Takk for hyggelig samarbeid.", "Gjelder oppdrag etter avtale.\nSpørsmål? Svar på e-posten.")
DETAILS = ("Etter timeliste", "Uke 40–42", "Bestilt på telefon", "Se vedlagt plan")
REASONS = ("Feil antall", "Avbestilt i tide", "Avtalt prisavslag", "Fakturert to ganger")


def plan_of(company: DemoCompany, *, today: date, size: int = INVOICES) -> Plan:
    """The documents of a company up to a day; the same day and size give the same plan."""
    chance = Random(f"{SEED} {company.slug}")  # noqa: S311 - the same each time
    days = [_working_day(today - timedelta(weeks=WEEKS * (size - place) // size)) for place in range(1, size + 1)]
    invoices = [_invoice(company, chance, place, day) for place, day in enumerate(days, start=1)]
    credit_notes = _credit_notes(chance, invoices, max(1, CREDIT_NOTES * size // INVOICES))
    documents: list[PlannedInvoice | PlannedCredit] = sorted(
        [*invoices, *credit_notes], key=lambda item: (item.day, item.key)
    )
    drafts = [
        _invoice(company, chance, size + place, today) for place in range(1, max(1, OPEN_DRAFTS * size // INVOICES) + 1)
    ]
    return Plan(documents=tuple(documents), open_drafts=tuple(drafts))


def _working_day(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _credit_notes(chance: Random, invoices: list[PlannedInvoice], count: int) -> list[PlannedCredit]:
    """Every third is of the whole document; each follows its invoice by at least a week."""
    old = invoices[: len(invoices) * 9 // 10]
    return [
        PlannedCredit(
            key=f"K{place:03d}",
            day=min(_working_day(invoice.day + timedelta(days=chance.randint(8, 20))), invoices[-1].day),
            credits=invoice.key,
            is_full=place % 3 == 0,
            reason=chance.choice(REASONS),
        )
        for place, invoice in enumerate(sorted(chance.sample(old, min(count, len(old))), key=_key), start=1)
    ]


def _key(invoice: PlannedInvoice) -> str:
    return invoice.key


def _invoice(company: DemoCompany, chance: Random, place: int, day: date) -> PlannedInvoice:
    customer_place = chance.randrange(len(company.customers))
    customer = company.customers[customer_place]
    delivered = day - timedelta(days=chance.randint(0, 9))
    lines = _lines(company, customer, chance, LONG_DOCUMENTS.get(place) or chance.choice((1, 1, 2, 2, 3, 4, 5, 8)))
    header: dict[str, Any] = {"issue_date": day, "note": chance.choice(NOTES), **_time(chance, delivered)}
    if customer["kind"] == "consumer":
        header["order_reference"] = f"B-{day.year}-{place:04d}"
    elif chance.random() < 0.2:
        header["order_reference"] = str(chance.randint(450000, 459999))
    if chance.random() < 0.3:
        header["our_reference"] = chance.choice(("Embla Prøvesen", "Magne Tenkerud"))
    if chance.random() < 0.12:
        header["project_reference"] = f"P-{chance.randint(10, 60)}"
    if chance.random() < 0.1:
        header |= {
            "delivery_name": customer["name"],
            "delivery_street": f"Lagerveien {chance.randint(1, 40)}",
            "delivery_postal_code": "0000",
            "delivery_city": customer["city"],
            "delivery_country": customer.get("country", "NO"),
        }
    with_vat = {product["number"] for product in company.products if product.get("price_includes_vat")}
    if any(line.product in with_vat for line in lines):
        header["prices_include_vat"] = True
    header |= _discount(chance)
    return PlannedInvoice(key=f"F{place:03d}", day=day, customer=customer_place, header=header, lines=lines)


def _time(chance: Random, delivered: date) -> dict[str, Any]:
    """A day of delivery, or the month that it stands in up to that day."""
    if chance.random() < 0.3:
        return {"period_from": delivered.replace(day=1), "period_to": delivered}
    return {"delivery_date": delivered}


def _discount(chance: Random) -> dict[str, Any]:
    dice = chance.random()
    if dice < 0.08:
        return {"discount_percent": Decimal(chance.choice((5, 10))), "discount_reason": "Avtalerabatt"}
    if dice < 0.13:
        return {"discount_amount": Decimal(chance.choice((50, 75))), "discount_reason": "Velkomstrabatt"}
    return {}


def _lines(company: DemoCompany, customer: Values, chance: Random, count: int) -> tuple[PlannedLine, ...]:
    products = [product for product in company.products if _fits(product, customer)]
    return tuple(_line(chance.choice(products), customer, chance, is_first=place == 0) for place in range(count))


def _fits(product: Values, customer: Values) -> bool:
    """Reverse charge is for Norwegian businesses; what is bought inside a municipality is not taxed."""
    if product["vat_treatment"] == "reverse_charge":
        return bool(customer["kind"] == "business" and customer.get("country", "NO") == "NO")
    if customer["kind"] == "internal":
        return bool(product["vat_treatment"] == "exempt")
    if customer.get("vat_treatment") == "export":
        return bool(product["vat_treatment"] == "standard")
    return True


def _line(product: Values, customer: Values, chance: Random, *, is_first: bool) -> PlannedLine:
    changes: dict[str, Any] = {"quantity": _quantity(product["unit_code"], chance)}
    if customer.get("currency") == "EUR":
        changes["unit_price"] = (product["unit_price"] / 11).quantize(Decimal("0.01"))
    if customer.get("vat_treatment") == "export":
        changes["revenue_account"] = "3100"
    if customer["kind"] == "internal":
        changes["vat_reason"] = "Internfakturering, ikke avgiftspliktig omsetning"
    return PlannedLine(
        product=product["number"], changes=changes | _typed(product["unit_code"], chance, is_first=is_first)
    )


def _typed(unit: str, chance: Random, *, is_first: bool) -> dict[str, Any]:
    """What somebody typed over the product, now and then; the first line is always charged."""
    typed: dict[str, Any] = {}
    dice = chance.random()
    if dice < 0.06 and not is_first:
        typed["charge_kind"] = chance.choice(("complimentary", "non_chargeable"))
    elif dice < 0.18:
        typed["discount_percent"] = Decimal(chance.choice((5, 10, 15)))
    elif dice < 0.24 and unit == "HUR":
        typed["discount_amount"] = Decimal("10.00")
    if chance.random() < 0.15:
        typed["detail"] = chance.choice(DETAILS)
    if chance.random() < 0.1:
        typed["internal_text"] = "Avklart med leder"
    if chance.random() < 0.15:
        typed["dimensions"] = {"project": str(chance.randint(10, 60))}
    return typed


def _quantity(unit: str, chance: Random) -> Decimal:
    if unit == "HUR":
        return Decimal(chance.randint(2, 60)) / 4
    if unit == "MTK":
        return Decimal(chance.randint(400, 9000)) / 10
    if unit == "TNE":
        return Decimal(chance.randint(500, 9000)) / 1000
    if unit == "LS":
        return Decimal(1)
    return Decimal(chance.randint(1, 12))
