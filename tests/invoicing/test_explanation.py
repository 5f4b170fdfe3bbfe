"""How each amount was made: the steps told are the amount, for any document."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoicing import calculation, explanation
from invoicing.calculation import DocumentInput, LineInput
from invoicing.explanation_words import SENTENCES, explained_document, explained_line, said
from tests.builders import scaled

EXAMPLES = settings(max_examples=scaled(2000, 150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
LINES = st.builds(
    LineInput,
    quantity=st.decimals(min_value=-1000, max_value=1000, places=3),
    unit_price=st.decimals(min_value=0, max_value=10_000, places=4),
    vat_category=st.just("S"),
    vat_rate_percent=st.sampled_from([Decimal(25), Decimal(15), Decimal("11.11"), Decimal(0)]),
    discount_percent=st.sampled_from([Decimal(0), Decimal("12.5"), Decimal(100)]),
    discount_amount=st.sampled_from([Decimal(0), Decimal("7.77"), Decimal(5000)]),
    charge_kind=st.sampled_from(["chargeable", "chargeable", "complimentary"]),
)
DOCUMENTS = st.builds(
    DocumentInput,
    lines=st.lists(LINES, min_size=1, max_size=8).map(tuple),
    prices_include_vat=st.booleans(),
    discount_percent=st.sampled_from([Decimal(0), Decimal(0), Decimal("3.3333")]),
    prepaid=st.sampled_from([Decimal(0), Decimal("10.50")]),
    rounding_unit=st.sampled_from([None, Decimal(1)]),
)


def _sum(explained: explanation.Explanation) -> Decimal:
    return sum((step.amount for step in explained.steps), Decimal(0))


@EXAMPLES
@given(DOCUMENTS)
def test_the_steps_come_to_the_amount_that_they_explain(document: DocumentInput) -> None:
    totals = calculation.totals(document)
    told = [
        (explanation.explain_net(document, totals), totals.net),
        (explanation.explain_discount(document, totals), totals.discount),
        (explanation.explain_rounding(document, totals), totals.rounding),
        (explanation.explain_payable(totals), totals.payable),
        *((explanation.explain_vat(part), part.vat_amount) for part in totals.vat),
    ]
    for line, amounts in zip(document.lines, totals.lines, strict=True):
        told.append((explanation.explain_line(line, amounts), amounts.shown_amount))
        told.append((explanation.explain_share(amounts), amounts.gross_amount))
    for explained, amount in told:
        assert explained.total == amount
        assert _sum(explained) == amount
        assert {step.kind for step in explained.steps} <= SENTENCES.keys()


@EXAMPLES
@given(DOCUMENTS, st.sampled_from([Decimal("0.10"), Decimal("33.33"), Decimal(50_000)]))
def test_an_amount_taken_off_the_document_is_explained_by_its_parts(document: DocumentInput, amount: Decimal) -> None:
    given_ = DocumentInput(lines=document.lines, discount_amount=amount)
    totals = calculation.totals(given_)
    assert _sum(explanation.explain_discount(given_, totals)) == totals.discount
    assert _sum(explanation.explain_net(given_, totals)) == totals.net


@pytest.mark.parametrize("language", ["nb", "da", "sv", "en"])
def test_each_step_is_a_sentence_with_its_figures(language: str) -> None:
    line = LineInput(
        quantity=Decimal("2.5"),
        unit_price=Decimal("33.333"),
        vat_category="S",
        vat_rate_percent=Decimal(25),
        discount_percent=Decimal(10),
    )
    document = DocumentInput(lines=(line, line), discount_percent=Decimal(5), rounding_unit=Decimal(1))
    totals = calculation.totals(document)
    with translation.override(language):
        explained = explained_document(document, totals)
        of_line = explained_line(document, totals, 0)
    for step in [*explained.net, *explained.discount, *explained.payable, *explained.rounding, *of_line]:
        assert "%" not in step.sentence.replace("5\xa0%", "").replace("5%", "").replace("0\xa0%", "").replace("0%", "")
        assert step.amount


def test_an_example_reads_as_an_accountant_would_say_it() -> None:
    line = LineInput(
        quantity=Decimal("2.5"), unit_price=Decimal("33.333"), vat_category="S", vat_rate_percent=Decimal(25)
    )
    totals = calculation.totals(DocumentInput(lines=(line,)))
    with translation.override("en"):
        [product] = said(explanation.explain_line(line, totals.lines[0]))
        vat = said(explanation.explain_vat(totals.vat[0]))
    assert (product.sentence, product.amount) == ("2.5 × 33.333 = 83.3325, rounded", "83.33")
    assert [(step.sentence, step.amount) for step in vat] == [
        ("83.33 × 25%", "20.8325"),
        ("rounded once, half away from zero", "−0.0025"),
    ]
