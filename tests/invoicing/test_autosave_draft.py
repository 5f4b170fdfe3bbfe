from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from invoicing.actions.spells import close_idle_spells
from invoicing.models import DraftVersion, EditingSpell, Invoice
from invoicing.tasks.documents import close_idle_spells as sweep
from tenants import queries as tenants
from tenants.context import organization_context
from tests.builders import (
    finalize_drafts,
    in_organization,
    line,
    lines_of,
    make_customer,
    make_draft,
    make_finalized_invoice,
    reload_invoice,
)
from tests.invoicing.draft_forms import LINE, address, text_of, typed

HTMX = {"HX-Request": "true"}
ROW = "n0190000000007000800000000000000a"


def _autosave(client: Client, organization: Any, data: dict[str, Any], **subject: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in subject.items())
    return client.post(f"{address('autosave_draft', organization)}?{query}", data, headers=HTMX)


def _row(stored: Any, **changes: str) -> dict[str, str]:
    return {**LINE, "id": stored.pk.hex, **changes}


def _changes(organization: Any, draft: Any) -> list[Any]:
    with in_organization(organization):
        entries = tenants.list_history(organization, subject_id=draft.pk)
        return [entry for entry in entries if entry.verb == "draft.changed"]


def _spells(organization: Any) -> list[EditingSpell]:
    with in_organization(organization):
        return list(EditingSpell.objects.of(organization))


def _drafts(organization: Any) -> list[Invoice]:
    with in_organization(organization):
        return list(Invoice.objects.of(organization))


def test_what_is_typed_is_stored_and_the_answer_touches_no_field_that_is_typed_in(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    data = typed([_row(only, description="Endret")], version="1", note="Takk")
    text = text_of(_autosave(client_of(owner), organization, data, draft=draft.pk))
    stored = reload_invoice(organization, draft)
    assert (stored.note, stored.version) == ("Takk", 2)
    assert lines_of(organization, draft)[0].description == "Endret"
    assert "data-saved" in text
    assert 'name="version" value="2"' in text
    assert "<textarea" not in text
    assert text.count("<input") == 1


def test_the_autosaves_of_one_spell_are_one_line_of_the_trail(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    client = client_of(owner)
    for version, note in enumerate(("T", "Ta", "Takk"), start=1):
        _autosave(client, organization, typed([_row(only)], version=str(version), note=note), draft=draft.pk)
    assert _changes(organization, draft) == []
    [spell] = _spells(organization)
    assert (spell.saves, spell.actor_name) == (3, str(owner))
    client.post(address("update_draft", organization, draft), typed([_row(only)], version="4", note="Takk!"))
    [told] = _changes(organization, draft)
    assert told.facts["changes"]["note"] == ["", "Takk!"]
    assert told.facts["changes"]["lines.1.unit_price"] == ["1250", "1250.5"]
    assert _spells(organization) == []
    with in_organization(organization):
        kept = DraftVersion.objects.of(organization).order_by("-version")[0]
    assert (kept.version, kept.content["header"]["note"]) == (5, "Takk!")
    assert kept.content["lines"][0]["unit_price"] == "1250.5"


def test_saving_what_is_stored_already_makes_no_new_version_and_no_line(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    client = client_of(owner)
    for _time in range(2):
        _autosave(client, organization, typed([_row(only)], version="1"), draft=draft.pk)
        data = typed([_row(only)], version="2")
        _autosave(client, organization, data, draft=draft.pk)
    assert reload_invoice(organization, draft).version == 2
    client.post(address("update_draft", organization, draft), typed([_row(only)], version="2"))
    client.post(address("update_draft", organization, draft), typed([_row(only)], version="2"))
    assert reload_invoice(organization, draft).version == 2
    assert len(_changes(organization, draft)) == 1


def test_a_new_draft_is_made_once_however_often_its_form_is_sent(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    customer = make_customer(organization)
    client = client_of(owner)
    head = {"key": "0190000000007000800000000000000b", "version": "0"}
    data = {**typed([], **head), "line": [ROW], **{f"{ROW}-{name}": value for name, value in LINE.items()}}
    first = _autosave(client, organization, data, customer=customer.pk)
    [draft] = _drafts(organization)
    assert first.headers["HX-Replace-Url"] == address("update_draft", organization, draft)
    assert 'id="draft-menu"' in text_of(first)
    [row] = lines_of(organization, draft)
    assert f'name="{ROW}-id" value="{row.pk.hex}"' in text_of(first)
    again = _autosave(client, organization, data, customer=customer.pk)  # the answer was lost on its way
    assert "data-saved" in text_of(again)
    changed = {**data, "version": "1", f"{ROW}-quantity": "5"}
    assert "data-saved" in text_of(_autosave(client, organization, changed, customer=customer.pk))
    assert client.post(f"{address('create_draft', organization)}?customer={customer.pk}", changed).status_code == 302
    [draft] = _drafts(organization)
    [kept] = lines_of(organization, draft)
    assert (kept.pk, kept.quantity) == (row.pk, Decimal(5))
    assert kept.source == {"kind": "added", "by": str(owner), "on": timezone.localdate().isoformat()}


def test_a_refused_field_stops_the_storing_says_which_and_loses_nothing(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    data = typed([_row(only, quantity="to")], version="1", note="Takk")
    response = _autosave(client_of(owner), organization, data, draft=draft.pk)
    text = text_of(response)
    assert response.status_code == 200
    assert "data-refused" in text
    assert 'href="#k0-quantity"' in text
    assert "<input" not in text
    assert reload_invoice(organization, draft).version == 1


def test_a_stale_autosave_shows_both_versions_and_saves_no_more_by_itself(
    organization: Any, owner: Any, accountant: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    _autosave(client_of(accountant), organization, typed([_row(only)], version="1", note="Først"), draft=draft.pk)
    mine = typed([_row(only)], version="1", note="Også")
    text = text_of(_autosave(client_of(owner), organization, mine, draft=draft.pk))
    assert "Først" in text
    assert "Også" in text
    assert str(accountant) in text
    assert '<div id="autosave" hx-swap-oob="true"></div>' in text
    assert reload_invoice(organization, draft).note == "Først"
    client_of(owner).post(address("update_draft", organization, draft), {**mine, "version": "2"})
    assert reload_invoice(organization, draft).note == "Også"
    theirs, own = reversed(_changes(organization, draft))
    assert (theirs.actor_name, theirs.facts["changes"]["note"]) == (str(accountant), ["", "Først"])
    assert (own.actor_name, own.facts["changes"]) == (str(owner), {"note": ["Først", "Også"]})


def test_finalized_in_one_tab_the_other_tab_is_told_and_changes_nothing(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    data = typed([_row(only)], version="1", note="Sist skrevet")
    _autosave(client_of(owner), organization, data, draft=draft.pk)
    finalize_drafts(organization, [draft.pk])
    assert [entry.facts["changes"]["note"] for entry in _changes(organization, draft)] == [["", "Sist skrevet"]]
    for sent in ({**data, "note": "For sent", "version": "2"}, data):
        text = text_of(_autosave(client_of(owner), organization, sent, draft=draft.pk))
        assert "10001" in text
        assert address("show_invoice", organization, draft) in text
    assert reload_invoice(organization, draft).note == "Sist skrevet"
    assert _spells(organization) == []


def test_a_form_from_before_the_last_save_is_refused_by_its_version(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    client, path = client_of(owner), address("update_draft", organization, draft)
    old = typed([_row(only)], version="1", note="Gammel")
    client.post(path, typed([_row(only)], version="1", note="Ny"))
    for then in ({}, {"then": "finalize"}, {"then": "check"}):
        assert client.post(path, {**old, **then}).status_code == 422
    stored = reload_invoice(organization, draft)
    assert (stored.note, stored.status, stored.version) == ("Ny", "draft", 2)


def test_a_spell_in_which_nothing_is_typed_any_more_is_closed_once(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    _autosave(client_of(owner), organization, typed([_row(only)], version="1", note="Pause"), draft=draft.pk)
    now = timezone.now()
    with organization_context(organization.pk):
        assert close_idle_spells(organization, now=now) == 0
        assert close_idle_spells(organization, now=now + timedelta(minutes=31)) == 1
        assert close_idle_spells(organization, now=now + timedelta(minutes=31)) == 0
    assert sweep() == 0
    [told] = _changes(organization, draft)
    assert (told.actor_name, told.facts["saves"]) == (str(owner), 1)


@pytest.mark.parametrize("ending", ["delete", "customer"])
def test_deleting_and_another_customer_end_the_spell(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], ending: str
) -> None:
    draft = make_draft(organization)
    [only] = lines_of(organization, draft)
    client = client_of(owner)
    _autosave(client, organization, typed([_row(only)], version="1", note="Før"), draft=draft.pk)
    if ending == "delete":
        client.post(address("delete_draft", organization, draft))
    else:
        other = make_customer(organization, name="Solvik Eiendom AS")
        client.post(address("change_customer", organization, draft), {"customer": str(other.pk)})
    assert _spells(organization) == []
    assert ["", "Før"] in [entry.facts["changes"].get("note") for entry in _changes(organization, draft)]


def test_another_organization_is_not_found_and_the_wrong_role_is_refused(
    organization: Any,
    other_organization: Any,
    owner: Any,
    auditor: Any,
    client_of: Callable[[Any], Client],
) -> None:
    strange = make_draft(other_organization)
    own = make_draft(organization)
    assert _autosave(client_of(owner), organization, typed(version="1"), draft=strange.pk).status_code == 404
    assert _autosave(client_of(owner), organization, typed(version="1"), draft=uuid4()).status_code == 404
    assert _autosave(client_of(owner), organization, typed(version="1"), draft="x").status_code == 404
    assert _autosave(client_of(auditor), organization, typed(version="1"), draft=own.pk).status_code == 403
    assert reload_invoice(organization, own).version == 1


def test_the_database_holds_one_open_spell_per_draft_and_one_content_per_version(organization: Any) -> None:
    draft = make_draft(organization, lines=[line()])
    fields = {"organization": organization, "invoice": draft, "actor_name": "A"}
    with in_organization(organization):
        EditingSpell.objects.create(**fields)
        with pytest.raises(DatabaseError, match="one_open_spell_per_draft"), transaction.atomic():
            EditingSpell.objects.create(**fields)
        kept = {"organization": organization, "invoice_id": draft.pk, "version": 7, "actor_name": "A"}
        DraftVersion.objects.create(**kept)
        with pytest.raises(DatabaseError, match="draft_version_is_unique"), transaction.atomic():
            DraftVersion.objects.create(**kept)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE invoicing_draftversion SET version = 2 WHERE organization_id = %s", [organization.pk]
            )


def test_a_finalized_document_takes_no_autosave(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    text = text_of(_autosave(client_of(owner), organization, typed(version="1", note="nei"), draft=invoice.pk))
    assert "10001" in text
    assert reload_invoice(organization, invoice).note == ""
