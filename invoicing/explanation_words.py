"""The steps of an amount as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from foundation.money import round_amount
from foundation.templatetags.formatting import format_amount, format_percent, format_quantity, language_of_page
from invoicing import explanation
from invoicing.calculation import DocumentInput, DocumentTotals
from invoicing.explanation import Explanation, Step

EXACT_DECIMALS = 6  # as many as people read of what was rounded

SENTENCES: dict[str, Any] = {
    "product": _("%(quantity)s × %(price)s"),
    "product_rounded": _("%(quantity)s × %(price)s = %(exact)s, rounded"),
    "line_percent": _("less %(percent)s of %(base)s"),
    "line_amount": _("less the line’s discount"),
    "not_charged": _("not charged"),
    "line_net": _("Line without VAT"),
    "share_of_discount": _("its share of the discount on the document"),
    "share_of_vat": _("its share of the VAT"),
    "lines_of_rate": _("Lines with %(rate)s VAT: %(count)s"),
    "discount_of_rate": _("discount on the lines with %(rate)s VAT"),
    "discount_percent_part": _("%(percent)s of %(base)s with %(rate)s VAT"),
    "discount_amount_part": _("by its share of the sum: %(base)s with %(rate)s VAT"),
    "base_times_rate": _("%(base)s × %(rate)s"),
    "rounded_to_ore": _("rounded once, half away from zero"),
    "with_vat_exact": _("Prices with VAT, less discount"),
    "less_net": _("less net"),
    "less_vat": _("less VAT"),
    "to_unit": _("rounded to whole units"),
    "to_what_is_left": _("so that it comes to what is left of the invoice"),
    "net": _("Net"),
    "vat_of_rate": _("VAT %(rate)s"),
    "rounding": _("Rounding"),
    "prepaid": _("less what is paid in advance"),
}
FORMS: dict[str, Callable[[Decimal, str], str]] = {
    "quantity": format_quantity,
    "count": format_quantity,
    "percent": format_percent,
    "rate": format_percent,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One step as it is read: a sentence and what it adds."""

    sentence: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedDocument:
    """How each total of a document was made; a total of nothing has no steps."""

    net: list[Said]
    discount: list[Said]
    vat: list[list[Said]]  # in the order of the VAT summary
    rounding: list[Said]
    payable: list[Said]


def explained_document(given: DocumentInput, totals: DocumentTotals) -> ExplainedDocument:
    """The steps of every total."""
    return ExplainedDocument(
        net=said(explanation.explain_net(given, totals)),
        discount=said(explanation.explain_discount(given, totals)),
        vat=[said(explanation.explain_vat(part)) for part in totals.vat],
        rounding=said(explanation.explain_rounding(given, totals)),
        payable=said(explanation.explain_payable(totals)),
    )


def explained_line(given: DocumentInput, totals: DocumentTotals, place: int) -> list[Said]:
    """The steps of one line's amount, and of its part of the document."""
    amounts = totals.lines[place]
    share = explanation.explain_share(amounts)
    of_line = said(explanation.explain_line(given.lines[place], amounts))
    return of_line + (said(share) if amounts.net_amount else [])


def said(explained: Explanation) -> list[Said]:
    """Each step in words."""
    language = language_of_page()
    return [Said(_sentence(step, language), _amount(step.amount, language)) for step in explained.steps]


def _sentence(step: Step, language: str) -> str:
    figures = {name: FORMS.get(name, _amount)(value, language) for name, value in step.figures.items()}
    return str(SENTENCES[step.kind]) % figures


def _amount(value: Decimal, language: str) -> str:
    """An amount to the øre; what is not yet rounded with the decimals that it has."""
    if value == round_amount(value):
        return format_amount(value, language)
    return format_quantity(round_amount(value, EXACT_DECIMALS).normalize(), language)
