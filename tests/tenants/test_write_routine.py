"""An organization's own routines: versions that are never changed, shown at their step."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.template import Context, Template

from tenants.models import AuditEntry, Routine
from tenants.routines import differences
from tests import builders

LIST = "/nordlys/settings/routines/"
SHOW = f"{LIST}step/?step=finalize"
WRITE = f"{LIST}step/write/?step=finalize"


def written(organization: Any) -> list[Routine]:
    with builders.in_organization(organization):
        return list(Routine.objects.order_by("version"))


def write(client: Any, text: str, version: int) -> Any:
    return client.post(WRITE, {"text": text, "version": version})


def shown_at(organization: Any, step: str) -> str:
    with builders.in_organization(organization):
        template = Template('{% include "tenants/_routine.html" %}')
        return template.render(Context({"organization": organization, "step": step}))


def test_m_019_a_routine_is_written_in_versions_and_shown_at_its_step(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)
    assert client.get(LIST).status_code == 200
    assert client.get(WRITE).status_code == 200
    assert write(client, "Sjekk timene.\n\nSe på <b>mva</b>.", 0)["Location"] == SHOW
    assert write(client, "Sjekk timene.\nRing kunden.", 1).status_code == 302

    assert [(row.version, row.step, row.written_by) for row in written(organization)] == [
        (1, "finalize", "Olga Owner"),
        (2, "finalize", "Olga Owner"),
    ]
    page = client.get(SHOW).content.decode()
    assert "<ins>Ring kunden.</ins>" in page
    assert "<del>Se på &lt;b&gt;mva&lt;/b&gt;.</del>" in page
    assert "Ring kunden." in shown_at(organization, "finalize")
    assert shown_at(organization, "approve").strip() == ""


def test_an_empty_text_ends_the_routine_and_keeps_its_versions(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    write(client, "Sjekk timene.", 0)
    write(client, "", 1)
    assert shown_at(organization, "finalize").strip() == ""
    assert len(written(organization)) == 2
    assert "Sjekk timene." in client.get(SHOW).content.decode()


def test_the_routine_of_another_organization_is_not_shown(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    write(client_of(owner), "Sjekk timene.", 0)
    assert shown_at(other_organization, "finalize").strip() == ""
    assert client_of(stranger).get(SHOW).status_code == 404
    assert write(client_of(stranger), "Fremmed", 1).status_code == 404
    assert len(written(organization)) == 1


def test_members_without_the_right_are_refused(
    organization: Any, auditor: Any, project_manager: Any, client_of: Any
) -> None:
    assert client_of(auditor).get(SHOW).status_code == 200
    assert write(client_of(auditor), "Ny", 0).status_code == 403
    assert client_of(project_manager).get(SHOW).status_code == 403
    assert written(organization) == []


@pytest.mark.parametrize("step", ["", "dance", "finalize' OR 1=1"])
def test_an_unknown_step_is_not_found(organization: Any, owner: Any, client_of: Any, step: str) -> None:
    assert client_of(owner).get(f"{LIST}step/", {"step": step}).status_code == 404


def test_a_save_on_an_older_version_is_refused_and_the_text_is_kept(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)
    write(client, "Første.", 0)
    response = write(client, "Andre, skrevet samtidig.", 0)
    assert response.status_code == 422
    assert "Andre, skrevet samtidig." in response.content.decode()
    assert "Første." in response.content.decode()
    assert [row.text for row in written(organization)] == ["Første."]
    # The page that refused it lets the next save replace what it has shown.
    assert response.context["form"]["version"].value() == "1"


def test_the_same_text_twice_is_one_version(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    for _time in range(2):
        assert write(client, "Sjekk timene.", 0).status_code == 302
    assert len(written(organization)) == 1
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="routine.written").count() == 1


def test_the_database_refuses_it_too(organization: Any, owner: Any, client_of: Any) -> None:
    write(client_of(owner), "Sjekk timene.", 0)
    for wrong in ({"text": "Noe annet"}, {"version": 7}):
        with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
            Routine.objects.update(**wrong)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        Routine.objects.all().delete()


def test_differences_keep_what_stayed_in_its_place() -> None:
    assert differences("a\nb", "a\nc") == [("same", "a"), ("gone", "b"), ("new", "c")]
    assert differences("", "") == []
