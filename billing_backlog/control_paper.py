"""The control sheet of a billing run as a paper: counts and sums, who did what when, and the hashes that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from billing_backlog.models import BillingRun
from customers.models import VAT_TREATMENT_CHOICES
from foundation import files
from foundation.templatetags.formatting import format_amount, format_day, format_moment
from invoicing.documents.printed.page import Fact
from invoicing.documents.printed.sums import SumRow
from invoicing.papers.page import Head, OwnPaper, Row, Table, own_page
from invoicing.papers.pdf import render_page
from invoicing.parties import seller_today
from tenants.models import Organization


def render_control_sheet(organization: Organization, run: BillingRun) -> bytes:
    """The sheet of a frozen run as an archive PDF in the organization's language; the same bytes for the same facts."""
    assert run.frozen_at is not None
    seller = seller_today(organization, footer="")
    language = organization.language
    with translation.override(language):
        paper = OwnPaper(
            heading=_("Control sheet"),
            facts=tuple(_facts(run, language)),
            tables=tuple(_tables(run.control, language)),
            sums=(
                SumRow(
                    label=_("Sum without VAT"),
                    amount=format_amount(Decimal(run.control["total"]["amount"]), language),
                    is_total=True,
                ),
            ),
            note=_("Basis %(basis)s") % {"basis": run.basis_sha256},
        )
        page = own_page(seller, language, paper, _moment(run))
    logo = files.load(str(organization.pk), seller.logo_sha256) if seller.logo_sha256 else None
    return render_page(page, logo=logo)


def _moment(run: BillingRun) -> datetime:
    moment = run.generated_at or run.approved_at or run.frozen_at
    assert moment is not None
    return moment


def _facts(run: BillingRun, language: str) -> list[Fact]:
    steps = (
        (_("Frozen"), run.frozen_at, run.frozen_by),
        (_("Approved"), run.approved_at, run.approved_by),
        (_("Generated"), run.generated_at, ""),
    )
    period = f"{format_day(run.period_from, language)}–{format_day(run.until, language)}"
    told = [
        Fact(label=_("Billing run"), value=run.name, kind="strong"),
        Fact(label=_("Period"), value=period),
        Fact(label=_("Lines"), value=str(run.control["total"]["count"])),
        Fact(label=_("Customers"), value=str(run.control["customers"])),
    ]
    told += [
        Fact(label=label, value=", ".join(filter(None, (format_moment(moment, language), name))))
        for label, moment, name in steps
        if moment is not None
    ]
    return told


def _tables(control: Mapping[str, Any], language: str) -> list[Table]:
    treatments = {key: str(label) for key, label in VAT_TREATMENT_CHOICES}
    parts = (
        (_("By source"), control["by_source"]),
        (_("By case worker"), control["by_case_worker"]),
        (_("By VAT treatment"), {treatments.get(key, key): value for key, value in control["by_vat"].items()}),
        (_("By customer"), control["by_customer"]),
    )
    return [_table(heading, sums, language) for heading, sums in parts if any(sums)]


def _table(heading: str, sums: Mapping[str, Mapping[str, Any]], language: str) -> Table:
    heads = (Head(label=heading), Head(label=_("Lines"), is_figure=True), Head(label=_("Amount"), is_figure=True))
    rows = tuple(
        Row(cells=(name or "–", str(value["count"]), format_amount(Decimal(value["amount"]), language)))
        for name, value in sorted(sums.items())
    )
    return Table(heading=heading, heads=heads, rows=rows)
