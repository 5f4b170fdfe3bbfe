"""Which line of the Norwegian income statement (næringsspesifikasjon) an account belongs to, by its number. Pure.

SAF-T 1.30 asks for a category and a code of each account. Account numbers follow the standard chart: a number that has
no line of its own belongs to the line that covers its stretch.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grouping:
    """The category and the code of an account."""

    category: str
    code: str


# The first number of each stretch, its category and its code; a stretch reaches to the next one.
_STRETCHES: tuple[tuple[int, str, str], ...] = (
    (1000, "balanseverdiForAnleggsmiddel", "1000"),
    (1020, "balanseverdiForAnleggsmiddel", "1020"),
    (1070, "balanseverdiForAnleggsmiddel", "1070"),
    (1080, "balanseverdiForAnleggsmiddel", "1080"),
    (1100, "balanseverdiForAnleggsmiddel", "1105"),
    (1115, "balanseverdiForAnleggsmiddel", "1115"),
    (1120, "balanseverdiForAnleggsmiddel", "1120"),
    (1130, "balanseverdiForAnleggsmiddel", "1130"),
    (1140, "balanseverdiForAnleggsmiddel", "1140"),
    (1150, "balanseverdiForAnleggsmiddel", "1150"),
    (1160, "balanseverdiForAnleggsmiddel", "1160"),
    (1180, "balanseverdiForAnleggsmiddel", "1180"),
    (1200, "balanseverdiForAnleggsmiddel", "1205"),
    (1280, "balanseverdiForAnleggsmiddel", "1280"),
    (1290, "balanseverdiForAnleggsmiddel", "1290"),
    (1300, "balanseverdiForAnleggsmiddel", "1313"),
    (1320, "balanseverdiForAnleggsmiddel", "1320"),
    (1330, "balanseverdiForAnleggsmiddel", "1332"),
    (1340, "balanseverdiForAnleggsmiddel", "1340"),
    (1350, "balanseverdiForAnleggsmiddel", "1350"),
    (1360, "balanseverdiForAnleggsmiddel", "1360"),
    (1370, "balanseverdiForAnleggsmiddel", "1370"),
    (1380, "balanseverdiForAnleggsmiddel", "1380"),
    (1390, "balanseverdiForAnleggsmiddel", "1390"),
    (1400, "balanseverdiForOmloepsmiddel", "1400"),
    (1500, "balanseverdiForOmloepsmiddel", "1500"),
    (1530, "balanseverdiForOmloepsmiddel", "1530"),
    (1540, "balanseverdiForOmloepsmiddel", "1570"),
    (1560, "balanseverdiForOmloepsmiddel", "1560"),
    (1565, "balanseverdiForOmloepsmiddel", "1565"),
    (1570, "balanseverdiForOmloepsmiddel", "1570"),
    (1780, "balanseverdiForOmloepsmiddel", "1780"),
    (1800, "balanseverdiForOmloepsmiddel", "1800"),
    (1810, "balanseverdiForOmloepsmiddel", "1810"),
    (1830, "balanseverdiForOmloepsmiddel", "1830"),
    (1840, "balanseverdiForOmloepsmiddel", "1840"),
    (1880, "balanseverdiForOmloepsmiddel", "1880"),
    (1900, "balanseverdiForOmloepsmiddel", "1900"),
    (1910, "balanseverdiForOmloepsmiddel", "1920"),
    (1950, "balanseverdiForOmloepsmiddel", "1950"),
    (1960, "balanseverdiForOmloepsmiddel", "1920"),
    (2000, "egenkapital", "2000"),
    (2010, "egenkapital", "2010"),
    (2020, "egenkapital", "2020"),
    (2030, "egenkapital", "2030"),
    (2050, "egenkapital", "2050"),
    (2080, "egenkapital", "2080"),
    (2100, "langsiktigGjeld", "2100"),
    (2120, "langsiktigGjeld", "2120"),
    (2160, "langsiktigGjeld", "2160"),
    (2180, "langsiktigGjeld", "2180"),
    (2200, "langsiktigGjeld", "2200"),
    (2210, "langsiktigGjeld", "2210"),
    (2220, "langsiktigGjeld", "2220"),
    (2250, "langsiktigGjeld", "2250"),
    (2260, "langsiktigGjeld", "2260"),
    (2270, "langsiktigGjeld", "2290"),
    (2300, "kortsiktigGjeld", "2310"),
    (2320, "kortsiktigGjeld", "2320"),
    (2330, "kortsiktigGjeld", "2330"),
    (2340, "kortsiktigGjeld", "2380"),
    (2400, "kortsiktigGjeld", "2400"),
    (2500, "kortsiktigGjeld", "2500"),
    (2600, "kortsiktigGjeld", "2600"),
    (2700, "kortsiktigGjeld", "2740"),
    (2770, "kortsiktigGjeld", "2770"),
    (2790, "kortsiktigGjeld", "2790"),
    (2800, "kortsiktigGjeld", "2800"),
    (2900, "kortsiktigGjeld", "2900"),
    (2910, "kortsiktigGjeld", "2910"),
    (2920, "kortsiktigGjeld", "2920"),
    (2930, "kortsiktigGjeld", "2949"),
    (2950, "kortsiktigGjeld", "2950"),
    (2960, "kortsiktigGjeld", "2990"),
    (2970, "kortsiktigGjeld", "2970"),
    (2980, "kortsiktigGjeld", "2980"),
    (2990, "kortsiktigGjeld", "2990"),
    (3000, "salgsinntekt", "3000"),
    (3100, "salgsinntekt", "3100"),
    (3200, "salgsinntekt", "3200"),
    (3300, "salgsinntekt", "3300"),
    (3400, "annenDriftsinntekt", "3400"),
    (3500, "annenDriftsinntekt", "3500"),
    (3600, "annenDriftsinntekt", "3600"),
    (3650, "annenDriftsinntekt", "3650"),
    (3690, "annenDriftsinntekt", "3695"),
    (3700, "annenDriftsinntekt", "3700"),
    (3710, "annenDriftsinntekt", "3710"),
    (3720, "annenDriftsinntekt", "3900"),
    (3880, "annenDriftsinntekt", "3880"),
    (3890, "annenDriftsinntekt", "3890"),
    (3900, "annenDriftsinntekt", "3900"),
    (4000, "varekostnad", "4005"),
    (4500, "varekostnad", "4500"),
    (4600, "varekostnad", "4005"),
    (5000, "loennskostnad", "5000"),
    (5300, "loennskostnad", "5300"),
    (5400, "loennskostnad", "5400"),
    (5420, "loennskostnad", "5420"),
    (5430, "loennskostnad", "5000"),
    (5600, "loennskostnad", "5600"),
    (5700, "loennskostnad", "5900"),
    (6000, "annenDriftskostnad", "6000"),
    (6050, "annenDriftskostnad", "6050"),
    (6100, "annenDriftskostnad", "6100"),
    (6200, "annenDriftskostnad", "6200"),
    (6300, "annenDriftskostnad", "6300"),
    (6340, "annenDriftskostnad", "6340"),
    (6350, "annenDriftskostnad", "6395"),
    (6400, "annenDriftskostnad", "6400"),
    (6440, "annenDriftskostnad", "6440"),
    (6500, "annenDriftskostnad", "6500"),
    (6600, "annenDriftskostnad", "6695"),
    (6700, "annenDriftskostnad", "6700"),
    (6800, "annenDriftskostnad", "6995"),
    (7000, "annenDriftskostnad", "7000"),
    (7020, "annenDriftskostnad", "7020"),
    (7040, "annenDriftskostnad", "7040"),
    (7100, "annenDriftskostnad", "7165"),
    (7200, "annenDriftskostnad", "7295"),
    (7300, "annenDriftskostnad", "7330"),
    (7350, "annenDriftskostnad", "7350"),
    (7370, "annenDriftskostnad", "7370"),
    (7400, "annenDriftskostnad", "7400"),
    (7500, "annenDriftskostnad", "7500"),
    (7550, "annenDriftskostnad", "7565"),
    (7600, "annenDriftskostnad", "7600"),
    (7700, "annenDriftskostnad", "7700"),
    (7830, "annenDriftskostnad", "7830"),
    (7840, "annenDriftskostnad", "7700"),
    (7860, "annenDriftskostnad", "7860"),
    (7880, "annenDriftskostnad", "7880"),
    (7890, "annenDriftskostnad", "7890"),
    (8000, "finansinntekt", "8005"),
    (8030, "finansinntekt", "8030"),
    (8040, "finansinntekt", "8050"),
    (8060, "finansinntekt", "8060"),
    (8070, "finansinntekt", "8079"),
    (8080, "finansinntekt", "8080"),
    (8090, "finansinntekt", "8090"),
    (8100, "finanskostnad", "8100"),
    (8110, "finanskostnad", "8115"),
    (8130, "finanskostnad", "8130"),
    (8140, "finanskostnad", "8150"),
    (8160, "finanskostnad", "8160"),
    (8170, "finanskostnad", "8179"),
    (8300, "skattekostnad", "8300"),
    (8320, "skattekostnad", "8321"),
    (8800, "resultatDisponeringForSAF-T", "8800"),
)
_STARTS = [start for start, _category, _code in _STRETCHES]
_DIGITS = 4
_OTHER = Grouping("annenDriftskostnad", "7700")


def grouping_of(number: str) -> Grouping:
    """The category and code of an account number; a number outside the standard chart counts as another cost."""
    leading = number[:_DIGITS]
    if not (leading.isascii() and leading.isdigit()):
        return _OTHER
    place = bisect_right(_STARTS, int(leading.ljust(_DIGITS, "0"))) - 1
    if place < 0:
        return _OTHER
    _start, category, code = _STRETCHES[place]
    return Grouping(category, code)
