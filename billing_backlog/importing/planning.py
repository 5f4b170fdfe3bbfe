"""Rows of a file as new items of the backlog, or why a row cannot become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from billing_backlog.file_words import FIELDS
from billing_backlog.importing.reading import ImportRequest, SourceFormat
from billing_backlog.importing.resolving import Known, UnknownPayer, UnknownThing, known_of
from billing_backlog.intake.plain import NewItem, Source
from billing_backlog.models import ContractLine, ItemKind
from billing_backlog.source_files.columns import plain
from billing_backlog.source_files.rows import SourceRow
from customers.models import VAT_TREATMENT_CHOICES
from customers.units import UNITS
from customers.vat import TREATMENT_RULES
from foundation.canonical import digest
from foundation.errors import DomainError
from invoicing.models import ChargeKind
from tenants.models import Organization

# What files call the kinds of work, beside our own words.
KIND_WORDS = {
    "time": ("hours", "timer", "time", "timmar", "tid"),
    "booking": ("leie", "utleie", "allocation", "event", "reservasjon", "bokning"),
    "visit": ("besøk", "besök", "oppdrag"),
    "material": ("vare", "materiell", "material", "goods"),
    "expense": ("utlegg", "utgift", "udlæg", "utlägg", "cost"),
    "fee": ("gebyr", "honorar", "avgift"),
}
UNIT_WORDS = {
    "HUR": ("t", "timer", "h", "hrs", "hours", "tim", "timmar"),
    "NAR": ("stk", "st", "pcs", "stykk", "gang", "ganger"),
}
YES = frozenset({"1", "yes", "ja", "true", "x", "y", "j", "sann", "sandt", "sant"})
NO = frozenset({"0", "no", "nei", "nej", "false", "n", "usann", "falsk"})


@dataclass(frozen=True, slots=True)
class Planned:
    """What one row would become, or why it cannot."""

    row: SourceRow
    new: NewItem | None = None
    problem: str = ""
    unknown_payer: str = ""

    @property
    def digest(self) -> str:
        """The same for the same item of the same row."""
        return digest([self.row.line, repr(self.new), self.problem])[:16]


@dataclass(frozen=True, slots=True)
class Rules:
    """How the rows of one file are understood."""

    asked: ImportRequest
    format: SourceFormat
    teller: str  # who takes the file in, and so answers for rows that nobody is named for

    @property
    def is_batch(self) -> bool:
        """Whether the layout is one whose codes are the sender's own and need not be known here."""
        return self.format is not SourceFormat.TABLE


def plan(organization: Organization, rules: Rules, rows: Sequence[SourceRow]) -> list[Planned]:
    """What each row of a batch would become."""
    known = known_of(organization, rows)
    return [_plan_row(rules, known, row) for row in rows]


def _plan_row(rules: Rules, known: Known, row: SourceRow) -> Planned:
    try:
        return Planned(row, _new_item(rules, known, row))
    except UnknownPayer as refusal:
        return Planned(row, problem=str(refusal), unknown_payer=row.payer.shown)
    except DomainError as refusal:
        return Planned(row, problem=str(refusal))


def _new_item(rules: Rules, known: Known, row: SourceRow) -> NewItem:
    line = known.line_of(row)
    project = known.thing(known.projects, row.project, "project")
    customer_id = known.customer_of(row.payer)
    if customer_id is None and line is None and project is not None:
        customer_id = project.customer_id
    product = known.products.get(row.product) if rules.is_batch else _product(known, row)
    facility = _facility(rules, known, row)
    dimensions = {name: value for name, value in row.dimensions.items() if value}
    return NewItem(
        kind=_one_of(row.kind, _kinds(), "kind") or rules.asked.kind,
        day=row.day,
        period_from=row.period_from,
        quantity=row.quantity,
        unit_code=_unit(rules, row),
        text=row.text,
        internal_text=row.internal_text,
        performed_by=row.performed_by,
        approved_by=row.approved_by or rules.teller,
        customer_id=customer_id,
        line_id=line.pk if line else None,
        project_id=project.pk if project else None,
        facility_id=facility.pk if facility else None,
        product_id=product.pk if product else None,
        unit_price=row.unit_price,
        **_price(rules, row, line, product),
        currency=row.currency,
        charge_kind=_charge(row),
        price_reason=row.price_reason,
        vat_treatment=_one_of(row.vat, _vat_words(), "vat"),
        dimensions=dimensions,
        source=Source(rules.asked.system, row.order, row.order_line),
    )


def _price(rules: Rules, row: SourceRow, line: ContractLine | None, product: Any) -> dict[str, Any]:
    """Where nothing here has a price for the work, the sender's own list is the rule that the price follows."""
    if row.unit_price is None:
        return {}
    told: dict[str, Any] = {"price_includes_vat": row.price_includes_vat or rules.asked.price_includes_vat}
    has_own_rule = (line is not None and line.unit_price is not None) or (product is not None and not rules.is_batch)
    if not has_own_rule:
        told |= {
            "rule_price": row.unit_price,
            "price_rule": _("Price list of %(system)s") % {"system": rules.asked.system},
        }
    return told


def _product(known: Known, row: SourceRow) -> Any:
    return known.thing(known.products, row.product, "product")


def _facility(rules: Rules, known: Known, row: SourceRow) -> Any:
    """The facility that is named; in a batch the object, where it is one of ours."""
    if rules.is_batch:
        return known.facilities.get(row.dimensions.get("dim_3", ""))
    return known.thing(known.facilities, row.facility, "facility")


def _unit(rules: Rules, row: SourceRow) -> str:
    if not row.unit:
        return "HUR" if (_kinds().get(plain(row.kind)) or rules.asked.kind) == ItemKind.TIME else ""
    return _one_of(row.unit, _unit_words(), "unit")


def _charge(row: SourceRow) -> str:
    word = row.charge.strip().casefold()
    if not word or word in YES:
        return ChargeKind.CHARGEABLE.value
    return ChargeKind.NON_CHARGEABLE.value if word in NO else _one_of(row.charge, _charges(), "charge")


def _one_of(cell: str, words: Mapping[str, str], field: str) -> str:
    """What a word means; empty for an empty cell."""
    if not cell.strip():
        return ""
    meant = words.get(plain(cell))
    if meant is None:
        raise UnknownThing(
            _("“%(word)s” is no %(field)s that is known here. Correct it, or empty the cell.")
            % {"word": cell[:40], "field": FIELDS[field]},
            field=field,
        )
    return meant


@cache
def _kinds() -> Mapping[str, str]:
    return _in_every_language(ItemKind.choices) | _plain_words(KIND_WORDS)


@cache
def _charges() -> Mapping[str, str]:
    return _in_every_language(ChargeKind.choices)


@cache
def _vat_words() -> Mapping[str, str]:
    """Treatments by their names and by the standard tax codes of the tax administration."""
    codes: dict[str, str] = {}
    for treatment, rule in TREATMENT_RULES.items():
        codes.setdefault(rule.standard_tax_code, treatment.value)
    return codes | _in_every_language(VAT_TREATMENT_CHOICES)


@cache
def _unit_words() -> Mapping[str, str]:
    words = _plain_words(UNIT_WORDS)
    for code, languages in UNITS.items():
        words.setdefault(plain(code), code)
        for spelled in languages.values():
            for word in (spelled.name, spelled.one, spelled.many):
                words.setdefault(plain(word), code)
    return words


def _plain_words(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {plain(word): meaning for meaning, words in table.items() for word in words}


def _in_every_language(choices: Sequence[tuple[str, Any]]) -> dict[str, str]:
    words = {plain(value): value for value, _label in choices}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words |= {plain(str(label)): value for value, label in choices}
    return words
