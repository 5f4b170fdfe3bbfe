"""One's own profile: name, language of the screens, single keys."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.models import User

PROFILE = "/accounts/profile/"


def profile_data(**changes: Any) -> dict[str, Any]:
    return {"name": "Olga <b>Owner</b>", "language": "en", "has_single_key_shortcuts": "on", **changes}


def test_the_screens_follow_the_language_that_is_chosen(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    assert client.get(PROFILE).status_code == 200
    for _time in range(2):
        assert client.post(PROFILE, profile_data()).status_code == 302
    page = client.get("/nordlys/")
    assert page["Content-Language"] == "en"
    assert "Olga &lt;b&gt;Owner&lt;/b&gt;" in page.content.decode()
    assert "data-single-keys" not in page.content.decode()


def test_single_keys_can_be_switched_off(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(PROFILE, profile_data(has_single_key_shortcuts=""))
    assert 'data-single-keys="off"' in client.get("/nordlys/").content.decode()


@pytest.mark.parametrize(
    ("changes", "field"), [({"language": "xx"}, "language"), ({"name": ""}, "name"), ({"name": "a\x00"}, "name")]
)
def test_what_does_not_hold_is_refused_at_its_field(
    owner: Any, client_of: Any, changes: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(PROFILE, profile_data(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert User.objects.get(pk=owner.pk).language == "nb"


def test_somebody_who_is_not_signed_in_is_asked_to(client: Any, db: None) -> None:
    assert client.get(PROFILE)["Location"].startswith("/accounts/login/")
