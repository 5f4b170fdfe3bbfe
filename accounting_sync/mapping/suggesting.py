"""Which account or code of an accounting system one of ours probably is: a proposal for a person, never more.

A VAT code is never proposed for its rate alone: its words must say that it is for sales, or of which kind it is.
Where two fit equally well, nothing is proposed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from accounting_sync.mapping.entries import Target

Row = TypeVar("Row")

# What accounts with a rule are called in charts of the Nordic countries and in English; parts of words, small letters.
PURPOSE_WORDS: Mapping[str, tuple[str, ...]] = {
    "receivables": ("kundefordring", "debitor", "kundfordring", "receivable", "tilgodehavender fra salg"),
    "bank": ("bankinnskudd", "bankkonto", "bank", "företagskonto", "checking"),
    "cash": ("kontanter", "kasse", "kassa", "cash"),
    "provider_clearing": ("betalingsformidl", "oppgjør", "clearing", "vipps", "stripe", "kortoppgjør", "betalkort"),
    "rounding": ("øreavrunding", "øredifferanse", "øreafrunding", "öresavrundning", "öresutjämning", "rounding"),
    "bank_fees": ("bankgebyr", "bankkostnad", "bank- og kort", "bank fee", "bank charge", "gebyrer"),
    "bad_debts": ("tap på fordring", "tab på", "kundförlust", "bad debt", "konstaterede tab"),
    "customer_advances": ("forskudd fra kunde", "forudbetaling", "förskott från kund", "prepayments from"),
    "unapplied_payments": ("ikke fordelt", "uplasserte", "ufordelte", "unapplied", "observasjonskonto"),
    "opening_balance": ("inngående balanse", "primo", "ingående balans", "opening balance"),
    "reminder_fees": ("purregebyr", "rykkergebyr", "påminnelseavgift", "påminnelsegebyr", "reminder fee"),
    "late_compensation": ("kompensasjon", "kompensation", "förseningsersättning", "late payment compensation"),
    "interest_income": ("renteinntekt", "renteindtægt", "ränteintäkt", "interest income"),
    "currency_gain": ("valutagevinst", "kursgevinst", "valutakursvinst", "agio", "exchange gain", "currency gain"),
    "currency_loss": ("valutatap", "kurstab", "valutakursförlust", "disagio", "exchange loss", "currency loss"),
}
# What says of a VAT code that it is for sales, and what that it is not.
SOLD = ("utgående", "udgående", "salg", "försäljning", "omsetning", "sales", "output", "income", "selling")
BOUGHT = (
    "inngående", "indgående", "ingående", "kjøp", "køb", "köp", "inköp", "innkjøp", "fradrag", "avdrag", "innførsel",
    "import", "purchase", "input", "expense", "bought",
)  # fmt: skip
# Codes that our own standard codes are called by where a system is built on SAF-T.
STANDARD_CODES: Mapping[str, str] = {
    "standard": "3", "food": "31", "water": "31", "raw_fish": "32", "low": "33", "zero": "5", "exempt": "6",
    "reverse_charge": "51", "export": "52", "outside": "7",
}  # fmt: skip
TREATMENT_WORDS: Mapping[str, tuple[str, ...]] = {
    "standard": ("høy sats", "alminnelig", "standard", "25"),
    "food": ("middels sats", "mellomsats", "næringsmid", "mat", "livsmedel", "food"),
    "water": ("vann", "avløp"),
    "low": ("lav sats", "låg", "reduced", "redusert", "persontransport"),
    "raw_fish": ("råfisk", "fisk", "raw fish"),
    "zero": ("fritatt", "nullsats", "nulsats", "avgiftsfri", "zero", "0-sats", "momsfri"),
    "exempt": ("unntatt", "utenfor mva-loven", "momsfritag", "undantagen", "momsfri", "exempt"),
    "reverse_charge": ("omvendt", "omvänd", "reverse"),
    "export": ("utførsel", "eksport", "export", "utland", "udland"),
    "outside": ("ingen mva", "ingen avgift", "uten mva", "utan moms", "uden moms", "ingen moms", "utenfor avgift",
                "no vat", "no tax", "outside", "none", "not liable"),
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One of our accounts, as far as another chart may know it."""

    number: str
    name: str
    purpose: str = ""


def suggest_account(own: OwnAccount, targets: Sequence[Target], *, is_our_chart: bool) -> Target | None:
    """The account of theirs: by number where both charts are numbered alike, by what it is for, or by its name."""
    return _only(targets) or _best(targets, lambda target: _account_score(own, target, is_our_chart=is_our_chart))


def suggest_vat(treatment: str, rate_percent: Decimal, targets: Sequence[Target]) -> Target | None:
    """The VAT code of theirs, by rate and words together."""
    plausible = [target for target in targets if is_plausible_vat(rate_percent, target)]
    return _only(targets) or _best(plausible, lambda target: _vat_score(treatment, rate_percent, target))


def suggest_value(value: str, targets: Sequence[Target]) -> Target | None:
    """The project or department of theirs that is called as ours."""
    wanted = _plain(value)
    return _best(targets, lambda target: 2 if _plain(target.code) == wanted else int(_plain(target.label) == wanted))


def is_plausible_vat(rate_percent: Decimal, target: Target) -> bool:
    """Whether a code can be for what we sell at this rate: not for purchases, and not of another rate."""
    text = _plain(target.label)
    if any(word in text for word in BOUGHT) and not any(word in text for word in SOLD):
        return False
    theirs = rate_of(target)
    return theirs is None or theirs == rate_percent


def rate_of(target: Target) -> Decimal | None:
    """The rate of a VAT code in percent, where the accounting system tells it."""
    try:
        return Decimal(str(target.facts["rate"]))
    except (KeyError, InvalidOperation):
        return None


def _account_score(own: OwnAccount, target: Target, *, is_our_chart: bool) -> int:
    """0: does not fit; what is numbered alike in another chart fits only with a word in common."""
    label = _plain(target.label)
    same_words = len(_words(own.name) & _words(target.label))
    has_purpose = any(word in label for word in PURPOSE_WORDS.get(own.purpose, ()))
    score = 0
    number = target.code.partition(":")[0]  # a bank account of its own on an account: 1920:10001
    if number == own.number and (is_our_chart or same_words or has_purpose):
        score += 8
    if label and label == _plain(own.name):
        score += 4
    elif _words(own.name) and same_words * 2 > len(_words(own.name) | _words(target.label)):
        score += 2
    return score + (1 if has_purpose else 0)


def _vat_score(treatment: str, rate_percent: Decimal, target: Target) -> int:
    """0: does not fit. The rate weighs only beside words or the standard code."""
    label = _plain(target.label or target.code)
    is_named = any(word in label for word in TREATMENT_WORDS.get(treatment, ()))
    is_sold = any(word in label for word in SOLD)
    is_standard_code = target.code == STANDARD_CODES.get(treatment)
    theirs = rate_of(target)
    if rate_percent and theirs is None and not _tells(label, rate_percent):
        return 0
    if rate_percent:
        return (4 if is_standard_code and is_sold else 0) + (2 if is_sold else 0) + (1 if is_named else 0)
    return (4 if is_standard_code and is_named else 0) + (2 if is_named else 0) + (1 if is_named and is_sold else 0)


def _tells(label: str, rate_percent: Decimal) -> bool:
    """Whether the words name the rate, as in “25 %”."""
    rate = format(rate_percent.normalize(), "f")
    return re.search(rf"(?<![\d.,]){re.escape(rate)}(?:[.,]0+)? ?%", label.replace(",", ".")) is not None


def _only(targets: Sequence[Target]) -> Target | None:
    """The one that a system offers which has no such list: it stands for everything."""
    return next((target for target in targets if target.facts.get("only")), None)


def _best(rows: Iterable[Row], score: Callable[[Row], int]) -> Row | None:
    """The one row with the highest score; None where nothing scores or two score alike."""
    scored = sorted(((score(row), place, row) for place, row in enumerate(rows)), key=lambda each: (-each[0], each[1]))
    if not scored or scored[0][0] == 0:
        return None
    if len(scored) > 1 and scored[1][0] == scored[0][0]:
        return None
    return scored[0][2]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
