"""What the pages of drafts from backlog show of one: how it stands, and its lines beside what they bill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from billing_backlog.actions.typed_lines import KINDS, typed_lines, usual_kind
from billing_backlog.models import BacklogItem, ItemKind, Proforma, ReducedRest, StepKind
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.proformas import get_proforma_by_id, items_on, visible_proformas
from billing_backlog.queries.standing import standing_of
from billing_backlog.queries.stands import Stand, stands_of
from billing_backlog.views.seeing import projects_of
from invoicing.models import InvoiceLine, WaitsFor
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission


@dataclass(frozen=True, slots=True)
class Shown:
    """A proforma as a row or a heading shows it."""

    proforma: Proforma
    word: str
    tone: str
    reason: str = ""
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of the draft with what of its item is left, or what it will become when it was typed."""

    line: InvoiceLine
    item: BacklogItem | None
    left: Decimal
    excess: Decimal
    kind: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether the line becomes backlog when the draft is confirmed."""
        return bool(self.kind)


def visible_to(request: OrganizationRequest) -> Any:
    """The proformas that whoever asks may see: those of the own projects unless the role says more."""
    everything = request.may(Permission.VIEW_ALL_PROJECTS)
    return visible_proformas(request.organization, None if everything else projects_of(request))


def proforma_of(request: OrganizationRequest, proforma_id: UUID) -> Proforma:
    """One proforma that the one who asks may see, or 404."""
    return get_proforma_by_id(visible_to(request), proforma_id)


def shown(request: OrganizationRequest, proformas: Iterable[Proforma]) -> list[Shown]:
    """Each of the proformas with the word for where it stands."""
    found = list(proformas)
    stands = stands_of(
        request.organization, [proforma.invoice for proforma in found], today=local_today(request.organization)
    )
    return [_shown(proforma, stands[proforma.invoice_id]) for proforma in found]


def _shown(proforma: Any, stand: Stand) -> Shown:
    invoice = proforma.invoice
    if not invoice.is_draft:
        return Shown(proforma, str(stand.standing.label), str(stand.standing.value), is_held=stand.is_held)
    if invoice.waits_for != WaitsFor.CONFIRMATION:
        word = _("Confirmed") if proforma.last_step == StepKind.CONFIRMED else _("To finalize")
        return Shown(proforma, word, "ok" if proforma.last_step == StepKind.CONFIRMED else "draft")
    if proforma.last_step == StepKind.RETURNED:
        return Shown(proforma, _("Returned"), "warn", proforma.last_reason)
    if proforma.last_step == StepKind.CONFIRMED:
        return Shown(proforma, _("Changed after it was confirmed"), "warn")
    return Shown(proforma, _("To confirm"), "draft")


def lines_shown(request: OrganizationRequest, lines: Sequence[InvoiceLine]) -> list[LineShown]:
    """The lines of a draft beside what they bill."""
    items = items_on(request.organization, lines)
    standing = standing_of(request.organization, list(items.values()))
    typed = {line.pk for line in typed_lines(lines)}
    told = []
    for line in lines:
        item = items.get(line.source_id) if line.source_id else None
        stands = standing[item.pk] if item is not None else None
        told.append(
            LineShown(
                line,
                item,
                stands.unbilled if stands else Decimal(0),
                stands.excess if stands else Decimal(0),
                usual_kind(line) if line.pk in typed else "",
            )
        )
    return told


def choices(request: OrganizationRequest) -> dict[str, Any]:
    """What can be decided when a draft is confirmed, and what the organization usually decides."""
    return {
        "kinds": [(kind.value, ItemKind(kind).label) for kind in KINDS],
        "rests": ReducedRest.choices,
        "usual_rest": backlog_settings(request.organization).reduced_rest,
    }
