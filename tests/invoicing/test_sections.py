from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.test import Client

from foundation.canonical import digest
from invoicing.actions.documents import document_of
from invoicing.documents.ehf import core_xml
from invoicing.documents.facts import DocumentBody
from invoicing.documents.printed.page import page_of
from invoicing.models import Invoice
from tests.builders import in_organization, line, lines_of, make_draft, make_finalized_invoice, reload_invoice
from tests.invoicing.draft_forms import LINE, address, shown_form, text_of, typed
from tests.invoicing.draft_forms import page_of as tree_of

SECTIONED = [
    line("Riving", section="Grunnarbeid"),
    line("Graving", section="Grunnarbeid", unit_price=Decimal("100.00")),
    line("Frakt"),
    line("Maling", section="Innvendig", unit_price=Decimal("10.00")),
]


def _form(client: Client, organization: Any, draft: Invoice) -> dict[str, Any]:
    return shown_form(text_of(client.get(address("update_draft", organization, draft))))


def _sections(organization: Any, draft: Invoice) -> list[tuple[str, str]]:
    return [(each.description, each.section) for each in lines_of(organization, draft)]


def test_lines_stand_under_their_headings_and_keep_them_when_saved(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=SECTIONED)
    client = client_of(owner)
    data = _form(client, organization, draft)
    headings = [value[0] for name, value in data.items() if name.endswith("-section")]
    assert headings == ["Grunnarbeid", "", "Innvendig"]
    client.post(address("update_draft", organization, draft), data)
    assert _sections(organization, draft) == [(each["description"], each.get("section", "")) for each in SECTIONED]
    assert reload_invoice(organization, draft).version == 1


def test_a_section_is_renamed_moved_and_dissolved_by_its_heading(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=SECTIONED)
    client, path = client_of(owner), address("update_draft", organization, draft)
    data = _form(client, organization, draft)
    first, blank, last = (name.removesuffix("-section") for name in data if name.endswith("-section"))
    client.post(path, data | {f"{first}-section": "Fundament"})
    assert [section for _name, section in _sections(organization, draft)] == ["Fundament", "Fundament", "", "Innvendig"]
    data = _form(client, organization, draft)
    first, blank, last = (name.removesuffix("-section") for name in data if name.endswith("-section"))
    keys = [key for key in data["line"] if key not in {blank, last}]
    client.post(path, data | {"line": keys})
    assert [section for _name, section in _sections(organization, draft)] == ["Fundament"] * 4
    data = _form(client, organization, draft)
    [first] = (name.removesuffix("-section") for name in data if name.endswith("-section"))
    keys = [key for key in data["line"] if key != first]
    client.post(path, data | {"line": [*keys[:2], first, *keys[2:]]})
    assert [section for _name, section in _sections(organization, draft)] == ["", "", "Fundament", "Fundament"]


def test_a_section_is_begun_above_a_line_without_script(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    data = typed([{**LINE, "id": only.pk.hex}], version="1", rework="section:k0")
    page = tree_of(text_of(client_of(owner).post(address("update_draft", organization, draft), data)))
    names = page.xpath("//*[@id='lines']//input/@name")
    heading = next(name for name in names if name.endswith("-section"))
    assert names.index(heading) < names.index("k0-id")


def test_each_section_has_its_subtotal_on_screen_and_while_typing(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=SECTIONED)
    client = client_of(owner)
    page = tree_of(text_of(client.get(address("update_draft", organization, draft))))
    amounts = [output.text_content().strip() for output in page.xpath("//tbody[contains(@class,'section')]//output")]
    assert [amount.replace("\xa0", " ") for amount in amounts] == ["2 700,00", "2 500,00", "20,00"]
    data = _form(client, organization, draft)
    first = next(name.removesuffix("-section") for name in data if name.endswith("-section"))
    text = text_of(client.post(f"{address('compute_totals', organization)}?draft={draft.pk}", data))
    assert f'id="{first}-amount"' in text
    assert "2\xa0700,00" in text


def test_print_screen_and_ehf_show_the_sections_and_the_same_sums(organization: Any) -> None:
    invoice = make_finalized_invoice(organization, lines=SECTIONED)
    with in_organization(organization):
        document = document_of(invoice)
    rows = page_of(document, lines_max=100).lines.rows
    told = [(row.kind, row.description, row.cells[-1].replace("\xa0", " ")) for row in rows if row.kind != "line"]
    assert told == [
        ("heading", "Grunnarbeid", ""),
        ("subtotal", "Sum Grunnarbeid", "2 700,00"),
        ("heading", "Innvendig", ""),
        ("subtotal", "Sum Innvendig", "20,00"),
    ]
    assert core_xml(document).decode().count("<cbc:Note>Grunnarbeid</cbc:Note>") == 2
    assert sum(each.shown_amount for each in document.body.lines) == document.body.totals.lines_net


def test_a_document_without_sections_is_frozen_as_before(organization: Any) -> None:
    plain = make_finalized_invoice(organization)
    sectioned = make_finalized_invoice(organization, lines=SECTIONED)
    assert plain.snapshot is not None
    assert sectioned.snapshot is not None
    assert all("section" not in each for each in plain.snapshot["lines"])
    assert [each.get("section") for each in sectioned.snapshot["lines"]] == [
        "Grunnarbeid",
        "Grunnarbeid",
        None,
        "Innvendig",
    ]
    assert digest(DocumentBody.from_json(sectioned.snapshot).to_json()) == sectioned.body_hash


def test_a_section_with_a_sign_that_cannot_be_shown_is_refused_at_its_heading(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=SECTIONED[:1])
    client = client_of(owner)
    data = _form(client, organization, draft)
    [heading] = [name for name in data if name.endswith("-section")]
    for wrong in ("a\x07b", "x" * 121):
        response = client.post(address("update_draft", organization, draft), data | {heading: wrong})
        assert response.status_code == 422
        assert f'href="#{heading}"' in text_of(response)
    assert reload_invoice(organization, draft).version == 1


def test_a_new_section_comes_with_its_first_row(
    organization: Any, owner: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    path = f"{address('new_section', organization)}?draft={draft.pk}"
    fragment = tree_of(f"<table>{text_of(client_of(owner).get(path))}</table>")
    names = [name for name in fragment.xpath("//input/@name") if name != "line"]
    assert names[0].endswith("-section")
    assert any(name.endswith("-quantity") for name in names)
    assert client_of(auditor).get(path).status_code == 403
