from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import ngettext

from foundation.errors import DomainError
from invoicing.actions.change_lines import NoLinesChosen, change_lines
from invoicing.actions.draft_lines import LineIsLocked
from invoicing.drafting.changing import LineChange
from invoicing.errors import InvoiceAlreadyFinalized, StaleDraft
from invoicing.models import DraftVersion, Invoice
from tenants.queries import list_history
from tests.builders import (
    TODAY,
    actor_of,
    in_organization,
    line,
    lines_of,
    make_draft,
    make_finalized_invoice,
    reload_invoice,
)
from tests.invoicing.draft_forms import address, page_of, shown_form, text_of


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


LINES = [
    line("a", quantity=Decimal(2), unit_price=Decimal("100.00"), section="Inne"),
    line("b", quantity=Decimal(1), unit_price=Decimal("33.333"), discount_amount=Decimal(3)),
    {**line("c", unit_price=Decimal(50)), "source": {"kind": "work", "label": "P-7"}, "locked_fields": ["unit_price"]},
    line("d", unit_price=Decimal(8), section="Inne"),
]
CHANGES: list[tuple[LineChange, str, list[Any]]] = [
    (LineChange(price_percent=Decimal("3.5")), "unit_price", ["103.50", "34.500", "50", "8.28"]),
    (LineChange(unit_price=Decimal(9)), "unit_price", ["9", "9", "50", "9"]),
    (LineChange(quantity_factor=Decimal("0.5")), "quantity", ["1", "0.5", "1", "1"]),
    (LineChange(quantity=Decimal(7)), "quantity", ["7", "7", "7", "7"]),
    (LineChange(discount_percent=Decimal(10)), "discount_percent", ["10", "10", "10", "10"]),
    (LineChange(discount_percent=Decimal(10)), "discount_amount", ["0", "0", "0", "0"]),
    (LineChange(charge_kind="complimentary"), "net_amount", ["0", "0", "0", "0"]),
    (LineChange(vat_treatment="low"), "vat_rate_percent", ["12", "12", "12", "12"]),
    (LineChange(text_before="Okt:"), "description", ["Okt: a", "Okt: b", "Okt: c", "Okt: d"]),
]


def _change(organization: Any, draft: Invoice, ids: Any, change: LineChange, version: int = 1) -> Any:
    with in_organization(organization):
        return change_lines(
            organization, draft.pk, ids, change, version=version, actor=actor_of(organization), today=TODAY
        )


def test_m_058_m_044_many_lines_are_changed_once_and_what_a_source_decides_stays(organization: Any) -> None:
    for change, name, expected in CHANGES:
        draft = make_draft(organization, lines=LINES)
        changed = _change(organization, draft, None, change)
        said = [getattr(each, name) for each in lines_of(organization, draft)]
        assert said == (expected if name == "description" else [Decimal(each) for each in expected]), change
        assert bool(changed.kept) == (name == "unit_price"), change
        assert not changed.kept or "P-7" in changed.kept
        assert not changed.kept or "line 3" in changed.kept
        assert reload_invoice(organization, draft).version == 2
        with in_organization(organization):
            verbs = list(list_history(organization, subject_id=draft.pk).values_list("verb", flat=True))
            assert DraftVersion.objects.of(organization).filter(invoice_id=draft.pk).count() == 2
        assert verbs.count("draft.changed") == 1


def test_chosen_lines_are_gathered_in_a_section_or_taken_out_of_it(organization: Any) -> None:
    draft = make_draft(organization, lines=LINES)
    ids = {each.description: each.pk for each in lines_of(organization, draft)}

    def placed(names: str, section: str, version: int) -> list[tuple[str, str]]:
        _change(organization, draft, [ids[name] for name in names], LineChange(section=section), version)
        return [(each.description, each.section) for each in lines_of(organization, draft)]

    assert placed("bd", "Ute", 1) == [("a", "Inne"), ("b", "Ute"), ("d", "Ute"), ("c", "")]
    assert placed("c", "Inne", 2) == [("a", "Inne"), ("c", "Inne"), ("b", "Ute"), ("d", "Ute")]
    assert placed("ab", "", 3) == [("c", "Inne"), ("d", "Ute"), ("a", ""), ("b", "")]
    assert {each.description: each.pk for each in lines_of(organization, draft)} == ids


REFUSED: list[tuple[LineChange, type[DomainError]]] = [
    (LineChange(), NoLinesChosen),
    (LineChange(quantity_factor=Decimal(10) ** 8, unit_price=Decimal(1)), DomainError),
    (LineChange(text_before="x" * 500), DomainError),
]


def test_what_no_line_can_hold_is_refused_and_nothing_changes(organization: Any, other_organization: Any) -> None:
    draft = make_draft(organization, lines=LINES)
    ids = {each.description: each.pk for each in lines_of(organization, draft)}
    for change, refusal in REFUSED:
        with pytest.raises(refusal):
            _change(organization, draft, None, change)
    price = LineChange(unit_price=Decimal(1))
    with pytest.raises(LineIsLocked, match=r"P-7.*\(line 3\)"):
        _change(organization, draft, [ids["c"]], price)
    with pytest.raises(NoLinesChosen):
        _change(organization, draft, [make_draft(other_organization).pk], price)
    with pytest.raises(DomainError, match="outside VAT"):
        _change(organization, draft, [ids["a"]], LineChange(vat_treatment="outside"))
    with pytest.raises(StaleDraft):
        _change(organization, draft, None, price, 7)
    finalized = make_finalized_invoice(organization)
    with pytest.raises(InvoiceAlreadyFinalized):
        _change(organization, finalized, None, price, finalized.version)
    assert reload_invoice(organization, draft).version == 1
    assert [each.unit_price for each in lines_of(organization, draft)] == [each["unit_price"] for each in LINES]


def test_ticked_lines_are_changed_from_the_form_without_script(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=LINES)
    client, path = client_of(owner), address("update_draft", organization, draft)
    data = shown_form(text_of(client.get(path))) | {"then": "change_lines"}
    keys = [each.pk.hex for each in lines_of(organization, draft)]
    ticked = data | {"chosen": [keys[0], keys[2]]}
    page = text_of(client.post(path, ticked | {"bulk-price_how": "percent", "bulk-price": "10"}, follow=True))
    assert [each.unit_price for each in lines_of(organization, draft)] == [
        Decimal(n) for n in ("110", "33.333", "50", "8")
    ]
    with translation.override("nb"):
        assert ngettext("%(count)s line is changed.", "%(count)s lines are changed.", 2) % {"count": 2} in page
    assert "P-7" in page.partition("<main")[0] or page.count("P-7") > 2

    refused = client.post(path, ticked | {"bulk-price_how": "set"})
    assert refused.status_code == 422
    tree = page_of(text_of(refused))
    assert tree.xpath("//*[@name='bulk-price']/@aria-invalid") == ["true"]
    assert tree.xpath("//*[@name='chosen'][@checked]/@value") == [keys[0], keys[2]]
    assert tree.xpath("//details[@id='change-lines']/@open")
    unticked = shown_form(text_of(client.get(path))) | {"then": "change_lines", "bulk-discount_percent": "5"}
    client.post(path, unticked)
    assert reload_invoice(organization, draft).version == 2
