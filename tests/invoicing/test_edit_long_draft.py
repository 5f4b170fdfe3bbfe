"""A long draft is edited a page of lines at a time: what the form does not show stays as it is."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoicing.forms.windows import LINES_IN_WINDOW
from invoicing.models import Invoice
from tests.builders import line, lines_of, make_draft, reload_invoice
from tests.invoicing.draft_forms import address, shown_form, text_of

LINES = 2 * LINES_IN_WINDOW + 20
ORDINARY_PAGE_MAX = 100_000  # DESIGN 5
HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft(organization: Any) -> Invoice:
    """A draft of two and a half pages, every third line in a section."""
    return make_draft(
        organization,
        lines=[line(f"Vare {number}", section="Midt" if 40 <= number < 70 else "") for number in range(LINES)],
    )


def _form(client: Client, organization: Any, draft: Invoice, page: int) -> dict[str, Any]:
    return shown_form(text_of(client.get(address("update_draft", organization, draft), {"lines": str(page)})))


def _keys(data: dict[str, Any]) -> list[str]:
    return [key for key in data["line"] if f"{key}-description" in data and data[f"{key}-description"] != [""]]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_each_page_of_lines_is_saved_without_touching_the_others(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice, page: int
) -> None:
    client = client_of(owner)
    before = lines_of(organization, draft)
    data = _form(client, organization, draft, page)
    first = LINES_IN_WINDOW * (page - 1)
    assert _keys(data)[0] == before[first].pk.hex
    key = _keys(data)[0]
    response = client.post(address("update_draft", organization, draft), data | {f"{key}-description": "Endret"})
    assert response.status_code == 302
    after = lines_of(organization, draft)
    assert [each.pk for each in after] == [each.pk for each in before]
    assert [each.section for each in after] == [each.section for each in before]
    assert [each.description for each in after if each.description not in {old.description for old in before}] == [
        "Endret"
    ]
    assert after[first].description == "Endret"


def test_lines_are_added_moved_and_removed_within_their_page(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    data = _form(client, organization, draft, 2)
    keys = _keys(data)
    new = {
        "k-description": "Ny",
        "k-quantity": "1",
        "k-unit_code": "NAR",
        "k-unit_price": "5",
        "k-vat_treatment": "standard",
    }
    kept = [key for key in data["line"] if key != keys[3]]
    kept[-1], kept[-2] = kept[-2], kept[-1]
    client.post(address("update_draft", organization, draft), data | new | {"line": [*kept, "k"]})
    names = [each.description for each in lines_of(organization, draft)]
    assert len(names) == LINES
    end = 2 * LINES_IN_WINDOW
    assert "Vare 53" not in names
    assert names[end - 3 : end + 1] == ["Vare 99", "Vare 98", "Ny", "Vare 100"]
    assert [each.position for each in lines_of(organization, draft)] == list(range(1, LINES + 1))


def _moved(client: Client, organization: Any, draft: Invoice, data: dict[str, Any], wish: str) -> dict[str, Any]:
    """The form as it stands after a row was asked to move."""
    answer = client.post(address("update_draft", organization, draft), data | {"rework": wish}, headers=HTMX)
    assert answer.status_code == 200
    return shown_form(text_of(answer))


def test_a_line_is_moved_over_the_edge_of_its_page_and_back(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=[line(f"Vare {number}") for number in range(LINES)])
    client = client_of(owner)
    path = address("update_draft", organization, draft)
    edge = 2 * LINES_IN_WINDOW
    for page, place, wish, other_page, other in (
        (2, LINES_IN_WINDOW, "up", 1, "down"),
        (2, edge - 1, "down", 3, "up"),
    ):
        key = lines_of(organization, draft)[place].pk.hex
        moved = _moved(client, organization, draft, _form(client, organization, draft, page), f"{wish}:{key}")
        assert len(_keys(moved)) == LINES_IN_WINDOW + 1
        assert client.post(path, moved).status_code == 302
        names = [each.description for each in lines_of(organization, draft)]
        first = place - 1 if wish == "up" else place
        assert names[first : first + 2] == [f"Vare {first + 1}", f"Vare {first}"]
        assert sorted(names, key=lambda name: int(name[5:])) == [f"Vare {number}" for number in range(LINES)]

        back = _moved(client, organization, draft, _form(client, organization, draft, other_page), f"{other}:{key}")
        assert client.post(path, back).status_code == 302
        assert [each.description for each in lines_of(organization, draft)] == [f"Vare {n}" for n in range(LINES)]


def test_a_line_that_reaches_over_the_edge_leaves_every_section_as_it_was(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    before = {each.description: each.section for each in lines_of(organization, draft)}
    key = lines_of(organization, draft)[LINES_IN_WINDOW].pk.hex  # the page begins in the middle of the section
    moved = _moved(client, organization, draft, _form(client, organization, draft, 2), f"up:{key}")
    assert client.post(address("update_draft", organization, draft), moved).status_code == 302
    after = lines_of(organization, draft)
    assert {each.description: each.section for each in after} == before
    assert [each.description for each in after[49:51]] == ["Vare 50", "Vare 49"]


def test_the_first_and_the_last_line_of_all_stay_where_they_are(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    stored = lines_of(organization, draft)
    for page, wish in ((1, f"up:{stored[0].pk.hex}"), (2, "up:nobody"), (2, "sideways")):
        data = _form(client, organization, draft, page)
        assert _keys(_moved(client, organization, draft, data, wish)) == _keys(data)


def test_totals_and_autosave_count_the_lines_that_are_not_shown(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    data = _form(client, organization, draft, 2)
    key = _keys(data)[0]
    data |= {f"{key}-unit_price": "0", "version": "1"}
    text = text_of(client.post(f"{address('compute_totals', organization)}?draft={draft.pk}", data, headers=HTMX))
    payable = (LINES - 1) * Decimal(2500) * Decimal("1.25")
    shown = f"{payable:,.2f}".replace(",", "\xa0").replace(".", ",")
    assert shown in text
    client.post(f"{address('autosave_draft', organization)}?draft={draft.pk}", data, headers=HTMX)
    assert reload_invoice(organization, draft).payable_amount == payable
    assert len(lines_of(organization, draft)) == LINES


def test_a_stale_page_of_lines_takes_the_place_of_its_own_lines_only(
    organization: Any, owner: Any, accountant: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    mine = _form(client_of(owner), organization, draft, 2)
    theirs = _form(client_of(accountant), organization, draft, 1)
    theirs["line"] = theirs["line"][1:]
    theirs["line"].remove(_keys(theirs)[-1])  # the neighbour by which the second page knows its place
    client_of(accountant).post(address("update_draft", organization, draft), theirs)
    key = _keys(mine)[0]
    path = address("update_draft", organization, draft)
    mine[f"{key}-description"] = "Min"
    answer = client_of(owner).post(path, mine)
    assert answer.status_code == 422
    sent = shown_form(text_of(answer))
    assert client_of(owner).post(path, sent).status_code == 302
    names = [each.description for each in lines_of(organization, draft)]
    assert len(names) == LINES - 2
    assert names[:1] == ["Vare 1"]
    assert names[LINES_IN_WINDOW - 2 : LINES_IN_WINDOW] == ["Min", "Vare 51"]


def test_the_button_of_another_page_saves_and_shows_that_page(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    client = client_of(owner)
    data = _form(client, organization, draft, 1)
    key = _keys(data)[0]
    sent = data | {f"{key}-description": "Lagret", "lines": "3"}
    text = text_of(client.post(address("update_draft", organization, draft), sent, headers=HTMX))
    assert "Vare 110" in text
    assert "Vare 2<" not in text
    assert lines_of(organization, draft)[0].description == "Lagret"


def test_questions_stay_the_same_in_number_however_many_lines(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], draft: Invoice
) -> None:
    short = make_draft(organization, draft.customer, lines=[line()])
    client = client_of(owner)
    counts = []
    for each in (short, draft):
        data = _form(client, organization, each, 1)
        key = _keys(data)[0]
        with CaptureQueriesContext(connection) as opened:
            client.get(address("update_draft", organization, each))
        with CaptureQueriesContext(connection) as stored:
            sent = data | {f"{key}-description": "Endret"}
            client.post(f"{address('autosave_draft', organization)}?draft={each.pk}", sent, headers=HTMX)
        with CaptureQueriesContext(connection) as summed:
            client.post(f"{address('compute_totals', organization)}?draft={each.pk}", data, headers=HTMX)
        counts.append((len(opened), len(stored), len(summed)))
    assert counts[0] == counts[1]
    assert counts[0][0] < 30


def test_the_page_of_an_ordinary_draft_is_small(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=[line(f"Vare {number}") for number in range(8)])
    response = client_of(owner).get(address("update_draft", organization, draft))
    assert len(response.content) < ORDINARY_PAGE_MAX


def test_a_row_shows_all_its_fields_and_how_its_amount_was_made_when_asked(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=[line(internal_text="Til oss")])
    [only] = lines_of(organization, draft)
    client = client_of(owner)
    data = _form(client, organization, draft, 1)
    key = only.pk.hex
    assert f"{key}-internal_text" not in data
    path = f"{address('open_line', organization)}?draft={draft.pk}"
    text = text_of(client.post(path, data | {"row": key}, headers=HTMX))
    assert 'value="Til oss"' in text
    assert "2 × 1\xa0250,00" in text
    closed = text_of(
        client.post(path, data | {"row": key, f"{key}-open": "1", f"{key}-internal_text": "Nytt"}, headers=HTMX)
    )
    assert f'type="hidden" name="{key}-internal_text" value="Nytt"' in closed
    client.post(address("update_draft", organization, draft), data)
    assert lines_of(organization, draft)[0].internal_text == "Til oss"
