"""One's own sessions are listed, and each can be ended from another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.test import Client

from tenants.models import User

ClientOf = Callable[[User], Client]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.get("/accounts/sessions/")  # the session is listed once it has been used
    return client


def session_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_a_session_is_ended_from_another(owner: User) -> None:
    here, there = signed_in(owner), signed_in(owner)
    page = here.get("/accounts/sessions/").content.decode()
    address = f"/accounts/sessions/{session_of(there).pk}/end/"
    assert address in page
    answer = here.post(address)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/sessions/")
    assert there.get("/accounts/sessions/").status_code == 302  # to sign in
    assert here.get("/accounts/sessions/").status_code == 200


def test_somebody_elses_session_is_not_there(owner: User, stranger: User) -> None:
    theirs = signed_in(stranger)
    answer = signed_in(owner).post(f"/accounts/sessions/{session_of(theirs).pk}/end/")
    assert answer.status_code == 404
    assert theirs.get("/accounts/sessions/").status_code == 200


def test_an_ended_session_is_not_ended_twice(owner: User) -> None:
    here, there = signed_in(owner), signed_in(owner)
    address = f"/accounts/sessions/{session_of(there).pk}/end/"
    here.post(address)
    assert here.post(address).status_code == 404


def test_a_get_ends_nothing(owner: User) -> None:
    here, there = signed_in(owner), signed_in(owner)
    assert here.get(f"/accounts/sessions/{session_of(there).pk}/end/").status_code == 405
    assert there.get("/accounts/sessions/").status_code == 200


def test_a_session_is_written_once_a_minute_and_at_once_from_another_program(owner: User) -> None:
    here = signed_in(owner)
    seen = session_of(here).last_seen_at
    here.get("/accounts/sessions/")
    assert session_of(here).last_seen_at == seen
    here.get("/accounts/sessions/", headers={"user-agent": "Another"})
    assert session_of(here).last_seen_at > seen
    assert session_of(here).user_agent == "Another"
    earlier = seen - timedelta(minutes=2)
    UserSession.objects.filter(session_key=here.session.session_key).update(last_seen_at=earlier)
    here.get("/accounts/sessions/", headers={"user-agent": "Another"})
    assert session_of(here).last_seen_at > earlier
