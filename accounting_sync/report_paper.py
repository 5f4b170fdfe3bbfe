"""The report of a compared month as an archive PDF, in the organization's language; equal input gives equal bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.template import Context, Engine, Template
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounting_sync.models import Reconciliation
from accounting_sync.providers.base import Adapter
from accounting_sync.queries.reconciling import last_day_of
from accounting_sync.queries.reports import LetStand
from accounting_sync.words import finding_in_words
from foundation import files
from foundation.templatetags.formatting import NO_BREAK_SPACE, format_amount, format_day, format_moment
from invoicing.documents import fonts
from invoicing.documents.pdf import (
    PNG_SIGNATURE,
    TEMPLATE_FOLDER,
    PdfNotRendered,
    exclusive_renderer,
    renderer_versions,
)
from invoicing.documents.printed.numbers import organization_number
from invoicing.documents.printed.page import BETWEEN_PARTS, LOGO_URL, readable_accent
from invoicing.documents.words import word_for_country
from invoicing.papers.words import paper_words
from payments.models import VoucherKind
from tenants.models import Organization

REPORT_TEMPLATES = TEMPLATE_FOLDER / "accounting_sync/report"
KINDS = dict(VoucherKind.choices)
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Everything that the report says of a month."""

    organization: Organization
    reconciliation: Reconciliation
    adapter: type[Adapter]
    let_stand: Sequence[LetStand]
    is_month_over: bool
    is_cut: bool  # there was more to find than a comparison keeps

    @property
    def months_findings(self) -> list[dict[str, Any]]:
        """What was found; what stands among the things that were let stand is told there, with its reason."""
        told = {each.item for each in self.let_stand}
        return [each for each in self.reconciliation.findings if each["code"] != ACCEPTED or each["item"] not in told]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table under its own heading, or the sentence that stands in its place."""

    key: str
    heading: str
    heads: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    sums: tuple[Cell, ...] = ()
    note: str = ""


def render_report(said: Said) -> bytes:
    """The report as an archive PDF."""
    organization = said.organization
    sha256 = organization.logo_sha256
    logo = files.load(str(organization.pk), sha256) if sha256 else None
    if logo is not None and not logo.startswith(PNG_SIGNATURE):
        raise PdfNotRendered("The logo is not a PNG.")
    with translation.override(organization.language), timezone.override(ZoneInfo(organization.time_zone)):
        context = {**_page(said), "logo": LOGO_URL if logo else ""}
        markup = fonts.printable(_template().render(Context(context)))
    accent = f".monogram{{background:{readable_accent(organization.accent_color)}}}"
    with exclusive_renderer() as renderer:
        return renderer.write_paper(markup, (renderer.style_of(_style()), renderer.style_of(accent)), logo)


def report_versions() -> dict[str, str]:
    """Everything that decides the bytes besides what the report says."""
    total = hashlib.sha256()
    for path in sorted([*REPORT_TEMPLATES.iterdir(), Path(__file__)]):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return {**renderer_versions(), "report": total.hexdigest()[:16]}


def _page(said: Said) -> dict[str, Any]:
    """Every text of the report."""
    organization, row = said.organization, said.reconciliation
    word = paper_words(organization.language)
    number = organization_number(organization.organization_number, organization.country)
    named = word_for_country(word, "organization_number", organization.country).format(number=number) if number else ""
    month = date_format(row.month, "F Y")
    title = _("Reconciliation %(month)s") % {"month": month}
    parts = [part for part in (organization.name, named) if part]
    assert row.ended_at is not None
    return {
        "language": organization.language,
        "word": word,
        "title": title,
        "author": organization.name,
        "description": f"{title}, {organization.name}, {said.adapter.label}",
        "moment": row.ended_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "running_head": BETWEEN_PARTS.join((title, row.connection.name)),
        "running_foot": BETWEEN_PARTS.join(part.replace(" ", NO_BREAK_SPACE) for part in parts),
        "monogram": organization.name.strip()[:1].upper(),
        "named": named,
        "heading": _("Reconciliation"),
        "month": capfirst(month),
        "facts": list(_facts(said)),
        "outcome": _outcome(said),
        "figures": [
            (pgettext("vouchers", "Agree"), row.agree),
            (pgettext("vouchers", "Differ"), row.differ),
            (pgettext("vouchers", "Not told"), row.untold),
            (pgettext("vouchers", "Not there"), row.absent),
            (pgettext("vouchers", "Left out"), row.left_out),
        ],
        "receivables": _("Receivables in %(currency)s") % {"currency": organization.base_currency},
        "sides": [
            (_("With us"), _amount(row.ours)),
            (_("In %(system)s") % {"system": said.adapter.label}, _amount(row.theirs)),
            (_("Difference"), _amount(row.difference)),
        ],
        "tables": [_accounts(said), _findings(said), *_let_stand(said)],
        "about": _("What was compared"),
        "sentences": list(_sentences(said)),
    }


def _facts(said: Said) -> Iterator[tuple[str, str]]:
    row = said.reconciliation
    assert row.ended_at is not None
    yield _("Accounting system"), said.adapter.label
    if row.connection.name != said.adapter.label:
        yield _("Connection"), row.connection.name
    yield _("Accounting dates"), f"{_day(row.month)}–{_day(last_day_of(row.month))}"
    yield _("Read on"), format_moment(row.ended_at, said.organization.language)
    yield _("Asked for by"), row.asked_by


def _outcome(said: Said) -> str:
    """The month in one sentence."""
    row = said.reconciliation
    if not row.vouchers:
        return _("No voucher of the month was to be compared.")
    if row.agree == row.vouchers and not row.difference:
        return ngettext(
            "The month's only voucher agrees with %(system)s.",
            "All %(count)s vouchers of the month agree with %(system)s.",
            row.vouchers,
        ) % {"count": row.vouchers, "system": said.adapter.label}
    return ngettext(
        "%(agree)s of %(count)s voucher agrees with %(system)s.",
        "%(agree)s of %(count)s vouchers agree with %(system)s.",
        row.vouchers,
    ) % {"agree": row.agree, "count": row.vouchers, "system": said.adapter.label}


def _accounts(said: Said) -> Table:
    """The sums of their accounts."""
    told = [(each, Decimal(each["ours"]), Decimal(each["theirs"])) for each in said.reconciliation.accounts]
    heading = _("Accounts in %(system)s") % {"system": said.adapter.label}
    if not told:
        note = _("%(system)s tells no accounts of the month's vouchers.") % {"system": said.adapter.label}
        return Table(key="accounts", heading=heading, note=note)
    return Table(
        key="accounts",
        heading=heading,
        heads=(
            Cell(_("Account")),
            Cell(_("Name")),
            Cell(_("With us"), True),
            Cell(_("There"), True),
            Cell(_("Difference"), True),
        ),
        rows=tuple(
            (Cell(each["code"]), Cell(each["label"]), *_figures(ours, theirs, theirs - ours))
            for each, ours, theirs in told
        ),
        sums=(
            Cell(_("Sum")),
            Cell(""),
            *_figures(
                ours := sum((each[1] for each in told), Decimal(0)),
                theirs := sum((each[2] for each in told), Decimal(0)),
                theirs - ours,
            ),
        ),
        note=_("Debit is positive, credit is negative."),
    )


def _findings(said: Said) -> Table:
    """What was found, the gravest first."""
    heading, found = _("Findings"), said.months_findings
    if not found:
        return Table(key="findings", heading=heading, note=_("Nothing was found that needs anybody."))
    return Table(
        key="findings",
        heading=heading,
        heads=(
            Cell(_("No.")),
            Cell(_("Day")),
            Cell(_("Kind")),
            Cell(_("What was found")),
            Cell(_("Difference"), True),
        ),
        rows=tuple(
            (
                Cell(each["number"]),
                Cell(_day(date.fromisoformat(each["day"]))),
                Cell(str(KINDS.get(each["kind"], each["kind"]))),
                Cell(finding_in_words(each)),
                *_figures(Decimal(each["amount"])),
            )
            for each in found
        ),
        note=_("There was more: the list holds the gravest %(count)s.") % {"count": len(said.reconciliation.findings)}
        if said.is_cut
        else "",
    )


def _let_stand(said: Said) -> Iterator[Table]:
    """What somebody lets stand, with the reason; no table where nobody does."""
    if not said.let_stand:
        return
    yield Table(
        key="stand",
        heading=_("Differences that were let stand"),
        heads=tuple(Cell(each) for each in (_("No."), _("Day"), _("Kind"), _("What differs"), _("Reason"), _("By"))),
        rows=tuple(
            (
                Cell(each.number),
                Cell(_day(each.day)),
                Cell(str(KINDS.get(each.kind, each.kind))),
                Cell(finding_in_words({"code": each.code, "differences": each.differences})),
                Cell(each.why),
                Cell(each.by),
            )
            for each in said.let_stand
        ),
    )


def _sentences(said: Said) -> Iterator[str]:
    """What was compared, and what the accounting system does not tell."""
    row, system = said.reconciliation, {"system": said.adapter.label}
    if not said.is_month_over:
        yield _("The month was not over when it was read: later vouchers are not in this report.")
    yield (
        _(
            "Every voucher that was chosen for %(system)s and whose accounting date lies in the month was held against "
            "what %(system)s says of it: number, date, currency and total, and VAT and accounts where it tells them."
        )
        % system
    )
    if row.untold:
        yield (
            _(
                "Not told are vouchers of which %(system)s says too little to compare them. They are counted with our "
                "amounts on both sides."
            )
            % system
        )
    if row.absent:
        yield _("Not there are vouchers that wait or were stopped. Their amounts are part of the difference.")
    if said.let_stand:
        yield _("Vouchers whose differences were let stand are counted among those that agree.")
    if row.left_out:
        yield _("Left out are vouchers that somebody keeps out of %(system)s. They count on neither side.") % system
    yield _("Receivables are what these vouchers do to them, not the balance of an account in %(system)s.") % system
    if not said.adapter.tells_payments:
        yield _("%(system)s does not tell of payments that are booked there, so these are not looked for.") % system


def _figures(*amounts: Decimal) -> tuple[Cell, ...]:
    return tuple(Cell(_amount(each), True) for each in amounts)


def _amount(value: Decimal) -> str:
    return format_amount(value, _language())


def _day(value: date) -> str:
    return format_day(value, _language())


def _language() -> str:
    return translation.get_language() or "nb"


@cache
def _style() -> str:
    return (REPORT_TEMPLATES / "report.css").read_text()


@cache
def _template() -> Template:
    # An engine of its own: the project's context processors and builtins have no business on paper.
    return Engine(dirs=[str(TEMPLATE_FOLDER)]).get_template("accounting_sync/report/report.html")
