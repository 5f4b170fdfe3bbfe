from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from invoicing.models import Invoice
from tests.builders import in_organization, lines_of, make_customer, make_product
from tests.invoicing.draft_forms import LINE, address, create, text_of, typed


def _drafts(organization: Any) -> list[Invoice]:
    with in_organization(organization):
        return list(Invoice.objects.of(organization))


def test_m_007_a_draft_is_made_of_what_was_typed(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization)
    lines = [
        LINE,
        {**LINE, "description": "Reise", "unit_price": "99,5", "discount_percent": "10", "detail": "To\nlinjer"},
        {**LINE, "description": "Gave", "charge_kind": "complimentary", "project": "P7", "internal_text": "avtalt"},
        {"description": "", "quantity": "1"},
    ]
    response = create(client_of(owner), organization, customer, typed(lines, note="Hei", issue_date="2026-11-21"))
    [draft] = _drafts(organization)
    assert response.status_code == 302
    assert response.headers["Location"] == address("update_draft", organization, draft)
    assert (draft.buyer_reference, draft.note, draft.issue_date) == ("PO-1", "Hei", date(2026, 11, 21))
    first, second, third = lines_of(organization, draft)
    assert (first.unit_price, first.net_amount) == (Decimal("1250.50"), Decimal("2501.00"))
    assert (second.detail, second.net_amount) == ("To\nlinjer", Decimal("179.10"))
    assert (third.dimensions, third.internal_text, third.net_amount) == ({"project": "P7"}, "avtalt", Decimal("0.00"))
    assert draft.payable_amount == Decimal("3350.13")


def test_the_first_step_is_the_customer(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    client = client_of(owner)
    one = make_customer(organization, name="Nordhavn Marine AS")
    make_customer(organization, name="Solvik Eiendom AS")
    page = text_of(client.get(address("create_draft", organization)))
    assert "Nordhavn Marine AS" in page
    assert "Solvik Eiendom AS" in page
    found = client.get(address("create_draft", organization), {"q": "marine"})
    assert found.headers["Location"].endswith(f"?customer={one.pk}")
    form = text_of(client.get(found.headers["Location"]))
    assert 'value="PO-7731"' in form
    assert _drafts(organization) == []


def test_a_product_number_fills_in_the_rest(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    product = make_product(organization, gtin="00000000000000")
    customer = make_customer(organization)
    create(client_of(owner), organization, customer, typed([{"product_number": "100", "quantity": "3"}]))
    [draft] = _drafts(organization)
    [line] = lines_of(organization, draft)
    assert (line.description, line.unit_code, line.unit_price, line.product_id) == (
        "Rådgivning",
        "HUR",
        Decimal(1250),
        product.pk,
    )
    assert line.net_amount == Decimal("3750.00")


def test_a_product_row_is_filled_in_while_typing(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    make_product(organization, price_includes_vat=True)
    customer = make_customer(organization)
    path = f"{address('fill_line', organization)}?customer={customer.pk}"
    data = {"line": "k0", "row": "k0", "currency": "NOK", "k0-product_number": "100", "k0-quantity": "4"}
    row = text_of(client_of(owner).post(path, data))
    assert "Rådgivning" in row
    assert 'value="1000,00"' in row
    assert 'value="4"' in row
    unknown = text_of(client_of(owner).post(path, {**data, "k0-product_number": "999", "k0-description": "Beholdt"}))
    assert "Beholdt" in unknown


def test_the_sums_follow_what_is_typed(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    customer = make_customer(organization)
    path = f"{address('compute_totals', organization)}?customer={customer.pk}"
    data = typed([LINE, {**LINE, "unit_price": "feil"}], discount_percent="10")
    text = text_of(client_of(owner).post(path, data)).replace("\u00a0", " ")
    assert "2 250,90" in text
    assert "2 813,63" in text
    assert "1 line is not counted" in text or "1 linje" in text
    assert _drafts(organization) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unit_price", "-5"),
        ("unit_price", "1,1234567"),
        ("unit_price", "9999999999999"),
        ("unit_price", "1e5"),
        ("unit_price", ""),
        ("quantity", "NaN"),
        ("quantity", "1,123456789012"),
        ("quantity", "999999999999"),
        ("discount_percent", "101"),
        ("discount_percent", "-1"),
        ("discount_amount", "1,234"),
        ("vat_treatment", "seventy"),
        ("unit_code", "<script>"),
        ("charge_kind", "stolen"),
        ("delivery_date", "2026-02-30"),
        ("delivery_date", "0001-01-01"),
        ("period_from", "2026-01-01"),
        ("revenue_account", "9999"),
        ("vat_reason", "uten grunn"),
        ("description", "a\x00b"),
        ("description", "snu \u202e om"),
        ("description", "x" * 501),
        ("detail", "\x07"),
        ("internal_text", "y" * 10_000),
    ],
)
def test_what_makes_no_sense_on_a_line_is_refused_at_its_field_and_kept(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], name: str, value: str
) -> None:
    data = typed([{**LINE, name: value}], note="blir stående")
    response = create(client_of(owner), organization, make_customer(organization), data)
    text = text_of(response)
    assert response.status_code == 422
    assert f'href="#k0-{name if name != "period_from" else "period_to"}"' in text
    assert 'aria-invalid="true"' in text
    assert "blir stående" in text
    assert "Rådgivning" in text or name == "description"
    assert _drafts(organization) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issue_date", "31.02.2026"),
        ("issue_date", "1890-01-01"),
        ("due_date", "soon"),
        ("payment_terms_days", "-1"),
        ("payment_terms_days", "4000"),
        ("currency", "XXX"),
        ("language", "tlh"),
        ("discount_percent", "100,5"),
        ("discount_amount", "-1"),
        ("fixed_exchange_rate", "0"),
        ("delivery_country", "ZZ"),
        ("buyer_reference", "a\x00b"),
        ("buyer_reference", "r" * 81),
        ("note", "bjelle\x07"),
        ("note", "n" * 10_000),
    ],
)
def test_what_makes_no_sense_on_the_head_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], name: str, value: str
) -> None:
    response = create(client_of(owner), organization, make_customer(organization), typed([LINE], **{name: value}))
    assert response.status_code == 422
    assert f"#id_{name}" in text_of(response)
    assert _drafts(organization) == []


def test_fields_that_speak_against_each_other_are_refused(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client, customer = client_of(owner), make_customer(organization)
    for head in (
        {"period_from": "2026-11-01", "period_to": "2026-10-01", "delivery_date": ""},
        {"period_from": "2026-11-01", "period_to": "2026-11-30"},
        {"issue_date": "2026-11-21", "due_date": "2026-11-20"},
        {"discount_percent": "5", "discount_amount": "10"},
    ):
        assert create(client, organization, customer, typed([LINE], **head)).status_code == 422
    # EN 16931, BR-O-11: outside VAT beside the standard rate.
    mixed = typed([LINE, {**LINE, "vat_treatment": "outside"}])
    response = create(client, organization, customer, mixed)
    assert response.status_code == 422
    assert 'href="#k1-vat_treatment"' in text_of(response)
    assert _drafts(organization) == []


@pytest.mark.parametrize(
    "text",
    ["=1+1", "<script>alert(1)</script>", "{{ 7 }}", "🧾 kvittering", "עברית", "' OR 1=1 --", "x" * 500, "a\tb"],
)
def test_any_text_that_can_be_shown_is_shown_as_text(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], text: str
) -> None:
    client = client_of(owner)
    response = create(
        client, organization, make_customer(organization), typed([{**LINE, "description": text}], note=text)
    )
    page = text_of(client.get(response.headers["Location"]))
    assert "<script>alert" not in page
    [draft] = _drafts(organization)
    [line] = lines_of(organization, draft)
    assert line.description == text.replace("\t", " ")


def test_amounts_too_large_for_a_document_are_refused_with_a_sentence(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    huge = [{**LINE, "quantity": "100000000", "unit_price": "1000000000"}]
    response = create(client_of(owner), organization, make_customer(organization), typed(huge))
    assert response.status_code == 422
    assert _drafts(organization) == []


def test_rows_are_added_moved_and_taken_away_without_script(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client, customer = client_of(owner), make_customer(organization)
    lines = [{**LINE, "description": "Første"}, {**LINE, "description": "Andre"}]
    more = text_of(create(client, organization, customer, typed(lines, rework="add")))
    assert more.count('name="line"') == 3
    moved = text_of(create(client, organization, customer, typed(lines, rework="down:k0")))
    assert moved.index("Andre") < moved.index("Første")
    fewer = text_of(create(client, organization, customer, typed(lines, rework="remove:k0")))
    assert "Første" not in fewer
    assert _drafts(organization) == []


def test_an_archived_customer_or_one_of_another_organization_is_not_found(
    organization: Any, other_organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    strange = make_customer(other_organization)
    client = client_of(owner)
    assert create(client, organization, strange, typed()).status_code == 404
    assert client.get(f"{address('create_draft', organization)}?customer={strange.pk}").status_code == 404
    assert client.post(address("create_draft", organization), typed()).status_code == 400


def test_a_stranger_gets_404_and_an_auditor_403(
    organization: Any, stranger: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization)
    assert create(client_of(stranger), organization, customer, typed()).status_code == 404
    assert create(client_of(auditor), organization, customer, typed()).status_code == 403
    assert _drafts(organization) == []


def test_a_thousand_lines_are_taken(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    lines = [{**LINE, "description": f"Vare {number}"} for number in range(1000)]
    client = client_of(owner)
    response = create(client, organization, make_customer(organization), typed(lines))
    assert response.status_code == 302
    [draft] = _drafts(organization)
    assert len(lines_of(organization, draft)) == 1000
    assert "Vare 999" in text_of(client.get(response.headers["Location"], {"lines": "20"}))
