"""A database that was restarted while connections stood idle is not noticed by the next request."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction
from django.test import RequestFactory
from django.urls import reverse

from tenants.models import Organization, User
from tests import builders
from tests.reliability.servers import OwnServer
from tests.reliability.world import new_organization


def test_the_first_request_after_a_restart_is_answered(server: OwnServer) -> None:
    organization = new_organization()
    cookie = _signed_in(builders.user_of(f"owner@{organization.slug}.example"))
    application = get_wsgi_application()
    path = reverse("account_email")
    assert _get(application, path, cookie) == "200 OK"
    assert connection.connection is not None, "the connection stays open between requests"
    server.stop_at_once()
    server.start()
    assert [_get(application, path, cookie) for _ in range(3)] == ["200 OK"] * 3


def test_a_worker_that_slept_through_a_restart_goes_on(server: OwnServer) -> None:
    organization = new_organization()
    with builders.in_organization(organization):
        assert connection.connection is not None
    server.stop_at_once()
    server.start()
    close_old_connections()  # as Celery does between two tasks
    with builders.in_organization(organization):
        assert Organization.objects.get(pk=organization.pk).slug == organization.slug


def _signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    with transaction.atomic():
        session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _get(application: Any, path: str, cookie: str) -> str:
    """The status of one request that goes the whole way, with the signals that the test client leaves out."""
    told: list[str] = []
    request = RequestFactory().get(path, headers={"host": "127.0.0.1"})
    environ = request.environ | {"HTTP_COOKIE": cookie, "wsgi.input": io.BytesIO()}
    response = application(environ, lambda status, _headers, *_rest: told.append(status))
    b"".join(response)
    response.close()
    return told[0]
