"""VAT treatments: what we sell, seen with the eyes of the VAT act.

Pure: values in, values out. The rates themselves are dated data; this module knows only their classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class VatTreatment(StrEnum):
    """How one line is treated for VAT; chosen on the product or the line, never typed as a number."""

    STANDARD = "standard"
    FOOD = "food"
    WATER = "water"
    LOW = "low"
    RAW_FISH = "raw_fish"
    ZERO = "zero"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"
    EXPORT = "export"
    OUTSIDE = "outside"


class VatCategory(StrEnum):
    """UNCL5305 duty categories, as EN 16931 uses them."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    EXPORT = "G"
    REVERSE_CHARGE = "AE"
    OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class TreatmentRule:
    """What follows from a treatment: category, the class of its dated rate, standard tax code, exemption reason."""

    category: VatCategory
    rate_class: str | None  # the class under which the dated rate is found; None: always 0
    standard_tax_code: str  # SAF-T standard tax code
    reason_code: str  # VATEX code list; empty where EN 16931 forbids or does not need one
    needs_reason: bool  # BR-E-10, BR-AE-10, BR-G-10, BR-O-10 demand a reason; BR-S-10 and BR-Z-10 forbid one
    category_code: str = field(init=False)  # the category's plain value: asked for each line of each document

    def __post_init__(self) -> None:
        object.__setattr__(self, "category_code", self.category.value)


TREATMENT_RULES: dict[VatTreatment, TreatmentRule] = {
    VatTreatment.STANDARD: TreatmentRule(VatCategory.STANDARD, "standard", "3", "", False),
    VatTreatment.FOOD: TreatmentRule(VatCategory.STANDARD, "food", "31", "", False),
    VatTreatment.WATER: TreatmentRule(VatCategory.STANDARD, "water_wastewater", "31", "", False),
    VatTreatment.LOW: TreatmentRule(VatCategory.STANDARD, "low", "33", "", False),
    VatTreatment.RAW_FISH: TreatmentRule(VatCategory.STANDARD, "raw_fish", "32", "", False),
    VatTreatment.ZERO: TreatmentRule(VatCategory.ZERO, None, "5", "", False),
    VatTreatment.EXEMPT: TreatmentRule(VatCategory.EXEMPT, None, "6", "", True),
    VatTreatment.REVERSE_CHARGE: TreatmentRule(VatCategory.REVERSE_CHARGE, None, "51", "VATEX-EU-AE", True),
    VatTreatment.EXPORT: TreatmentRule(VatCategory.EXPORT, None, "52", "VATEX-EU-G", True),
    VatTreatment.OUTSIDE: TreatmentRule(VatCategory.OUTSIDE, None, "7", "VATEX-EU-O", True),
}

# By the plain code, which is looked up many times where the enum would be made each time.
_RULES_BY_CODE: dict[str, TreatmentRule] = {treatment.value: rule for treatment, rule in TREATMENT_RULES.items()}

# Printed when the seller gives no other reason. Norway's reverse-charge text is fixed by bokføringsforskriften § 5-1-1.
DEFAULT_REASONS: dict[VatTreatment, dict[str, str]] = {
    VatTreatment.EXEMPT: {
        "nb": "Unntatt fra merverdiavgift",
        "da": "Momsfritaget",
        "sv": "Undantagen från moms",
        "en": "Exempt from VAT",
    },
    VatTreatment.REVERSE_CHARGE: {
        "nb": "Omvendt avgiftsplikt – Merverdiavgift ikke beregnet",
        "da": "Omvendt betalingspligt – moms er ikke beregnet",
        "sv": "Omvänd betalningsskyldighet – moms ej beräknad",
        "en": "Reverse charge – VAT not calculated",
    },
    VatTreatment.EXPORT: {
        "nb": "Utførsel, fritatt for merverdiavgift",
        "da": "Eksport, fritaget for moms",
        "sv": "Export, undantagen från moms",
        "en": "Export, not subject to VAT",
    },
    VatTreatment.OUTSIDE: {
        "nb": "Utenfor merverdiavgiftsområdet",
        "da": "Uden for momsområdet",
        "sv": "Utanför momsområdet",
        "en": "Outside the scope of VAT",
    },
}


def rule_of(treatment: str) -> TreatmentRule:
    """The rule of a treatment code; KeyError-free: an unknown code raises ValueError naming it."""
    rule = _RULES_BY_CODE.get(treatment)
    return TREATMENT_RULES[VatTreatment(treatment)] if rule is None else rule


def category_of(treatment: str) -> str:
    """The code of the treatment's category, as EN 16931 writes it; ValueError as in `rule_of`."""
    return rule_of(treatment).category_code


def default_reason(treatment: str, language: str) -> str:
    """The printed exemption reason in the document's language; empty where none may be given."""
    return DEFAULT_REASONS.get(VatTreatment(treatment), {}).get(language, "")
