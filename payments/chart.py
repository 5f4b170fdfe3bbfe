"""The small chart of accounts that an organization begins with: Norwegian standard numbers, mappable afterwards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account with its number, its names and what posting rules know it by."""

    number: str
    name: str
    purpose: str = ""


RECEIVABLES = "receivables"
CUSTOMER_ADVANCES = "customer_advances"
ROUNDING = "rounding"
CURRENCY_GAIN = "currency_gain"
CURRENCY_LOSS = "currency_loss"

CHART: tuple[ChartAccount, ...] = (
    ChartAccount("1500", "Kundefordringer", RECEIVABLES),
    ChartAccount("1920", "Bankinnskudd", "bank"),
    ChartAccount("2700", "Utgående merverdiavgift, høy sats", "vat_standard"),
    ChartAccount("2701", "Utgående merverdiavgift, middels sats", "vat_food"),
    ChartAccount("2702", "Utgående merverdiavgift, lav sats", "vat_low"),
    ChartAccount("2703", "Utgående merverdiavgift, råfisk", "vat_raw_fish"),
    ChartAccount("2704", "Utgående merverdiavgift, vann og avløp", "vat_water_wastewater"),
    ChartAccount("2900", "Forskudd fra kunder", CUSTOMER_ADVANCES),
    ChartAccount("3000", "Salgsinntekt, avgiftspliktig"),
    ChartAccount("3001", "Salgsinntekt, avgiftspliktig, middels sats"),
    ChartAccount("3002", "Salgsinntekt, avgiftspliktig, lav sats"),
    ChartAccount("3100", "Salgsinntekt, avgiftsfri"),
    ChartAccount("3200", "Salgsinntekt, utenfor avgiftsområdet"),
    ChartAccount("3900", "Annen driftsrelatert inntekt"),
    ChartAccount("7740", "Øreavrunding", ROUNDING),
    ChartAccount("7770", "Bank- og kortgebyrer", "bank_fees"),
    ChartAccount("7830", "Tap på fordringer", "bad_debts"),
    ChartAccount("8050", "Renteinntekt", "interest_income"),
    ChartAccount("8060", "Valutagevinst", CURRENCY_GAIN),
    ChartAccount("8160", "Valutatap", CURRENCY_LOSS),
)


def vat_purpose(rate_class: str) -> str:
    """The purpose of the account that collects output VAT of one class of rate."""
    return f"vat_{rate_class}"
