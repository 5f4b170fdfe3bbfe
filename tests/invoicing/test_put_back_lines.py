from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.test import Client

from invoicing import queries
from invoicing.drafting.edited import edited_lines
from tenants.queries import list_history
from tests.builders import in_organization, line, lines_of, make_draft, reload_invoice
from tests.invoicing.draft_forms import address, page_of, shown_form, text_of

WORK = {"kind": "work", "label": "P-7"}
LINES = [
    {
        **line("a", unit_price=Decimal(100), delivery_date=date(2026, 11, 2), dimensions={"project": "P"}),
        "source": WORK,
    },
    {**line("b", unit_price=Decimal(50)), "source": WORK},
    {**line("c", unit_price=Decimal(7)), "source": WORK},
]


def _send(client: Client, path: str, then: str = "", **typed: Any) -> None:
    data = shown_form(text_of(client.get(path))) | {"then": then, **typed}
    data["line"] = [key for key in data["line"] if f"{key}-gone" not in data]
    assert client.post(path, data).status_code == 302


def test_m_059_what_was_changed_since_a_draft_was_made_is_told_and_put_back(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization, lines=LINES)
    client, path = client_of(owner), address("update_draft", organization, draft)
    assert 'id="edited"' not in text_of(client.get(path))
    first, second, third = lines_of(organization, draft)
    changed = {
        f"{first.pk.hex}-unit_price": "90",
        f"{first.pk.hex}-delivery_date": "",
        f"{first.pk.hex}-project": "",
        f"{second.pk.hex}-quantity": "1",
        f"{third.pk.hex}-gone": "1",
    }
    _send(client, path, **changed)
    tree = page_of(text_of(client.get(path)))
    told = [" ".join(each.text_content().split()) for each in tree.xpath("//*[@id='edited']//li")]
    assert len(told) == 3
    assert "100,00 → 90,00" in told[0]
    assert "02.11.2026 → –" in told[0]
    assert "→ 1" in told[1]
    buttons = tree.xpath("//*[@id='edited']//button/@value")
    assert buttons == [f"put_back:{first.pk.hex}", f"put_back:{second.pk.hex}", "put_back:all"]

    _send(client, path, f"put_back:{first.pk.hex}")
    again = lines_of(organization, draft)[0]
    assert (again.unit_price, again.delivery_date, again.dimensions) == (
        Decimal(100),
        date(2026, 11, 2),
        {"project": "P"},
    )
    assert again.pk == first.pk
    _send(client, path, "put_back:all")
    assert [(each.description, each.quantity) for each in lines_of(organization, draft)] == [
        ("a", Decimal(2)),
        ("b", Decimal(2)),
    ]
    version = reload_invoice(organization, draft).version
    _send(client, path, "put_back:all")  # nothing is left to put back
    assert reload_invoice(organization, draft).version == version == 4
    with in_organization(organization):
        verbs = list(list_history(organization, subject_id=draft.pk).values_list("verb", flat=True))
        kept = queries.first_draft_version(organization, draft.pk)
        stored = reload_invoice(organization, draft)
        edited = edited_lines(kept, stored, queries.list_lines(stored))
    assert verbs.count("draft.changed") == 3
    assert [(each.description, each.is_gone) for each in edited.lines] == [("c", True)]


def test_a_draft_written_by_hand_has_no_such_panel(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    client, path = client_of(owner), address("update_draft", organization, draft)
    [only] = lines_of(organization, draft)
    _send(client, path, **{f"{only.pk.hex}-quantity": "9"})
    assert 'id="edited"' not in text_of(client.get(path))
