"""The audit trail on screen: newest first, in pages, searchable, for those who may."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import audit
from tests import builders

TRAIL = "/nordlys/settings/audit-trail/"


def record(organization: Any, verb: str, count: int = 1, **facts: Any) -> None:
    with builders.in_organization(organization):
        audit.record_each(builders.actor_of(organization), verb, [(_Subject(organization.pk), facts)] * count)


class _Subject:
    def __init__(self, organization_id: Any) -> None:
        self.pk = self.organization_id = organization_id

    def __str__(self) -> str:
        return "<b>Kunde</b>"


def test_lines_say_who_did_what(organization: Any, auditor: Any, client_of: Any) -> None:
    record(organization, "customer.changed", changes={"name": ["A", "<i>B</i>"]})
    page = client_of(auditor).get(TRAIL)
    assert page.status_code == 200
    text = page.content.decode()
    assert "&lt;b&gt;Kunde&lt;/b&gt;" in text
    assert "<i>B" not in text
    [(_name, text)] = page.context["lines"][0].details
    assert text == "A → <i>B</i>"


def test_pages_run_both_ways_and_ask_as_little(organization: Any, owner: Any, client_of: Any) -> None:
    record(organization, "customer.changed", count=70)
    client = client_of(owner)
    client.get(TRAIL)
    with CaptureQueriesContext(connection) as first_questions:
        first = client.get(TRAIL)
    with CaptureQueriesContext(connection) as second_questions:
        second = client.get(TRAIL + first.context["pagination"]["next_url"])
    ids = [line.entry.pk for page in (first, second) for line in page.context["lines"]]
    assert len(ids) == len(set(ids)) >= 70
    assert len(first_questions) == len(second_questions) <= 18
    back = client.get(TRAIL + second.context["pagination"]["previous_url"])
    assert [line.entry.pk for line in back.context["lines"]] == ids[:50]


def test_search_finds_by_verb_person_and_thing(organization: Any, owner: Any, client_of: Any) -> None:
    record(organization, "product.archived")
    client = client_of(owner)
    assert [line.entry.verb for line in client.get(TRAIL, {"q": "product"}).context["lines"]] == ["product.archived"]
    assert len(client.get(TRAIL, {"q": "Kunde</b>"}).context["lines"]) == 1
    assert client.get(TRAIL, {"q": "nothing\x00 at all"}).context["lines"] == []


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, project_manager: Any, client_of: Any
) -> None:
    assert client_of(stranger).get(TRAIL).status_code == 404
    assert client_of(project_manager).get(TRAIL).status_code == 403
