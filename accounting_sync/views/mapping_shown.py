"""The mapping page: each thing of ours with the accounting system's own list beside it, what is missing first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting_sync.mapping.choosing import shown, target_named, typed_target
from accounting_sync.mapping.entries import Target
from accounting_sync.mapping.suggesting import is_plausible_vat, rate_of
from accounting_sync.models import MappingKind
from accounting_sync.providers.base import Adapter
from accounting_sync.queries.mappings import Choices, OwnRow, lists_for, suggestion_for, targets_for
from accounting_sync.words import TREATMENTS
from customers.vat import rule_of
from foundation.templatetags.formatting import format_percent, language_of_page

SELECTED_MAX = 40  # of a longer list one writes the beginning and chooses
LISTED_MAX = 1_000
DIMENSIONS: dict[str, Any] = {"project": gettext_lazy("Project"), "department": gettext_lazy("Department")}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingLine:
    """One row of the page."""

    row: OwnRow
    title: str
    code: str
    control: str  # select, list (written, with their list behind it) or typed
    value: str
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()
    list_id: str = ""
    is_suggested: bool = False
    warning: str = ""

    @property
    def control_id(self) -> str:
        """What the label of the control points to."""
        return "map-" + "".join(sign if sign.isalnum() else "-" for sign in self.row.key)

    @property
    def has_vanished(self) -> bool:
        """Whether what it points to is not there any more."""
        return self.row.mapping is not None and self.row.mapping.vanished_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingPart:
    """One table of the page."""

    kind: str
    heading: str
    lines: Sequence[MappingLine]
    unused: Sequence[MappingLine]

    @property
    def missing(self) -> int:
        """How many vouchers are stopped for want of."""
        return sum(line.row.is_missing for line in (*self.lines, *self.unused))


def parts_of(adapter: Adapter, own: Sequence[OwnRow], choices: Choices, *, is_pushing: bool) -> list[MappingPart]:
    """The tables: accounts, VAT, dimensions; what can wait stands apart."""
    headings = {
        MappingKind.ACCOUNT: _("Accounts"),
        MappingKind.VAT: _("VAT codes"),
        MappingKind.DIMENSION: _("Projects and departments"),
    }
    found = []
    for kind, heading in headings.items():
        lines = [line_of(adapter, row, choices, is_pushing=is_pushing) for row in own if row.kind == kind]
        lines.sort(key=lambda line: not line.row.is_missing)
        used = [line for line in lines if _stands_first(line.row)]
        unused = [line for line in lines if line not in used]
        if lines:
            found.append(MappingPart(kind=kind, heading=heading, lines=used, unused=unused))
    return found


def _stands_first(row: OwnRow) -> bool:
    """What vouchers use; of dimensions, which are left out where they are not mapped, what somebody has mapped."""
    if row.kind == MappingKind.DIMENSION:
        return row.mapping is not None
    return bool(row.vouchers) or row.is_needed


def line_of(adapter: Adapter, row: OwnRow, choices: Choices, *, is_pushing: bool) -> MappingLine:
    """One row with what it can be mapped to, and a proposal where nobody has chosen yet."""
    targets = targets_for(adapter, row, choices)
    mapping = row.mapping if row.is_mapped else None
    target = Target(mapping.remote_id, mapping.remote_code, mapping.remote_label, mapping.facts) if mapping else None
    proposal = suggestion_for(adapter, row, choices) if target is None and is_pushing else None
    chosen = target or proposal
    control, list_id = _control(adapter, row, choices, targets)
    return MappingLine(
        row=row,
        title=_title(row),
        code=_code(row),
        control=control,
        value=_value(chosen, control),
        groups=_groups(row, targets, chosen) if control == "select" else (),
        list_id=list_id,
        is_suggested=proposal is not None or (mapping is not None and mapping.is_suggested),
        warning=_warning(row, chosen),
    )


def shared_lists(parts: Sequence[MappingPart], adapter: Adapter, choices: Choices) -> list[tuple[str, list[str]]]:
    """The lists behind written fields, each once."""
    found: dict[str, list[str]] = {}
    for part in parts:
        for line in (*part.lines, *part.unused):
            if line.control == "list" and line.list_id not in found:
                found[line.list_id] = [shown(target) for target in targets_for(adapter, line.row, choices)[:LISTED_MAX]]
    return list(found.items())


def read_choice(adapter: Adapter, row: OwnRow, choices: Choices, text: str) -> Target | None:
    """What was chosen for a row; None for nothing, LookupError for what their list does not have."""
    if not text.strip():
        return None
    targets = targets_for(adapter, row, choices)
    if not _lists(adapter, row):
        return typed_target(text)
    found = target_named(text, targets)
    if found is None:
        raise LookupError(text)
    return found


def _control(adapter: Adapter, row: OwnRow, choices: Choices, targets: Sequence[Target]) -> tuple[str, str]:
    kinds = _lists(adapter, row)
    if not kinds:
        return "typed", ""
    if len(targets) <= SELECTED_MAX or row.kind == MappingKind.VAT:
        return "select", ""
    return "list", f"list-{kinds[0] if choices.of(kinds[:1]) else kinds[-1]}"


def _lists(adapter: Adapter, row: OwnRow) -> list[str]:
    return lists_for(adapter, row.kind, purpose=row.purpose, dimension=row.local_key.partition(":")[0])


def _value(target: Target | None, control: str) -> str:
    if target is None:
        return ""
    return target.id if control == "select" else (shown(target) if control == "list" else target.id)


def _groups(row: OwnRow, targets: Sequence[Target], chosen: Target | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices; of VAT codes those that can be meant first, all others after them."""
    if row.kind != MappingKind.VAT or not row.treatment:
        return [("", [(target.id, _choice(target)) for target in _with(targets, chosen)])]
    fits = [target for target in targets if is_plausible_vat(row.rate_percent, target)]
    others = [target for target in targets if target not in fits]
    groups = [(_("Can be meant"), fits), (_("All others"), others)]
    return [(label, [(target.id, _choice(target)) for target in part]) for label, part in groups if part]


def _with(targets: Sequence[Target], chosen: Target | None) -> list[Target]:
    if chosen is None or any(target.id == chosen.id for target in targets):
        return list(targets)
    return [chosen, *targets]


def _choice(target: Target) -> str:
    rate = rate_of(target)
    told = "" if rate is None else f" ({format_percent(rate, language_of_page())})"
    return ("" if target.code == target.id and len(target.code) > 8 else f"{target.code} ").strip() + (
        f" {target.label}{told}" if target.label else told
    )


def _title(row: OwnRow) -> str:
    if row.kind == MappingKind.VAT and row.treatment:
        words = str(TREATMENTS.get(row.treatment, row.treatment))
        return f"{words} {format_percent(row.rate_percent, language_of_page())}" if row.rate_percent else words
    return row.label or row.local_key


def _code(row: OwnRow) -> str:
    if row.kind == MappingKind.VAT and row.treatment:
        return rule_of(row.treatment).standard_tax_code
    return str(DIMENSIONS.get(row.code, row.code)) if row.kind == MappingKind.DIMENSION else row.code


def _warning(row: OwnRow, target: Target | None) -> str:
    """What to look at: a code of another rate."""
    theirs = rate_of(target) if target is not None and row.kind == MappingKind.VAT and row.treatment else None
    if theirs is None or theirs == row.rate_percent:
        return ""
    language = language_of_page()
    told = {"theirs": format_percent(theirs, language), "ours": format_percent(Decimal(row.rate_percent), language)}
    return _("%(theirs)s there, %(ours)s on your documents.") % told
