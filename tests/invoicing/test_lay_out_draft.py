from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from foundation.canonical import digest
from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions.documents import document_of
from invoicing.actions.layouts import lay_out_draft
from invoicing.documents.ehf import core_xml
from invoicing.documents.facts import DocumentBody
from invoicing.documents.pdf import render_pdf
from invoicing.documents.printed.page import page_of
from invoicing.layouts import Layout
from invoicing.models import Invoice, LayoutDefaults
from invoicing.proof import document_problems
from tenants.queries import list_history
from tests.builders import (
    actor_of,
    in_organization,
    line,
    lines_of,
    make_credit_note_draft,
    make_customer,
    make_draft,
    make_finalized_invoice,
    reload_invoice,
)
from tests.invoicing.draft_forms import address, shown_form, text_of
from tests.invoicing.draft_forms import page_of as tree_of
from tests.invoicing.pdf_checker import failures
from tests.invoicing.public_pages import enter

ONE: dict[str, Any] = {"quantity": Decimal(1), "unit_code": "NAR"}
WORK = [
    line("Riving", section="Grunnarbeid", quantity=Decimal(3), unit_price=Decimal("100.00"), unit_code="HUR"),
    line("Graving", section="Grunnarbeid", quantity=Decimal(2), unit_price=Decimal("200.00"), unit_code="HUR"),
    line("Lunsj", **ONE, section="Grunnarbeid", unit_price=Decimal("50.00"), vat_treatment="food"),
    line("Frakt", **ONE, unit_price=Decimal("10.00")),
    line("Maling", **ONE, section="Innvendig", unit_price=Decimal("20.00")),
    line("Gave", **ONE, section="Innvendig", unit_price=Decimal("5.00"), charge_kind="complimentary"),
]
SUMMARY = Layout(shows="summary")


def _rows(document: Any, **options: Any) -> list[tuple[str, ...]]:
    rows = page_of(document, lines_max=100, **options).lines.rows
    return [(row.kind, row.description, *(cell.replace("\xa0", " ") for cell in row.cells)) for row in rows]


def test_m_062_a_section_is_printed_as_one_row_with_its_rates_apart(organization: Any) -> None:
    invoice = make_finalized_invoice(organization, lines=WORK, layout=SUMMARY)
    with in_organization(organization):
        document = document_of(invoice)
    assert _rows(document) == [
        ("summary", "Grunnarbeid", "5 t", "", "25 %", "700,00"),
        ("summary", "Grunnarbeid", "1 stk", "50,00", "15 %", "50,00"),
        ("line", "Frakt", "1 stk", "10,00", "25 %", "10,00"),
        ("summary", "Innvendig", "1 stk", "20,00", "25 %", "20,00"),
        ("summary", "Innvendig", "1 stk", "5,00", "25 %", "0,00"),
    ]
    printed = page_of(document, lines_max=100)
    assert printed.specification is not None
    assert [row.description for row in printed.specification.rows if row.kind == "line"] == [
        "Riving", "Graving", "Lunsj", "Maling", "Gave",
    ]  # fmt: skip
    assert "se spesifikasjonen" in printed.lines.rows[0].details[-1]
    # The EHF keeps every line: its sums and the buyer's matching are by line (BR-CO-10).
    assert core_xml(document).decode().count("<cac:InvoiceLine>") == len(WORK)
    pdf = render_pdf(document, core_xml=core_xml(document), logo=None)
    assert failures(pdf) == []
    unfolded = page_of(document, lines_max=100, unfolded_max=2).lines.rows
    assert [[each.description for each in row.folded] for row in unfolded] == [["Riving", "Graving"], [], [], [], []]
    assert [row.folded_more for row in unfolded] == [0, 1, 0, 1, 1]


def test_the_usual_layout_leaves_a_document_frozen_as_before_and_another_one_is_proved_with_it(
    organization: Any,
) -> None:
    plain = make_finalized_invoice(organization, lines=WORK)
    summed = make_finalized_invoice(organization, lines=WORK, layout=Layout(shows="summary", otherwise=("Innvendig",)))
    assert plain.snapshot is not None
    assert summed.snapshot is not None
    assert not {"summed_sections", "hides_headings", "omits_specification"} & plain.snapshot.keys()
    assert summed.snapshot["summed_sections"] == ["Grunnarbeid"]
    assert digest(DocumentBody.from_json(summed.snapshot).to_json()) == summed.body_hash
    with in_organization(organization):
        lines = queries.list_lines(plain)
        stored = reload_invoice(organization, summed)
        assert document_problems(reload_invoice(organization, plain), lines) == []
        assert document_problems(stored, queries.list_lines(summed)) == []
        stored.layout = {}
        assert document_problems(stored, queries.list_lines(summed)) != []


def test_headings_and_the_specification_can_be_left_out(organization: Any) -> None:
    quiet = Layout(shows="summary", otherwise=("Grunnarbeid",), hides_headings=True, omits_specification=True)
    invoice = make_finalized_invoice(organization, lines=WORK, layout=quiet)
    with in_organization(organization):
        document = document_of(invoice)
    printed = page_of(document, lines_max=100)
    assert [row.kind for row in printed.lines.rows] == ["line", "line", "line", "line", "summary", "summary"]
    assert printed.specification is None
    assert "spesifikasjonen" not in printed.lines.rows[-1].details[-1]
    # Too many lines for the last pages: the row names the file that has them.
    crowded = replace(document, body=replace(document.body, omits_specification=False))
    rows = page_of(crowded, lines_max=5).lines.rows
    assert ".xml" in rows[-1].details[-1]


FROM_WORK = [
    line("a", source={"kind": "work", "label": "1", "person": "Kari", "work": "Kjøring"}, unit_price=Decimal(10)),
    line("b", source={"kind": "work", "label": "2", "person": "Ola", "work": "Rådgivning"}, unit_price=Decimal(30)),
    line("c", source={"kind": "work", "label": "3", "person": "Kari", "work": "Rådgivning"}, unit_price=Decimal(5)),
    line("d", delivery_date=date(2026, 9, 30), unit_price=Decimal(1), dimensions={"project": "P-1"}),
]
GROUPED: list[tuple[Layout, list[tuple[str, str]]]] = [
    (Layout(group_by="person"), [("a", "Kari"), ("c", "Kari"), ("b", "Ola"), ("d", "")]),
    (Layout(group_by="person", order="amount"), [("b", "Ola"), ("a", "Kari"), ("c", "Kari"), ("d", "")]),
    (Layout(group_by="work", order="name"), [("a", "Kjøring"), ("b", "Rådgivning"), ("c", "Rådgivning"), ("d", "")]),
    (Layout(group_by="month"), [("d", "September 2026"), ("a", ""), ("b", ""), ("c", "")]),
    (Layout(group_by="week"), [("d", "Uke 40, 2026"), ("a", ""), ("b", ""), ("c", "")]),
    (Layout(group_by="project"), [("d", "P-1"), ("a", ""), ("b", ""), ("c", "")]),
    (Layout(), [("a", ""), ("b", ""), ("c", ""), ("d", "")]),
]


def _placed(organization: Any, draft: Invoice) -> list[tuple[str, str]]:
    return [(each.description, each.section) for each in lines_of(organization, draft)]


@pytest.mark.parametrize(("layout", "expected"), GROUPED)
def test_m_062_lines_from_a_source_are_grouped_when_a_draft_is_made(
    organization: Any, layout: Layout, expected: list[tuple[str, str]]
) -> None:
    assert _placed(organization, make_draft(organization, lines=FROM_WORK, layout=layout)) == expected


def test_a_draft_begins_as_its_customer_wants_else_as_the_organization(
    organization: Any,
    other_organization: Any,
    owner: Any,
    auditor: Any,
    client_of: Callable[[Any], Client],
) -> None:
    particular, usual = make_customer(organization, name="Egen"), make_customer(organization, name="Vanlig")
    client = client_of(owner)
    chosen = {"layout-group_by": "person", "layout-shows": "summary", "layout-order": ""}
    for_all = reverse("invoicing:update_layout", args=[organization.slug])
    for_one = reverse("invoicing:update_customer_layout", args=[organization.slug, particular.pk])
    assert client.get(for_all).status_code == client.get(for_one).status_code == 200
    assert client.post(for_all, chosen).status_code == 302
    assert client.post(for_one, chosen | {"layout-group_by": "work", "layout-shows": "lines"}).status_code == 302
    assert client.post(for_all, chosen | {"layout-group_by": "colour"}).status_code == 422
    assert client_of(auditor).post(for_all, chosen).status_code == 403
    elsewhere = reverse("invoicing:update_customer_layout", args=[other_organization.slug, particular.pk])
    assert client.get(elsewhere).status_code == 404

    drafts = [make_draft(organization, customer, FROM_WORK) for customer in (particular, usual)]
    assert [draft.layout for draft in drafts] == [{"group_by": "work"}, {"group_by": "person", "shows": "summary"}]
    assert _placed(organization, drafts[0])[0] == ("a", "Kjøring")
    said = make_draft(organization, particular, FROM_WORK, layout={})
    assert {section for _name, section in _placed(organization, said)} == {""}
    by_hand = make_draft(organization, usual, [line("x", dimensions={"project": "P"}), line("y", section="Eget")])
    assert _placed(organization, by_hand) == [("x", ""), ("y", "Eget")]
    client.post(for_one, {"as": "organization"})
    assert make_draft(organization, particular, FROM_WORK).layout == {"group_by": "person", "shows": "summary"}
    with in_organization(organization), pytest.raises(IntegrityError), transaction.atomic():
        LayoutDefaults.objects.create(organization=organization, customer=None)
    with in_organization(organization), pytest.raises(IntegrityError), transaction.atomic():
        LayoutDefaults.objects.filter(organization=organization).update(group_by="colour")


def _card(page: str) -> dict[str, Any]:
    """What the card about the layout adds to the draft's form."""
    data: dict[str, Any] = {}
    for field in tree_of(page).xpath("//*[@id='draft-layout']//*[self::input or self::select]"):
        if field.get("type") != "checkbox" or field.get("checked") is not None:
            data.setdefault(field.name, []).append(field.value or "")
    return data


def test_m_032_the_card_beside_a_draft_lays_it_out_and_keeps_its_lines(
    organization: Any, owner: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=WORK)
    kept = {each.description: each.pk for each in lines_of(organization, draft)}
    client, path = client_of(owner), address("update_draft", organization, draft)

    def send(then: str, **changes: Any) -> str:
        page = text_of(client.get(path))
        data = shown_form(page) | _card(page) | {"then": then, **changes}
        assert client.post(path, data).status_code == 302
        return text_of(client.get(path))

    page = send("layout", **{"layout-summed": ["Grunnarbeid"]})
    assert tree_of(page).xpath("//*[@name='layout-summed'][@checked]/@value") == ["Grunnarbeid"]
    assert reload_invoice(organization, draft).layout == {"otherwise": ["Grunnarbeid"]}
    assert "Spesifikasjon" not in page
    send("layout:down:Grunnarbeid")
    assert [section for _name, section in _placed(organization, draft)] == [
        "",
        *3 * ["Grunnarbeid"],
        *2 * ["Innvendig"],
    ]
    send("layout", **{"layout-group_by": "nothing"})
    assert {section for _name, section in _placed(organization, draft)} == {""}
    now = reload_invoice(organization, draft)
    assert now.layout == {"group_by": "nothing"}
    assert {each.description: each.pk for each in lines_of(organization, draft)} == kept
    version = now.version
    send("layout")
    assert reload_invoice(organization, draft).version == version
    with in_organization(organization):
        verbs = list(list_history(organization, subject_id=draft.pk).values_list("verb", flat=True))
    assert verbs.count("draft.changed") == 3
    assert client_of(auditor).post(path, {"then": "layout"}).status_code == 403


def test_a_credit_note_and_a_finalized_document_keep_their_layout(organization: Any) -> None:
    invoice = make_finalized_invoice(organization, lines=WORK, layout=SUMMARY)
    note = make_credit_note_draft(organization, invoice)
    assert note.layout == {"shows": "summary"}
    for document in (invoice, note):
        with in_organization(organization), pytest.raises(DomainError):
            lay_out_draft(
                organization, document.pk, version=document.version, layout=Layout(), actor=actor_of(organization)
            )
    with in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Invoice.objects.of(organization).filter(pk=invoice.pk).update(layout={})


def test_m_062_the_customer_unfolds_what_is_printed_as_one_row(organization: Any) -> None:
    browser, address_of_page = enter(organization, make_finalized_invoice(organization, lines=WORK, layout=SUMMARY))
    page = text_of(browser.get(address_of_page))
    assert page.count('class="behind"') == 4
    assert "Graving" in page
    assert "700,00" in page
