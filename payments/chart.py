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
BANK = "bank"
CASH = "cash"
PROVIDER_CLEARING = "provider_clearing"
UNAPPLIED_PAYMENTS = "unapplied_payments"
BANK_FEES = "bank_fees"
BAD_DEBTS = "bad_debts"
OPENING_BALANCE = "opening_balance"
REMINDER_FEES = "reminder_fees"
LATE_COMPENSATION = "late_compensation"
INTEREST_INCOME = "interest_income"
CURRENCY_GAIN = "currency_gain"
CURRENCY_LOSS = "currency_loss"

CHART: tuple[ChartAccount, ...] = (
    ChartAccount("1500", "Kundefordringer", RECEIVABLES),
    ChartAccount("1900", "Kontanter", CASH),
    ChartAccount("1920", "Bankinnskudd", BANK),
    ChartAccount("1945", "Oppgjør fra betalingsformidlere", PROVIDER_CLEARING),
    ChartAccount("2050", "Inngående balanse", OPENING_BALANCE),
    ChartAccount("2700", "Utgående merverdiavgift, høy sats", "vat_standard"),
    ChartAccount("2701", "Utgående merverdiavgift, middels sats", "vat_food"),
    ChartAccount("2702", "Utgående merverdiavgift, lav sats", "vat_low"),
    ChartAccount("2703", "Utgående merverdiavgift, råfisk", "vat_raw_fish"),
    ChartAccount("2704", "Utgående merverdiavgift, vann og avløp", "vat_water_wastewater"),
    ChartAccount("2900", "Forskudd fra kunder", CUSTOMER_ADVANCES),
    ChartAccount("2905", "Innbetalinger som ikke er fordelt", UNAPPLIED_PAYMENTS),
    ChartAccount("3000", "Salgsinntekt, avgiftspliktig"),
    ChartAccount("3001", "Salgsinntekt, avgiftspliktig, middels sats"),
    ChartAccount("3002", "Salgsinntekt, avgiftspliktig, lav sats"),
    ChartAccount("3100", "Salgsinntekt, avgiftsfri"),
    ChartAccount("3200", "Salgsinntekt, utenfor avgiftsområdet"),
    ChartAccount("3900", "Annen driftsrelatert inntekt"),
    ChartAccount("3950", "Purregebyrer", REMINDER_FEES),
    ChartAccount("3955", "Kompensasjon for sen betaling", LATE_COMPENSATION),
    ChartAccount("7740", "Øreavrunding", ROUNDING),
    ChartAccount("7770", "Bank- og kortgebyrer", BANK_FEES),
    ChartAccount("7830", "Tap på fordringer", BAD_DEBTS),
    ChartAccount("8050", "Renteinntekt", INTEREST_INCOME),
    ChartAccount("8060", "Valutagevinst", CURRENCY_GAIN),
    ChartAccount("8160", "Valutatap", CURRENCY_LOSS),
)


def vat_purpose(rate_class: str) -> str:
    """The purpose of the account that collects output VAT of one class of rate."""
    return f"vat_{rate_class}"
